package main

import (
	"fmt"
	"math"

	"github.com/lbench/lbench/internal/stats"
)

// Interleaved pairs are measured until the 95 % interval of their ratio is this narrow.
const (
	narrow    = 0.02 // half of the interval over the ratio
	leastPair = 5
	mostPairs = 40
)

// compared is what interleaved pairs gave.
type compared struct {
	ours, theirs []float64
	ratio        stats.RatioResult
}

// pairs measures ours against theirs, in turn, until the ratio is known.
func (b *bench) pairs(ours, theirs func() (float64, error)) (compared, error) {
	var c compared
	for len(c.ours) < mostPairs {
		if err := c.add(ours, theirs); err != nil {
			return c, err
		}
		c.ratio, _ = stats.PairedRatio(c.theirs, c.ours)
		if len(c.ours) >= leastPair && c.half() <= narrow {
			break
		}
	}
	return c, nil
}

// add measures one more pair, in the order A B B A.
func (c *compared) add(ours, theirs func() (float64, error)) error {
	first, second := ours, theirs
	swap := len(c.ours)%2 == 1
	if swap {
		first, second = theirs, ours
	}
	x, err := first()
	if err != nil {
		return err
	}
	y, err := second()
	if err != nil {
		return err
	}
	if swap {
		x, y = y, x
	}
	c.ours, c.theirs = append(c.ours, x), append(c.theirs, y)
	return nil
}

// half is half the 95 % interval over the ratio.
func (c compared) half() float64 { return (c.ratio.High - c.ratio.Low) / 2 / c.ratio.Ratio }

// atLeast holds a ratio against a bar that it has to reach: it is met if the upper end of
// the interval reaches it.
func (c compared) atLeast(bar float64) verdict {
	return c.against(c.ratio.High >= bar, bar)
}

// atMost is atLeast for a bar that a ratio must not pass.
func (c compared) atMost(bar float64) verdict {
	return c.against(c.ratio.Low <= bar, bar)
}

func (c compared) against(met bool, bar float64) verdict {
	inside := c.ratio.Low < bar && bar < c.ratio.High
	if c.half() > narrow && inside {
		return undecided
	}
	if met {
		return isMet
	}
	return missed
}

func (c compared) String() string {
	return fmt.Sprintf("%.3f (%.3f to %.3f, %d pairs)", c.ratio.Ratio, c.ratio.Low, c.ratio.High, len(c.ours))
}

// verdict is what became of a bar.
type verdict int

const (
	missed verdict = iota
	undecided
	isMet
)

// worst of several parts of one bar.
func worst(all ...verdict) verdict {
	least := isMet
	for _, v := range all {
		least = min(least, v)
	}
	return least
}

// outcome is what a bar says that came to this verdict.
func (v verdict) outcome(got, how string) (outcome, error) {
	o := outcome{got: got, met: v == isMet, how: how}
	if v == undecided {
		return o, errUndecided
	}
	return o, nil
}

// within holds a ratio against a bar of 1 ± most: it is met if the whole interval, or the
// ratio of a narrow one, lies there.
func (c compared) within(most float64) verdict {
	off, half := math.Abs(c.ratio.Ratio-1), c.half()
	switch {
	case off+half <= most, off <= most && half <= narrow:
		return isMet
	case off-half > most:
		return missed
	}
	return undecided
}

// compareSeries compares two series that were measured in turn.
func compareSeries(ours, theirs []float64) compared {
	c := compared{ours: ours, theirs: theirs}
	c.ratio, _ = stats.PairedRatio(theirs, ours)
	return c
}
