package ioengine

import (
	"bytes"
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

// Mem has a full disk, whose room comes back when files are removed or replaced.
func TestMemIsFull(t *testing.T) {
	e := NewMem(virtual(files())).(mem)
	e.store.limit = 10_000
	f := mustMake(t, e.Create, "a")
	mustWrite(t, f, make([]byte, 6000), 0)
	mustWrite(t, f, make([]byte, 6000), 0) // in place
	if n, err := f.WriteAt(make([]byte, 4001), 6000); n != 0 || err != unix.ENOSPC {
		t.Errorf("WriteAt beyond the limit = %d, %v, want ENOSPC", n, err)
	}
	if n, err := f.WriteAt(make([]byte, 1), 10_000); n != 0 || err != unix.ENOSPC { // a hole counts
		t.Errorf("WriteAt behind the limit = %d, %v, want ENOSPC", n, err)
	}
	mustWrite(t, f, make([]byte, 4000), 6000)
	if _, err := e.Modify("block"); err == nil || e.store.used.Load() != 10_000 { // its 4096 bytes would have to be kept
		t.Errorf("Modify on a full disk: %v, %d bytes used", err, e.store.used.Load())
	}
	b := mustMake(t, e.Create, "b")
	for _, step := range []func() error{
		func() error { return e.Remove("a") },
		func() error { mustWrite(t, b, make([]byte, 5000), 5000); return nil },
		func() error { mustMake(t, e.Create, "c"); return e.Rename("c", "b") },
		func() error { return e.Rename("one", "b") }, // becomes one of the store: 1 byte
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if used := e.store.used.Load(); used != 1 {
		t.Errorf("%d bytes are used, want 1", used)
	}
}

// A file of the content that is changed keeps the rest, of any size.
func TestMemModifiesContent(t *testing.T) {
	content := map[string][]byte{"big": pattern("big", 300_000)}
	e := NewMem(virtual(content)).(Maker)
	old := mustOpen(t, e, "big")
	want := bytes.Clone(content["big"])
	f := mustMake(t, e.Modify, "big")
	copy(want[123_456:], "changed")
	mustWrite(t, f, []byte("changed"), 123_456)
	if err := readWhole(e, "big", want); err != nil {
		t.Error(err)
	}
	buf := make([]byte, 300_000)
	if n, err := old.ReadAt(buf, 0); n != len(buf) || err != nil || !bytes.Equal(buf, pattern("big", 300_000)) {
		t.Errorf("the content itself was written: %d, %v", n, err)
	}
}

// Null keeps lengths only: holes of any size cost nothing.
func TestNullKeepsLengths(t *testing.T) {
	e := NewNull(Content{}).(Maker)
	f := mustMake(t, e.Create, "huge")
	mustWrite(t, f, []byte("x"), 1<<50)
	buf := []byte("old")
	if n, err := f.ReadAt(buf, 1<<50-1); n != 2 || err != io.EOF || string(buf) != "\x00\x00d" {
		t.Errorf("ReadAt at the end = %d, %v, %q, want two zeros and io.EOF", n, err, buf)
	}
}
