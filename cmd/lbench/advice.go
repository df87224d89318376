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
	var target targetError
	switch {
	case errors.As(err, &target): // says so itself
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
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

// targetError came from the file system that is measured, not from where results go.
type targetError struct{ error }

func (e targetError) Unwrap() error { return e.error }

func onTarget(err error) error {
	if err == nil {
		return nil
	}
	return targetError{err}
}
