package history

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

func TestOpenFollowsTheFolders(t *testing.T) {
	results := t.TempDir()
	wantIDs(t, results, "no runs")
	first, second := write(t, results, made(1)), write(t, results, made(2))
	wantIDs(t, results, "two runs", 1, 2)
	write(t, results, made(0))
	wantIDs(t, results, "an older one comes", 0, 1, 2)
	if err := os.RemoveAll(filepath.Join(results, first)); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, results, "one goes", 0, 2)
	replace(t, filepath.Join(results, second, result.RunFile), made(7))
	wantIDs(t, results, "one changes", 0, 7)
	if err := os.Remove(filepath.Join(results, second, result.RunFile)); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, results, "one is no run any more", 0)
}

// replace writes another run.json, at another time.
func replace(t testing.TB, path string, run result.Run) {
	t.Helper()
	text, err := run.Encode()
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err == nil {
		err = os.Chtimes(path, time.Time{}, run.Started)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A run.json with the time and size that are known is not read: what stands in it may as
// well be nonsense.
func TestOpenReadsOnlyWhatChanged(t *testing.T) {
	results := t.TempDir()
	path := filepath.Join(results, write(t, results, made(1)), result.RunFile)
	wantIDs(t, results, "as it was", 1)
	info, err := os.Stat(path)
	if err == nil {
		err = os.WriteFile(path, slices.Repeat([]byte("x"), int(info.Size())), 0o644)
	}
	for _, c := range []struct {
		when  time.Time
		codes []string
	}{{info.ModTime(), nil}, {info.ModTime().Add(1), []string{"unreadable_run"}}} {
		if err := errors.Join(err, os.Chtimes(path, time.Time{}, c.when)); err != nil {
			t.Fatal(err)
		}
		if got, codes := ids(t, results); !slices.Equal(codes, c.codes) || len(got)+len(codes) != 1 {
			t.Errorf("changed at %v: %q, warnings %q, want %q", c.when, got, codes, c.codes)
		}
	}
}

// What was taken out of a folder, or emptied, after it came into the index is a doubt, though
// its run.json is what it was; put back, there is none.
func TestOpenSeesWhatIsNotAsClosed(t *testing.T) {
	results := t.TempDir()
	run := made(1)
	run.Plan, run.Epochs = &result.Plan{}, []result.Epoch{{Epoch: 1}}
	w, err := result.Create(results, &run, result.CreateFile)
	if err == nil {
		err = errors.Join(w.Steps([]result.Step{{Epoch: 1}}), w.Close(run), w.Seal())
	}
	if err != nil {
		t.Fatal(err)
	}
	inFolder := func(name string) string { return filepath.Join(w.Dir(), name) }
	for _, step := range []struct {
		name, doubt string
		change      func() error
	}{
		{"as closed", "", func() error { return nil }},
		{"no sums", "there is no SHA256SUMS", func() error { return os.Rename(inFolder(result.SumsFile), inFolder(".kept")) }},
		{"put back", "", func() error { return os.Rename(inFolder(".kept"), inFolder(result.SumsFile)) }},
		{"no steps", "there are no steps", func() error { return os.Truncate(inFolder(result.StepsFile), 0) }},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		runs, err := open(t, results).Runs(t.Context(), Filter{})
		if err != nil || len(runs) != 1 {
			t.Fatalf("%s: %d runs, %v", step.name, len(runs), err)
		}
		if got := runs[0].Doubt; (got == "") != (step.doubt == "") || !strings.Contains(got, step.doubt) {
			t.Errorf("%s: %q, want %q", step.name, got, step.doubt)
		}
	}
}

func TestOpenIgnoresWhatIsNoRun(t *testing.T) {
	results := t.TempDir()
	name := write(t, results, made(1))
	write(t, filepath.Join(results, "deeper"), made(2))
	write(t, filepath.Join(results, ".hidden"), made(3))
	write(t, results, result.Run{Schema: result.Schema, ID: ".hidden-run"})
	for _, err := range []error{
		os.Mkdir(filepath.Join(results, "20260101T000000Z-suite-nightly"), 0o755),
		os.WriteFile(filepath.Join(results, "20260101T000000Z-suite-nightly", result.SuiteFile), []byte("{}"), 0o644),
		os.WriteFile(filepath.Join(results, "README.md"), nil, 0o644),
		os.WriteFile(filepath.Join(results, result.RunFile), []byte("{}"), 0o644),
		os.Symlink(name, filepath.Join(results, "latest")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	wantIDs(t, results, "one run among others", 1)
}

func TestUnreadableRuns(t *testing.T) {
	for name, content := range map[string]string{
		"empty":          "",
		"truncated":      `{"schema": "lbench.run/1", "id": "x`,
		"foreign":        `{"hello": 1}`,
		"a list":         `[1, 2]`,
		"a later schema": `{"schema": "lbench.run/2"}`,
		"not a number":   `{"schema": "lbench.run/1", "metrics": {"a": NaN}}`,
		"infinite":       `{"schema": "lbench.run/1", "metrics": {"a": 1e999}}`,
		"past all years": `{"schema": "lbench.run/1", "started": "9999-12-31T23:59:59-01:00"}`,
	} {
		results := t.TempDir()
		write(t, results, made(1))
		path := filepath.Join(results, write(t, results, made(2)), result.RunFile)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			ix := open(t, results)
			runs, err := ix.Runs(t.Context(), Filter{})
			w := ix.Warnings()
			if err != nil || len(runs) != 1 || len(w) != 1 || w[0].Code != "unreadable_run" || strings.Contains(w[0].Text, "\n") ||
				!strings.Contains(w[0].Text, `run folder "`+made(2).ID+`" is left out: `) {
				t.Errorf("%s: %v, %v, warnings %q", name, runs, err, w)
			}
		}
		replace(t, path, made(2))
		wantIDs(t, results, name+", mended", 1, 2)
	}
	results := t.TempDir()
	if err := os.MkdirAll(filepath.Join(results, "x", result.RunFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, codes := ids(t, results); got != nil || !slices.Equal(codes, []string{"unreadable_run"}) {
		t.Errorf("run.json is a folder: %q, %q", got, codes)
	}
}

// A run that was read while it went on is read again when it has ended.
func TestRunThatEnds(t *testing.T) {
	results := t.TempDir()
	run := made(1)
	run.Status = result.Incomplete
	w, err := result.Create(results, &run, result.CreateFile)
	if err != nil {
		t.Fatal(err)
	}
	wantIDs(t, results, "while it runs", 1)
	run.Status = result.Complete
	if err := w.SaveRun(run); err != nil {
		t.Fatal(err)
	}
	runs, err := open(t, results).Runs(t.Context(), Filter{Status: "complete"})
	if len(runs) != 1 || err != nil {
		t.Errorf("after its end: %v, %v", runs, err)
	}
}
