package stats

import (
	"math"
	"slices"
)

const (
	loneLevel = 12 // values from which on a level hardly moves by one of them
	loneReach = 60 // values on each side that a change is looked for again in
)

// SureChangePoints is ChangePoints without those that one value, or two in a row, make
// between them: a wild value is moved nearer there and not left out, so that beside a few
// others which happen to lie on its side it can still look like a level. Where a level has
// fewer than 12 values and wild ones among them, its changes must be found without those too.
func SureChangePoints(values []float64) []ChangePoint {
	points := ChangePoints(values)
	if len(points) == 0 {
		return points
	}
	wild := wildValues(values)
	var cuts []int
	for _, p := range points {
		cuts = append(cuts, p.At)
	}
	for i := len(points) - 1; i >= 0; i-- {
		from, to := edge(cuts, i-1, len(values)), edge(cuts, i+1, len(values))
		if !surelyAt(values, wild, from, cuts[i], to) {
			points, cuts = slices.Delete(points, i, i+1), slices.Delete(cuts, i, i+1)
		}
	}
	for i := range points { // a level that a dropped change divided is one again
		from, to := edge(cuts, i-1, len(values)), edge(cuts, i+1, len(values))
		points[i].Before, _ = Mean(values[from:cuts[i]])
		points[i].After, _ = Mean(values[cuts[i]:to])
	}
	return points
}

// surelyAt says whether the change between the levels from..at-1 and at..to-1 is there
// without wild values.
func surelyAt(values []float64, wild []bool, from, at, to int) bool {
	short := func(from, to int) bool { return to-from < loneLevel && slices.Contains(wild[from:to], true) }
	if !short(from, at) && !short(at, to) {
		return true
	}
	var calm []float64
	cut := 0
	for i := max(from, at-loneReach); i < min(to, at+loneReach); i++ {
		if i == at {
			cut = len(calm)
		}
		if !wild[i] {
			calm = append(calm, values[i])
		}
	}
	return slices.ContainsFunc(ChangePoints(calm), func(p ChangePoint) bool { return p.At >= cut-2 && p.At <= cut+2 })
}

// wildValues says which values lie further than 3 times the noise from the median of the
// five around them, which of three in a row none does.
func wildValues(values []float64) []bool {
	n := len(values)
	wild := make([]bool, n)
	centre, most := medianOf(values), 0.0
	for _, v := range values {
		most = max(most, math.Abs(v-centre))
	}
	if most == 0 {
		return wild
	}
	scaled := make([]float64, n) // for which usualNoise is made
	for i, v := range values {
		scaled[i] = (v - centre) / most
	}
	may := changeClip * usualNoise(scaled)
	for i, v := range scaled {
		from := min(max(0, i-changeWindow/2), n-changeWindow)
		wild[i] = math.Abs(v-medianOf(scaled[from:from+changeWindow])) > may
	}
	return wild
}
