package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMedianInterval(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		n         int
		low, high float64 // of 1 to n: tables of the sign test at 95 %
	}{{1, -inf, inf}, {5, -inf, inf}, {6, 1, 6}, {8, 1, 8}, {9, 2, 8}, {12, 3, 10}, {14, 3, 12}, {20, 6, 15}, {25, 8, 18}, {39, 13, 27}} {
		all := make([]float64, c.n)
		for i, at := range rand.New(rand.NewPCG(1, 2)).Perm(c.n) {
			all[at] = float64(i + 1)
		}
		if low, high := medianInterval(all); low != c.low || high != c.high {
			t.Errorf("of %d values: %v to %v, want %v to %v", c.n, low, high, c.low, c.high)
		}
	}
}

func TestChange(t *testing.T) {
	spread := func(middle, half float64) (all []float64) {
		for i := range 9 {
			all = append(all, middle+half*float64(i-4)/3) // the interval is middle +- half
		}
		return all
	}
	for _, c := range []struct {
		name string
		all  []float64
		want verdict
	}{
		{"the same", spread(1, 0.005), isMet},
		{"less", spread(0.9, 0.05), isMet},
		{"over it by all that was seen", spread(1.03, 0.01), missed},
		{"both are possible", spread(1.008, 0.01), undecided},
		{"a middle over it, both are possible", spread(1.015, 0.01), undecided},
		{"too few", []float64{1, 1, 1, 1, 1}, undecided},
	} {
		if text, got := change(c.all, 0.01); got != c.want {
			t.Errorf("%s: %s gives %v, want %v", c.name, text, got, c.want)
		}
	}
}
