package fio

import (
	"fmt"
	"math"
	"time"

	"github.com/lbench/lbench/internal/units"
)

// maxRunsUnasked is how many runs a matrix may make without a person's yes.
const maxRunsUnasked = 1000

// Estimate is how much a matrix asks for.
type Estimate struct {
	Cells, Repeats int
	Sides          int           // 2 for A B B A, which is four runs of a cell in each repeat; else 1
	Each           time.Duration // of one run
}

// Runs is how many runs there are, at most the largest int.
func (e Estimate) Runs() int {
	runs := times(int64(e.Cells), int64(e.Repeats))
	if e.Sides == 2 {
		runs = times(runs, 4)
	}
	return int(runs)
}

// Time is how long all runs take one after the other, at most 292 years.
func (e Estimate) Time() time.Duration {
	return time.Duration(times(int64(e.Runs()), int64(e.Each)))
}

// NeedsYes says that there are more than 1,000 runs, which a person must want.
func (e Estimate) NeedsYes() bool { return e.Runs() > maxRunsUnasked }

// String is "10,000 cells x 5 repeats of 10 s take 5 d 19 h".
func (e Estimate) String() string {
	runs := ""
	if e.Sides == 2 {
		runs = " x 4 runs (A B B A)"
	}
	return fmt.Sprintf("%s cells x %s repeats%s of %s take %s", units.Count(int64(e.Cells)), units.Count(int64(e.Repeats)), runs,
		units.Duration(e.Each), units.Duration(e.Time()))
}

// times multiplies numbers of at least 0, up to the largest there is.
func times(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}
