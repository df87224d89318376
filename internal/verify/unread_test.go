package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lbench/lbench/internal/nobody"
	"github.com/lbench/lbench/internal/result"
)

// unreadable are files and folders of the fixtures that verify opens, and one that nothing
// but the sums does.
var unreadable = []struct{ fixture, name string }{
	{"runs/demo-run", result.RunFile},
	{"runs/demo-run", result.SumsFile},
	{"runs/demo-run", result.StepsFile},
	{"runs/demo-run", result.ReadingsFile},
	{"runs/demo-run", "dlio/summary.json"},
	{"runs/demo-run", "dlio"},
	{"runs/20261125T060239Z-mlperf-killed", result.StepsFile}, // without sums
	{"runs/20261125T060239Z-mlperf-killed", result.ReadingsFile},
	{"runs/demo-cold", result.OpsFile},
	{"runs/demo-cold", result.ReadingsFile},
	{"dlio/v1.0-cosmoflow-15acc", summaryFile},
	{"dlio/lbench-v1.0", "0_output.json"},
	{"dlio/lbench-v2.0", "dlio_config/config.yaml"},
	{"dlio/lbench-v2.0", "dlio_config/overrides.yaml"},
	{"dlio/v1.0-unet3d-set", reportFile},
	{"dlio/v1.0-unet3d-set", "run-3"},
}

// placed is a copy of a fixture in a folder of its own that any user can reach.
func placed(t *testing.T, fixture string) (parent, dir string) {
	t.Helper()
	parent = t.TempDir()
	dir = filepath.Join(parent, filepath.Base(fixture))
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", fixture))); err != nil {
		t.Fatal(err)
	}
	nobody.Reach(t, filepath.Join(dir, "x"))
	return parent, dir
}

// TestUnreadableIsNoFinding: a file that this user may not read is an error that names it,
// whether the folder is named or one above it.
func TestUnreadableIsNoFinding(t *testing.T) {
	for _, test := range unreadable {
		t.Run(test.fixture+"/"+test.name, func(t *testing.T) {
			parent, dir := placed(t, test.fixture)
			file := filepath.Join(dir, filepath.FromSlash(test.name))
			if _, err := os.Stat(file); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, 0); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(file, 0o755) })
			for _, path := range []string{dir, parent} {
				nobody.Do(t, func() {
					v, err := Path(path, Options{})
					if err == nil || !errors.Is(err, fs.ErrPermission) {
						t.Errorf("%s: error is %v; %s", path, err, findings(v))
						return
					}
					text := err.Error()
					if !strings.HasPrefix(text, fmt.Sprintf("verify %q: ", path)) || !strings.Contains(text, file) || strings.Count(text, "verify") != 1 || strings.Contains(text, "\n") || v.OK || len(v.Findings) > 0 {
						t.Errorf("%s: error is %q, findings %s", path, text, findings(v))
					}
				})
			}
		})
	}
}

// TestUnreadableAttached: so is one that was added to a closed folder.
func TestUnreadableAttached(t *testing.T) {
	_, dir := placed(t, "runs/demo-run")
	attached := filepath.Join(dir, result.AttachedFolder)
	write(t, filepath.Join(attached, "gcs.json"), "{}")
	write(t, filepath.Join(attached, result.SumsFile), "")
	reseal(t, attached)
	if v, err := Path(dir, Options{}); err != nil || !v.OK {
		t.Fatalf("error %v, findings %s", err, findings(v))
	}
	if err := os.Chmod(filepath.Join(attached, "gcs.json"), 0); err != nil {
		t.Fatal(err)
	}
	nobody.Do(t, func() {
		if _, err := Path(dir, Options{}); err == nil || !strings.Contains(err.Error(), "attached/gcs.json: permission denied") {
			t.Errorf("error is %v", err)
		}
	})
}

// TestMissingStaysAFinding: what SHA256SUMS names and the folder lacks is found, as is
// something else in a file's place.
func TestMissingStaysAFinding(t *testing.T) {
	for _, test := range unreadable {
		if !strings.HasPrefix(test.fixture, "runs/demo") || test.name == result.RunFile || test.name == result.SumsFile || test.name == "dlio" {
			continue
		}
		_, dir := placed(t, test.fixture)
		file := filepath.Join(dir, filepath.FromSlash(test.name))
		for _, how := range []string{"missing", "a folder"} {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if how == "a folder" {
				if err := os.Mkdir(file, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			v, err := Path(dir, Options{})
			if err != nil || !named(v, test.name, "not in the folder") {
				t.Errorf("%s, %s: error %v, findings %s", test.name, how, err, findings(v))
			}
			if how == "missing" {
				write(t, file, "")
			}
		}
	}
}

func TestOfMachine(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{fs.ErrPermission, true},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, true},
		{fmt.Errorf("line 3: %w", &fs.PathError{Op: "read", Path: "x", Err: syscall.EIO}), true},
		{&fs.PathError{Op: "read", Path: "x", Err: syscall.ESTALE}, true},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EMFILE}, true},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}, false},
		{&fs.PathError{Op: "open", Path: "x/y", Err: syscall.ENOTDIR}, false},
		{&fs.PathError{Op: "open", Path: "x", Err: errors.New("it isn't a regular file")}, false},
		{errors.New("line 3: no number"), false},
	} {
		if got := ofMachine(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}
