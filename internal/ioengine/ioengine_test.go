package ioengine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// folder writes the files of content below a temporary folder.
func folder(t testing.TB, content map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range content {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// virtual serves content from memory.
func virtual(content map[string][]byte) Content {
	return Content{
		Size: func(name string) (int64, bool) {
			data, ok := content[name]
			return int64(len(data)), ok
		},
		Bytes: func(name string, off int64, n int) []byte {
			if n < 1 {
				panic(fmt.Sprintf("%d bytes of %s asked for", n, name))
			}
			return content[name][off:][:n]
		},
	}
}

func TestEngines(t *testing.T) {
	content := files()
	dir := folder(t, content)
	for name, e := range map[string]Engine{
		"posix": NewPosix(dir),
		"uring": NewUring(dir, false),
		"mem":   NewMem(virtual(content)),
		"null":  NewNull(virtual(content)),
		"trace": NewTrace(NewMem(virtual(content))),
		"fault": NewFault(NewMem(virtual(content)), FaultRule{Name: "no such file", Err: syscall.EIO}),
		"delay": NewDelay(NewMem(virtual(content)), time.Nanosecond, 1e15),
	} {
		t.Run(name, func(t *testing.T) { testEngine(t, e, content) })
	}
}

func TestDirect(t *testing.T) {
	content := files()
	dir := folder(t, content)
	e := NewDirect(dir)
	if !e.noTry.Load() {
		t.Error("a direct engine asks the page cache first")
	}
	f, err := e.Open("one")
	if errors.Is(err, ErrNoDirect) {
		t.Skipf("the file system of %q has no O_DIRECT; set TMPDIR to a folder on ext4 or xfs", dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := f.(TryReader).TryReadAt(make([]byte, 4096), 0); n != 0 || err != ErrWouldBlock {
		t.Errorf("TryReadAt = %d, %v, want ErrWouldBlock: no direct read is in memory", n, err)
	}
	flags, err := unix.FcntlInt(uintptr(f.(*posixFile).fd), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_DIRECT == 0 {
		t.Errorf("the flags of a direct file are %#x, %v, without O_DIRECT", flags, err)
	}
	testEngine(t, e, content)
}

// A resident file is the memory file over and over: sizes that aren't multiples of it,
// and reads that run over its end several times.
func TestResident(t *testing.T) {
	const memory = 3 * 1000
	whole := bytes.Repeat(pattern("resident", memory/2), 40)
	content := map[string][]byte{}
	for i, size := range []int{0, 1, memory - 1, memory, memory + 1, 2 * memory, 20*memory - 7} {
		content[fmt.Sprint("f", i)] = whole[:size]
	}
	size := virtual(content).Size
	for _, try := range []bool{false, true} {
		t.Run(fmt.Sprint("try=", try), func(t *testing.T) {
			e, err := NewResident(whole[:memory/2], 2, size, try)
			if err != nil {
				t.Fatal(err)
			}
			testEngine(t, e, content)
			f, err := e.Open("f6")
			if err != nil {
				t.Fatal(err)
			}
			if _, is := f.(TryReader); is != try {
				t.Errorf("a file of NewResident(try=%v) is a TryReader: %v", try, is)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			if n, err := f.ReadAt(make([]byte, 10), 0); n != 0 || !errors.Is(err, syscall.EBADF) {
				t.Errorf("ReadAt of a closed memory file = %d, %v, want EBADF", n, err)
			}
		})
	}
	if _, err := NewResident(nil, 1, size, true); err == nil {
		t.Error("a memory file without content was made")
	}
}

// The wrappers give blocking files only, so that nothing passes them by.
func TestWrappersOnlyBlock(t *testing.T) {
	inner := NewNull(virtual(files()))
	for _, e := range []Engine{NewTrace(inner), NewFault(inner), NewDelay(inner, 0, 0)} {
		f, err := e.Open("over")
		if err != nil {
			t.Fatal(err)
		}
		_, try := f.(TryReader)
		_, view := f.(Viewer)
		if try || view {
			t.Errorf("a file of %T is a TryReader (%v) or a Viewer (%v)", e, try, view)
		}
	}
}

// The wrappers pass on what the engine below demands.
func TestWrappersAlign(t *testing.T) {
	inner := NewDirect("")
	for _, e := range []Engine{inner, NewTrace(inner), NewFault(inner), NewDelay(inner, 0, 0)} {
		if e.Align() != 4096 {
			t.Errorf("Align of %T over direct is %d, want 4096", e, e.Align())
		}
	}
}

func TestNames(t *testing.T) {
	if want := []string{"posix", "direct", "mem", "null"}; !slices.Equal(Names(), want) {
		t.Errorf("Names() = %v, want %v", Names(), want)
	}
	if want := []string{"posix", "direct", "uring", "mem", "null"}; !slices.Equal(BlockNames(), want) {
		t.Errorf("BlockNames() = %v, want %v", BlockNames(), want)
	}
	for name, want := range map[string]bool{"posix": false, "direct": false, "uring": false, "mem": true, "null": true} {
		if Virtual(name) != want {
			t.Errorf("Virtual(%q) = %v, want %v", name, !want, want)
		}
	}
}
