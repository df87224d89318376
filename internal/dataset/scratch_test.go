package dataset

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func isWrite(name string) bool { return strings.HasPrefix(name, "write_") }

func scratch(t *testing.T, dir string) (name string, remove func() error) {
	t.Helper()
	name, remove, err := Scratch(dir, isWrite)
	if err != nil {
		t.Fatal(err)
	}
	return name, remove
}

func TestScratch(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "theirs"), "theirs")
	name, remove := scratch(t, dir)
	if filepath.Dir(name) != dir || !strings.HasPrefix(filepath.Base(name), "lbench-write-") {
		t.Errorf("folder %s", name)
	}
	text, err := os.ReadFile(filepath.Join(name, ".lbench-scratch.json"))
	var note map[string]any
	if err != nil || json.Unmarshal(text, &note) != nil {
		t.Fatalf("%s, %v", text, err)
	}
	host, _ := os.Hostname()
	started, err := time.Parse(time.RFC3339Nano, note["started"].(string))
	if note["schema"] != "lbench.scratch/1" || note["pid"] != float64(os.Getpid()) || note["host"] != host || err != nil || started.Location() != time.UTC {
		t.Errorf("marker %s", text)
	}
	write(t, filepath.Join(name, "write_0"), "0")
	write(t, filepath.Join(name, "write_1"), "1")
	second, removeSecond := scratch(t, dir)
	if second == name {
		t.Errorf("two scratch folders are %s", name)
	}
	for range 2 {
		if err := errors.Join(remove(), removeSecond()); err != nil {
			t.Error(err)
		}
	}
	want(t, dir, "theirs")
}

func TestScratchRemovesOnlyItsFiles(t *testing.T) {
	ok := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	for kind, put := range map[string]func(name string){
		"write_folder": func(name string) { ok(os.Mkdir(name, 0o777)) },
		"write_link":   func(name string) { ok(os.Symlink("write_0", name)) },
		"write_pipe":   func(name string) { ok(unix.Mkfifo(name, 0o666)) },
		"thesis.tex":   func(name string) { write(t, name, "the only copy") },
	} {
		dir := t.TempDir()
		folder, remove := scratch(t, dir)
		write(t, filepath.Join(folder, "write_0"), "0")
		put(filepath.Join(folder, kind))
		before := inFolder(t, dir)
		wantError(t, remove(), folder+" holds \""+kind+"\", which lbench didn't make: nothing in it was deleted")
		want(t, dir, before...)
		if got := StaleScratch(dir); !slices.Equal(got, []string{folder}) {
			t.Errorf("%s: stale %q, want %q", kind, got, folder)
		}
	}
}

func TestScratchGoneMeanwhile(t *testing.T) {
	name, remove := scratch(t, t.TempDir())
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
	if err := remove(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want fs.ErrNotExist", err)
	}
}

func TestScratchNeedsItsFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	_, _, err := Scratch(dir, isWrite)
	wantError(t, err, "make a folder for the files to write: ", "no such file or directory")
}

func TestStaleScratch(t *testing.T) {
	dir := t.TempDir()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	note := func(name, schema, host string, pid int) {
		text, _ := json.Marshal(scratchNote{schema, pid, host, time.Time{}})
		write(t, filepath.Join(dir, name, scratchMarker), string(text))
	}
	lock := func(name string) { write(t, filepath.Join(dir, name, lockName), "") }
	const noPID = 1 << 30 // above the kernel's limit

	note("lbench-write-a-killed", scratchSchema, "elsewhere", 1)
	lock("lbench-write-a-killed")
	note("lbench-write-b-unlocked-dead", scratchSchema, host, noPID)
	note("lbench-write-c-unlocked-alive", scratchSchema, host, os.Getpid())
	note("lbench-write-d-unlocked-elsewhere", scratchSchema, host+"x", noPID)
	note("lbench-write-e-newer", "lbench.scratch/2", host, noPID)
	note("other-name", scratchSchema, host, noPID)
	write(t, filepath.Join(dir, "lbench-write-f-foreign", "thesis.tex"), "the only copy")
	write(t, filepath.Join(dir, "lbench-write-g-file"), "")
	_, remove := scratch(t, dir)
	defer remove()

	before := inFolder(t, dir)
	var wanted []string
	for _, name := range []string{"lbench-write-a-killed", "lbench-write-b-unlocked-dead"} {
		wanted = append(wanted, filepath.Join(dir, name))
	}
	if got := StaleScratch(dir); !slices.Equal(got, wanted) {
		t.Errorf("stale %q, want %q", got, wanted)
	}
	want(t, dir, before...)
	if got := StaleScratch(filepath.Join(dir, "none")); got != nil {
		t.Errorf("of a missing folder: %q", got)
	}
}
