package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Exit codes.
const (
	exitOK          = 0
	exitCannotRun   = 1
	exitUsage       = 2
	exitFailed      = 3
	exitInterrupted = 130
)

// errInterrupted is why a context ended that the user interrupted.
var errInterrupted = errors.New("interrupted")

// errFailed says that a run ended and did not pass. The verdict has been printed.
var errFailed = errors.New("failed")

// usageError is a mistake in flags, config or workload.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// oneLine is an error as one line, its parts once each.
func oneLine(err error) string {
	if errors.Is(err, context.Canceled) && !errors.Is(err, errInterrupted) {
		return errInterrupted.Error()
	}
	var parts []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(parts, line) {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "; ")
}

func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	}
	return exitCannotRun
}
