package main

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/lbench/lbench/internal/dataset"
)

// advise adds to the error that ended a run what to do about it, where that is known.
func advise(err error, resultsDir string) error {
	var corrupt *dataset.CorruptError
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT): // nothing else is written
		return adviseResults(err, resultsDir)
	case errors.As(err, &corrupt):
		return fmt.Errorf("%w: delete the file and run lbench datagen again", err)
	case errors.Is(err, syscall.ESTALE):
		return fmt.Errorf("%w: the server no longer has that file: mount again", err)
	case errors.Is(err, syscall.EIO):
		return fmt.Errorf("%w: the kernel's log (dmesg) may say why", err)
	}
	return err
}

func adviseResults(err error, dir string) error {
	return fmt.Errorf("%w: make room or give permission in %q, or choose another --results-dir", err, dir)
}
