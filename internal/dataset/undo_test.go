package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// fullAfter is a disk on which the file after so many can't be written, for this reason.
// before acts when that happens.
func fullAfter(n int, reason error, before func()) disk {
	d := realDisk()
	create, count := d.create, 0
	d.free = func(string) (int64, error) { return 714_000_000, nil }
	d.create = func(name string) (file, error) {
		f, err := create(name)
		if count++; count <= n {
			return f, err
		}
		before()
		return brokenFile{file: f, write: reason}, err
	}
	return d
}

func TestUndo(t *testing.T) {
	s, nothing := tinyRaw(), func() {}
	for _, c := range []struct {
		name   string
		n      int
		reason error
		want   []string
	}{
		{"the first file", 0, unix.ENOSPC, []string{"disk full while laying out files in ", ": 3.1 MB is needed, 714.0 MB is free (0 complete files were removed again): no space left on device"}},
		{"the third file", 2, unix.ENOSPC, []string{"3.1 MB is needed", "(2 complete files were removed again)"}},
		{"a quota", 3, unix.EDQUOT, []string{"quota reached while laying out files in ", ": 3.1 MB is needed (3 complete files were removed again): disk quota exceeded"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			done, err := generate(t.Context(), dir, s, GenerateOptions{Parallel: 1, Undo: true}, fullAfter(c.n, c.reason, nothing))
			wantError(t, err, c.want...)
			if done != (Generated{}) || !errors.Is(err, c.reason) {
				t.Errorf("%+v, %v", done, err)
			}
			want(t, dir, ".lbench-dataset.lock")
			if _, err := Generate(t.Context(), dir, s, GenerateOptions{Undo: true}); err != nil {
				t.Errorf("with room made: %v", err)
			}
		})
	}
}

// What an earlier call has made stays, and stays resumable.
func TestUndoKeepsEarlierFiles(t *testing.T) {
	s, dir := tinyRaw(), t.TempDir()
	if _, err := generate(t.Context(), dir, s, GenerateOptions{Parallel: 1}, fullAfter(1, unix.ENOSPC, func() {})); err == nil {
		t.Fatal("no error")
	}
	left := []string{".lbench-dataset.json", ".lbench-dataset.lock", "blocks/", "blocks/block_0_of_4.raw"}
	want(t, dir, left...)
	done, err := generate(t.Context(), dir, s, GenerateOptions{Parallel: 1, Undo: true}, fullAfter(2, unix.ENOSPC, func() {}))
	wantError(t, err, "disk full", "2.4 MB is needed", "(2 complete files were removed again)")
	if done != (Generated{Kept: 1}) {
		t.Errorf("%+v", done)
	}
	want(t, dir, left...)
	done, err = Generate(t.Context(), dir, s, GenerateOptions{Undo: true})
	if err != nil || done.Kept != 1 || done.Written != 3 {
		t.Errorf("%+v, %v", done, err)
	}
}

// Folders and files that are not this call's stay where they are.
func TestUndoLeavesOthersAlone(t *testing.T) {
	dir := t.TempDir()
	theirs := filepath.Join(dir, "blocks", ".theirs")
	write(t, theirs, "theirs")
	_, err := generate(t.Context(), dir, tinyRaw(), GenerateOptions{Parallel: 1, Undo: true}, fullAfter(1, unix.ENOSPC, func() {}))
	wantError(t, err, "disk full")
	want(t, dir, ".lbench-dataset.lock", "blocks/", "blocks/.theirs")

	empty := t.TempDir()
	if err := os.Mkdir(filepath.Join(empty, "blocks"), 0o777); err != nil {
		t.Fatal(err)
	}
	_, err = generate(t.Context(), empty, tinyRaw(), GenerateOptions{Parallel: 1, Undo: true}, fullAfter(1, unix.ENOSPC, func() {}))
	wantError(t, err, "disk full")
	want(t, empty, ".lbench-dataset.lock", "blocks/")
}

func TestUndoOnlyWhereTheDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	_, err := generate(t.Context(), dir, tinyRaw(), GenerateOptions{Parallel: 1, Undo: true}, fullAfter(2, unix.EIO, func() {}))
	wantError(t, err, "2 of 4 files are complete: input/output error")
	want(t, dir, ".lbench-dataset.json", ".lbench-dataset.lock", "blocks/", "blocks/block_0_of_4.raw", "blocks/block_1_of_4.raw")
}

// A file that can't be removed is told of; the marker stays, since without it that file
// would be nobody's.
func TestUndoFails(t *testing.T) {
	dir := t.TempDir()
	first := filepath.Join(dir, tinyRaw().Name(0))
	instead := func() { // a folder can't be unlinked, nor removed as long as it holds something
		if err := os.Remove(first); err != nil {
			t.Error(err)
		}
		write(t, filepath.Join(first, "x"), "theirs")
	}
	_, err := generate(t.Context(), dir, tinyRaw(), GenerateOptions{Parallel: 1, Undo: true}, fullAfter(2, unix.ENOSPC, instead))
	wantError(t, err, "3.1 MB is needed, and what was written couldn't be removed again (remove ", "block_0_of_4.raw: directory not empty): no space left")
	want(t, dir, ".lbench-dataset.json", ".lbench-dataset.lock", "blocks/", "blocks/block_0_of_4.raw/", "blocks/block_0_of_4.raw/x")
}
