package ioengine

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Create implements Maker.
func (e *Posix) Create(name string) (WriteFile, error) {
	return e.openWrite(name, unix.O_CREAT|unix.O_EXCL)
}

// Modify implements Maker.
func (e *Posix) Modify(name string) (WriteFile, error) { return e.openWrite(name, 0) }

func (e *Posix) openWrite(name string, flags int) (WriteFile, error) {
	path := e.path(name)
	for {
		fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC|flags|e.flags, 0o644)
		switch err {
		case nil:
			return &posixFile{engine: e, fd: fd}, nil
		case unix.EINTR:
		default:
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
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
			return done, err
		case n == 0:
			return done, io.ErrShortWrite
		default:
			done += n
		}
	}
	return done, nil
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
