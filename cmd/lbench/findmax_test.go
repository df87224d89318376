package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/result"
)

// A setting of this process is the same as what run.json makes of it, and no other one is.
func TestFindMaxResumeSettings(t *testing.T) {
	for _, c := range []struct {
		was, is any
		same    bool
	}{
		{1048576, 1048576, true}, {int64(1) << 40, int64(1) << 40, true}, {1048576, int64(1048576), true},
		{0.122, 0.122, true}, {114660.07, 114660.07, true}, {1e-7, 1e-7, true},
		{"posix", "posix", true}, {true, true, true}, {"4096", 4096, true},
		{1048576, 1048577, false}, {0.122, 0.1221, false}, {"posix", "direct", false}, {true, false, false}, {nil, 1, false},
	} {
		text, err := json.Marshal(c.was)
		if err != nil {
			t.Fatal(err)
		}
		var was any
		if err := json.Unmarshal(text, &was); err != nil {
			t.Fatal(err)
		}
		if got := sameValue(was, c.is); got != c.same {
			t.Errorf("%v and %v: the same is %v", c.was, c.is, got)
		}
	}
	if got := valueText(float64(1048576)); got != "1048576" {
		t.Errorf("1048576 of run.json is shown as %s", got)
	}
}

func TestFindMaxResumeElsewhere(t *testing.T) {
	run := func(host, kind, source string) result.Run {
		return result.Run{Host: result.Host{Name: host}, Mount: &result.Mount{Type: kind, Source: source}}
	}
	disk := run("a", "ext4", "/dev/vda")
	for _, c := range []struct {
		now  result.Run
		what string
	}{
		{disk, ""}, {run("", "", ""), ""}, {result.Run{}, ""},
		{run("b", "ext4", "/dev/vda"), "host"},
		{run("a", "tmpfs", "/dev/vda"), "a file system of type"},
		{run("a", "ext4", "/dev/vdb"), "a file system from"},
	} {
		for _, runs := range [][2]result.Run{{disk, c.now}, {c.now, disk}} {
			if what, was, is := elsewhere(runs[0], runs[1]); what != c.what || (what != "") != (was != is) {
				t.Errorf("%+v %+v: %q, %q and %q; want %q", c.now.Host, c.now.Mount, what, was, is, c.what)
			}
		}
	}
}

// The folder of an earlier search is looked for where that search was started.
func TestFindMaxResumeDir(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ resume, dir, results, want string }{
		{"results/R", "ds", "results", here + "/ds"},
		{"results/R/", "./ds/", "./results/", here + "/ds"},
		{"/bench/results/R", "ds", "results", "/bench/ds"},
		{"/bench/a/results/R", "../ds", "a/results", "/ds"},
		{"/results/R", "ds", "results", "/ds"},
		{"/moved/R", "ds", "results", here + "/ds"},
		{"/bench/results/R", "/mnt/ds/", "results", "/mnt/ds"},
		{"/bench/results/R", "ds", "/bench/results", here + "/ds"},
		{"results/R", "", "results", ""},
	} {
		before := result.Run{Settings: map[string]result.Setting{"results-dir": {Value: c.results}}}
		if c.dir != "" {
			before.Settings["data-dir"] = result.Setting{Value: c.dir}
		}
		if got := earlierDir(c.resume, before); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
	for _, name := range []string{"a", "b"} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a", "link"); err != nil {
		t.Fatal(err)
	}
	a, b, link := absolute("a/"), absolute("b"), absolute(filepath.Join("b", "..", "link"))
	if !sameDir(a, a) || !sameDir(a, link) || sameDir(a, b) || sameDir(a, "") || sameDir(a, absolute("gone")) || !sameDir("", "") {
		t.Error("one folder and two are mixed up")
	}
}

// A search's full run is a run within a run: what it advises is not said again.
func TestFindMaxAdviceOnce(t *testing.T) {
	for _, cause := range []error{&dataset.CorruptError{}, syscall.EIO, syscall.ESTALE, syscall.ENOSPC} {
		once := advise(fmt.Errorf("read: %w", cause), "results")
		if !strings.HasPrefix(once.Error(), "read: ") || !errors.Is(once, cause) || once.Error() == "read: "+cause.Error() {
			t.Errorf("%v: no advice in %q", cause, once)
		}
		outer := fmt.Errorf("full run: %w", once)
		if twice := advise(outer, "results"); twice.Error() != outer.Error() {
			t.Errorf("advice twice: %q", twice)
		}
	}
}
