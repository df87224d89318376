package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// steadyWindows and leastWindow are how a run is cut for the search for its steady part.
const (
	steadyWindows = 240
	leastWindow   = 100 * time.Millisecond
)

func duration(ns float64) time.Duration {
	if !finite(ns) || ns < 0 || ns > 1<<62 {
		return 0
	}
	return time.Duration(ns + 0.5)
}

// sided says whether the cells are of two sides, one after the other.
func (b *blockRun) sided() (axis string, ok bool) {
	for _, axis := range []string{"mount", "runner"} {
		if len(b.block.Cells) > 0 && b.block.Cells[0].Settings[axis] != "" {
			return axis, true
		}
	}
	return "", false
}

// checkCells computes the cells' figures from their values, and holds those against the
// turns that they came from.
func (b *blockRun) checkCells() {
	cells := b.block.Cells
	if len(cells) == 0 {
		return
	}
	for i, c := range cells {
		at := fmt.Sprintf("block.cells[%d].", i)
		mean, _ := stats.Mean(c.Values)
		b.same(result.RunFile, at+"mean", c.Mean, mean, "the mean of %svalues", at)
		var half any
		if h, ok := stats.Interval95(c.Values); ok {
			half = h
		}
		b.same(result.RunFile, at+"half", optional(c.Half), half, "half the 95 %% interval of the mean of %svalues", at)
		b.same(result.RunFile, at+"order", len(c.Order), len(c.Values), "one for each of %svalues", at)
		for k := range min(len(c.Values), len(c.Order)) {
			b.checkTurn(at, c, k)
		}
	}
	if b.run.Status != result.Complete {
		return
	}
	b.checkOrder()
	b.checkDifferences()
	b.checkBest()
}

// checkTurn holds one value of a cell against its turn.
func (b *blockRun) checkTurn(at string, c result.Cell, k int) {
	t := b.turnNumbered(c.Order[k])
	if t == nil {
		b.find(result.RunFile, fmt.Sprintf("%sorder[%d]", at, k), c.Order[k], nil, "%s has no such turn", result.ReadingsFile)
		return
	}
	least, most := t.within()
	bytes := float64(t.final().Bytes)
	b.v.Checked++
	if v := c.Values[k]; v < bytes/most.Seconds()*(1-1e-9) || least > 0 && v > bytes/least.Seconds()*(1+1e-9) {
		b.find(result.RunFile, fmt.Sprintf("%svalues[%d]", at, k), v, nil, "%.0f bytes were moved in more than %v and at most %v, by the io readings in %s", bytes, least, most, result.ReadingsFile)
	}
	if t.total == nil {
		return
	}
	for _, f := range []struct {
		name   string
		q      float64
		values []int64
	}{{"latency_p50_ns", 0.5, c.P50NS}, {"latency_p99_ns", 0.99, c.P99NS}} {
		if k < len(f.values) && b.job.RateBytesPerS == 0 {
			b.quantile(fmt.Sprintf("%s%s[%d]", at, f.name, k), t, t.total, f.q, f.values[k], 0)
		}
	}
}

// turnNumbered finds a turn by its number, which its label ends in.
func (b *blockRun) turnNumbered(n int) *turn {
	for _, t := range b.turns {
		if strings.HasSuffix(t.label, "run-"+strconv.Itoa(n)) {
			return t
		}
	}
	return nil
}

// checkOrder deals the turns again: their order comes from the seed.
func (b *blockRun) checkOrder() {
	cells, turns := len(b.block.Cells), 0
	for _, c := range b.block.Cells {
		turns += len(c.Values)
	}
	axis, sided := b.sided()
	var order []fio.Turn
	if sided && cells%2 == 0 && turns%(2*cells) == 0 {
		order = fio.ABBA(cells/2, turns/(2*cells), b.run.Seed)
	} else if !sided && turns%cells == 0 {
		order = fio.RandomOrder(cells, turns/cells, b.run.Seed)
	}
	want := make([][]int, cells)
	for i, t := range order {
		cell := t.Cell
		if sided {
			cell = 2*t.Cell + t.Side
		}
		want[cell] = append(want[cell], i)
	}
	for i, c := range b.block.Cells {
		if b.v.Checked++; !slices.Equal(c.Order, want[i]) {
			b.find(result.RunFile, fmt.Sprintf("block.cells[%d].order", i), fmt.Sprint(c.Order), fmt.Sprint(want[i]), "by seed and the number of cells")
		}
		for _, n := range c.Order {
			if t := b.turnNumbered(n); t != nil && sided && !strings.HasPrefix(t.label, c.Settings[axis]+".") {
				b.find(result.RunFile, fmt.Sprintf("block.cells[%d].settings.%s", i, axis), c.Settings[axis], t.label, "its turn ran on another")
				break
			}
		}
	}
}

// checkDifferences compares the cells again.
func (b *blockRun) checkDifferences() {
	var again []result.Difference
	axis, sided := b.sided()
	switch {
	case sided:
		var sides [2][]result.Cell
		for i, c := range b.block.Cells {
			sides[i%2] = append(sides[i%2], c)
		}
		if len(sides[0]) != len(sides[1]) {
			b.find(result.RunFile, "block.cells", len(b.block.Cells), nil, "each cell ran on two sides")
			return
		}
		if axis == "runner" {
			sides[0], sides[1] = sides[1], sides[0]
		}
		again = fio.CompareSides(sides[0], sides[1])
	default:
		again = fio.Compare(b.block.Cells)
	}
	has, err1 := generic(b.block.Differences)
	want, err2 := generic(again)
	if err1 != nil || err2 != nil {
		b.find(result.RunFile, "block.differences", nil, nil, "they can't be compared: the cells' values make no numbers")
		return
	}
	if len(again) == 0 && len(b.block.Differences) == 0 {
		return
	}
	b.tree(result.RunFile, "block.differences", has, want, false, "from block.cells[].values")
}

// checkBest: the run's own figures are those of the turn in the middle of the best cell.
func (b *blockRun) checkBest() {
	best := -1
	for i, c := range b.block.Cells {
		if len(c.Values) > 0 && (best < 0 || c.Mean > b.block.Cells[best].Mean) && c.Settings["runner"] != "fio" {
			best = i
		}
	}
	if best < 0 {
		return
	}
	c := b.block.Cells[best]
	values := slices.Sorted(slices.Values(c.Values))
	b.same(result.RunFile, "metrics."+c.Metric, b.run.Metrics[c.Metric], values[(len(values)-1)/2], "the middle value of the best cell, block.cells[%d].values", best)
}
