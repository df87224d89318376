package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestWildValues(t *testing.T) {
	calm := []float64{10, 11, 10, 12, 11, 10, 12, 11, 10, 11}
	with := func(at int, more ...float64) []float64 {
		values := slices.Clone(calm)
		copy(values[at:], more)
		return values
	}
	for name, c := range map[string]struct {
		values []float64
		want   []int
	}{
		"calm":              {calm, nil},
		"one in the middle": {with(4, 3), []int{4}},
		"the first":         {with(0, 90), []int{0}},
		"the last":          {with(9, -9), []int{9}},
		"two in a row":      {with(4, 3, 3), []int{4, 5}},
		"three are a level": {with(4, 3, 3, 3), nil},
		"three at the end":  {with(7, 3, 3, 3), nil},
		"all equal":         {[]float64{1, 1, 1, 1, 1, 1}, nil},
	} {
		var got []int
		for i, wild := range wildValues(c.values) {
			if wild {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v are wild, want %v", name, got, c.want)
		}
	}
}

// One wild value makes no change where there was none without it, wherever it is.
func TestOneValueIsNoChange(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 3))
	const series = 2000
	found, plain := 0, 0
	for n := range series {
		values, bad := make([]float64, 20), n%20
		for i := range values {
			values[i] = 0.9 * (1 + 0.015*random.NormFloat64())
		}
		without := len(SureChangePoints(values))
		values[bad] *= 0.7
		if len(SureChangePoints(values)) > without {
			found++
		}
		if len(ChangePoints(values)) > without {
			plain++
		}
	}
	t.Logf("%d of %d series, %d by ChangePoints", found, series, plain)
	if found > 2 || plain < 10 {
		t.Errorf("in %d of %d series one value makes a change, in %d by ChangePoints", found, series, plain)
	}
}

// A level of three stays one, and so do long ones with a wild value among them, which
// counts in their means.
func TestSureChangePoints(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	step := func(n, at int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = 100 + 0.5*random.NormFloat64()
			if i >= at {
				values[i] -= 10
			}
		}
		return values
	}
	wild := step(60, 30)
	wild[35] = 10
	for name, c := range map[string]struct {
		values []float64
		at     int
	}{"three at the end": {step(40, 37), 37}, "three at the beginning": {step(40, 3), 3}, "a wild one": {wild, 30}, "short levels with a wild one": {slices.Concat(step(10, 5), []float64{10, 90.1, 90.2, 89.7, 90.4}), 5}} {
		got := SureChangePoints(c.values)
		if len(got) != 1 || got[0].At != c.at {
			t.Errorf("%s: %+v, want one at %d", name, got, c.at)
			continue
		}
		if mean, _ := Mean(c.values[c.at:]); math.Abs(got[0].After-mean) > 1e-9 {
			t.Errorf("%s: the level is %v, want %v", name, got[0].After, mean)
		}
	}
}
