package stats

import (
	"fmt"
	"math"
	"slices"
)

// The numbers of the rule of steadiness. They are a bargain between finding a steady
// run and being fooled by a drift: half a run of 300 windows with 5 % of noise is about
// the least that tells a drift of 10 % from none.
const (
	steadyDrift      = 0.08 // of the mean, over the length of the whole run
	steadyConfidence = 0.95 // of the interval that has to stay within it
	steadyShare      = 0.5  // of the run that has to be steady
	steadyWindows    = 10   // that have to be steady
	steadyErrors     = 3.0  // standard errors by which a stretch may differ from the rest
	steadySpread     = 1.15 // times by which the noise may surely have changed
	steadyStep       = 0.05 // of the run between tries, so that luck has few
)

// SteadyRule is the rule of Steady in words, for a report.
func SteadyRule() string {
	return fmt.Sprintf("The steady part begins at the first window from which on, for at least %g %% of the run and %d windows, "+
		"the level doesn't change (no stretch at its beginning differs from the rest by more than %g standard errors), "+
		"the rate doesn't drift (the %g %% interval of its slope, times the length of the run, stays within %g %% of the mean) "+
		"and doesn't spread (the noise of its last third is surely not more than %g times that of its first, or the reverse).",
		100*steadyShare, steadyWindows, steadyErrors, 100*steadyConfidence, 100*steadyDrift, steadySpread)
}

// SteadyState is the part of a run in which the rate no longer changed.
type SteadyState struct {
	Found bool
	From  int     // its first window; it lasts to the last one
	Mean  float64 // of the rates of its windows
	Low   float64 // their 5 % quantile
	High  float64 // their 95 % quantile
	Drift float64 // by how much its slope would change the rate over the whole run, as a fraction of Mean
	Half  float64 // half the 95 % interval of Drift
	Why   string  // what Found rests on, or why nothing was found
}

// Steady finds from where on the rates of the equal windows of a time-bounded run are
// steady, by SteadyRule; all but Why is 0 where they nowhere are. Give it 100 windows or
// more: of fewer, noisy ones it can't tell. That windows resemble their neighbours is
// allowed for, as trendOf says.
func Steady(rates []float64) SteadyState {
	n := len(rates)
	if n < 2*steadyWindows {
		return SteadyState{Why: fmt.Sprintf("not steady as far as known: %d windows are too few, at least %d are needed", n, 2*steadyWindows)}
	}
	for i, rate := range rates {
		if !(rate >= 0) || math.IsInf(rate, 0) {
			return SteadyState{Why: fmt.Sprintf("not steady as far as known: the rate of window %d is %g", i, rate)}
		}
	}
	least := max(steadyWindows, int(math.Ceil(steadyShare*float64(n))))
	end := trendOf(rates[n-least:])
	if end.mean == 0 {
		return SteadyState{Why: fmt.Sprintf("not steady: nothing moved in the last %d windows", least)}
	}
	noise := max(end.noise*end.likeness, 1e-9*end.mean)
	why := fmt.Sprintf("the level still changes in the last %g %% of the run", 100*steadyShare)
	judged := false
	for from := 0; from <= n-least; {
		if levelChanges(rates[from:], noise) {
			from++
			continue
		}
		state, fault := judgeTail(rates, from)
		if fault == "" {
			return state
		}
		if !judged { // the longest tail says it most clearly
			why, judged = fault, true
		}
		from += max(1, int(steadyStep*float64(n)))
	}
	return SteadyState{Why: "not steady: " + why}
}

// levelChanges says whether some stretch at the head of a tail has another mean than
// all that follows it. Stretches of every scale are tried: 1, 2, 4, ... windows.
func levelChanges(tail []float64, noise float64) bool {
	var all, head float64
	for _, rate := range tail {
		all += rate
	}
	next := 1
	for i, rate := range tail[:len(tail)/2] {
		head += rate
		if i+1 < next {
			continue
		}
		next *= 2
		before, after := float64(i+1), float64(len(tail)-i-1)
		if math.Abs(head/before-(all-head)/after) > steadyErrors*noise*math.Sqrt(1/before+1/after) {
			return true
		}
	}
	return false
}

// judgeTail looks for drift and spread in what follows a window; fault is empty where
// there is neither.
func judgeTail(rates []float64, from int) (state SteadyState, fault string) {
	tail := rates[from:]
	t := trendOf(tail)
	run := float64(len(rates)) / t.mean
	drift := t.slope * run
	half := studentWithin(steadyConfidence, float64(len(tail)-2)) * t.slopeError * run
	tried := fmt.Sprintf("a drift of %+.1f %% +- %.1f %% over the length of the run (allowed: %g %%)", 100*drift, 100*half, 100*steadyDrift)
	if math.Abs(drift)+half > steadyDrift {
		if math.Abs(drift)-half < steadyDrift {
			tried += ", which a longer run or a less noisy one would tell better"
		}
		return SteadyState{}, fmt.Sprintf("from window %d on, %s", from, tried)
	}
	if factor, sure := t.spread(); sure > steadySpread {
		return SteadyState{}, fmt.Sprintf("from window %d on, the noise changes by a factor of %.1f", from, factor)
	}
	sorted := slices.Sorted(slices.Values(tail))
	return SteadyState{
		Found: true, From: from, Mean: t.mean, Drift: drift, Half: half,
		Low: sortedQuantile(sorted, 0.05), High: sortedQuantile(sorted, 0.95),
		Why: fmt.Sprintf("steady from window %d of %d on: the same level, %s, no change of its noise", from, len(rates), tried),
	}, ""
}

// sortedQuantile is the value below which the fraction q of all is, with straight
// lines between values (type 7 of Hyndman and Fan, 1996).
func sortedQuantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}
