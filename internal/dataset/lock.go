package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockName is the file that is locked: for writing while a dataset is made, for reading
// while it is used. It stays: were it deleted, two processes could lock two files.
const lockName = ".lbench-dataset.lock"

// errBusy says that another process holds a lock that excludes the wanted one.
var errBusy = errors.New("locked")

// lock is a lock on a dataset's folder. It belongs to the open file, so that the kernel
// drops it when the process ends, however it ends, and two in one process exclude each
// other too.
type lock struct{ file *os.File }

// lockFolder takes the lock, for writing (unix.F_WRLCK) or for reading (unix.F_RDLCK),
// without waiting. Where a file system has no locks it returns warnings instead.
func lockFolder(dir string, kind int16) (lock, []Warning, error) {
	name := filepath.Join(dir, lockName)
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if kind == unix.F_RDLCK && (errors.Is(err, unix.EROFS) || errors.Is(err, fs.ErrPermission)) {
		file, err = os.Open(name) // made by whoever made the dataset
	}
	if kind == unix.F_RDLCK && (errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)) || noLocks(err) {
		return lock{}, unlocked(dir, err), nil
	}
	if err != nil {
		return lock{}, nil, fmt.Errorf("lock the dataset: %w", err)
	}
	err = retry(func() error {
		return unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: kind, Len: 1})
	})
	switch {
	case err == nil:
		return lock{file}, nil, nil
	case noLocks(err):
		file.Close()
		return lock{}, unlocked(dir, err), nil
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EACCES):
		err = errBusy
	}
	file.Close()
	return lock{}, nil, fmt.Errorf("lock %s: %w", name, err)
}

// shared says whether another process has the lock for reading too.
func (l lock) shared() bool {
	if l.file == nil {
		return false
	}
	others := unix.Flock_t{Type: unix.F_WRLCK, Len: 1}
	err := retry(func() error { return unix.FcntlFlock(l.file.Fd(), unix.F_OFD_GETLK, &others) })
	return err == nil && others.Type != unix.F_UNLCK
}

// heldByOther says whether somebody has a folder's lock for writing. It takes none.
func heldByOther(dir string) (bool, error) {
	file, err := os.Open(filepath.Join(dir, lockName))
	if err != nil {
		return false, err
	}
	defer file.Close()
	others := unix.Flock_t{Type: unix.F_RDLCK, Len: 1}
	err = retry(func() error { return unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &others) })
	return others.Type != unix.F_UNLCK, err
}

func (l lock) release() {
	if l.file != nil {
		l.file.Close()
	}
}

// noLocks recognizes a file system without locks: Lustre mounted without -o flock, NFS
// without a lock server, a read-only one.
func noLocks(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOLCK) ||
		errors.Is(err, unix.EROFS) || errors.Is(err, unix.EOPNOTSUPP)
}

func unlocked(dir string, err error) []Warning {
	return []Warning{{"no_lock", fmt.Sprintf("%s can't be locked (%v): lbench can't tell whether another one uses it or writes to it", dir, err)}}
}

// retry calls f again while a signal interrupts it.
func retry(f func() error) error {
	for {
		if err := f(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
