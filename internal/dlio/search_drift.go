package dlio

import (
	"math"

	"github.com/lbench/lbench/internal/stats"
)

// driftError is how often a search on storage that doesn't change may be told that it did.
const driftError = 0.01

// drift is how much the storage's rate changed during the search, relative, with half its
// interval. The repeats of the points that storage limits are fitted by least squares with
// a level for each point and one change for all: along a line from the first probe to the
// last, or at once after any of them. The change with the largest t counts, judged at
// driftError shared out over all that were tried. Where there are few repeats presumedNoise
// stands for theirs. ok is false where there is none.
func (v view) drift() (change, half float64, ok bool) {
	var repeated []repeats
	for _, p := range v.points {
		if !saturated(v.o.MinAU, p.log) && p.log > -2*nearby && len(p.values) > 1 {
			repeated = append(repeated, repeats{p.values, v.times(p.Accelerators)})
		}
	}
	last := float64(len(v.probes) - 1)
	tried, best := 0.0, 0.0
	var fit changeFit
	try := func(shape func(at float64) float64) {
		f, ok := fitChange(repeated, shape)
		if !ok {
			return
		}
		tried++
		if t := math.Abs(f.change) / max(f.error, 1e-9); t > best {
			best, fit = t, f
		}
	}
	try(func(at float64) float64 { return at / last })
	for after := range len(v.probes) - 1 {
		try(func(at float64) float64 {
			if at > float64(after) {
				return 1
			}
			return 0
		})
	}
	if tried == 0 {
		return 0, 0, false
	}
	half = farOff * presumedNoise * fit.unit
	if fit.degrees >= 5 {
		half = stats.StudentWithin(1-driftError/tried, fit.degrees) * fit.error
	}
	return math.Expm1(fit.change), max(half, 5*resolution), true
}

// repeats is the values of one point and the numbers of their probes.
type repeats struct{ values, times []float64 }

// changeFit is a change of log AU, its standard error, and what that would be at a noise of 1.
type changeFit struct{ change, error, unit, degrees float64 }

// fitChange fits y = level of the point + change * shape(time).
func fitChange(all []repeats, shape func(at float64) float64) (changeFit, bool) {
	var xx, xy, yy, degrees float64
	for _, r := range all {
		x := make([]float64, len(r.times))
		for i, at := range r.times {
			x[i] = shape(at)
		}
		meanX, _ := stats.Mean(x)
		meanY, _ := stats.Mean(r.values)
		for i, y := range r.values {
			xx += (x[i] - meanX) * (x[i] - meanX)
			xy += (x[i] - meanX) * (y - meanY)
			yy += (y - meanY) * (y - meanY)
		}
		degrees += float64(len(x) - 1)
	}
	if xx < 1e-9 {
		return changeFit{}, false
	}
	f := changeFit{change: xy / xx, unit: 1 / math.Sqrt(xx), degrees: degrees - 1}
	if f.degrees > 0 {
		f.error = math.Sqrt(max(0, yy-f.change*xy)/f.degrees) * f.unit
	}
	return f, true
}

// times are the numbers of the probes at one point.
func (v view) times(accelerators int) (at []float64) {
	for i, p := range v.probes {
		if p.Accelerators == accelerators && !p.Rate {
			at = append(at, float64(i))
		}
	}
	return at
}
