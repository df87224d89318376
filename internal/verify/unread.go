package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
)

// ofMachine says whether an error of reading a file is the machine's, as no permission or a
// failing disk, and not one of what lies in the folder: a missing file, or something else in
// a file's place.
func ofMachine(err error) bool {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return errors.Is(err, fs.ErrPermission)
	}
	ofFolder := []syscall.Errno{syscall.ENOENT, syscall.ENOTDIR, syscall.EISDIR, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.ENXIO, syscall.ENODEV, syscall.EINVAL}
	return !slices.Contains(ofFolder, number)
}

// unread keeps the first error that is the machine's, and says whether this is one: of a
// file that can't be read nothing is found. The errors of package os name the file.
func (l *ledger) unread(err error) bool {
	if !ofMachine(err) {
		return false
	}
	if l.machine == nil {
		l.machine = err
	}
	return true
}

// cannotRead says why nothing could be said of a path. The cause names the file.
func cannotRead(path string, cause error) error {
	advice := "mend what it lies on"
	if errors.Is(cause, fs.ErrPermission) {
		advice = "run as a user who may read all of it"
	}
	return fmt.Errorf("verify %q: %w: a file that can't be read can't be verified, %s", path, cause, advice)
}
