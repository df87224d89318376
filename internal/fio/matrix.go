package fio

import (
	"fmt"
	"slices"
	"strings"
)

// Matrix is the settings that vary, each with its values in the order given.
type Matrix struct{ axes []matrixAxis }

type matrixAxis struct {
	name   string
	values []string
}

// Setting is one value of one axis.
type Setting struct{ Axis, Value string }

// Settings is one cell of a matrix: a value for each of its axes.
type Settings []Setting

// Map is the settings by axis.
func (s Settings) Map() map[string]string {
	m := make(map[string]string, len(s))
	for _, setting := range s {
		m[setting.Axis] = setting.Value
	}
	return m
}

// String is the settings as a matrix of that one cell: "mode=direct jobs=8".
func (s Settings) String() string {
	var parts []string
	for _, setting := range s {
		parts = append(parts, setting.Axis+"="+setting.Value)
	}
	return strings.Join(parts, " ")
}

// ParseMatrix reads 'mode=buffered,direct jobs=1,8,32 op-size=256KiB,1MiB'.
func ParseMatrix(text string) (Matrix, error) {
	var m Matrix
	for _, part := range strings.Fields(text) {
		axis, err := parseAxis(part)
		if err != nil {
			return Matrix{}, fmt.Errorf("matrix %q: %w", text, err)
		}
		if slices.ContainsFunc(m.axes, func(a matrixAxis) bool { return a.name == axis.name }) {
			return Matrix{}, fmt.Errorf("matrix %q: axis %q stands there twice: give all its values at once", text, axis.name)
		}
		m.axes = append(m.axes, axis)
	}
	if len(m.axes) == 0 {
		return Matrix{}, fmt.Errorf("matrix %q is empty: want AXIS=VALUE,VALUE,..., such as 'mode=buffered,direct jobs=1,8'", text)
	}
	return m, nil
}

func parseAxis(part string) (matrixAxis, error) {
	name, list, ok := strings.Cut(part, "=")
	if !ok {
		return matrixAxis{}, fmt.Errorf("%q isn't AXIS=VALUE,VALUE,... without blanks, such as jobs=1,8", part)
	}
	axis, err := axisNamed(name)
	if err != nil {
		return matrixAxis{}, err
	}
	read := matrixAxis{name: name}
	for value := range strings.SplitSeq(list, ",") {
		if value == "" {
			return matrixAxis{}, fmt.Errorf("%q has an empty value; allowed: %s", part, axis.Values)
		}
		spelled, err := axis.set(&Job{}, value)
		if err != nil {
			return matrixAxis{}, err
		}
		if slices.Contains(read.values, spelled) {
			return matrixAxis{}, fmt.Errorf("%q has the value %q twice", part, value)
		}
		read.values = append(read.values, spelled)
	}
	return read, nil
}

// Count is how many cells there are, at most the largest int.
func (m Matrix) Count() int {
	n := int64(1)
	for _, a := range m.axes {
		n = times(n, int64(len(a.values)))
	}
	return int(n)
}

// Cells are all combinations, the last axis changing fastest. See Count before.
func (m Matrix) Cells() []Settings {
	cells := []Settings{nil}
	for _, a := range m.axes {
		var longer []Settings
		for _, cell := range cells {
			for _, value := range a.values {
				longer = append(longer, append(slices.Clone(cell), Setting{a.name, value}))
			}
		}
		cells = longer
	}
	return cells
}

// Apply is job with a cell's settings.
func Apply(job Job, s Settings) (Job, error) {
	given := s.Map()
	for _, axis := range Axes() {
		value, ok := given[axis.Name]
		if !ok {
			continue
		}
		delete(given, axis.Name)
		if _, err := axis.set(&job, value); err != nil {
			return Job{}, fmt.Errorf("cell %q: %w", s, err)
		}
	}
	for name := range given {
		_, err := axisNamed(name)
		return Job{}, fmt.Errorf("cell %q: %w", s, err)
	}
	switch {
	case job.Op == Read && job.Fsync != "" && job.Fsync != FsyncNone:
		return Job{}, fmt.Errorf("cell %q reads, with fsync=%s: fsync is for writes: leave it out, or make a matrix of op=write alone", s, job.Fsync)
	case job.Op == Write && job.Pattern != Sequential:
		return Job{}, fmt.Errorf("cell %q writes, with pattern=%s: writes are sequential: leave pattern out, or make a matrix of op=read alone", s, job.Pattern)
	}
	return job, nil
}
