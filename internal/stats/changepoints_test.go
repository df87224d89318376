package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// nightlyRates is a rate around 13 GB/s with noise of 1.5 %, that goes up or down by a share
// at each of some places.
func nightlyRates(n int, noise func() float64, step float64, at ...int) []float64 {
	all := make([]float64, n)
	level := 13e9
	for i := range all {
		if slices.Contains(at, i) {
			level *= 1 + step
		}
		all[i] = level * (1 + 0.015*noise())
	}
	return all
}

// student is a value of Student's t with some degrees of freedom: mildly heavy tails.
func student(random *rand.Rand, degrees int) float64 {
	var squares float64
	for range degrees {
		v := random.NormFloat64()
		squares += v * v
	}
	return random.NormFloat64() / math.Sqrt(squares/float64(degrees))
}

func sortOfSign(random *rand.Rand) float64 { return float64(1 - 2*random.IntN(2)) }

// A step of 5 % in 60 runs, at least so many from an end, is located within 2 runs; its
// interval holds it.
func TestChangePointsLocateAStep(t *testing.T) {
	const series, n = 150, 60
	random := rand.New(rand.NewPCG(61, 1))
	tails := func() float64 { return student(random, 5) }
	for _, c := range []struct {
		name  string
		noise func() float64
		edge  int
		least float64
	}{
		{"normal noise, 5 or more runs", random.NormFloat64, 5, 0.97},
		{"normal noise, 3 runs", random.NormFloat64, 3, 0.85},
		{"heavy tails, 5 or more runs", tails, 5, 0.93},
	} {
		located, held, others := 0, 0, 0
		for range series {
			at := c.edge
			if c.edge >= 5 {
				at += random.IntN(n - 2*c.edge + 1)
			}
			for _, p := range ChangePoints(nightlyRates(n, c.noise, 0.05*sortOfSign(random), at)) {
				if p.At < at-2 || p.At > at+2 {
					others++
					continue
				}
				located++
				if p.Low < at && at <= p.High {
					held++
				}
				if ratio := p.After/p.Before - 1; math.Abs(math.Abs(ratio)-0.05) > 0.05 || p.P > 0.01 || p.P < 0.001 || p.Low >= p.At || p.High < p.At {
					t.Errorf("%s, step at %d: %+v", c.name, at, p)
				}
			}
		}
		t.Logf("%s: located %d, interval holds %d, others %d of %d", c.name, located, held, others, series)
		if float64(located) < c.least*series || float64(held) < 0.93*float64(located) || 20*others > series {
			t.Errorf("%s: located %d of %d (want %g), its interval held it in %d (want 93 %%), others %d (want 5 %% at most)", c.name, located, series, c.least, held, others)
		}
	}
}

// A series without a change has one in 1 of 20 at most, whatever its noise and length.
func TestChangePointsOfNone(t *testing.T) {
	for name, noise := range map[string]func(*rand.Rand) float64{
		"normal":      (*rand.Rand).NormFloat64,
		"heavy tails": func(random *rand.Rand) float64 { return student(random, 3) },
		"Laplace":     func(random *rand.Rand) float64 { return random.ExpFloat64() * sortOfSign(random) },
		"a coin":      func(random *rand.Rand) float64 { return float64(random.IntN(2)) },
	} {
		all := 0
		for n, series := range map[int]int{6: 100, 8: 100, 11: 100, 12: 100, 20: 100, 60: 100, 500: 30} {
			random := rand.New(rand.NewPCG(61, uint64(n)))
			found := 0
			for range series {
				found += len(ChangePoints(nightlyRates(n, func() float64 { return noise(random) }, 0)))
			}
			// 1 in 20, and what luck adds to it: 2 standard deviations of a Poisson number.
			if most := float64(series)/20 + 2*math.Sqrt(float64(series)/20); float64(found) > most {
				t.Errorf("%s, %d values: %d change points in %d series, want %.0f at most", name, n, found, series, most)
			}
			all += found
		}
		if t.Logf("%s: %d in 630 series", name, all); all > 12 {
			t.Errorf("%s: %d change points in 630 series of all lengths, want 1 in 100 and at most 12", name, all)
		}
	}
}

// neighbourly is noise of which each value follows the one before it with autocorrelation r.
func neighbourly(random *rand.Rand, r float64) func() float64 {
	last := random.NormFloat64()
	return func() float64 {
		now := last
		last = r*last + math.Sqrt(1-r*r)*random.NormFloat64()
		return now
	}
}

// Nights that follow each other look like levels: few of them are taken for one, and a step
// of 5 % is still located.
func TestChangePointsOfNeighbours(t *testing.T) {
	const series, n = 200, 60
	for r, c := range map[float64]struct{ most, least int }{
		0:   {3, 194},
		0.3: {16, 188}, // without step 4 of ChangePoints it is some 38
		0.5: {40, 178}, // and some 180
	} {
		random := rand.New(rand.NewPCG(61, 5))
		found, located := 0, 0
		for range series {
			noise := neighbourly(random, r)
			found += len(ChangePoints(nightlyRates(n, noise, 0)))
			at := 5 + random.IntN(n-9)
			if slices.ContainsFunc(ChangePoints(nightlyRates(n, noise, 0.05*sortOfSign(random), at)), func(p ChangePoint) bool { return p.At >= at-2 && p.At <= at+2 }) {
				located++
			}
		}
		t.Logf("r %g: %d found in %d series without a change, %d located of %d", r, found, series, located, series)
		if found > c.most || located < c.least {
			t.Errorf("r %g: %d found in %d series without a change (want %d at most), %d located of %d (want %d)", r, found, series, c.most, located, series, c.least)
		}
	}
}

// One wild run is no change, wherever it stands and however wild it is, nor are two; and
// they hide none.
func TestChangePointsOfWildRuns(t *testing.T) {
	random := rand.New(rand.NewPCG(61, 3))
	alone, hidden := 0, 0
	for round := range 100 {
		rates := nightlyRates(60, random.NormFloat64, 0)
		steps := nightlyRates(60, random.NormFloat64, 0.05, 30)
		for range 1 + round%2 {
			wild, at := []float64{0, 0.5, 2, 1000}[random.IntN(4)], random.IntN(60)
			rates[at] *= wild
			steps[at] *= wild
		}
		alone += len(ChangePoints(rates))
		if !slices.ContainsFunc(ChangePoints(steps), func(p ChangePoint) bool { return p.At >= 28 && p.At <= 32 }) {
			hidden++
		}
	}
	if alone > 5 || hidden > 5 {
		t.Errorf("wild runs were a change in %d of 100 and hid one in %d, want 5 at most", alone, hidden)
	}
}

// what is a change point without its numbers, for tables.
func what(points []ChangePoint) (at []string) {
	for _, p := range points {
		at = append(at, fmt.Sprintf("%d: %g to %g", p.At, math.Round(p.Before), math.Round(p.After)))
	}
	return at
}

func TestChangePointsByHand(t *testing.T) {
	wobbly := func(pairs ...float64) []float64 {
		all := repeated(pairs...)
		for i := range all {
			all[i] += []float64{-1, 1, 0, 2, -2}[i%5]
		}
		return all
	}
	wild := wobbly(100, 30, 120, 30)
	wild[10], wild[50] = 1e6, -1e6
	for name, c := range map[string]struct {
		values []float64
		want   []string
	}{
		"nothing":                {nil, nil},
		"five values":            {[]float64{1, 1, 1, 9, 9}, nil},
		"constant":               {repeated(7, 60), nil},
		"constant 0":             {repeated(0, 60), nil},
		"rounding":               {repeated(0.3, 30, 0.1+0.2, 30), nil},
		"a step without noise":   {repeated(7, 30, 9, 30), []string{"30: 7 to 9"}},
		"six values":             {repeated(100, 3, 50, 3), []string{"3: 100 to 50"}},
		"eight runs":             {wobbly(100, 4, 50, 4), []string{"4: 101 to 50"}},
		"three at the end":       {wobbly(100, 57, 120, 3), []string{"57: 100 to 120"}},
		"three at the beginning": {wobbly(120, 3, 100, 57), []string{"3: 120 to 100"}},
		"one at the end":         {wobbly(100, 59, 120, 1), nil},
		"two in the middle":      {wobbly(100, 30, 120, 2, 100, 28), nil},
		"there and back":         {wobbly(100, 28, 120, 5, 100, 27), []string{"28: 100 to 120", "33: 120 to 100"}},
		"stairs":                 {wobbly(100, 20, 110, 20, 120, 20), []string{"20: 100 to 110", "40: 110 to 120"}},
		"a small one by a large": {wobbly(100, 20, 10, 20, 16, 20), []string{"20: 100 to 10", "40: 10 to 16"}},
		"negative":               {wobbly(-100, 30, -120, 30), []string{"30: -100 to -120"}},
		"not a number":           {append(wobbly(100, 30, 120, 30), math.NaN()), nil},
		"infinite":               {append(wobbly(100, 30, 120, 30), math.Inf(1)), nil},
		"means keep wild runs":   {wild, []string{"30: 33430 to -33217"}},
	} {
		if got := what(ChangePoints(c.values)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The unit of a metric doesn't matter, nor which way is up.
func TestChangePointsOfOtherUnits(t *testing.T) {
	random := rand.New(rand.NewPCG(61, 4))
	for range 20 {
		rates := nightlyRates(60, random.NormFloat64, 0.05, 20, 45)
		want := ChangePoints(rates)
		for _, factor := range []float64{1. / (1 << 40), 1 << 20, -1} {
			scaled := slices.Clone(rates)
			for i := range scaled {
				scaled[i] *= factor
			}
			got := ChangePoints(scaled)
			same := slices.EqualFunc(got, want, func(a, b ChangePoint) bool { return a.At == b.At && a.Low == b.Low && a.High == b.High && a.P == b.P })
			if !same {
				t.Errorf("times %g: %+v, want %+v", factor, got, want)
			}
		}
	}
}

func FuzzChangePoints(f *testing.F) {
	f.Add([]byte{1, 1, 1, 1, 9, 9, 9, 9}, 1.0)
	f.Add([]byte{1, 2, 1, 2, 1, 200, 1, 2, 80, 81, 82, 80}, 1e300)
	f.Add([]byte{0, 255, 0, 255, 0, 255}, 1e308)
	f.Add([]byte{5, 5, 5, 6, 6, 6}, 5e-324)
	f.Fuzz(func(t *testing.T, bytes []byte, unit float64) {
		values := make([]float64, min(len(bytes), 200))
		for i := range values {
			values[i] = float64(bytes[i]) * unit
		}
		last := 0
		for _, p := range ChangePoints(values) {
			if p.At < last+changeSegment || p.At > len(values)-changeSegment || p.Low >= p.At || p.Low < last-1 || p.High < p.At || p.High >= len(values) ||
				!(p.P >= 0.001 && p.P <= changeChance) || math.IsNaN(p.Before+p.After) {
				t.Errorf("%v: %+v", values, p)
			}
			last = p.At
		}
	})
}
