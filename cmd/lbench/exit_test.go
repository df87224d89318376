package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("no data"), 1},
		{fmt.Errorf("read: %w", fs.ErrPermission), 1},
		{usagef("bad flag"), 2},
		{fmt.Errorf("datagen: %w", usagef("bad flag")), 2},
		{errFailed, 3},
		{fmt.Errorf("%w: the folder is closed", errInterrupted), 130},
		{fmt.Errorf("list: %w", context.Canceled), 130},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: exit code %d, want %d", c.err, got, c.want)
		}
	}
}

func TestOneLine(t *testing.T) {
	full := errors.New("write steps.ndjson: no space left on device")
	for _, c := range []struct {
		err  error
		want string
	}{
		{full, full.Error()},
		{errors.Join(full, full, errors.New("write run.json: disk full")), full.Error() + "; write run.json: disk full"},
		{errors.New("yaml: unmarshal errors:\n  line 3: x\n"), "yaml: unmarshal errors:; line 3: x"},
		{fmt.Errorf("list: %w", context.Canceled), "interrupted"},
		{fmt.Errorf("%w: the run folder r is closed", errInterrupted), "interrupted: the run folder r is closed"},
	} {
		if got := oneLine(c.err); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.err, got, c.want)
		}
	}
}
