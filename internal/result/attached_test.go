package result

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

func madeTraffic() Traffic {
	from := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
	return Traffic{
		Source: "gcs", From: from, To: from.Add(3 * time.Minute), Metrics: map[string]float64{"sent_bytes": 12, "balance_fraction": 0.9},
		Buckets: []BucketTraffic{{"b1", map[string]float64{"sent_bytes": 5}}, {"b2", map[string]float64{"sent_bytes": 7}}},
		Methods: map[string]float64{"ReadObject": 3}, Codes: map[string]float64{"OK": 3},
		Minutes: []Minute{{Start: from, Sent: 12, PerBucket: []float64{5, 7}}}, Missing: []time.Time{from.Add(time.Minute)}, Warnings: []Warning{{"a", "b"}},
	}
}

// TestTrafficReadsBack: what is printed is what is read.
func TestTrafficReadsBack(t *testing.T) {
	want := madeTraffic()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseTraffic(text)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%+v\n%+v", err, got, want)
	}
	for _, bad := range []string{"", "[]", "{}", `{"source":"gcs"}`, `{"source":"gcs","from":"2026-03-13T14:02:00Z","to":"2026-03-13T14:01:00Z","sent_bytes":1}`, `{"source":1}`} {
		if _, err := ParseTraffic([]byte(bad)); err == nil || !strings.Contains(err.Error(), "isn't the JSON of lbench telemetry") {
			t.Errorf("%q: error is %v", bad, err)
		}
	}
}

// TestAttach: the run has the figures, its own come first, and nothing that was there changed.
func TestAttach(t *testing.T) {
	dir := t.TempDir()
	const run = `{"schema":"lbench.run/1","status":"complete","metrics":{"balance_fraction":0.5},"warnings":[]}`
	if err := os.WriteFile(filepath.Join(dir, RunFile), []byte(run), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(madeTraffic())
	if err := f.Attach("gcs.json", text, CreateFile); err != nil {
		t.Fatal(err)
	}
	if err := f.Attach("gcs.json", text, CreateFile); err == nil || !strings.Contains(err.Error(), "there is one already") {
		t.Errorf("error is %v", err)
	}
	f, err = Open(dir)
	if err != nil || len(f.Run.Traffic) != 1 || f.Run.Metrics["sent_bytes"] != 12 || f.Run.Metrics["balance_fraction"] != 0.5 {
		t.Errorf("%v: %+v", err, f.Run)
	}
	sums, err := os.ReadFile(filepath.Join(dir, AttachedFolder, SumsFile))
	if now, _ := os.ReadFile(filepath.Join(dir, RunFile)); err != nil || !strings.HasSuffix(string(sums), "  gcs.json\n") || string(now) != run {
		t.Errorf("%v: %s %s", err, sums, now)
	}
	if err := os.WriteFile(filepath.Join(dir, AttachedFolder, "broken.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err = Open(dir)
	if err != nil || len(f.Run.Warnings) != 2 || !strings.Contains(f.Run.Warnings[1].Text, "attached/broken.json is left out") {
		t.Errorf("%v: %+v", err, f.Run.Warnings)
	}
}

// TestAttachPlainNames: a name that leads out of the folder, or that acts on a terminal, is
// refused before anything is written.
func TestAttachPlainNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../evil.json", "a/b.json", "/etc/evil.json", `a\b.json`, ".hidden.json", "SHA256SUMS", "a\nb.json", "\x1b[31m.json", "\u202ecod.json", "\xff.json"} {
		dir := t.TempDir()
		f := &Folder{Dir: filepath.Join(dir, "run")}
		if err := f.Attach(name, []byte("{}"), CreateFile); err == nil || !strings.Contains(err.Error(), "rename it") || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: error is %v", name, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("%q: it left %q", name, left)
		}
	}
}

// TestAttachOnAFullDisk: nothing of it stays, and what was attached before does.
func TestAttachOnAFullDisk(t *testing.T) {
	full := func(after int) CreateFunc {
		return func(path string) (io.WriteCloser, error) {
			if after--; after < 0 {
				return nil, errors.New("no space left on device")
			}
			return CreateFile(path)
		}
	}
	for files := range 2 {
		f := &Folder{Dir: t.TempDir()}
		if err := f.Attach("gcs.json", []byte("{}"), full(files)); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("error is %v", err)
		}
		if left, _ := os.ReadDir(f.Dir); len(left) > 0 {
			t.Errorf("after %d files: it left %v", files, left)
		}
		if err := f.Attach("first.json", []byte("{}"), CreateFile); err != nil {
			t.Fatal(err)
		}
		if err := f.Attach("gcs.json", []byte("{}"), full(files)); err == nil {
			t.Error("it was attached")
		}
		if left, _ := filepath.Glob(filepath.Join(f.Dir, AttachedFolder, "*")); len(left) != 2 {
			t.Errorf("after %d files: it left %q", files, left)
		}
	}
}

// TestAttachedApart: of two clouds neither's figures are the run's; a pipe is left out.
func TestAttachedApart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, RunFile), []byte(`{"schema":"lbench.run/1","status":"complete","metrics":{"read_bytes":5},"warnings":[]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	f := &Folder{Dir: dir}
	for _, source := range []string{"gcs", "s3"} {
		made := madeTraffic()
		made.Source = source
		text, _ := json.Marshal(made)
		if err := f.Attach(source+".json", text, CreateFile); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, AttachedFolder, "pipe.json"), 0o600); err != nil {
		t.Skip(err)
	}
	f, err := Open(dir)
	if err != nil || len(f.Run.Traffic) != 2 || len(f.Run.Metrics) != 1 {
		t.Errorf("%v: %d of traffic, %v", err, len(f.Run.Traffic), f.Run.Metrics)
	}
	if w := f.Run.Warnings; len(w) == 0 || w[len(w)-1].Text != "the file attached/pipe.json is left out: it isn't a regular file" {
		t.Errorf("%+v", w)
	}
}
