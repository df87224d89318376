package compare

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

func around(center float64, offsets ...float64) []float64 {
	values := []float64{}
	for _, off := range offsets {
		values = append(values, center*(1+off))
	}
	return values
}

func TestMetricVerdicts(t *testing.T) {
	scatter := []float64{-0.02, -0.01, 0, 0.01, 0.02}
	constant := []float64{0, 0, 0, 0, 0}
	up, down := "read_bytes_per_s", "latency_p99_ns"
	for _, c := range []struct {
		name, metric string
		a, b         []float64
		m            int
		want         string
	}{
		{"rate up", up, around(100, scatter...), around(120, scatter...), 13, result.Better},
		{"rate down", up, around(100, scatter...), around(90, scatter...), 13, result.Worse},
		{"latency up", down, around(100, scatter...), around(120, scatter...), 13, result.Worse},
		{"latency down", down, around(100, scatter...), around(90, scatter...), 13, result.Better},
		{"below 0", up, around(-100, scatter...), around(-120, scatter...), 1, result.Worse},
		{"the same", up, around(100, scatter...), around(100, scatter...), 1, result.NoDifference},
		{"within noise", up, around(100, scatter...), around(101, scatter...), 1, result.NoDifference},
		// t = 3.2 with 8 degrees of freedom: p = 0.0126
		{"one of three", up, around(100, scatter...), around(103.25, scatter...), 3, result.Better},
		{"one of thirty", up, around(100, scatter...), around(103.25, scatter...), 30, result.NoDifference},
		{"ranks don't agree", up, []float64{100, 100, 100, 100}, []float64{100, 100.1, 100.1, 100.1}, 1, result.NoDifference},
		{"only means agree", up, []float64{10, 10.1, 10.2, 10.3}, []float64{10.25, 11, 11, 11}, 1, result.NoDifference}, // Welch: p = 0.04, U: 0.057
		{"one disturbed run", up, around(100, scatter...), []float64{100, 101, 99, 60, 100}, 1, result.NoDifference},
		{"equal constants", up, around(0.1, constant...), around(0.1, 0, 0, 0, 0, 0, 0, 0), 13, result.NoDifference},
		{"equal zeros", down, []float64{0, 0, 0, 0}, []float64{0, 0, 0, 0}, 13, result.NoDifference},
		{"other constant", up, []float64{8, 8, 8, 8}, []float64{7, 7, 7, 7}, 13, result.Worse},
		{"rounded constant", up, around(0.9, constant...), around(math.Nextafter(0.9, 1), constant...), 13, result.NoDifference},
		{"from zero", down, []float64{0, 0, 0, 0}, []float64{5, 6, 7, 8}, 1, result.Worse},
		{"from zero, a rate", up, []float64{0, 0, 0, 0}, []float64{5, 6, 7, 8}, 1, result.Better},
		{"three and three", up, around(100, 0, 0.01, 0.02), around(50, 0, 0.01, 0.02), 1, result.TooFewRuns},
		{"three and four", up, around(100, 0, 0.01, 0.02), around(50, 0, 0.01, 0.02, 0.03), 1, result.TooFewRuns},
		{"three and five", up, around(100, 0, 0.01, 0.02), around(50, 0, 0.01, 0.02, 0.03, 0.04), 1, result.Worse},
		{"two and twenty", up, around(100, 0, 0.01), around(50, make([]float64, 20)...), 1, result.TooFewRuns},
		{"one and one, equal", up, []float64{1}, []float64{1}, 1, result.TooFewRuns},
		{"no direction", "passes", around(100, scatter...), around(120, scatter...), 1, ""},
		{"unknown", "speed", around(100, scatter...), around(100, scatter...), 1, result.NoDifference},
		{"m of 0 counts as 1", up, around(100, scatter...), around(90, scatter...), 0, result.Worse},
	} {
		got := Metric(c.metric, c.a, c.b, c.m)
		if got.Name != c.metric || got.Verdict != c.want {
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
		}
		if few := c.want == result.TooFewRuns; few != (got.P == nil) || few && (got.Low != nil || got.High != nil) {
			t.Errorf("%s: interval or p: %+v", c.name, got)
		}
		if (got.A == 0) != (got.Difference == nil) || (got.Low == nil) != (got.High == nil) {
			t.Errorf("%s: difference: %+v", c.name, got)
		}
	}
}

// The figures of one comparison by hand: means 100 and 90, variances 2.5 and 2.025, so that
// the difference is -10 % and half its interval t(0.975; 7.91) sqrt((2.5+2.025)/5) = 2.198.
func TestMetricFigures(t *testing.T) {
	a, b := around(100, 0.02, -0.01, 0, 0.01, -0.02), around(90, -0.02, -0.01, 0, 0.01, 0.02)
	given := slices.Clone(a)
	got := Metric("read_bytes_per_s", a, b, 1)
	for what, pair := range map[string][2]float64{
		"a": {got.A, 100}, "b": {got.B, 90}, "difference": {*got.Difference, -0.1}, "low": {*got.Low, -0.12198}, "high": {*got.High, -0.07802}, "p": {*got.P, 2.0 / 252},
	} {
		if math.Abs(pair[0]-pair[1]) > 2e-5 {
			t.Errorf("%s is %g, want %g", what, pair[0], pair[1])
		}
	}
	if below := Metric("read_bytes_per_s", around(-100, 0, 0.01, 0, 0.01), around(-120, 0, 0.01, 0, 0.01), 1); math.Abs(*below.Difference+0.2) > 1e-9 || *below.Low > -0.2 {
		t.Errorf("below 0: %+v", below)
	}
	if !slices.Equal(a, given) || !slices.Equal(got.AValues, given) || !slices.Equal(got.BValues, b) {
		t.Errorf("the values are in another order: %v, %v, %v", a, got.AValues, got.BValues)
	}
}

// Of three runs beside ten, those that lie near each other by chance aren't believed.
func TestMetricOfUnevenSets(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 10))
	sample := func(n int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = 100 + 2*random.NormFloat64()
		}
		return values
	}
	alarms := 0
	const pairs = 3000
	for range pairs {
		if Metric("ops_per_s", sample(10), sample(3), 13).Verdict != result.NoDifference {
			alarms++
		}
	}
	if most := pairs * 5 / 100 / 13 * 3 / 2; alarms > most { // Welch's alone: about 30
		t.Errorf("%d of %d, want at most %d", alarms, pairs, most)
	}
}

func TestEnough(t *testing.T) {
	for _, c := range []struct {
		na, nb int
		want   bool
	}{
		{0, 0, false}, {0, 9, false}, {1, 100, false}, {2, 100, false}, {3, 3, false}, {3, 4, false}, {3, 5, true}, {5, 3, true},
		{4, 4, true}, {5, 5, true}, {10, 3, true}, {1000, 1000, true},
	} {
		if got := enough(c.na, c.nb); got != c.want {
			t.Errorf("enough(%d, %d) = %v", c.na, c.nb, got)
		}
	}
}

// Whatever goes in, what comes out can be written as JSON, and interval and verdict agree.
func FuzzMetric(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0, uint8(5), uint8(5), uint8(3))
	f.Add(math.NaN(), math.Inf(1), math.Inf(-1), 0.0, uint8(9), uint8(9), uint8(1))
	f.Add(1e308, -1e308, 1e60, -1e60, uint8(7), uint8(4), uint8(0))
	f.Add(1.7e308, 1.7e308, 1.7e308, 1.7e308, uint8(9), uint8(9), uint8(1))
	f.Add(2e307, -1e308, 1e60, -1e60, uint8(7), uint8(49), uint8(62))
	f.Add(5e-324, 1e60, 0.0, 5e-324, uint8(4), uint8(60), uint8(255))
	f.Fuzz(func(t *testing.T, w, x, y, z float64, na, nb, m uint8) {
		pick := []float64{w, x, y, z, (w + x) / 2, y - z}
		var a, b []float64
		for i := range int(na % 64) {
			a = append(a, pick[(i*i+int(m))%3])
		}
		for i := range int(nb % 64) {
			b = append(b, pick[(i*i*i+1)%6])
		}
		got := Metric("ops_per_s", a, b, int(m))
		if _, err := json.Marshal(got); err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		if got.P != nil && (*got.P < 0 || *got.P > 1) || got.Low != nil && *got.Low > *got.High {
			t.Errorf("%+v", got)
		}
		if differs := got.Verdict == result.Better || got.Verdict == result.Worse; differs && (*got.P >= 0.05 || got.Low != nil && *got.Low <= 0 && *got.High >= 0) {
			t.Errorf("verdict without its reasons: %+v", got)
		}
	})
}

// TestUnevenValues: of latencies that are many times each other no interval falls below all
// of them, and five clear pairs are told apart.
func TestUnevenValues(t *testing.T) {
	a, b := []float64{62e3, 65e3, 70e3, 72e3, 76e3}, []float64{92e3, 120e3, 310e3, 500e3, 766e3}
	c := Metric("latency_p99_ns", a, b, 1)
	if c.Low == nil || *c.Low < -1 || c.Verdict != result.Worse {
		t.Errorf("%s, %v to %v", c.Verdict, c.Low, c.High)
	}
	same := Metric("latency_p99_ns", b, []float64{100e3, 150e3, 280e3, 450e3, 800e3}, 8)
	if same.Verdict != result.NoDifference || *same.Low < -1 || *same.Low > 0 || *same.High < 0 {
		t.Errorf("alike: %s, %v to %v", same.Verdict, *same.Low, *same.High)
	}
}
