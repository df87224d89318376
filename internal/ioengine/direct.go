package ioengine

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrNoDirect says that a file system can't read or write past the page cache.
var ErrNoDirect = errors.New("this file system has no O_DIRECT: use buffered I/O (--buffered, or the engine posix)")

func noDirect(path string) error { return fmt.Errorf("open %q: %w", path, ErrNoDirect) }

// directBlock is what direct I/O needs at most on any common storage, and all that Lustre takes.
const directBlock = 4096

// LogicalBlock is what offsets, lengths and memory of direct I/O on this file must be
// multiples of, in bytes: what statx(2) says where it does (STATX_DIOALIGN, Linux 6.1,
// local file systems), or else 4096. That is never too little, which 512 would be on
// disks with blocks of 4096 and on Lustre (whole pages).
func LogicalBlock(dir, name string) int64 {
	var st unix.Statx_t
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_DIOALIGN, &st); err != nil {
		return directBlock
	}
	return alignmentOf(&st)
}

func alignmentOf(st *unix.Statx_t) int64 {
	if st.Mask&unix.STATX_DIOALIGN == 0 || st.Dio_offset_align == 0 { // 0: no direct I/O on this file
		return directBlock
	}
	return int64(max(st.Dio_offset_align, st.Dio_mem_align))
}

// CheckDirect reads one block of a file that is there past the page cache, since some
// file systems accept the open and refuse the reading. Where either is refused the
// error is an ErrNoDirect. It writes nothing.
func CheckDirect(dir, name string) error {
	f, err := NewDirect(dir).Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	buffers := NewBuffers(int(max(directBlock, LogicalBlock(dir, name))))
	defer buffers.Free()
	buf, err := buffers.Get()
	if err != nil {
		return err
	}
	return refusedDirect(filepath.Join(dir, filepath.FromSlash(name)), f, buf)
}

// refusedDirect reads the file's first block and names what EINVAL means there.
func refusedDirect(path string, f File, buf []byte) error {
	_, err := f.ReadAt(buf, 0)
	switch {
	case err == nil || err == io.EOF:
		return nil
	case errors.Is(err, unix.EINVAL):
		return noDirect(path)
	}
	return fmt.Errorf("read the first block of %q with O_DIRECT: %w", path, err)
}
