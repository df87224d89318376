package ioengine

import (
	"io"
	"io/fs"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Posix reads files below a folder with pread(2).
type Posix struct {
	dir   string
	flags int
	align int64
	noTry atomic.Bool // the file system has no RWF_NOWAIT (NFS, Lustre)
}

// NewPosix reads through the page cache.
func NewPosix(dir string) *Posix { return &Posix{dir: dir, align: 1} }

// NewDirect reads past the page cache with O_DIRECT, in multiples of 4096 bytes.
func NewDirect(dir string) *Posix {
	e := &Posix{dir: dir, flags: unix.O_DIRECT, align: 4096}
	e.noTry.Store(true) // nothing of an O_DIRECT read lies in memory
	return e
}

// Align implements Engine.
func (e *Posix) Align() int64 { return e.align }

// Open implements Engine.
func (e *Posix) Open(name string) (File, error) {
	fd, err := open(e.path(name), e.flags)
	if err != nil {
		return nil, err
	}
	return &posixFile{engine: e, fd: fd}, nil
}

// open opens a file for reading, or as flags say.
func open(path string, flags int) (fd int, err error) {
	for {
		fd, err = unix.Open(path, unix.O_CLOEXEC|flags, 0o644)
		switch {
		case err == nil:
			return fd, nil
		case err == unix.EINTR:
		case err == unix.EINVAL && flags&unix.O_DIRECT != 0:
			return -1, noDirect(path)
		default:
			return -1, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// CanTry says whether the file system that holds a file serves cached bytes without a
// blocking call, by asking it for the file's first byte.
func (e *Posix) CanTry(name string) (bool, error) {
	f, err := e.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	_, _ = f.(*posixFile).TryReadAt(make([]byte, 1), 0) // leaves its answer in noTry
	return !e.noTry.Load(), nil
}

type posixFile struct {
	engine *Posix
	fd     int
}

func (f *posixFile) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.Pread(f.fd, p[done:], off+int64(done))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, err
		default:
			done += n
			// Part of a block is all that is left of a file. A direct read on from there
			// has no aligned offset, which some file systems refuse even at the end.
			if n == 0 || done < len(p) && int64(n)%f.engine.align != 0 {
				return done, io.EOF
			}
		}
	}
	return done, nil
}

// TryReadAt asks the kernel for what is in the page cache (RWF_NOWAIT). The call waits
// for no page (on a local file system it starts to read what is missing, some 50 us), so it
// keeps its processor: RawSyscall skips the scheduler's hand-over, which costs more than
// copying a few KiB and starts threads when many reads run at once.
func (f *posixFile) TryReadAt(p []byte, off int64) (int, error) {
	if f.engine.noTry.Load() || len(p) == 0 {
		return 0, ErrWouldBlock
	}
	iov := unix.Iovec{Base: &p[0], Len: uint64(len(p))}
	n, _, errno := unix.RawSyscall6(unix.SYS_PREADV2, uintptr(f.fd), uintptr(unsafe.Pointer(&iov)), 1,
		uintptr(off), 0, unix.RWF_NOWAIT)
	switch errno {
	case 0:
		if n == 0 {
			return 0, io.EOF
		}
		return int(n), nil
	case unix.EOPNOTSUPP, unix.ENOSYS, unix.EINVAL:
		f.engine.noTry.Store(true)
	case unix.EAGAIN, unix.EINTR:
	default:
		return 0, errno
	}
	return 0, ErrWouldBlock
}

func (f *posixFile) Close() error { return unix.Close(f.fd) }
