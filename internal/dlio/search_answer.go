package dlio

import (
	"fmt"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// Answer is what a search has found. Max and MinFailing are decided: each wrongly with a
// chance of pointError (2 %) at most, for noise from probe to probe of up to 3 %, and
// more where repeats showed it.
type Answer struct {
	Max        int     // the most accelerators that pass; 0: none does, or none is known to
	MinFailing int     // the fewest that fail; 0: none is known to
	Stop       Stop    // StopNot: the search was interrupted
	Points     []Point // in rising order of accelerators
	Open       []int   // numbers between Max and MinFailing: too near the threshold to tell
	Noise      float64 // standard deviation of one probe's AU, relative; 0: not known

	// Edge is where AU crosses MinAU, in accelerators, by the law that AU falls as 1/P,
	// fitted to all points near it, and EdgeHalf half its 95 % interval. 0: not known. It
	// is no claim that a point was seen to pass or to fail.
	Edge, EdgeHalf float64

	Limit    string // "storage", "client-cpu", "none" (all that were allowed pass), "" (not known)
	Evidence string // for the limit
	Doubts   []result.Warning

	Probes    int // made, the rate probe included
	ReadBytes int64
}

// At is the point of so many accelerators.
func (a Answer) At(accelerators int) (Point, bool) {
	for _, p := range a.Points {
		if p.Accelerators == accelerators {
			return p, true
		}
	}
	return Point{}, false
}

// Metrics are the run's figures by name. least is the fewest accelerators that were allowed.
func (a Answer) Metrics(least int) map[string]float64 {
	m := map[string]float64{"probes": float64(a.Probes), "read_bytes": float64(a.ReadBytes)}
	if a.Max > 0 || a.MinFailing == least {
		m["accelerators_max"] = float64(a.Max)
	}
	if a.MinFailing > 0 {
		m["accelerators_min_failing"] = float64(a.MinFailing)
	}
	if p, ok := a.At(a.Max); ok {
		m["au_mean_fraction"], m["au_min_fraction"] = p.AU, p.Worst
	}
	return m
}

// Record puts the answer into what a run folder keeps of a search.
func (a Answer) Record(s *result.Search) {
	s.Stopped, s.Open, s.Edge, s.EdgeHalf, s.Noise = string(a.Stop), a.Open, a.Edge, a.EdgeHalf, a.Noise
	s.Points = []result.SearchPoint{}
	for _, p := range a.Points {
		s.Points = append(s.Points, result.SearchPoint{Accelerators: p.Accelerators, Probes: p.Probes, Warm: p.Warm, AU: p.AU, Low: p.Low, High: p.High,
			Worst: p.Worst, Ceiling: p.CeilingAU, Decided: string(p.Decided)})
	}
}

// JudgeSearch holds a search that came to its end against its one rule: that the fewest
// accelerators that were allowed pass. Where that is not known there is no rule, and no
// verdict.
func JudgeSearch(a Answer, least int) ([]result.Check, result.Verdict) {
	most, known := a.Metrics(least)["accelerators_max"]
	if !known {
		return []result.Check{}, result.None
	}
	check := result.Check{Rule: fmt.Sprintf("accelerators_max >= %d", least), Want: float64(least), Got: &most, OK: most >= float64(least)}
	if !check.OK {
		return []result.Check{check}, result.Fail
	}
	return []result.Check{check}, result.Pass
}

// Conclude makes the answer of the probes so far. It is pure.
func Conclude(o SearchOptions, probes []Probe) Answer {
	v := newView(o, probes)
	_, stop := Next(o, probes)
	a := Answer{Stop: stop, Points: v.points, Noise: v.noise.deviation, Probes: len(probes)}
	for _, p := range probes {
		a.ReadBytes += p.ReadBytes
	}
	if v.low >= o.Least {
		a.Max = v.low
	}
	if v.high <= o.Most {
		a.MinFailing = v.high
		for p := v.low + 1; p < v.high; p++ {
			a.Open = append(a.Open, p)
		}
	}
	if v.edge.known {
		a.Edge, a.EdgeHalf = v.edge.at, max(2*v.edge.error, resolution)*v.edge.at
	}
	a.Limit, a.Evidence = v.limit(a)
	a.Doubts = v.doubts(a)
	return a
}

// nearCeiling is how far below its ceiling a client may stay that no storage holds back:
// ceilings are measured beside nothing else.
const nearCeiling = 0.05

// limit says from the probes alone what stopped the next accelerator: at the lowest point that fails, this
// client where its own ceiling lies below MinAU or within a point of the AU that was
// reached, else storage.
func (v view) limit(a Answer) (name, evidence string) {
	if a.MinFailing == 0 {
		if a.Max == v.o.Most {
			most := "that were allowed"
			if v.o.FewFiles {
				most = "that the dataset holds probes of"
			}
			return "none", fmt.Sprintf("%s, the most %s: the storage was never the limit", plural(a.Max, "accelerator passes", "accelerators pass"), most)
		}
		return "", ""
	}
	p, _ := a.At(a.MinFailing)
	ends := fmt.Sprintf("this client ends at %d", a.Max)
	if a.Max == 0 {
		ends = fmt.Sprintf("this client ends below %d", a.MinFailing)
	}
	with := plural(p.Accelerators, "accelerator", "accelerators")
	switch {
	case p.CeilingAU == 0:
		return "", ""
	case p.CeilingAU < v.o.MinAU && p.CeilingAU < p.AU+nearCeiling:
		return "client-cpu", fmt.Sprintf("%s: with %s it would reach %s AU on infinitely fast storage; the storage was never the limit",
			ends, with, units.Percent(p.CeilingAU, 1))
	case p.CeilingAU < v.o.MinAU:
		return "client-cpu", fmt.Sprintf("%s: with %s it would reach %s AU on infinitely fast storage; with this storage it is %s, so that both hold it back",
			ends, with, units.Percent(p.CeilingAU, 1), units.Percent(p.AU, 1))
	case p.CeilingAU < p.AU+ceilingPoints:
		return "client-cpu", fmt.Sprintf("%s: with %s AU is %s, and would be %s on infinitely fast storage",
			ends, with, units.Percent(p.AU, 1), units.Percent(p.CeilingAU, 1))
	}
	return "storage", fmt.Sprintf("with %s AU is %s, and would be %s on infinitely fast storage",
		with, units.Percent(p.AU, 1), units.Percent(p.CeilingAU, 1))
}
