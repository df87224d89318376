package stats

import (
	"math"
	"time"
)

// gridLine is the grid start + k * period, in ns.
type gridLine struct{ start, period float64 }

// fitGrid is the grid that fits the moments best, among periods within 5 % of their
// usual distance.
func fitGrid(moments []moment) gridLine {
	at := make([]time.Duration, len(moments))
	for i, m := range moments {
		at[i] = time.Duration(m.at)
	}
	usual := float64(usualGap(at))
	// A quarter of a turn over the whole run from one candidate to the next.
	step := 0.25 / (moments[len(moments)-1].at - moments[0].at)
	var best gridLine
	var strongest float64
	for frequency := 0.95 / usual; frequency <= 1.05/usual; frequency += step {
		var x, y float64
		for _, m := range moments {
			turns := m.at * frequency
			sin, cos := math.Sincos(2 * math.Pi * (turns - math.Floor(turns)))
			x, y = x+m.ops*cos, y+m.ops*sin
		}
		if strength := math.Hypot(x, y); strength > strongest {
			strongest = strength
			best = gridLine{math.Atan2(y, x) / (2 * math.Pi) / frequency, 1 / frequency}
		}
	}
	for range 3 { // numbers of moments settle with the line
		best = best.refined(moments)
	}
	return best
}

// refined is the line through the moments by least squares, each as heavy as its
// operations, numbered by this grid. Those in the middle between two of the grid's
// belong to neither and are left out.
func (g gridLine) refined(moments []moment) gridLine {
	var ops, sumK, sumT float64
	var on []moment
	for _, m := range moments {
		if math.Abs(g.off(m.at)) > 0.25 {
			continue
		}
		on = append(on, m)
		ops += m.ops
		sumK += m.ops * g.number(m.at)
		sumT += m.ops * m.at
	}
	var kk, kt float64
	for _, m := range on {
		k := g.number(m.at) - sumK/ops
		kk += m.ops * k * k
		kt += m.ops * k * (m.at - sumT/ops)
	}
	if kk == 0 || kt <= 0 {
		return g
	}
	return gridLine{sumT/ops - kt/kk*sumK/ops, kt / kk}
}

// number is that of the grid's moment nearest to a time.
func (g gridLine) number(at float64) float64 { return math.Round((at - g.start) / g.period) }

// off is how far a time is from the grid's nearest moment, in periods, -0.5 to 0.5.
func (g gridLine) off(at float64) float64 { return (at-g.start)/g.period - g.number(at) }
