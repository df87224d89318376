package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(got, want, within float64) bool { return math.Abs(got-want) <= within }

// Logs of the ratios 2, 4, 8 are 1, 2, 3 times log 2: mean 2, standard deviation 1,
// standard error 1/sqrt 3, t = 2 sqrt 3 = 3.464 with 2 degrees of freedom, where
// p = 1 - t/sqrt(2+t^2) = 1 - sqrt(12/14) and t(0.975) = 4.30265.
func TestPairedRatioByHand(t *testing.T) {
	got, ok := PairedRatio([]float64{1, 10, 100}, []float64{2, 40, 800})
	half := 4.302653 / math.Sqrt(3)
	if !ok || got.Pairs != 3 || !near(got.Ratio, 4, 1e-12) || !near(got.P, 1-math.Sqrt(12.0/14), 1e-12) ||
		!near(got.Low, math.Exp2(2-half), 1e-6) || !near(got.High, math.Exp2(2+half), 1e-4) || got.Real {
		t.Errorf("%+v, %v", got, ok)
	}
}

// Student's own example: the hours of sleep that ten patients gained by two drugs
// differ by 1.58 on average, t = 4.0621, p = 0.002833, interval 0.70 to 2.46 (Student,
// "The probable error of a mean", 1908; the figures are those of R's t.test(sleep)).
func TestPairedRatioStudentsSleep(t *testing.T) {
	first := []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	second := []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
	a, b := make([]float64, 10), make([]float64, 10)
	for i := range first {
		a[i], b[i] = math.Exp(first[i]), math.Exp(second[i])
	}
	got, ok := PairedRatio(a, b)
	if !ok || !near(math.Log(got.Ratio), 1.58, 1e-9) || !near(got.P, 0.00283289, 5e-9) ||
		!near(math.Log(got.Low), 0.7001142, 5e-8) || !near(math.Log(got.High), 2.4598858, 5e-8) || !got.Real {
		t.Errorf("%+v, %v; logs of the interval %.7f to %.7f", got, ok, math.Log(got.Low), math.Log(got.High))
	}
	back, _ := PairedRatio(b, a)
	if !near(back.Ratio*got.Ratio, 1, 1e-12) || !near(back.Low*got.High, 1, 1e-12) || back.P != got.P || !back.Real {
		t.Errorf("the other way round: %+v", back)
	}
	// Among 18 it is lost: 18 * 0.00283 is above 0.05; among 17 it isn't.
	for m, real := range map[int]bool{1: true, 17: true, 18: false, 1000: false} {
		among, ok := PairedRatioAmong(a, b, m)
		if !ok || among.Real != real || !near(among.P, math.Min(1, float64(m)*got.P), 1e-12) {
			t.Errorf("among %d: %+v, %v, want real %v", m, among, ok, real)
		}
	}
}

func TestPairedRatioWithoutSpread(t *testing.T) {
	same := []float64{3, 5, 7}
	if got, ok := PairedRatio(same, same); !ok || got != (RatioResult{1, 1, 1, 1, 3, false}) {
		t.Errorf("equal: %+v, %v", got, ok)
	}
	if got, ok := PairedRatio([]float64{2, 2, 2}, []float64{4, 4, 4}); !ok || !near(got.Ratio, 2, 1e-12) || got.P != 0 || !got.Real {
		t.Errorf("doubled: %+v, %v", got, ok)
	}
}

func TestPairedRatioSad(t *testing.T) {
	good := []float64{1, 2, 3}
	for name, c := range map[string]struct {
		a, b       []float64
		confidence float64
	}{
		"nothing": {nil, nil, 0.95}, "two pairs": {good[:2], good[:2], 0.95}, "lengths": {good, []float64{1, 2, 3, 4}, 0.95},
		"zero": {good, []float64{1, 0, 3}, 0.95}, "below": {[]float64{1, -1, 3}, good, 0.95},
		"NaN": {good, []float64{1, math.NaN(), 3}, 0.95}, "infinite": {good, []float64{1, math.Inf(1), 3}, 0.95},
		"both infinite": {[]float64{1, math.Inf(1), 3}, []float64{1, math.Inf(1), 3}, 0.95},
		"confidence 0":  {good, good, 0}, "confidence 1": {good, good, 1}, "confidence NaN": {good, good, math.NaN()},
	} {
		if got, ok := PairedRatioAt(c.a, c.b, c.confidence); ok || got != (RatioResult{}) {
			t.Errorf("%s: %+v, %v, want none", name, got, ok)
		}
	}
	if got, ok := PairedRatioAmong(good, good, 0); ok || got != (RatioResult{}) {
		t.Errorf("among 0: %+v", got)
	}
	if got, ok := PairedRatioAmong(good[:2], good[:2], 3); ok || got != (RatioResult{}) {
		t.Errorf("two pairs among 3: %+v", got)
	}
}

// Interval, p and verdict say the same whatever the values and the number of
// comparisons, and where nothing differs, all of m intervals hold in about 95 %.
func TestPairedRatioAmongAgrees(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	const tables, m = 400, 6
	whole := 0
	for range tables {
		all := true
		for range m {
			a, b := make([]float64, 5), make([]float64, 5)
			for i := range a {
				hour := math.Exp(random.NormFloat64()) // cancels
				a[i], b[i] = hour*math.Exp(0.03*random.NormFloat64()), hour*math.Exp(0.03*random.NormFloat64())
			}
			got, ok := PairedRatioAmong(a, b, m)
			if !ok || got.Real != (got.P < 0.05) || got.Real != (got.Low > 1 || got.High < 1) {
				t.Fatalf("%+v, %v", got, ok)
			}
			all = all && !got.Real
		}
		if all {
			whole++
		}
	}
	if whole < 365 || whole > 395 {
		t.Errorf("no false difference in %d of %d tables, want about 380", whole, tables)
	}
}

func TestRatioHalfWidth(t *testing.T) {
	// Three logs 0.01 apart: standard error 0.01/sqrt 3.
	got, ok := RatioHalfWidth([]float64{1, math.Exp(0.01), math.Exp(0.02)})
	if want := math.Exp(4.302653*0.01/math.Sqrt(3)) - 1; !ok || !near(got, want, 1e-8) {
		t.Errorf("half width %g, %v, want %g", got, ok, want)
	}
	if got, ok := RatioHalfWidth([]float64{2, 2, 2, 2}); !ok || got != 0 {
		t.Errorf("of equal ratios: %g, %v, want 0", got, ok)
	}
	for _, bad := range [][]float64{nil, {1, 1}, {1, 1, 0}, {1, 1, -1}, {1, 1, math.NaN()}, {1, 1, math.Inf(1)}} {
		if got, ok := RatioHalfWidth(bad); ok || got != 0 {
			t.Errorf("of %v: %g, %v, want none", bad, got, ok)
		}
	}
}
