package compare

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

const (
	alpha = 0.05 // the risk of calling noise a difference

	// least is how many runs a set must have at least. Two runs that happen to lie near
	// each other look like a set without scatter.
	least = 3

	// negligible is the share of a value below which a difference is one of rounding.
	negligible = 1e-9
)

// Metric compares one metric, as one of m that are compared together: a are the values of
// the baseline, one per run, b those of the newer runs. Values that aren't finite count
// as not measured. P is that of the U test alone, not corrected for m; the interval is
// corrected for m, and a fraction of a's mean, which is taken as exact. Of sets whose values
// are many times each other it is that of the ratio of their geometric means.
//
// Sets that each hold one value over and over, as settings found by a search do, are
// compared like others: the interval then has no width, and p decides. Differences of
// less than 1e-9 of the values are those of rounding and count as none. For a metric
// without a direction, see Better, no verdict but "no difference" or "too few" can be
// given, and Verdict is empty where there is a difference.
func Metric(name string, a, b []float64, m int) result.MetricChange {
	a, b = measured(a), measured(b)
	c := result.MetricChange{Name: name, AValues: a, BValues: b, Verdict: result.TooFewRuns}
	c.A, _ = stats.Mean(a)
	c.B, _ = stats.Mean(b)
	if len(a) > 0 && len(b) > 0 {
		c.Difference = fraction(c.B-c.A, c.A)
	}
	if !enough(len(a), len(b)) {
		return c
	}
	difference, low, high, ok := apartBy(a, b, c.A, max(m, 1))
	if !ok { // squares of such values are not finite
		return c
	}
	p := mannWhitney(a, b)
	c.P, c.Difference = &p, fraction(difference, c.A)
	if c.Low, c.High = fraction(low, c.A), fraction(high, c.A); c.Low == nil || c.High == nil {
		c.Low, c.High = nil, nil
	}
	c.Verdict = result.NoDifference
	apart := low > 0 || high < 0
	if apart && p < alpha && math.Abs(difference) > negligible*max(math.Abs(c.A), math.Abs(c.B)) {
		c.Verdict = direction(name, difference > 0)
	}
	return c
}

// uneven is how many times as large as the least one of a set its largest value is, from
// which on the set is taken to be even on a scale of logarithms, as latencies are: else the
// interval would say that one may fall by more than all of it.
const uneven = 2

// apartBy is interval, in units of the values; of uneven sets that of their logarithms, by
// how many times as large the geometric mean of b is, as a share of a's mean.
func apartBy(a, b []float64, mean float64, m int) (difference, low, high float64, ok bool) {
	if least := min(slices.Min(a), slices.Min(b)); !(least > 0) || slices.Max(a) <= uneven*slices.Min(a) && slices.Max(b) <= uneven*slices.Min(b) {
		return interval(a, b, m)
	}
	difference, low, high, ok = interval(logs(a), logs(b), m)
	return math.Expm1(difference) * mean, math.Expm1(low) * mean, math.Expm1(high) * mean, ok
}

func logs(values []float64) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = math.Log(v)
	}
	return all
}

// interval is the difference of the means and its interval: Welch's, or where that is
// wider the one that takes both sets to have one spread. They differ only for sets of
// different sizes: of three runs beside a baseline of ten, Welch's alone believes the
// scatter of the three, and calls noise a difference twice as often as it promises.
func interval(a, b []float64, m int) (difference, low, high float64, ok bool) {
	welch, ok := stats.Welch(a, b, m)
	pooled, also := stats.Pooled(a, b, m)
	return welch.Difference, min(welch.Low, pooled.Low), max(welch.High, pooled.High), ok && also
}

// direction is the verdict on a metric that has really changed.
func direction(name string, rose bool) string {
	switch up, known := result.Direction(name); {
	case !known:
		return ""
	case up == rose:
		return result.Better
	}
	return result.Worse
}

// enough says whether the U test can come below alpha: its least two-sided p is twice the
// chance that all values of one set are above all of the other, 2 / (na+nb choose na).
func enough(na, nb int) bool {
	if na < least || nb < least {
		return false
	}
	p := 2.0
	for i := 1; i <= na; i++ { // 1 / (na+nb choose na), factor by factor
		p *= float64(i) / float64(nb+i)
	}
	return p < alpha
}

// mannWhitney is the two-sided p of the U test: how likely sets so unlike were if all
// values came from one distribution, whatever that is. It is 1 where all are equal.
func mannWhitney(a, b []float64) float64 {
	sample := func(values []float64) *benchmath.Sample { // sorts what it is given
		return benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
	}
	return min(1, benchmath.AssumeNothing.Compare(sample(a), sample(b)).P)
}

// fraction is a difference as a share of a value's size; nil where there is none.
func fraction(difference, of float64) *float64 {
	share := difference / math.Abs(of)
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return nil
	}
	return &share
}

// measured are the values that were; never nil.
func measured(values []float64) []float64 {
	all := []float64{}
	for _, v := range values {
		if usable(v) {
			all = append(all, v)
		}
	}
	return all
}

// usable says that a value can be computed with.
func usable(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
