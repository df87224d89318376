package dataset

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Use claims a dataset's folder for a benchmark, until release is called. It refuses a
// dataset that is being generated and one that was left incomplete. Any number may use
// one at once, but the later ones are warned (code "dataset_shared"). A folder with no
// marker isn't lbench's: nothing is claimed and nothing written.
func Use(dir string) (release func(), warnings []Warning, err error) {
	marker, found, err := findMarker(dir)
	if err != nil || !found {
		return func() {}, nil, err
	}
	l, warnings, err := lockFolder(dir, unix.F_RDLCK)
	if errors.Is(err, errBusy) {
		return nil, nil, fmt.Errorf("dataset %s is being generated: wait until %s is done", dir, marker.Spec.makes())
	}
	if err != nil {
		return nil, nil, err
	}
	// Again, now that no datagen can change it.
	if marker, found, err = findMarker(dir); err == nil && found && !marker.Complete {
		err = incomplete(dir, marker.Spec, l.file != nil)
	}
	if err != nil {
		l.release()
		return nil, nil, err
	}
	if l.shared() {
		warnings = append(warnings, Warning{"dataset_shared", "another lbench uses " + dir + " at the same time: both will measure less than there is"})
	}
	return l.release, warnings, nil
}

// incomplete is the error about a dataset of which not all files are there. Without a
// lock it can't be told whether they are still being written.
func incomplete(dir string, spec Spec, locked bool) error {
	there, err := present(context.Background(), dir, spec)
	if err != nil {
		return err
	}
	count := 0
	for _, is := range there {
		if is {
			count++
		}
	}
	why := spec.making() + " was interrupted"
	if !locked {
		why = "unless " + spec.making() + " still runs somewhere"
	}
	return fmt.Errorf("dataset %s is incomplete (%d of %d files): %s, run `%s --data-dir %s` again", dir, count, spec.Files, why, spec.maker(), dir)
}
