package stats

import (
	"math"
	"testing"
)

func TestSummaries(t *testing.T) {
	values := []float64{2, 4, 4, 4, 5, 5, 7, 9}
	for _, c := range []struct {
		name string
		of   func([]float64) (float64, bool)
		want float64
	}{
		{"Mean", Mean, 5},
		{"PopulationStdev", PopulationStdev, 2}, // the sample's would be 2.138
		{"Min", Min, 2},
		{"Max", Max, 9},
	} {
		if got, ok := c.of(values); !ok || got != c.want {
			t.Errorf("%s = %g, %v, want %g", c.name, got, ok, c.want)
		}
		if got, ok := c.of(nil); ok || got != 0 {
			t.Errorf("%s of nothing = %g, %v, want 0, false", c.name, got, ok)
		}
	}
	if got, ok := PopulationStdev([]float64{3}); !ok || got != 0 {
		t.Errorf("PopulationStdev of one value = %g, %v, want 0", got, ok)
	}
}

func TestInterval95(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{1, 3}, 12.7062 * math.Sqrt2 / math.Sqrt2}, // s = sqrt 2, n = 2
		{[]float64{2, 4, 4, 4, 5, 5, 7, 9}, 2.36462 * math.Sqrt(32.0/7) / math.Sqrt(8)},
		{[]float64{5, 5, 5}, 0},
	} {
		if got, ok := Interval95(c.values); !ok || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("Interval95(%v) = %g, %v, want %g", c.values, got, ok, c.want)
		}
	}
	for _, values := range [][]float64{nil, {1}} {
		if got, ok := Interval95(values); ok {
			t.Errorf("Interval95(%v) = %g, want none", values, got)
		}
	}
}

// The quantile is checked against the distribution itself: its density, summed by
// Simpson's rule from 0 to the quantile, must be 0.475.
func TestStudentQuantile(t *testing.T) {
	for degrees := 1; degrees <= 200; degrees++ {
		n := float64(degrees)
		up, _ := math.Lgamma((n + 1) / 2)
		down, _ := math.Lgamma(n / 2)
		density := func(x float64) float64 {
			return math.Exp(up-down-(n+1)/2*math.Log1p(x*x/n)) / math.Sqrt(n*math.Pi)
		}
		const slices = 4000
		width := t975(degrees) / slices
		sum := density(0) + density(t975(degrees))
		for i := 1; i < slices; i++ {
			sum += density(float64(i)*width) * float64(2+2*(i%2))
		}
		if got := sum * width / 3; math.Abs(got-0.475) > 5e-7 {
			t.Errorf("%d degrees of freedom: t %g leaves %.8f between 0 and it, want 0.475", degrees, t975(degrees), got)
		}
	}
}
