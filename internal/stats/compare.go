package stats

import (
	"math"
)

// RatioResult compares paired values by their ratio.
type RatioResult struct {
	Ratio     float64 // B over A: the geometric mean over the pairs
	Low, High float64 // the interval of it, at the confidence asked for
	P         float64 // how likely a ratio so far from 1, either way, were without a difference
	Pairs     int
	Real      bool // the interval excludes 1
}

// PairedRatio is PairedRatioAt for a single comparison with 95 % confidence.
func PairedRatio(a, b []float64) (RatioResult, bool) { return PairedRatioAt(a, b, 0.95) }

// PairedRatioAt compares b to a pair by pair: what changes both of a pair, such as a
// slow hour, cancels. The ratio is exp(mean log(b/a)), its interval Student's t on the
// logs (Fleming and Wallace, CACM 29(3), 1986, on why the geometric mean; Georges,
// Buytaert and Eeckhout, OOPSLA 2007, on such intervals). P is two-sided and is that of
// this one comparison. ok is false below three pairs, where the lengths differ, for
// a value that isn't finite and above 0, and for a confidence outside (0, 1).
func PairedRatioAt(a, b []float64, confidence float64) (result RatioResult, ok bool) {
	if len(a) != len(b) {
		return RatioResult{}, false
	}
	logs := make([]float64, len(a))
	for i := range a {
		if !(a[i] > 0 && b[i] > 0) {
			return RatioResult{}, false
		}
		logs[i] = math.Log(b[i]) - math.Log(a[i])
	}
	mean, half, p, ok := logInterval(logs, confidence)
	if !ok {
		return RatioResult{}, false
	}
	result = RatioResult{
		Ratio: math.Exp(mean), Low: math.Exp(mean - half), High: math.Exp(mean + half),
		P: p, Pairs: len(a),
	}
	result.Real = result.Low > 1 || result.High < 1
	return result, true
}

// PairedRatioAmong is PairedRatioAt for one of m comparisons of which one reads "these
// are real": by Bonferroni's inequality (Dunn, JASA 56, 1961) each interval is taken
// at 1 - 0.05/m, so that with 95 % confidence all m intervals hold at once, and P is
// multiplied by m, at most 1. So the three things that a table shows agree always: the
// interval excludes 1, P is below 0.05, and Real. Holm's procedure finds a little more
// but has no intervals that agree with it, so a table with intervals doesn't use it.
func PairedRatioAmong(a, b []float64, m int) (RatioResult, bool) {
	if m < 1 {
		return RatioResult{}, false
	}
	result, ok := PairedRatioAt(a, b, 1-0.05/float64(m))
	result.P = math.Min(1, result.P*float64(m))
	return result, ok
}

// RatioHalfWidth is how far the 95 % interval of the geometric mean of ratios reaches
// above it, as a fraction of it: 0.02 is "within 2 %". It says when a measurement has
// been repeated enough. ok is false below three and for one that isn't finite and above 0.
func RatioHalfWidth(ratios []float64) (share float64, ok bool) {
	logs := make([]float64, len(ratios))
	for i, ratio := range ratios {
		if !(ratio > 0) {
			return 0, false
		}
		logs[i] = math.Log(ratio)
	}
	_, half, _, ok := logInterval(logs, 0.95)
	return math.Expm1(half), ok
}

// logInterval is the mean of logs of ratios, half its interval, and the two-sided p of
// it being 0.
func logInterval(logs []float64, confidence float64) (mean, half, p float64, ok bool) {
	if len(logs) < 3 || !(confidence > 0 && confidence < 1) {
		return 0, 0, 0, false
	}
	n := float64(len(logs))
	for _, v := range logs {
		mean += v / n
	}
	var squares float64
	for _, v := range logs {
		squares += (v - mean) * (v - mean)
	}
	if math.IsNaN(squares) || math.IsInf(squares, 0) {
		return 0, 0, 0, false
	}
	off := math.Sqrt(squares / (n - 1) / n) // standard error
	switch {
	case off > 0:
		p = studentBeyond(mean/off, n-1)
	case mean == 0:
		p = 1
	}
	return mean, studentWithin(confidence, n-1) * off, p, true
}
