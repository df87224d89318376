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

// limit says what stopped the next accelerator: at the lowest point that fails, this
// client where its own ceiling lies below MinAU or within a point of the AU that was
// reached, else storage.
func (v view) limit(a Answer) (name, evidence string) {
	if a.MinFailing == 0 {
		if a.Max == v.o.Most {
			return "none", fmt.Sprintf("%d accelerators pass, the most that were allowed: the storage was never the limit", a.Max)
		}
		return "", ""
	}
	p, _ := a.At(a.MinFailing)
	switch {
	case p.CeilingAU == 0:
		return "", ""
	case p.CeilingAU < v.o.MinAU:
		return "client-cpu", fmt.Sprintf("this client ends at %d: with %d accelerators it would reach %s AU on infinitely fast storage; the storage was never the limit",
			a.Max, p.Accelerators, units.Percent(p.CeilingAU, 1))
	case p.CeilingAU < p.AU+ceilingPoints:
		return "client-cpu", fmt.Sprintf("this client ends at %d: with %d accelerators AU is %s, and would be %s on infinitely fast storage",
			a.Max, p.Accelerators, units.Percent(p.AU, 1), units.Percent(p.CeilingAU, 1))
	}
	return "storage", fmt.Sprintf("with %d accelerators AU is %s, and would be %s on infinitely fast storage",
		p.Accelerators, units.Percent(p.AU, 1), units.Percent(p.CeilingAU, 1))
}
