// Package stats holds the few statistics that lbench publishes, as pure functions.
//
//  1. Mean, PopulationStdev, Min and Max summarize one number per epoch or run.
//  2. Interval95 says how far such a mean may be off.
//  3. PairedRatio, Welch and Pooled say how one series compares to another, and whether
//     that is real.
//  4. Durations counts many waits or latencies in a fixed space, and gives
//     their quantiles and distribution; DurationsLog keeps them by time.
//  5. Steady finds where a rate has settled, Grid whether completions keep time.
//
// What can't be computed (nothing to compute from) is reported by ok = false and
// is never 0 or NaN.
package stats

import (
	"math"

	"github.com/montanaflynn/stats"
)

// Mean is the arithmetic mean; ok is false without values.
func Mean(values []float64) (mean float64, ok bool) { return some(stats.Mean(values)) }

// PopulationStdev is the standard deviation with the number of values as its
// divisor, as DLIO publishes it over epochs; ok is false without values.
func PopulationStdev(values []float64) (stdev float64, ok bool) {
	return some(stats.StandardDeviationPopulation(values))
}

// Min is the smallest value; ok is false without values.
func Min(values []float64) (least float64, ok bool) { return some(stats.Min(values)) }

// Max is the largest value; ok is false without values.
func Max(values []float64) (most float64, ok bool) { return some(stats.Max(values)) }

func some(v float64, err error) (float64, bool) {
	if err != nil || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}

// Interval95 is half the width of the 95 % confidence interval of the mean,
// t(0.975, n-1) * s / sqrt(n), where s has n-1 as its divisor. It takes the values
// to be independent and near normal. ok is false for fewer than two.
func Interval95(values []float64) (half float64, ok bool) {
	if len(values) < 2 {
		return 0, false
	}
	s, ok := some(stats.StandardDeviationSample(values))
	return studentWithin(0.95, float64(len(values)-1)) * s / math.Sqrt(float64(len(values))), ok
}
