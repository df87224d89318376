// Package stats holds the few statistics that lbench publishes, as pure functions.
//
//  1. Mean, PopulationStdev, Min and Max summarize one number per epoch or run.
//  2. Interval95 says how far such a mean may be off.
//  3. Durations counts many waits or latencies in a fixed space, and gives
//     their quantiles and distribution.
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
	return t975(len(values)-1) * s / math.Sqrt(float64(len(values))), ok
}

// t975 is the 97.5 % quantile of Student's t distribution. Up to 30 degrees of
// freedom it is the printed table; above, the expansion around the normal
// quantile (Abramowitz and Stegun 26.7.5), right to 6 digits there.
func t975(degrees int) float64 {
	table := [...]float64{
		12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.30600, 2.26216, 2.22814,
		2.20099, 2.17881, 2.16037, 2.14479, 2.13145, 2.11991, 2.10982, 2.10092, 2.09302, 2.08596,
		2.07961, 2.07387, 2.06866, 2.06390, 2.05954, 2.05553, 2.05183, 2.04841, 2.04523, 2.04227,
	}
	if degrees <= len(table) {
		return table[degrees-1]
	}
	const z = 1.959963984540054
	n := float64(degrees)
	g1 := (math.Pow(z, 3) + z) / 4
	g2 := (5*math.Pow(z, 5) + 16*math.Pow(z, 3) + 3*z) / 96
	g3 := (3*math.Pow(z, 7) + 19*math.Pow(z, 5) + 17*math.Pow(z, 3) - 15*z) / 384
	return z + g1/n + g2/(n*n) + g3/(n*n*n)
}
