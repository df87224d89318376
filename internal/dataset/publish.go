package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const tempEnding = ".lbench-tmp"

// temporary is the name under which a file is written: in its own folder, so that it
// inherits that folder's Lustre layout and can be renamed.
func temporary(name string) string {
	return filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+tempEnding)
}

// publish gives a finished temporary file its name, and never replaces a file: where the
// name is taken the error is fs.ErrExist.
func publish(temp, name string) error {
	return firstSupported(temp, name, renameNew, linkNew, renameIfFree)
}

// firstSupported tries ways to publish until one is known to the file system.
func firstSupported(temp, name string, ways ...func(temp, name string) error) (err error) {
	for _, way := range ways {
		if err = way(temp, name); !unsupported(err) {
			break
		}
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: temp, New: name, Err: err}
	}
	return nil
}

func renameNew(temp, name string) error {
	return unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, name, unix.RENAME_NOREPLACE)
}

// linkNew is for NFS and Lustre, which have no such rename. A link never replaces.
func linkNew(temp, name string) error {
	err := unix.Link(temp, name)
	if errors.Is(err, unix.EEXIST) && sameFile(temp, name) {
		err = nil // NFS sent the request twice, and the first one did it
	}
	if err != nil {
		return err
	}
	return unix.Unlink(temp)
}

// renameIfFree is for file systems without either. Between the look and the rename a
// file of that name could appear and be lost, but the folder is locked and ours.
func renameIfFree(temp, name string) error {
	switch _, err := os.Lstat(name); {
	case err == nil:
		return unix.EEXIST
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return unix.Rename(temp, name)
}

// unsupported recognizes an operation that a file system doesn't have.
func unsupported(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) ||
		errors.Is(err, unix.EPERM) || errors.Is(err, unix.EOPNOTSUPP)
}

func sameFile(a, b string) bool {
	x, err := os.Lstat(a)
	if err != nil {
		return false
	}
	y, err := os.Lstat(b)
	return err == nil && os.SameFile(x, y)
}

// syncFolder makes the names in a folder last, where the file system can.
func syncFolder(name string) error {
	folder, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("sync a folder: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !unsupported(err) {
		return fmt.Errorf("sync a folder: %w", err)
	}
	return nil
}
