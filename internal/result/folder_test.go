package result

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 3, 13, 14, 2, 0, 123456789, time.UTC)

func newRun() Run {
	return Run{Schema: Schema, Command: "mlperf", Workload: "resnet50_h100", ID: ID(start, "mlperf", "resnet50_h100"),
		Started: start, Status: Incomplete, Verdict: None,
		Epochs: []Epoch{{Epoch: 1, Warmup: true, Metrics: map[string]float64{"au_fraction": 0.25}}, {Epoch: 2, Metrics: map[string]float64{"steps": 7}}}}
}

func TestFolderRoundTrip(t *testing.T) {
	results := filepath.Join(t.TempDir(), "deep", "results")
	run := newRun()
	w, err := Create(results, &run, CreateFile)
	if err != nil {
		t.Fatal(err)
	}
	second := newRun()
	if _, err := Create(results, &second, CreateFile); err != nil {
		t.Fatal(err)
	}
	if want := run.ID + "-2"; second.ID != want {
		t.Errorf("second run with the same ID is %q, want %q", second.ID, want)
	}
	steps := []Step{{Epoch: 1, Step: 2, Rank: 3, StartNS: 4, Wait: 5, Compute: 6, Barrier: 7, Read: 8, Work: 9}, {Epoch: 10}}
	reading := Reading{T: start, Source: "nic", Name: "rx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: 1.5}
	if err := w.Steps(steps); err != nil {
		t.Fatal(err)
	}
	if err := w.Readings([]Reading{reading}); err != nil {
		t.Fatal(err)
	}
	if err := w.File("dlio/summary.json", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	run.Status, run.Verdict = Complete, Pass
	if err := errors.Join(w.Close(run), w.Seal()); err != nil {
		t.Fatal(err)
	}

	f, err := Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run, f.Run); diff != "" {
		t.Errorf("run.json (-written +read):\n%s", diff)
	}
	var gotSteps []Step
	if err := f.Steps(func(s Step) error { gotSteps = append(gotSteps, s); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(steps, gotSteps); diff != "" {
		t.Errorf("steps (-written +read):\n%s", diff)
	}
	var gotReadings []Reading
	if err := f.Readings(func(r Reading) error { gotReadings = append(gotReadings, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Reading{reading}, gotReadings); diff != "" {
		t.Errorf("readings (-written +read):\n%s", diff)
	}
	sums, err := os.ReadFile(filepath.Join(w.Dir(), SumsFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{RunFile, StepsFile, ReadingsFile, "dlio/summary.json"} {
		if !strings.Contains(string(sums), "  "+name+"\n") {
			t.Errorf("%s lacks %s:\n%s", SumsFile, name, sums)
		}
	}
}

func TestAppendStepIsJSON(t *testing.T) {
	want := Step{Epoch: 1, Step: 2, Rank: 3, StartNS: 4, Wait: -5, Compute: 6, Barrier: 7, Read: 8, Work: 9}
	slow, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(appendStep(nil, want)); got != string(slow)+"\n" {
		t.Errorf("appendStep gives %s want %s", got, slow)
	}
}

// What kill -9 leaves: a run.json from the start and half a line of steps.
func TestKilledRunOpens(t *testing.T) {
	run := newRun()
	w, err := Create(t.TempDir(), &run, CreateFile)
	if err != nil {
		t.Fatal(err)
	}
	cut := append(appendStep(nil, Step{Epoch: 1}), `{"epoch":1,"st`...)
	if err := os.WriteFile(filepath.Join(w.Dir(), StepsFile), cut, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := f.Steps(func(Step) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d steps, %v; want 1 and no error", n, err)
	}
	if f.Run.Status != Incomplete {
		t.Errorf("status %q, want incomplete", f.Run.Status)
	}
}

func TestBadFolders(t *testing.T) {
	for _, test := range []struct{ name, runJSON, steps, want string }{
		{"no run.json", "", "", "holds no run.json"},
		{"not JSON", "{", "", "unexpected end"},
		{"another schema", `{"schema":"lbench.run/2"}`, "", `schema "lbench.run/2" isn't one of [lbench.run/1]`},
		{"bad line", `{"schema":"lbench.run/1"}`, "{}\nnonsense\n{}\n", "steps.ndjson:2: "},
		{"bad epoch", `{"schema":"lbench.run/1","epochs":[{"epoch":"x"}]}`, "", `epoch field "epoch" is x`},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if test.runJSON != "" {
				if err := os.WriteFile(filepath.Join(dir, RunFile), []byte(test.runJSON), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, StepsFile), []byte(test.steps), 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := Open(dir)
			if err == nil {
				err = f.Steps(func(Step) error { return nil })
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.room {
		return 0, errors.New("no space left on device")
	}
	d.room -= len(p)
	return len(p), nil
}
func (d *fullDisk) Close() error { return nil }

func TestDiskFullSurfaces(t *testing.T) {
	run := newRun()
	disk := &fullDisk{room: 1000}
	w, err := Create(t.TempDir(), &run, func(path string) (io.WriteCloser, error) {
		if strings.HasSuffix(path, StepsFile) {
			return disk, nil
		}
		return CreateFile(path)
	})
	if err != nil {
		t.Fatal(err)
	}
	steps := make([]Step, 100)
	err = errors.Join(w.Steps(steps), w.Steps(steps), w.Flush())
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("error %v, want no space left", err)
	}
	if err := w.Steps(steps); err == nil {
		t.Error("a later write succeeds after a failed one")
	}
}
