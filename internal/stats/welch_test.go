package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Student's own sleep data, taken as two independent groups: the figures are those of R's
// t.test(extra ~ group, data = sleep), which is Welch's.
func TestWelchStudentsSleep(t *testing.T) {
	first := []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	second := []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
	got, ok := Welch(first, second, 1)
	if !ok || !near(got.Difference, 1.58, 1e-12) || !near(got.Low, -0.2054832, 5e-8) || !near(got.High, 3.3654832, 5e-8) ||
		!near(got.P, 0.07939414, 5e-9) || !near(got.Degrees, 17.776474, 5e-7) {
		t.Errorf("%+v, %v", got, ok)
	}
	back, _ := Welch(second, first, 1)
	if back.Difference != -got.Difference || back.Low != -got.High || back.High != -got.Low || back.P != got.P {
		t.Errorf("the other way round: %+v", back)
	}
}

// Sets of different sizes and spreads: means 2 and 6, variances 1 and 4, so that
// s^2 = 1/3 + 4/5 = 17/15 and the degrees are (17/15)^2 / ((1/3)^2/2 + (4/5)^2/4).
func TestWelchByHand(t *testing.T) {
	a, b := []float64{1, 2, 3}, []float64{6, 8, 4, 8, 4}
	got, ok := Welch(a, b, 1)
	degrees := 17.0 / 15 * 17 / 15 / (1.0/18 + 0.16)
	off := math.Sqrt(17.0 / 15)
	if !ok || !near(got.Difference, 4, 1e-12) || !near(got.Degrees, degrees, 1e-12) ||
		!near(got.High-4, off*studentWithin(0.95, degrees), 1e-9) || !near(got.P, studentBeyond(4/off, degrees), 1e-12) {
		t.Errorf("%+v, %v, want %.4f degrees", got, ok, degrees)
	}
}

// As TestWelchByHand with one spread: v = (2*1 + 4*4) / 6 = 3, s^2 = 3 (1/3 + 1/5) = 1.6.
// Of equal sizes the standard error is Welch's, and the interval no wider.
func TestPooledByHand(t *testing.T) {
	a, b := []float64{1, 2, 3}, []float64{6, 8, 4, 8, 4}
	got, ok := Pooled(a, b, 2)
	off := math.Sqrt(1.6)
	if !ok || !near(got.Difference, 4, 1e-12) || got.Degrees != 6 ||
		!near(got.High-4, off*studentWithin(0.975, 6), 1e-9) || !near(4-got.Low, got.High-4, 1e-12) || !near(got.P, 2*studentBeyond(4/off, 6), 1e-12) {
		t.Errorf("%+v, %v", got, ok)
	}
	even, other := []float64{1, 2, 3, 4}, []float64{5, 15, 25, 36}
	pooled, _ := Pooled(even, other, 1)
	if welch := mustWelch(even, other, 1); pooled.Low < welch.Low || pooled.High > welch.High || pooled.Degrees != 6 || welch.Degrees > 3.1 {
		t.Errorf("pooled %+v, Welch %+v", pooled, welch)
	}
}

// At t^2 = 3 n/(n+2) the two ways to compute p meet, and one of them must be taken.
func TestBeyondReturnsAtTheEdge(t *testing.T) {
	for n := 0.5; n < 60; n += 0.5 {
		edge := math.Sqrt(3 * n / (n + 2))
		for _, x := range []float64{math.Nextafter(edge, 0), edge, math.Nextafter(edge, 9), -edge} {
			before, at, after := studentBeyond(edge*(1-1e-6), n), studentBeyond(x, n), studentBeyond(edge*(1+1e-6), n)
			if !(before > at && at > after) {
				t.Errorf("%g degrees, t %g: %g isn't between %g and %g", n, x, at, before, after)
			}
		}
	}
}

// Widened for several: the interval excludes 0 exactly where P is below 0.05.
func TestWelchAmong(t *testing.T) {
	a, b := []float64{10, 11, 12, 13}, []float64{14, 15, 16, 18}
	one, _ := Welch(a, b, 1)
	for m := 1; m < 60; m++ {
		got, ok := Welch(a, b, m)
		if !ok || !near(got.P, math.Min(1, float64(m)*one.P), 1e-12) || (got.Low > 0) != (got.P < 0.05) || got.Difference != one.Difference {
			t.Errorf("among %d: %+v, %v", m, got, ok)
		}
	}
	if few, many := mustWelch(a, b, 1), mustWelch(a, b, 59); few.Low <= 0 || many.Low > 0 {
		t.Errorf("one of 1 %+v, one of 59 %+v", few, many)
	}
}

func mustWelch(a, b []float64, m int) WelchResult {
	got, ok := Welch(a, b, m)
	if !ok {
		panic("no result")
	}
	return got
}

func TestWelchConstants(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []float64
		want WelchResult
	}{
		{"equal", []float64{0.1, 0.1, 0.1}, []float64{0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, WelchResult{P: 1}},
		{"different", []float64{3, 3, 3}, []float64{5, 5}, WelchResult{Difference: 2, Low: 2, High: 2}},
		{"zero", []float64{0, 0}, []float64{0, 0}, WelchResult{P: 1}},
	} {
		if got, ok := Welch(c.a, c.b, 4); !ok || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, ok, c.want)
		}
	}
	// One constant beside one that scatters: the degrees are those of the other.
	if got, ok := Welch([]float64{3, 3, 3}, []float64{4, 5, 6, 5}, 1); !ok || !near(got.Degrees, 3, 1e-12) || got.Low >= got.High {
		t.Errorf("%+v, %v", got, ok)
	}
}

func TestWelchRefuses(t *testing.T) {
	two := []float64{1, 2}
	for name, c := range map[string]struct {
		a, b []float64
		m    int
	}{
		"no values":    {nil, two, 1},
		"one value":    {two, []float64{1}, 1},
		"m of 0":       {two, two, 0},
		"NaN":          {two, []float64{1, math.NaN()}, 1},
		"infinity":     {[]float64{math.Inf(1), 2}, two, 1},
		"all infinite": {[]float64{math.Inf(1), math.Inf(1)}, two, 1},
		"overflow":     {[]float64{1e200, -1e200}, two, 1},
		"far apart":    {[]float64{-1e308, -1e308}, []float64{1e308, 1e308}, 1},
	} {
		if got, ok := Welch(c.a, c.b, c.m); ok || got != (WelchResult{}) {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}

// In 2,000 pairs of sets without a difference, with spreads and sizes that differ, about
// 5 % of the intervals miss 0, half of them on each side.
func TestWelchCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1947))
	sample := func(n int, spread float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = 100 + spread*random.NormFloat64()
		}
		return values
	}
	above, below := 0, 0
	for range 2000 {
		switch got := mustWelch(sample(5, 1), sample(9, 4), 1); {
		case got.Low > 0:
			above++
		case got.High < 0:
			below++
		}
	}
	if above < 30 || above > 70 || below < 30 || below > 70 {
		t.Errorf("%d above and %d below of 2000, want about 50 each", above, below)
	}
}
