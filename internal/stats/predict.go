package stats

import "math"

// Prediction is how far one new value lies from those before it.
type Prediction struct {
	Difference float64 // of the new value from the mean of those before, as a fraction of that mean's size
	Low, High  float64 // the interval of it: 0 is within where the new value is no surprise
	P          float64 // how likely a value so far off, either way, were if it is one like those
}

// Predict holds one new value against n before it by the prediction interval for one more of
// them (Student's t; Hahn and Meeker, Statistical Intervals, 1991, section 4.7), as one of m
// that are made together. Rates and times scatter by factors, and none is below 0, so that
// where all values are above 0 it is computed on logarithms:
//
//	half      t(n-1; 1 - 0.05/m) s sqrt(1 + 1/n), s that of the logarithms, n-1 its divisor
//	interval  (1 + difference) exp(+-half) - 1
//
// and else on the values: difference +- half / mean. The 1 under the root is the new value's
// own scatter, which no number of values before it makes less. P is that of this one value,
// not multiplied by m. ok is false below 3 values, for m below 1, where a value isn't finite
// or the mean is 0, and where those before are all equal: their scatter isn't known then.
func Predict(before []float64, next float64, m int) (p Prediction, ok bool) {
	n := float64(len(before))
	mean, _ := Mean(before)
	above, most := next > 0, math.Abs(next)
	for _, v := range before {
		above = above && v > 0
		most = max(most, math.Abs(v)) // NaN stays
	}
	if n < 3 || m < 1 || mean == 0 || math.IsNaN(most) || math.IsInf(most, 0) {
		return p, false
	}
	values, off := before, next-mean
	if above {
		values, off = logarithms(before), math.Log(next)-math.Log(mean)
	}
	_, variance := deviation(values)
	spread := math.Sqrt(variance * (1 + 1/n))
	if above && spread <= 1e-9 || !above && spread <= 1e-9*most {
		return p, false
	}
	half := studentWithin(1-0.05/float64(m), n-1) * spread
	p = Prediction{Difference: (next - mean) / math.Abs(mean), P: studentBeyond(off/spread, n-1)}
	if above {
		p.Low, p.High = next/mean*math.Exp(-half)-1, next/mean*math.Exp(half)-1
	} else {
		p.Low, p.High = p.Difference-half/math.Abs(mean), p.Difference+half/math.Abs(mean)
	}
	return p, !math.IsInf(p.High-p.Low, 0) && !math.IsNaN(p.High-p.Low)
}

func logarithms(values []float64) []float64 {
	logs := make([]float64, len(values))
	for i, v := range values {
		logs[i] = math.Log(v)
	}
	return logs
}
