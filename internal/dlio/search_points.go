package dlio

import (
	"cmp"
	"math"
	"slices"

	"github.com/lbench/lbench/internal/stats"
)

// The search works with logarithms of AU over MinAU: noise of a storage's rate is then
// the same at every point, and a margin of 0.02 is one accelerator of 50.
const (
	// presumedNoise is the standard deviation of one probe that the error rates are
	// stated for, until repeats have shown the real one.
	presumedNoise = 0.03
	// farOff is the margin, in standard deviations of the mean, that decides whatever the
	// repeats have shown.
	farOff = 3.3
	// pointError is how often a point may be decided wrongly, at most, over all of its
	// looks together.
	pointError = 0.02
	// beyondFarOff is how often a margin of farOff is one by chance: the share of one side
	// of a normal distribution beyond it.
	beyondFarOff = 0.0005
	// resolution is the smallest margin that is believed, however equal the repeats are:
	// a short probe and a full run differ by about as much.
	resolution = 0.002
	// manyAtTop is how many repeats near 100 % tell what they vary by, where the rate's
	// noise is cut off.
	manyAtTop = 4
	// nearby is how far a point may lie from MinAU to tell of the noise at the edge.
	nearby = 0.3
)

// looks are the numbers of repeats at which a point is looked at, and may be decided.
func looks() []int { return []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96} }

// mostRepeats is how often a point is probed at most.
func mostRepeats() int { return slices.Max(looks()) }

// Decision is what is known of a point.
type Decision string

// The decisions. Open: the interval of AU holds MinAU, or there is none yet.
const (
	Pass Decision = "pass"
	Fail Decision = "fail"
	Open Decision = "open"
)

// Point is all probes at one number of accelerators. Low and High are the sequential
// interval of the mean AU: it may be looked at each time that looks says, and still lies
// off the true mean with the stated chance at most.
type Point struct {
	Accelerators int
	Probes       int     // that its figures are from: those up to the last look
	AU           float64 // mean (geometric), a fraction
	Low, High    float64 // its interval
	Worst        float64 // the lowest AU of a probe
	CeilingAU    float64 // mean of the client's own ceilings; 0: not measured
	Warm         int     // of them, those over files that were read before
	Decided      Decision

	values []float64 // log(AU / MinAU) of all its probes, in their order
	warm   []bool    // of the same
	log    float64   // mean of those up to the last look
}

// pointsOf makes the points of a search in rising order of accelerators. A point is
// decided by the interval
//
//	m +- max(min(t s, farOff max(s, presumedNoise)) / sqrt(n), resolution)
//
// m the mean of log(AU/MinAU) of its n repeats, s the standard deviation pooled over the
// points near the edge, t Student's with the pooled degrees of freedom at 1 - (pointError /
// number of looks - beyondFarOff) on one side: by Bonferroni's inequality all looks at a
// point together, by either bound, decide it wrongly with a chance of pointError at most,
// where the noise is no more than presumedNoise and MinAU no more than 95 %: nearer to 100 %
// AU is cut off, and a point that just fails passes more often (of those just below 99 %
// about one in seven). One probe alone is judged by the second bound only, and
// repeats that differ by more than farOff of that noise by their own. Four and more
// near 100 %, where the noise of a rate is cut off, may be judged by their own spread, which
// that chance leaves out.
func pointsOf(minAU float64, probes []Probe) ([]Point, noise) {
	at := map[int]*Point{}
	for _, p := range probes {
		if p.Rate {
			continue
		}
		point := at[p.Accelerators]
		if point == nil {
			point = &Point{Accelerators: p.Accelerators, Worst: math.Inf(1)}
			at[p.Accelerators] = point
		}
		point.values = append(point.values, math.Log(max(p.AU, 1e-6)/minAU))
		point.Worst = min(point.Worst, p.AU)
		point.warm = append(point.warm, p.Warm)
	}
	points := make([]Point, 0, len(at))
	for _, p := range at {
		p.CeilingAU = ceilingAt(p.Accelerators, probes)
		points = append(points, *p)
	}
	slices.SortFunc(points, func(a, b Point) int { return cmp.Compare(a.Accelerators, b.Accelerators) })
	seen := noiseOf(minAU, points).sure()
	for i := range points {
		points[i].decide(minAU, seen)
	}
	return points, seen
}

func ceilingAt(accelerators int, probes []Probe) float64 {
	var measured []float64
	for _, p := range probes {
		if p.Accelerators == accelerators && p.CeilingAU > 0 {
			measured = append(measured, p.CeilingAU)
		}
	}
	mean, _ := stats.Mean(measured)
	return mean
}

// decide looks at a point as often as it has been probed.
func (p *Point) decide(minAU float64, seen noise) {
	n := 0
	for _, at := range looks() {
		if at <= len(p.values) {
			n = at
		}
	}
	p.Probes, p.Warm = n, 0
	for _, warm := range p.warm[:n] {
		if warm {
			p.Warm++
		}
	}
	p.log, _ = stats.Mean(p.values[:n])
	half := seen.half(p.values[:n])
	if n >= manyAtTop && saturated(minAU, p.log) {
		half = min(half, noise{}.half(p.values[:n]))
	}
	p.AU, p.Low, p.High = minAU*math.Exp(p.log), minAU*math.Exp(p.log-half), min(1, minAU*math.Exp(p.log+half))
	switch {
	case p.log-half >= 0:
		p.Decided = Pass
	case p.log+half < 0:
		p.Decided = Fail
	default:
		p.Decided = Open
	}
}

// noise is the standard deviation of log AU from probe to probe at one point, pooled.
type noise struct{ deviation, degrees, t float64 }

// sure finds the t of one look at one point.
func (s noise) sure() noise {
	if s.degrees > 0 {
		s.t = stats.StudentWithin(1-2*(pointError/float64(len(looks()))-beyondFarOff), s.degrees)
	}
	return s
}

// half is half the interval of the mean of a point's values.
func (s noise) half(values []float64) float64 {
	if float64(len(values)-1) > s.degrees { // few points near the edge were repeated, or none
		s = (noise{}).with(values).sure()
	}
	if own := deviationOf(values); own > farOff*max(presumedNoise, s.deviation) {
		s.deviation = own // these don't vary as those near the edge do
	}
	half := farOff * max(presumedNoise, s.deviation) / math.Sqrt(float64(len(values)))
	if len(values) > 1 {
		half = min(half, s.of(len(values)))
	}
	return max(half, resolution)
}

// deviationOf is the standard deviation that values are drawn from; 0 for one value.
func deviationOf(values []float64) float64 {
	if len(values) < 2 {
		return 0
	}
	deviation, _ := stats.PopulationStdev(values)
	return deviation * math.Sqrt(float64(len(values))/float64(len(values)-1))
}

// of is half the interval of the mean of n values.
func (s noise) of(n int) float64 {
	return s.t * s.deviation / math.Sqrt(float64(n))
}

// with pools in the spread of one more point.
func (s noise) with(values []float64) noise {
	if len(values) < 2 {
		return s
	}
	deviation, _ := stats.PopulationStdev(values)
	squares := s.deviation*s.deviation*s.degrees + deviation*deviation*float64(len(values))
	degrees := s.degrees + float64(len(values)-1)
	return noise{deviation: math.Sqrt(squares / degrees), degrees: degrees}
}

// noiseOf pools the points near the edge. Where AU comes up to 100 % noise is cut off, so
// those points would make it seem less.
func noiseOf(minAU float64, points []Point) (seen noise) {
	for _, p := range points {
		if mean, _ := stats.Mean(p.values); math.Abs(mean) <= nearby && !saturated(minAU, mean) {
			seen = seen.with(p.values)
		}
	}
	return seen
}

// saturated says whether a mean of log(AU/MinAU) is so high that AU may no longer follow
// the storage's rate: beyond the middle between MinAU and 100 %.
func saturated(minAU, log float64) bool { return minAU*math.Exp(log) > (1+minAU)/2 }
