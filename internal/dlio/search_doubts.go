package dlio

import (
	"fmt"
	"math"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// The warnings of a search.
const (
	warnDrift      = "search_drift"
	warnNotFalling = "search_not_falling"
	warnWarm       = "search_warm"
	warnOpen       = "search_open"
	warnBytes      = "search_bytes"
	warnTime       = "search_time"
	warnNonePasses = "search_none_passes"
	warnFullRun    = "search_full_run_fails"
	warnFewFiles   = "search_few_files"
)

// FullRunDoubts warns where the full run at the answer does not reach minAU, though the
// probes of that point said it would.
func FullRunDoubts(minAU float64, probed Point, au float64) []result.Warning {
	if au >= minAU {
		return nil
	}
	fewer := "no number of accelerators is left to plan with"
	if n := probed.Accelerators; n > 1 {
		fewer = fmt.Sprintf("plan with fewer: lbench mlperf --accelerators %d shows whether that is enough", n-1)
	}
	return []result.Warning{{Code: warnFullRun, Text: fmt.Sprintf("the full run at %s has an AU of %s, below %.4g %%, where its probes had %s (%s to %s): %s",
		plural(probed.Accelerators, "accelerator", "accelerators"), below(au, minAU), 100*minAU, units.Percent(probed.AU, 1), units.Percent(probed.Low, 1), units.Percent(probed.High, 1), fewer)}}
}

// below prints a fraction with so many digits that it doesn't look like the threshold that
// it misses.
func below(au, minAU float64) string {
	digits := 1
	for ; digits < 6 && units.Percent(au, digits) == units.Percent(minAU, digits); digits++ {
	}
	return units.Percent(au, digits)
}

// doubts are the warnings that a search's own probes call for.
func (v view) doubts(a Answer) []result.Warning {
	var all []result.Warning
	add := func(code, format string, args ...any) {
		all = append(all, result.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if change, half, ok := v.drift(); ok && math.Abs(change) > half {
		add(warnDrift, "repeats of the same points say that the storage's rate changed by %+.1f %% +- %.1f during the search: the answer mixes what it was before and after", 100*change, 100*half)
	}
	if text := v.notFalling(); text != "" {
		add(warnNotFalling, "%s", text)
	}
	warm := 0
	for _, p := range v.probes {
		if p.Warm {
			warm++
		}
	}
	if warm > 0 && !v.o.Virtual {
		add(warnWarm, "%d of %d probes read files that an earlier one had read, since the dataset was used up: a cache may have served them", warm, len(v.probes))
	}
	if n := len(a.Open); n > 0 && a.Stop == StopDone {
		between := fmt.Sprintf("between %d, which passes, and %d, which fails", v.low, v.high)
		switch {
		case a.Max == 0:
			between = fmt.Sprintf("below %d, which fails", v.high)
		case a.MinFailing == 0:
			between = fmt.Sprintf("above %d, which passes", v.low)
		}
		add(warnOpen, "%s %s: too near the threshold to tell at a noise of %s from probe to probe",
			plural(n, "number of accelerators lies", "numbers of accelerators lie"), between, units.Percent(a.Noise, 1))
	}
	switch {
	case a.Stop == StopBytes:
		add(warnBytes, "the search has read %s, all that it may: the bracket is what was found by then", units.Bytes(float64(a.ReadBytes)))
	case a.Stop == StopTime:
		add(warnTime, "the time for the search is over: the bracket is what was found by then")
	}
	if v.o.FewFiles && a.MinFailing == 0 && a.Max == v.o.Most {
		add(warnFewFiles, "the dataset holds no probe of more than %s, so the answer is %d or more: make more files", plural(v.o.Most, "accelerator", "accelerators"), v.o.Most)
	}
	if p, ok := a.At(a.MinFailing); ok && a.MinFailing == v.o.Least {
		add(warnNonePasses, "AU is %s with %s already: no number of accelerators passes", units.Percent(p.AU, 1), plural(p.Accelerators, "accelerator", "accelerators"))
	}
	return all
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// notFalling tells of two points between which AU did not fall although it should have:
// the higher one passes and the lower one fails, or both are limited, an eighth or more
// apart, and AU fell by less than half of what sharing one storage would cost.
func (v view) notFalling() string {
	for i, p := range v.points {
		for _, q := range v.points[i+1:] {
			fall, due := p.log-q.log, math.Log(float64(q.Accelerators)/float64(p.Accelerators))
			limited := !saturated(v.o.MinAU, p.log) && !saturated(v.o.MinAU, q.log)
			half := max(presumedNoise, v.noise.deviation) * math.Sqrt(1/float64(p.Probes)+1/float64(q.Probes)) * farOff
			turned := p.Decided == Fail && q.Decided == Pass
			if turned || limited && due > math.Log(1.125) && due/2-fall > half {
				return fmt.Sprintf("AU does not fall with accelerators as sharing one storage makes it: %s with %d, %s with %d",
					units.Percent(p.AU, 1), p.Accelerators, units.Percent(q.AU, 1), q.Accelerators)
			}
		}
	}
	return ""
}
