package fio

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/units"
)

// Axis is a setting of a job that a matrix may vary.
type Axis struct {
	Name   string
	Values string // allowed ones, for a person
	// set reads a value into a job, and returns how it is spelled: 1024KiB is 1MiB.
	set func(j *Job, value string) (string, error)
}

// Axes lists what a matrix may vary, in the order in which a job takes the values: op
// first, for it decides what the others mean.
func Axes() []Axis {
	return []Axis{
		{"op", "read, write", setOp},
		{"mode", "buffered, direct", setMode},
		{"jobs", fmt.Sprint("1 to ", MaxJobs), numberAxis("jobs", MaxJobs, func(j *Job, n int) { j.Jobs = n })},
		{"depth", fmt.Sprint("1 to ", MaxDepth), numberAxis("depth", MaxDepth, func(j *Job, n int) { j.Depth = n })},
		{"op-size", "sizes such as 256KiB, 1MiB", setOpSize},
		{"pattern", "sequential, random, shuffled-files", func(j *Job, value string) (string, error) {
			return choose(&j.Pattern, "pattern", value, Sequential, Random, ShuffledFiles)
		}},
		{"fsync", "none, end, each", func(j *Job, value string) (string, error) {
			return choose(&j.Fsync, "fsync", value, FsyncNone, FsyncEnd, FsyncEach)
		}},
	}
}

func axisNamed(name string) (Axis, error) {
	var names []string
	for _, a := range Axes() {
		if a.Name == name {
			return a, nil
		}
		names = append(names, a.Name)
	}
	return Axis{}, fmt.Errorf("axis %q isn't one of [%s]", name, strings.Join(names, ", "))
}

// setOp turns a job into the other kind: what only writes have goes from one that reads,
// and one that writes is sequential, and durable at its end unless it says otherwise.
func setOp(j *Job, value string) (string, error) {
	was := j.Op
	text, err := choose(&j.Op, "op", value, Read, Write)
	switch {
	case err != nil || was == j.Op:
	case j.Op == Read:
		j.Fsync, j.Overwrite, j.Verify = "", false, false
	case j.Op == Write:
		j.Pattern, j.Fsync = Sequential, FsyncEnd
	}
	return text, err
}

func setMode(j *Job, value string) (string, error) {
	var mode string
	text, err := choose(&mode, "mode", value, "buffered", "direct")
	j.Direct = mode == "direct"
	return text, err
}

func setOpSize(j *Job, value string) (string, error) {
	n, err := units.ParseBytes(value)
	if err != nil {
		return "", fmt.Errorf("op-size: %w", err)
	}
	if n < 1 {
		return "", fmt.Errorf("op-size %q: want at least 1 byte", value)
	}
	j.OpBytes = n
	return strings.ReplaceAll(units.ExactBytes(float64(n)), " ", ""), nil
}

func numberAxis(name string, most int, set func(*Job, int)) func(*Job, string) (string, error) {
	return func(j *Job, value string) (string, error) {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > most {
			return "", fmt.Errorf("%s %q isn't a whole number from 1 to %d", name, value, most)
		}
		set(j, n)
		return strconv.Itoa(n), nil
	}
}

func choose[T ~string](to *T, name, value string, allowed ...T) (string, error) {
	if !slices.Contains(allowed, T(value)) {
		return "", fmt.Errorf("%s %q isn't one of %s", name, value, strings.ReplaceAll(fmt.Sprint(allowed), " ", ", "))
	}
	*to = T(value)
	return value, nil
}
