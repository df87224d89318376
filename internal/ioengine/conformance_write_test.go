package ioengine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// aligned is a copy of data where direct I/O takes it.
func aligned(data []byte) []byte {
	buf := make([]byte, len(data)+4096)
	skip := -uintptr(unsafe.Pointer(&buf[0])) % 4096
	return buf[skip:][:copy(buf[skip:], data)]
}

func TestMakers(t *testing.T) {
	content := files()
	posix := func(t *testing.T) Maker { return NewPosix(folder(t, content)) }
	mem := func(*testing.T) Maker { return NewMem(virtual(content)).(Maker) }
	for name, c := range map[string]struct {
		e     func(*testing.T) Maker
		keeps bool // what is written
	}{
		"posix": {posix, true},
		"direct": {func(t *testing.T) Maker {
			dir := folder(t, content)
			if err := CheckDirect(dir, "block"); err != nil {
				t.Skipf("%v: set TMPDIR to a folder on ext4 or xfs", err)
			}
			return NewDirect(dir)
		}, true},
		"uring": {func(t *testing.T) Maker { return NewUring(folder(t, content), false) }, true},
		"mem":   {mem, true},
		"null":  {func(*testing.T) Maker { return NewNull(virtual(content)).(Maker) }, false},
		"trace": {func(t *testing.T) Maker { return NewTrace(posix(t)) }, true},
		"fault": {func(t *testing.T) Maker {
			return NewFault(mem(t), FaultRule{Name: "no such file", Err: io.ErrNoProgress})
		}, true},
		"delay": {func(t *testing.T) Maker { return NewDelay(mem(t), time.Nanosecond, 1e15) }, true},
		"grid":  {func(t *testing.T) Maker { return NewGridSync(posix(t), time.Nanosecond) }, true},
	} {
		t.Run(name, func(t *testing.T) { testMaker(t, c.e(t), content, c.keeps) })
	}
}

// testMaker is what all engines that write have to do. e holds content.
func testMaker(t *testing.T, e Maker, content map[string][]byte, keeps bool) {
	// holds reads a file whole. An engine that keeps nothing still knows its length.
	holds := func(t *testing.T, name string, want []byte) {
		t.Helper()
		if !keeps {
			want = make([]byte, len(want))
		}
		if err := readWhole(e, name, want); err != nil {
			t.Error(err)
		}
	}
	missing := func(t *testing.T, name string) {
		t.Helper()
		if f, err := e.Open(name); f != nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, %v, want no file and fs.ErrNotExist", name, f, err)
		}
	}
	data := pattern("data", 6*4096)

	t.Run("write", func(t *testing.T) {
		f := mustMake(t, e.Create, "train/new")
		holds(t, "train/new", nil)
		for _, block := range []int{4, 1, 0, 5} { // 2 and 3 stay a hole
			mustWrite(t, f, data[block*4096:][:4096], int64(block)*4096)
		}
		if err := f.Sync(); err != nil {
			t.Errorf("Sync: %v", err)
		}
		want := bytes.Clone(data)
		clear(want[2*4096 : 4*4096])
		buf := aligned(make([]byte, len(want)+4096))
		if n, err := f.ReadAt(buf, 0); n != len(want) || err != io.EOF || keeps && !bytes.Equal(buf[:n], want) {
			t.Errorf("ReadAt of the file still open for writing = %d, %v", n, err)
		}
		mustClose(t, f)
		holds(t, "train/new", want)
	})
	t.Run("off the blocks", func(t *testing.T) {
		if e.Align() != 1 {
			return // it writes whole blocks
		}
		f := mustMake(t, e.Create, "odd")
		for _, part := range []int{1, 4095, 1000, 10000} {
			mustWrite(t, f, data[part:][:part], int64(part))
		}
		mustWrite(t, f, nil, 1<<40) // nothing: the length stays
		mustClose(t, f)
		want := make([]byte, 20000)
		for _, part := range []int{1, 4095, 1000, 10000} {
			copy(want[part:], data[part:][:part])
		}
		holds(t, "odd", want)
	})
	t.Run("create what exists", func(t *testing.T) {
		for _, name := range []string{"blocks", "train/new"} {
			if f, err := e.Create(name); f != nil || !errors.Is(err, fs.ErrExist) {
				t.Errorf("Create(%q) = %v, %v, want no file and fs.ErrExist", name, f, err)
			}
		}
		if err := readWhole(e, "blocks", content["blocks"]); err != nil {
			t.Error(err)
		}
	})
	t.Run("modify", func(t *testing.T) {
		if f, err := e.Modify("nothing"); f != nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Modify of a missing file = %v, %v, want no file and fs.ErrNotExist", f, err)
		}
		missing(t, "nothing")
		want := bytes.Clone(content["blocks"])
		f := mustMake(t, e.Modify, "blocks")
		copy(want[3*4096:], data[:4096])
		mustWrite(t, f, data[:4096], 3*4096)
		want = append(want, data[:8192]...)
		mustWrite(t, f, data[:8192], 8*4096)
		mustClose(t, f)
		holds(t, "blocks", want)
		again := mustMake(t, e.Modify, "blocks")
		mustClose(t, again)
		holds(t, "blocks", want)
	})
	t.Run("rename", func(t *testing.T) {
		for _, name := range []string{"from", "onto"} {
			f := mustMake(t, e.Create, name)
			mustWrite(t, f, pattern(name, 2*4096), 0)
			mustClose(t, f)
		}
		if err := e.Rename("nothing", "onto"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Rename of a missing file: %v, want fs.ErrNotExist", err)
		}
		for _, step := range []struct{ from, to string }{{"from", "onto"}, {"onto", "onto"}, {"onto", "train/moved"}, {"train/moved", "over"}, {"over", "under"}} {
			if err := e.Rename(step.from, step.to); err != nil {
				t.Errorf("Rename(%q, %q): %v", step.from, step.to, err)
			}
			holds(t, step.to, pattern("from", 2*4096))
			if step.from != step.to {
				missing(t, step.from)
			}
		}
		if err := e.Rename("block", "block-moved"); err != nil { // one that was never written
			t.Error(err)
		}
		missing(t, "block")
		holds(t, "block-moved", content["block"])
	})
	t.Run("remove", func(t *testing.T) {
		f := mustMake(t, e.Create, "short-lived")
		mustWrite(t, f, data, 0)
		for _, name := range []string{"short-lived", "one"} {
			if err := e.Remove(name); err != nil {
				t.Errorf("Remove(%q): %v", name, err)
			}
			missing(t, name)
			if err := e.Remove(name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("second Remove(%q): %v, want fs.ErrNotExist", name, err)
			}
			if f, err := e.Modify(name); f != nil || !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Modify(%q) of a removed file = %v, %v", name, f, err)
			}
		}
		buf := aligned(make([]byte, len(data)))
		if n, err := f.ReadAt(buf, 0); n != len(data) || err != nil || keeps && !bytes.Equal(buf, data) {
			t.Errorf("ReadAt of a removed file that is still open = %d, %v", n, err)
		}
		mustClose(t, f)
		mustClose(t, mustMake(t, e.Create, "one")) // the name is free again
		holds(t, "one", nil)
	})
	t.Run("concurrent", func(t *testing.T) {
		var group sync.WaitGroup
		for i := range 8 {
			name := fmt.Sprint("train/writer", i)
			data := aligned(pattern(name, 8*4096))
			group.Go(func() {
				if err := writeBlocks(e, name, data); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for i := range 8 {
			name := fmt.Sprint("train/writer", i)
			holds(t, name, pattern(name, 8*4096))
		}
	})
}

// writeBlocks makes a file a block at a time.
func writeBlocks(e Maker, name string, data []byte) error {
	f, err := e.Create(name)
	if err != nil {
		return err
	}
	for off := 0; off < len(data); off += 4096 {
		if n, err := f.WriteAt(data[off:][:4096], int64(off)); n != 4096 || err != nil {
			return fmt.Errorf("write a block at %d: %d, %w", off, n, err)
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

func mustMake(t *testing.T, open func(string) (WriteFile, error), name string) WriteFile {
	t.Helper()
	f, err := open(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustWrite(t *testing.T, f WriteFile, p []byte, off int64) {
	t.Helper()
	if n, err := f.WriteAt(aligned(p), off); n != len(p) || err != nil {
		t.Fatalf("WriteAt(%d bytes, %d) = %d, %v", len(p), off, n, err)
	}
}

func mustClose(t *testing.T, f File) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
