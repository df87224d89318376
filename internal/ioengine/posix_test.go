package ioengine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// diskFolder is a temporary folder whose files can leave the page cache: not tmpfs.
func diskFolder(t *testing.T) string {
	t.Helper()
	var st unix.Statfs_t
	dir := t.TempDir()
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	if st.Type != unix.TMPFS_MAGIC {
		return dir
	}
	dir, err := os.MkdirTemp("/var/tmp", "lbench-test-") // on disk where /tmp isn't
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	if st.Type == unix.TMPFS_MAGIC {
		t.Skipf("%q and %q are both tmpfs, whose files can't leave memory; set TMPDIR to a folder on a disk", os.TempDir(), dir)
	}
	return dir
}

func mustOpen(t *testing.T, e Engine, name string) File {
	t.Helper()
	f, err := e.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// cacheOnly leaves just the first n bytes of a file in the page cache, and pins them by a
// mapping: other tests may drop all caches meanwhile. Readahead is turned off, so that
// neither this read nor a try brings more. (To drop the rest instead doesn't do: the cache
// may hold the file in one piece.)
func cacheOnly(t *testing.T, f File, n int) {
	t.Helper()
	fd := f.(*posixFile).fd
	for _, step := range []func() error{
		func() error { return unix.Fsync(fd) },
		func() error { return unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED) },
		func() error { return unix.Fadvise(fd, 0, 0, unix.FADV_RANDOM) },
		func() error { _, err := f.ReadAt(make([]byte, n), 0); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if n == 0 {
		return
	}
	pin, err := unix.Mmap(fd, 0, n, unix.PROT_READ, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(pin) })
}

// TestTryReadAtOfPartsOfAFile: a try gives what is cached, and has the rest read, which a
// fast device may have done before the kernel looks again. So it may take several files to
// see one that would have blocked.
func TestTryReadAtOfPartsOfAFile(t *testing.T) {
	var wrong []string
	for range 50 {
		if wrong = tryParts(t); len(wrong) == 0 {
			return
		}
	}
	t.Error(strings.Join(wrong, "\n"))
}

// tryParts says what was not as it has to be, of a new file.
func tryParts(t *testing.T) (wrong []string) {
	const size = 1 << 20
	data := pattern("parts", size)
	dir := diskFolder(t)
	if err := os.WriteFile(filepath.Join(dir, "f"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	e := NewPosix(dir)
	f := mustOpen(t, e, "f")
	defer f.Close()
	cacheOnly(t, f, size/2)
	buf := make([]byte, size)
	if n, err := f.(TryReader).TryReadAt(buf[:4096], 0); e.noTry.Load() { // no RWF_NOWAIT here: overlay, NFS
		if n != 0 || err != ErrWouldBlock {
			t.Errorf("TryReadAt where it isn't supported = %d, %v, want ErrWouldBlock", n, err)
		}
		return nil
	}
	for _, c := range []struct {
		name string
		off  int64
		n    int // bytes at most; some if above 0
		err  error
	}{
		{"not cached", size - 4096, 0, ErrWouldBlock}, // first: each try has the rest of what it missed read
		{"cached at first", 0, size / 2, nil},
		{"at the end", size, 0, io.EOF},
		{"beyond the end", size + 12345, 0, io.EOF},
	} {
		n, err := f.(TryReader).TryReadAt(buf, c.off)
		if !bytes.Equal(buf[:n], data[min(c.off, size):][:n]) {
			t.Errorf("%s: TryReadAt(%d bytes, %d) gave other bytes than the file has", c.name, len(buf), c.off)
		}
		if err != c.err || n > c.n || (n > 0) != (c.n > 0) {
			wrong = append(wrong, fmt.Sprintf("%s: TryReadAt(%d bytes, %d) = %d, %v, want up to %d and %v", c.name, len(buf), c.off, n, err, c.n, c.err))
		}
	}
	if e.noTry.Load() {
		t.Error("noTry is set after a read that was cached")
	}
	if n, err := f.ReadAt(buf, 0); n != size || err != nil || !bytes.Equal(buf, data) {
		t.Errorf("ReadAt of the half-cached file = %d, %v", n, err)
	}
	return wrong
}

// A file system without RWF_NOWAIT is asked once.
func TestTryReadAtWithoutNowait(t *testing.T) {
	fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	e := NewPosix("")
	f := &posixFile{engine: e, fd: fd}
	defer f.Close()
	if _, err := unix.Pwrite(fd, []byte("in memory"), 0); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2)
	n, err := f.TryReadAt(buf, 3)
	switch {
	case err == ErrWouldBlock && n == 0: // shmem has no RWF_NOWAIT up to at least Linux 6.18
		if !e.noTry.Load() {
			t.Error("noTry is not set after EOPNOTSUPP")
		}
		_ = unix.Close(fd)
		if _, err := f.TryReadAt(buf, 3); err != ErrWouldBlock {
			t.Errorf("the second TryReadAt = %v: it asked the kernel again", err)
		}
	case err == nil && string(buf[:n]) == "me":
		if e.noTry.Load() {
			t.Error("noTry is set though a try succeeded")
		}
	default:
		t.Errorf("TryReadAt = %d, %v", n, err)
	}
}

func TestPosixErrors(t *testing.T) {
	dir := folder(t, map[string][]byte{"train/a": []byte("a")})
	e := NewPosix(dir)
	path := filepath.Join(dir, "train/b")
	if _, err := e.Open("train/b"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "open "+path+": ") {
		t.Errorf("Open of a missing file: %v, want its path", err)
	}
	f := mustOpen(t, e, "train") // a folder opens, and can't be read
	if n, err := f.ReadAt(make([]byte, 8), 0); n != 0 || !errors.Is(err, syscall.EISDIR) {
		t.Errorf("ReadAt of a folder = %d, %v, want EISDIR", n, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); !errors.Is(err, syscall.EBADF) {
		t.Errorf("second Close = %v, want EBADF", err)
	}
	if n, err := f.(TryReader).TryReadAt(make([]byte, 8), 0); n != 0 || !errors.Is(err, syscall.EBADF) {
		t.Errorf("TryReadAt of a closed file = %d, %v, want EBADF", n, err)
	}
}

// A file that shrinks while it is open ends early; it doesn't hang or give old bytes.
func TestPosixFileShrinks(t *testing.T) {
	dir := folder(t, map[string][]byte{"f": pattern("f", 10000)})
	f := mustOpen(t, NewPosix(dir), "f")
	defer f.Close()
	if err := os.Truncate(filepath.Join(dir, "f"), 5000); err != nil {
		t.Fatal(err)
	}
	if n, err := f.ReadAt(make([]byte, 10000), 0); n != 5000 || err != io.EOF {
		t.Errorf("ReadAt = %d, %v, want 5000 and io.EOF", n, err)
	}
}

func TestCanTry(t *testing.T) {
	dir := folder(t, map[string][]byte{"f": []byte("some")})
	e := NewPosix(dir)
	if can, err := e.CanTry("missing"); can || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("CanTry of a missing file = %v, %v", can, err)
	}
	f := mustOpen(t, NewPosix(dir), "f")
	defer f.Close()
	_, tried := f.(TryReader).TryReadAt(make([]byte, 1), 0)
	if can, err := e.CanTry("f"); err != nil || can != (tried == nil) {
		t.Errorf("CanTry = %v, %v, but a try gives %v", can, err, tried)
	}
	e.noTry.Store(true)
	if can, err := e.CanTry("f"); err != nil || can {
		t.Errorf("CanTry after a refusal = %v, %v", can, err)
	}
}
