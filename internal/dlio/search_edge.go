package dlio

import (
	"math"
)

// edge is where AU is thought to cross MinAU, in accelerators. While storage of rate R is
// the limit, AU = R / (P d), d the demand of one accelerator, so that each point there
// tells the edge: P AU / MinAU. The law only chooses points; it decides none.
type edge struct {
	known bool
	at    float64
	error float64 // its standard error, relative
	noise noise   // of one probe, or what is taken for it
}

// assumedNoise stands in for what was not yet seen in enough repeats.
const assumedNoise = 0.01

// edgeOf is the mean over all probes of the points that lie near MinAU; where none does,
// of the nearest point, and the less sure the further that is.
func edgeOf(minAU float64, points []Point, seen noise) edge {
	if seen.degrees < 3 {
		seen = noise{deviation: max(assumedNoise, seen.deviation), degrees: 10}.sure()
	}
	for _, within := range []float64{0.1, nearby} {
		var sum, n float64
		for _, p := range points {
			if math.Abs(p.log) > within || saturated(minAU, p.log) {
				continue
			}
			for _, v := range p.values {
				sum, n = sum+math.Log(float64(p.Accelerators))+v, n+1
			}
		}
		if n > 0 {
			return edge{true, math.Exp(sum / n), seen.deviation / math.Sqrt(n), seen}
		}
	}
	e := edge{noise: seen}
	best := math.Inf(1)
	for _, p := range points {
		if off := math.Abs(p.log); off < best && !saturated(minAU, p.log) {
			best = off
			e.known, e.at, e.error = true, float64(p.Accelerators)*math.Exp(p.log), seen.deviation+0.1*off
		}
	}
	return e
}
