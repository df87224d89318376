package verify

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestPathOfRuns: each run of a folder is verified, findings have the folder's name before
// them, and what is no run is named.
func TestPathOfRuns(t *testing.T) {
	parent := t.TempDir()
	for _, name := range []string{"demo-run", "20261125T060058Z-write-write"} {
		if err := os.CopyFS(filepath.Join(parent, name), os.DirFS(filepath.Join("testdata/runs", name))); err != nil {
			t.Fatal(err)
		}
	}
	change(t, filepath.Join(parent, "demo-run"), result.RunFile, replace(`"verdict": "pass"`, `"verdict": "fail"`))
	write(t, filepath.Join(parent, "notes", "x.txt"), "x")
	write(t, filepath.Join(parent, "README.md"), "x")
	write(t, filepath.Join(parent, "newer", result.RunFile), `{"schema": "lbench.run/2"}`)
	write(t, filepath.Join(parent, "empty", result.RunFile), "")
	v, err := Path(parent, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"20261125T060058Z-write-write", "demo-run", "empty", "newer"}; !slices.Equal(v.Runs, want) {
		t.Errorf("runs are %q, want %q", v.Runs, want)
	}
	for _, want := range [][2]string{{"demo-run/run.json", "verdict"}, {"empty/run.json", "it is empty"}, {"newer", "lbench.run/2"}} {
		if !named(v, want[0], want[1]) {
			t.Errorf("%s %q isn't found:\n%s", want[0], want[1], findings(v))
		}
	}
	if v.OK || v.Checked < 300 || !strings.Contains(strings.Join(v.Notes, "\n"), "20261125T060058Z-write-write: ") || !slices.ContainsFunc(v.Notes, func(n string) bool { return strings.HasPrefix(n, "notes: passed over") }) {
		t.Errorf("OK %v, %d checked, notes %q", v.OK, v.Checked, v.Notes)
	}
}

func TestPathOfARun(t *testing.T) {
	v, err := Path("testdata/runs/demo-run", Options{})
	if err != nil || !v.OK || v.Findings == nil || v.Runs[0] != "testdata/runs/demo-run" {
		t.Errorf("%+v, error %v", v, err)
	}
}

func TestPathOfNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "sub", "x"), "x")
	for name, want := range map[string]string{
		dir:                           "it holds no run.json of lbench and no summary.json of DLIO, and no folder that does (1 others)",
		filepath.Join(dir, "nowhere"): "no such file or directory",
		filepath.Join(dir, "sub/x"):   "it is a file: want a run folder",
	} {
		if _, err := Path(name, Options{}); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "verify ") {
			t.Errorf("%s: error is %v, want %q", name, err, want)
		}
	}
}
