package stats

import (
	"math"
	"testing"
)

// By hand: 1, 3, 2, 6 has the mean 3, the slope (-1.5*1 - 0.5*3 + 0.5*2 + 1.5*6)/5 = 1.4
// and the residuals 0.1, 0.7, -1.7, 0.9 with squares that sum to 4.2, so a noise of
// sqrt(4.2/2) and a standard error of sqrt(2.1/5). Their products are 0.07-1.19-1.53 < 0.
func TestTrendByHand(t *testing.T) {
	got := trendOf([]float64{1, 3, 2, 6})
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"mean", got.mean, 3}, {"slope", got.slope, 1.4}, {"noise", got.noise, math.Sqrt(2.1)},
		{"slope's error", got.slopeError, math.Sqrt(0.42)}, {"correlation", got.correlated, 0}, {"likeness", got.likeness, 1},
	} {
		if !near(c.got, c.want, 1e-12) {
			t.Errorf("%s is %g, want %g", c.name, c.got, c.want)
		}
	}
}

// Runs of +1 and -1 around 5 that are the same from both ends have no slope. Neighbours
// alike count +1, unlike ones -1, and the correlation is their sum over the number of
// values, plus the correction; at most 0.99.
func TestTrendOfLikeNeighbours(t *testing.T) {
	for _, c := range []struct {
		values []float64
		r      float64
	}{
		{repeated(6, 2, 4, 4, 6, 4, 4, 4, 6, 2), 7.0/16 + (2+4*7.0/16)/16}, // 11 alike, 4 not
		{repeated(6, 8, 4, 16, 6, 8), 0.99},                                // 29 and 2: 27/32 + ... = 1.01
		{repeated(4, 1, 6, 1, 4, 1, 6, 2, 4, 1, 6, 1, 4, 1), 0},            // 1 and 6
	} {
		got := trendOf(c.values)
		n := float64(len(c.values))
		across := n * (n*n - 1) / 12 // sum of (i-middle)^2
		if !near(got.mean, 5, 1e-12) || !near(got.slope, 0, 1e-12) || !near(got.correlated, c.r, 1e-12) ||
			!near(got.likeness, math.Sqrt((1+c.r)/(1-c.r)), 1e-9) ||
			!near(got.slopeError, got.likeness*math.Sqrt(n/(n-2)/across), 1e-9) {
			t.Errorf("%v: %+v, want a correlation of %g", c.values, got, c.r)
		}
	}
}

func TestTrendSpread(t *testing.T) {
	residuals := func(first, last, correlated float64) trend {
		t := trend{mean: 100, correlated: correlated}
		for i := range 300 {
			size := first
			if i >= 150 {
				size = last
			}
			t.residuals = append(t.residuals, size*float64(1-2*(i%2)))
		}
		return t
	}
	// t(0.975, 100) is 1.98397; the standard error of the logarithm is
	// sqrt(2 (pi/2-1) / 100) = 0.106847.
	for _, c := range []struct{ first, last, correlated, factor, sure float64 }{
		{1, 1, 0, 1, 1}, {1, 2, 0, 2, 2 * math.Exp(-1.98397*0.106847)}, {3, 1, 0, 3, 3 * math.Exp(-1.98397*0.106847)},
		{1, 3, 0.6, 3, 3 * math.Exp(-1.98397*0.106847*math.Sqrt(1.36/0.64))},
		{1, 1.1, 0, 1.1, 1}, {0, 0, 0, 1, 1}, {1e-12, 1e-9, 0, 1, 1}, {0, 1, 0, math.Inf(1), math.Inf(1)},
	} {
		factor, sure := residuals(c.first, c.last, c.correlated).spread()
		if !(factor == c.factor || near(factor, c.factor, 1e-9)) || !(sure == c.sure || near(sure, c.sure, 1e-4)) {
			t.Errorf("%g, then %g: %g, surely %g, want %g and %g", c.first, c.last, factor, sure, c.factor, c.sure)
		}
	}
}
