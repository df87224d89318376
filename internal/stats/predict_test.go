package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// By hand: logs 0, 0.1, -0.1 have s = 0.1; t(2; 0.975) = 4.3027, so that half is
// 4.3027 * 0.1 * sqrt(4/3) = 0.49683.
func TestPredict(t *testing.T) {
	before := []float64{1, math.Exp(0.1), math.Exp(-0.1)}
	mean := (1 + math.Exp(0.1) + math.Exp(-0.1)) / 3
	got, ok := Predict(before, 2*mean, 1)
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-4*b }
	if !ok || !near(got.Difference, 1) || !near(got.Low, 2*math.Exp(-0.49683)-1) || !near(got.High, 2*math.Exp(0.49683)-1) {
		t.Errorf("%+v, %v", got, ok)
	}
	// With a 0 it is on the values: -1, 0, 1 around 5 have s = 1, so that half is 4.3027 sqrt(4/3) = 4.9683.
	if got, ok := Predict([]float64{4, 5, 6}, 0, 1); !ok || !near(-got.Difference, 1) || !near(-got.Low, 1+4.9683/5) || math.Abs(got.High-(-1+4.9683/5)) > 1e-4 {
		t.Errorf("with a 0: %+v, %v", got, ok)
	}
	// P is 0.05 where the interval ends at 1.
	if got, ok := Predict(before, mean*math.Exp(0.49683), 1); !ok || math.Abs(got.P-0.05) > 1e-4 || math.Abs(got.Low) > 1e-4 {
		t.Errorf("at the edge: %+v, %v", got, ok)
	}
	if wide, ok := Predict(before, 2*mean, 10); !ok || wide.High <= got.High || wide.P != got.P {
		t.Errorf("one of ten: %+v, %v", wide, ok)
	}
	for name, c := range map[string]struct {
		before []float64
		next   float64
		m      int
	}{
		"two before": {[]float64{1, 2}, 1, 1}, "none": {nil, 1, 1}, "m of 0": {before, 1, 0}, "all equal": {[]float64{3, 3, 3, 3}, 1, 1},
		"a mean of 0": {[]float64{-1, 0, 1}, 1, 1}, "equal and 0": {[]float64{3, 3, 3}, 0, 1}, "NaN": {[]float64{1, 2, math.NaN()}, 1, 1}, "infinite": {before, math.Inf(1), 1},
	} {
		if got, ok := Predict(c.before, c.next, c.m); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Of new values like those before, 5 % are a surprise, whether they scatter little or much.
func TestPredictCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 10))
	for _, scatter := range []float64{0.015, 0.3} {
		const series = 4000
		surprises := 0
		for range series {
			values := make([]float64, 11)
			for i := range values {
				values[i] = 9e9 * math.Exp(scatter*random.NormFloat64())
			}
			if got, ok := Predict(values[:10], values[10], 1); !ok || got.Low > 0 || got.High < 0 {
				surprises++
			}
		}
		if share := float64(surprises) / series; share < 0.04 || share > 0.065 {
			t.Errorf("scatter %v: %.1f %% are a surprise, want 5 %%", scatter, 100*share)
		}
	}
}
