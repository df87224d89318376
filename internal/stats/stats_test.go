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
		{[]float64{1, 3}, 12.70620 * math.Sqrt2 / math.Sqrt2}, // s = sqrt 2, n = 2
		{[]float64{2, 4, 4, 4, 5, 5, 7, 9}, 2.36462 * math.Sqrt(32.0/7) / math.Sqrt(8)},
		{[]float64{5, 5, 5}, 0},
	} {
		if got, ok := Interval95(c.values); !ok || math.Abs(got-c.want) > 1e-5 {
			t.Errorf("Interval95(%v) = %g, %v, want %g", c.values, got, ok, c.want)
		}
	}
	for _, values := range [][]float64{nil, {1}} {
		if got, ok := Interval95(values); ok {
			t.Errorf("Interval95(%v) = %g, want none", values, got)
		}
	}
}
