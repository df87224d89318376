package ioengine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// ways are the two ways to count.
func ways() map[string]ResidencyOptions {
	return map[string]ResidencyOptions{"cachestat": {}, "mincore": {ForceMincore: true}}
}

func TestResidency(t *testing.T) {
	page := unix.Getpagesize()
	dir := diskFolder(t)
	cold := func(name string, size, cached int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), pattern(name, size), 0o644); err != nil {
			t.Fatal(err)
		}
		f := mustOpen(t, NewPosix(dir), name)
		cacheOnly(t, f, cached)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	cold("cold", 8*page, 0)
	cold("half", 64*page, 32*page)
	cold("hot", 3*page+1, 3*page+1) // its fourth page counts as one
	cold("empty", 0, 0)
	cold("small", 1, 1)
	for way, o := range ways() {
		for _, c := range []struct {
			names []string
			want  float64
		}{
			{[]string{"cold"}, 0},
			{[]string{"half"}, 0.5},
			{[]string{"hot"}, 1},
			{[]string{"small"}, 1},
			{[]string{"empty", "hot"}, 1},
			{[]string{"hot", "cold"}, 4. / 12}, // by pages, not by files
			{[]string{"half", "half", "half", "hot"}, 100. / 196},
		} {
			got, err := Residency(t.Context(), dir, c.names, o)
			if err != nil || got != c.want {
				t.Errorf("%s: Residency of %q = %v, %v, want %v", way, c.names, got, err, c.want)
			}
		}
	}
}

func TestResidencyUnknownOrFailed(t *testing.T) {
	dir := folder(t, map[string][]byte{"empty": nil, "some": pattern("some", 5000)})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for way, o := range ways() {
		for _, c := range []struct {
			name  string
			ctx   context.Context
			names []string
			is    error
			text  string
		}{
			{"no files", t.Context(), nil, ErrResidencyUnknown, "of 0 files"},
			{"no bytes", t.Context(), []string{"empty"}, ErrResidencyUnknown, "they hold no bytes"},
			{"missing", t.Context(), []string{"some", "missing"}, fs.ErrNotExist, filepath.Join(dir, "missing")},
			{"canceled", canceled, []string{"some"}, context.Canceled, "measure what is cached of 1 files"},
		} {
			_, err := Residency(c.ctx, dir, c.names, o)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s, %s: %v, want %v and %q", way, c.name, err, c.is, c.text)
			}
			if c.is != ErrResidencyUnknown && errors.Is(err, ErrResidencyUnknown) {
				t.Errorf("%s, %s: %v is a failure, not unknown", way, c.name, err)
			}
		}
	}
}

// A file of another user that may only be read: both ways must refuse, since mincore says
// that all of it is resident. Only a process without privileges sees that, so root runs
// this test again as one.
func TestResidencyOfOthersFiles(t *testing.T) {
	const variable = "LBENCH_TEST_OTHERS_FILES"
	if dir := os.Getenv(variable); dir != "" {
		for way, o := range ways() {
			_, err := Residency(t.Context(), dir, []string{"theirs"}, o)
			if !errors.Is(err, ErrResidencyUnknown) || !strings.Contains(err.Error(), "own the file or may write it") {
				t.Errorf("%s of a file of others: %v, want unknown", way, err)
			}
			if got, err := Residency(t.Context(), dir, []string{"shared"}, o); err != nil || got != 1 {
				t.Errorf("%s of a file that others may write: %v, %v, want 1", way, got, err)
			}
		}
		return
	}
	if os.Geteuid() != 0 {
		for way, o := range ways() { // root's
			_, err := Residency(t.Context(), "/etc", []string{"passwd"}, o)
			if !errors.Is(err, ErrResidencyUnknown) {
				t.Errorf("%s of /etc/passwd: %v, want unknown", way, err)
			}
		}
		return
	}
	dir := folder(t, map[string][]byte{"theirs": pattern("theirs", 5000), "shared": pattern("shared", 5000)})
	binary, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "test"), binary, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "shared"), 0o666); err != nil {
		t.Fatal(err)
	}
	for folder := dir; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	test := exec.Command(filepath.Join(dir, "test"), "-test.run=^TestResidencyOfOthersFiles$", "-test.v")
	test.Dir = "/"
	test.Env = append(os.Environ(), variable+"="+dir)
	test.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := test.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestResidencyOfOthersFiles") {
		t.Errorf("as uid 65534: %v\n%s", err, out)
	}
}

func TestPageCacheOf(t *testing.T) {
	for _, c := range []struct {
		name    string
		fsType  int64
		mincore bool
		reason  string
	}{
		{"ext4", 0xef53, false, ""},
		{"nfs", 0x6969, false, ""},
		{"lustre", 0x0bd00bd0, false, ""},
		{"overlay", 0x794c7630, true, ""},
		{"zfs", 0x2fc12fc1, false, "ARC"},
		{"gpfs", 0x47504653, false, "page pool"},
	} {
		mincore, reason := pageCacheOf(c.fsType)
		if mincore != c.mincore || !strings.Contains(reason, c.reason) || (reason == "") != (c.reason == "") {
			t.Errorf("pageCacheOf(%s) = %v, %q, want %v, %q", c.name, mincore, reason, c.mincore, c.reason)
		}
	}
}

// Many files that were just written are all in the cache, by either way.
func TestResidencyAgrees(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for i := range 40 { // more than are handled at once
		name := fmt.Sprint("f", i)
		names = append(names, name)
		if err := os.WriteFile(filepath.Join(dir, name), pattern(name, 1000*i), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a, errA := Residency(t.Context(), dir, names, ResidencyOptions{})
	b, errB := Residency(t.Context(), dir, names, ResidencyOptions{ForceMincore: true})
	if errA != nil || errB != nil || a != b || a != 1 {
		t.Errorf("just written: cachestat %v, %v; mincore %v, %v, want 1", a, errA, b, errB)
	}
}
