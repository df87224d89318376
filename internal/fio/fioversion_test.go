package fio

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckVersion(t *testing.T) {
	for version, good := range map[string]bool{
		"fio-3.20": true, "fio-3.33": true, "fio-3.49": true, "fio-3.36-117-gb2403": true, "fio-3.39-dirty": true,
		"fio-3.19": false, "fio-3.50": false, "fio-3.2": false, "fio-2.33": false, "fio-4.33": false, "fio-13.33": false,
		"fio-3": false, "3.33": false, "": false, "<html>": false, "fio-3.99999999999999999999": false,
	} {
		err := checkVersion(version)
		if good != (err == nil) {
			t.Errorf("%q: %v, accepted should be %v", version, err, good)
		}
		if err != nil && !(strings.Contains(err.Error(), version) && strings.Contains(err.Error(), "fio-3.20 to fio-3.49")) {
			t.Errorf("%q: error %v doesn't name what was found and what is allowed", version, err)
		}
	}
}

func TestFindFio(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"too old", "echo fio-3.1", `is version "fio-3.1": want fio-3.20 to fio-3.49`},
		{"garbage", "echo '<html>'; echo more", `is version "<html>": want`},
		{"nothing", "", `is version "": want`},
		{"fails", "echo no library >&2; exit 127", "for its version: exit status 127: no library"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := findFio(t.Context(), writeScript(t, c.script))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestFindFioAbsent(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := findFio(t.Context(), "")
	if want := `--runner fio: fio isn't installed (looked for "fio" in PATH): apt-get install fio, or use --runner native`; err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("error %v, want %q", err, want)
	}
	path := filepath.Join(t.TempDir(), "nofio")
	if _, err = findFio(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "in PATH") {
		t.Errorf("error %v, want one about %q, not about PATH", err, path)
	}
}

func TestFioEngine(t *testing.T) {
	has := installed{path: writeScript(t, "echo hipri : Use polled IO")}
	hasNot := installed{path: writeScript(t, "echo IO engine io_uring not found")}
	best := "libaio"
	if kernelHasUring() {
		best = "io_uring"
	}
	for _, c := range []struct {
		program installed
		depth   int
		want    string
	}{{has, 1, "psync"}, {has, 2, best}, {hasNot, 32, "libaio"}} {
		if got, err := c.program.engine(t.Context(), c.depth); got != c.want || err != nil {
			t.Errorf("depth %d: %q, %v, want %q", c.depth, got, err, c.want)
		}
	}
}
