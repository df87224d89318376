package ioengine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"testing"
)

// pattern is file content in which no two blocks are alike, and which differs by name.
func pattern(name string, size int) []byte {
	seed := uint64(len(name))
	for _, c := range name {
		seed = seed*131 + uint64(c)
	}
	data := make([]byte, size)
	for i := range data {
		seed = seed*6364136223846793005 + 1442695040888963407
		data[i] = byte(seed >> 56)
	}
	return data
}

// files are what every engine under test holds: sizes about a block, an empty one, and
// one in a subfolder.
func files() map[string][]byte {
	all := map[string][]byte{}
	for name, size := range map[string]int{
		"empty": 0, "one": 1, "under": 4095, "block": 4096, "over": 4097, "train/big": 5*4096 + 1234, "blocks": 8 * 4096,
	} {
		all[name] = pattern(name, size)
	}
	return all
}

// testEngine is what all engines and wrappers have to do.
func testEngine(t *testing.T, e Engine, content map[string][]byte) {
	t.Helper()
	for name, want := range content {
		t.Run(name, func(t *testing.T) { testFile(t, e, name, want) })
	}
	t.Run("missing", func(t *testing.T) {
		for _, name := range []string{"nothing", "train/nothing"} {
			if f, err := e.Open(name); !errors.Is(err, fs.ErrNotExist) || f != nil {
				t.Errorf("Open(%q) = %v, %v, want no file and fs.ErrNotExist", name, f, err)
			}
		}
	})
	t.Run("concurrent", func(t *testing.T) {
		var group sync.WaitGroup
		for range 4 {
			for name, want := range content {
				group.Go(func() {
					if err := readWhole(e, name, want); err != nil {
						t.Error(err)
					}
				})
			}
		}
		group.Wait()
	})
}

// readWhole reads a file to its end, in reads of two blocks.
func readWhole(e Engine, name string, want []byte) error {
	f, err := e.Open(name)
	if err != nil {
		return err
	}
	buffers := NewBuffers(8192)
	defer buffers.Free()
	buf, err := buffers.Get()
	if err != nil {
		return err
	}
	var got []byte
	for err == nil && len(got) <= len(want) {
		var n int
		n, err = f.ReadAt(buf, int64(len(got)))
		got = append(got, buf[:n]...)
	}
	if err != io.EOF || !bytes.Equal(got, want) {
		return fmt.Errorf("read all of %s: %d bytes, %v, want its %d bytes and io.EOF", name, len(got), err, len(want))
	}
	return f.Close()
}

// testFile reads at many offsets and lengths, all of them multiples of the engine's
// alignment, within the file, across its end and beyond it.
func testFile(t *testing.T, e Engine, name string, want []byte) {
	f, err := e.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	buffers := NewBuffers(len(want) + 3*4096)
	defer buffers.Free()
	buf, err := buffers.Get()
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range places(e.Align(), len(want)) {
		for _, length := range places(e.Align(), len(want)) {
			part := want[min(off, len(want)):min(off+length, len(want))]
			clear(buf)
			n, err := f.ReadAt(buf[:length], int64(off))
			if short := n < length; !bytes.Equal(buf[:n], part) || short != (err == io.EOF) || !short && err != nil {
				t.Fatalf("ReadAt(%d bytes, %d) of %d = %d, %v, want %d bytes of the file, io.EOF if short", length, off, len(want), n, err, len(part))
			}
			if stray := bytes.TrimLeft(buf[n:], "\x00"); len(stray) > 0 && e.Align() == 1 {
				t.Fatalf("ReadAt(%d bytes, %d) = %d, and wrote behind them", length, off, n)
			}
			testAtOnce(t, f, part, off, length)
		}
	}
	if err := f.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// testAtOnce holds what doesn't wait against what ReadAt has to give.
func testAtOnce(t *testing.T, f File, part []byte, off, length int) {
	t.Helper()
	if v, ok := f.(Viewer); ok {
		if got := v.View(int64(off), length); !bytes.Equal(got, part) {
			t.Fatalf("View(%d, %d) gives %d bytes, want %d of the file", off, length, len(got), len(part))
		}
	}
	try, ok := f.(TryReader)
	if !ok || length == 0 {
		return
	}
	got := make([]byte, length)
	n, err := try.TryReadAt(got, int64(off))
	switch {
	case err == ErrWouldBlock && n == 0:
	case len(part) == 0 && n == 0 && err == io.EOF:
	case n > 0 && n <= len(part) && err == nil && bytes.Equal(got[:n], part[:n]):
	default:
		t.Fatalf("TryReadAt(%d bytes, %d) = %d, %v, want up to %d bytes of the file, or ErrWouldBlock, or io.EOF at its end", length, off, n, err, len(part))
	}
}

// places are offsets and lengths that matter in a file of size bytes.
func places(align int64, size int) []int {
	all := []int{0, 4096, 8192, size / 8192 * 4096, size / 4096 * 4096, (size + 4095) / 4096 * 4096, size/4096*4096 + 8192}
	if align == 1 {
		all = append(all, 1, 4095, 4097, max(0, size-1), size, size+1, size/2)
	}
	return all
}
