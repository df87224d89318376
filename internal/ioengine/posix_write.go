package ioengine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Create implements Maker.
func (e *Posix) Create(name string) (WriteFile, error) {
	path := e.path(name)
	f, err := e.openWrite(path, unix.O_CREAT|unix.O_EXCL)
	if errors.Is(err, ErrNoDirect) {
		undoCreate(path)
	}
	return f, err
}

// undoCreate removes the file that a refused open leaves: the kernel asks the file system
// for O_DIRECT only when it has made the file. O_EXCL says that none was there before; the
// rest makes sure that it isn't the work of somebody else since.
func undoCreate(path string) {
	var st unix.Stat_t
	if unix.Lstat(path, &st) == nil && st.Size == 0 && st.Nlink == 1 && st.Mode&unix.S_IFMT == unix.S_IFREG && int(st.Uid) == unix.Geteuid() {
		_ = unix.Unlink(path)
	}
}

// Modify implements Maker.
func (e *Posix) Modify(name string) (WriteFile, error) { return e.openWrite(e.path(name), 0) }

func (e *Posix) openWrite(path string, flags int) (WriteFile, error) {
	fd, err := open(path, unix.O_RDWR|flags|e.flags)
	if err != nil {
		return nil, err
	}
	return &posixFile{engine: e, fd: fd}, nil
}

// Rename implements Maker.
func (e *Posix) Rename(from, to string) error { return os.Rename(e.path(from), e.path(to)) }

// Remove implements Maker.
func (e *Posix) Remove(name string) error { return os.Remove(e.path(name)) }

func (e *Posix) path(name string) string { return filepath.Join(e.dir, filepath.FromSlash(name)) }

func (f *posixFile) WriteAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.Pwrite(f.fd, p[done:], off+int64(done))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, f.engine.writeError(err, off, len(p))
		default:
			done += n
			// A direct write can't go on within a block.
			if n == 0 || done < len(p) && int64(n)%f.engine.align != 0 {
				return done, io.ErrShortWrite
			}
		}
	}
	return done, nil
}

// writeError explains what EINVAL says of a direct write off the blocks.
func (e *Posix) writeError(err error, off int64, length int) error {
	if err == unix.EINVAL && (off%e.align != 0 || int64(length)%e.align != 0) {
		return fmt.Errorf("write %d bytes at %d with O_DIRECT: want multiples of %d: %w", length, off, e.align, err)
	}
	return err
}

func (f *posixFile) Sync() error {
	for {
		if err := unix.Fsync(f.fd); err != unix.EINTR {
			return err
		}
	}
}

func (f *posixFile) Hint(random bool) error {
	advice := unix.FADV_SEQUENTIAL
	if random {
		advice = unix.FADV_RANDOM
	}
	return unix.Fadvise(f.fd, 0, 0, advice)
}
