package main

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/lbench/lbench/internal/dataset"
)

// advise adds to the error that ended a run what to do about it, where that is known and
// has not been said yet: a search's full run is a run within a run.
func advise(err error, resultsDir string) error {
	var said advisedError
	if errors.As(err, &said) {
		return err
	}
	var corrupt *dataset.CorruptError
	var target targetError
	switch {
	case errors.As(err, &target): // says so itself
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return adviseResults(err, resultsDir)
	case errors.As(err, &corrupt):
		return advisedf("%w: delete the file and run lbench datagen again", err)
	case errors.Is(err, syscall.ESTALE):
		return advisedf("%w: the server no longer has that file: mount again", err)
	case errors.Is(err, syscall.EIO):
		return advisedf("%w: the kernel's log (dmesg) may say why", err)
	}
	return err
}

func adviseResults(err error, dir string) error {
	return advisedf("%w: make room or give permission in %q, or choose another --results-dir", err, dir)
}

// advisedError says what to do about it.
type advisedError struct{ error }

func (e advisedError) Unwrap() error { return e.error }

func advisedf(format string, args ...any) error { return advisedError{fmt.Errorf(format, args...)} }

// targetError came from the file system that is measured, not from where results go.
type targetError struct{ error }

func (e targetError) Unwrap() error { return e.error }

func onTarget(err error) error {
	if err == nil {
		return nil
	}
	return targetError{err}
}
