package stats

import "math"

// WelchResult is how far the mean of one set of values lies from that of another.
type WelchResult struct {
	Difference float64 // mean of b - mean of a, in the values' unit
	Low, High  float64 // the interval of it
	P          float64 // how likely a difference so far from 0, either way, were without one
	Degrees    float64 // of freedom; 0 where no value of either set differs from another of it
}

// Welch is the difference of the means of two independent sets whose spreads may differ,
// for one of m comparisons of which one reads "these are real":
//
//	standard error  s = sqrt(va/na + vb/nb), v the variances with n-1 as their divisor
//	degrees         s^4 / ((va/na)^2/(na-1) + (vb/nb)^2/(nb-1))
//	interval        difference +- t s, t of Student's distribution at 1 - 0.05/m
//
// (Welch, Biometrika 34, 1947; Satterthwaite, Biometrics Bulletin 2, 1946.) By
// Bonferroni's inequality all m intervals hold at once with 95 % confidence; P is
// multiplied by m, at most 1, so that it is below 0.05 where the interval excludes 0.
// Sets that each hold one value over and over have an interval of no width, and P is 1
// where they are equal, else 0. ok is false below two values in a set, for m below 1,
// and where a value, or a sum of squares, isn't finite.
func Welch(a, b []float64, m int) (result WelchResult, ok bool) {
	return differ(a, b, m, func(va, vb, na, nb float64) (square, degrees float64) {
		square = va/na + vb/nb
		shareA, shareB := va/na/square, vb/nb/square
		return square, 1 / (shareA*shareA/(na-1) + shareB*shareB/(nb-1))
	})
}

// Pooled is as Welch, but takes both sets to have one spread (Student's test of two
// samples):
//
//	standard error  s = sqrt(v/na + v/nb), v = ((na-1)va + (nb-1)vb) / (na+nb-2)
//	degrees         na+nb-2
//
// Where a set is small and its values happen to lie near each other, Welch's interval is
// too narrow, and this one isn't. For sets of one size it is never the wider one.
func Pooled(a, b []float64, m int) (result WelchResult, ok bool) {
	return differ(a, b, m, func(va, vb, na, nb float64) (square, degrees float64) {
		degrees = na + nb - 2
		return ((na-1)*va + (nb-1)*vb) / degrees * (1/na + 1/nb), degrees
	})
}

// differ is the difference of two means, where spread makes the square of its standard
// error, and the degrees of freedom, of the variances and sizes of the sets.
func differ(a, b []float64, m int, spread func(va, vb, na, nb float64) (square, degrees float64)) (WelchResult, bool) {
	if len(a) < 2 || len(b) < 2 || m < 1 {
		return WelchResult{}, false
	}
	meanA, va := deviation(a)
	meanB, vb := deviation(b)
	// The means are taken from the first values, so that equal constants differ by 0 exactly.
	difference := (b[0] - a[0]) + (meanB - meanA)
	if finite := math.Abs(difference) + va + vb; math.IsNaN(finite) || math.IsInf(finite, 0) {
		return WelchResult{}, false
	}
	result := WelchResult{Difference: difference, Low: difference, High: difference}
	switch {
	case va > 0 || vb > 0:
		square, degrees := spread(va, vb, float64(len(a)), float64(len(b)))
		off := math.Sqrt(square)
		half := off * studentWithin(1-0.05/float64(m), degrees)
		result.Low, result.High, result.Degrees = difference-half, difference+half, degrees
		result.P = math.Min(1, float64(m)*studentBeyond(difference/off, degrees))
	case difference == 0:
		result.P = 1
	}
	return result, true
}

// deviation is how far the mean lies above the first value, and the variance.
func deviation(values []float64) (above, variance float64) {
	n := float64(len(values))
	for _, v := range values {
		above += (v - values[0]) / n
	}
	for _, v := range values {
		off := v - values[0] - above
		variance += off * off / (n - 1)
	}
	return above, variance
}
