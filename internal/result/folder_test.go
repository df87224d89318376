package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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
	run.Status, run.Verdict, run.Checks = Complete, Pass, []Check{{Rule: "x >= 1", OK: true}}
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

// TestFolderNotAsClosed: what was changed after the folder was closed, and what contradicts
// itself, is said; what no run can have is an error, and so is a pipe.
func TestFolderNotAsClosed(t *testing.T) {
	closed := func(t *testing.T) string {
		run := newRun()
		run.Plan = &Plan{}
		w, err := Create(t.TempDir(), &run, CreateFile)
		if err != nil {
			t.Fatal(err)
		}
		run.Status, run.Verdict, run.Checks = Complete, Pass, []Check{{Rule: "x >= 1", OK: true}}
		run.Metrics = map[string]float64{"au_mean_fraction": 0.5}
		if err := errors.Join(w.Steps([]Step{{Epoch: 1}}), w.Close(run), w.Seal()); err != nil {
			t.Fatal(err)
		}
		return w.Dir()
	}
	edit := func(old, by string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, RunFile)
			text, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(by), 1), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name, warning, failure string
		change                 func(*testing.T, string)
	}{
		{"as closed", "", "", func(*testing.T, string) {}},
		{"no sums", "there is no SHA256SUMS", "", remove(SumsFile)},
		{"another figure", "run.json isn't what it was", "", edit("0.5", "0.6")},
		{"no steps", "no steps in steps.ndjson", "", remove(StepsFile)},
		{"a rule that failed", "by its own rules it would not be", "", edit(`"ok": true`, `"ok": false`)},
		{"an AU of 1e308", "", "metrics.au_mean_fraction is 1e+308: no run has that, want 0 to 1.5", edit("0.5", "1e308")},
		{"clocks that differ", "run.json isn't what it was", "", edit(`"au_mean_fraction": 0.5`, `"loss_late_ns": -7`)},
		{"a negative AU", "", "metrics.au_mean_fraction is -0.5: no run has that", edit("0.5", "-0.5")},
		{"a pipe", "", "it isn't a regular file", func(t *testing.T, dir string) {
			remove(RunFile)(t, dir)
			if err := syscall.Mkfifo(filepath.Join(dir, RunFile), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := closed(t)
			test.change(t, dir)
			f, err := Open(dir)
			if test.failure != "" {
				if err == nil || !strings.Contains(err.Error(), test.failure) {
					t.Errorf("error is %v, want %q", err, test.failure)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, w := range f.Run.Warnings {
				texts = append(texts, w.Text)
			}
			if got := strings.Join(texts, "\n"); test.warning == "" && got != "" || !strings.Contains(got, test.warning) {
				t.Errorf("warnings are %q, want %q", got, test.warning)
			}
		})
	}
}
