package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// undo removes what this producer has written, and says how much room was missing for so
// many files. Temporary files are gone already. full is the error of the full disk.
func (p *producer) undo(files int, full error) error {
	need := amount(int64(files) * p.spec.FileBytes())
	what, cause := "quota reached", error(unix.EDQUOT)
	if errors.Is(full, unix.ENOSPC) {
		what, cause = "disk full", unix.ENOSPC
	}
	if err := p.remove(); err != nil {
		return fmt.Errorf("%s while laying out files in %s: %s is needed, and what was written couldn't be removed again (%w): %w",
			what, p.dir, need, err, cause)
	}
	free := "" // what is free on the disk is of no use where a quota is reached
	if now, err := p.disk.free(p.dir); err == nil && cause == unix.ENOSPC {
		free = ", " + amount(now) + " is free"
	}
	return fmt.Errorf("%s while laying out files in %s: %s is needed%s (%d complete files were removed again): %w",
		what, p.dir, need, free, len(p.written), cause)
}

// remove deletes the files that were written and then, if it was this producer's, the
// marker: without it they would be nobody's. The lock stays, see lockName.
func (p *producer) remove() error {
	var failed error
	for _, name := range p.written {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = err
		}
	}
	if failed != nil || p.marked {
		return failed
	}
	for _, folder := range slices.Backward(p.folders) {
		os.Remove(folder) // fails where somebody else has put a file there
	}
	return os.Remove(filepath.Join(p.dir, MarkerName))
}
