package stats

import (
	"math/bits"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	trackableNS       = 24 * 3600 * 1_000_000_000 // longer ones are counted as this; Max and Mean stay exact
	significantDigits = 3                         // of the zero value, and at most
	maxCount          = 1 << 62                   // of all durations; what HdrHistogram's format holds
)

// Durations counts lengths of time in ns, from 0 to a day, each to one, two or three
// significant digits, in a fixed space however many there are: 0.3 MB with three
// digits, 42 KB with two, 6 KB with one. The zero value is empty, has three digits and
// is ready. It isn't safe for use by several goroutines at once: give each its own and
// Merge them.
type Durations struct {
	histogram         *hdrhistogram.Histogram // nil until there is something to count
	digits            int                     // 0: significantDigits
	shortest, longest int64
	sum               wide
}

// NewDurations is an empty one of 1, 2 or 3 significant digits; any other number
// becomes the nearest of these. Its space is taken at the first Record.
func NewDurations(digits int) *Durations {
	return &Durations{digits: max(1, min(digits, significantDigits))}
}

// Record counts one duration. A negative one counts as 0.
func (d *Durations) Record(ns int64) { d.RecordN(ns, 1) }

// RecordN counts n equal durations. It counts none where n is below 1, or so large
// that Count would pass 2^62.
func (d *Durations) RecordN(ns, n int64) {
	if n < 1 || n > maxCount-d.Count() {
		return
	}
	ns = max(ns, 0)
	d.widen(ns, ns)
	d.sum.add(uint64(ns), uint64(n))
	// Value and count are within the range of the histogram, all that it can refuse.
	_ = d.counts().RecordValues(min(ns, trackableNS), n)
}

// counts is the histogram, whose space is taken once it is needed.
func (d *Durations) counts() *hdrhistogram.Histogram {
	if d.histogram == nil {
		if d.digits == 0 {
			d.digits = significantDigits
		}
		d.histogram = hdrhistogram.New(1, trackableNS, d.digits)
	}
	return d.histogram
}

// widen extends the range to durations that are about to be counted.
func (d *Durations) widen(shortest, longest int64) {
	if d.Count() == 0 || shortest < d.shortest {
		d.shortest = shortest
	}
	d.longest = max(d.longest, longest)
}

// Merge adds what another one has counted, and leaves that one as it is. Their digits
// may differ: the result has those of d, and is as rough as the rougher of the two.
// Nothing is added where Count would pass 2^62.
func (d *Durations) Merge(other *Durations) {
	if other == nil || other.Count() == 0 || other.Count() > maxCount-d.Count() {
		return
	}
	d.widen(other.shortest, other.longest)
	d.sum.merge(other.sum)
	counts := d.counts()
	if d.digits == other.digits {
		counts.Merge(other.histogram)
		return
	}
	for _, bar := range other.histogram.Distribution() {
		_ = counts.RecordValues(bar.To, bar.Count)
	}
}

// Reset forgets all that was counted and keeps the space for the next.
func (d *Durations) Reset() {
	if d.histogram != nil {
		d.histogram.Reset()
	}
	d.shortest, d.longest, d.sum = 0, 0, wide{}
}

// Count is how many durations were recorded.
func (d *Durations) Count() int64 {
	if d.histogram == nil {
		return 0
	}
	return d.histogram.TotalCount()
}

// Min is the shortest duration in ns, exactly; 0 where Count is 0.
func (d *Durations) Min() int64 { return d.shortest }

// Max is the longest duration in ns, exactly; 0 where Count is 0.
func (d *Durations) Max() int64 { return d.longest }

// Mean is the arithmetic mean in ns, from an exact sum; 0 where Count is 0.
func (d *Durations) Mean() float64 {
	if d.Count() == 0 {
		return 0
	}
	return d.sum.float() / float64(d.Count())
}

// Quantile is the duration in ns that the fraction q (0..1) of all durations does
// not exceed, to the significant digits of d; 0 where Count is 0.
func (d *Durations) Quantile(q float64) int64 {
	if d.Count() == 0 {
		return 0
	}
	return max(d.shortest, min(d.histogram.ValueAtPercentile(q*100), d.longest))
}

// Point is one point of a cumulative distribution: the fraction (0..1) of all
// durations that last at most NS.
type Point struct {
	NS       int64
	Fraction float64
}

// CDF is the cumulative distribution as rising points for a plot: the first is
// the shortest duration, the last is Max at fraction 1, and those between are
// at least 1/points apart in fraction. It is empty where Count is 0.
func (d *Durations) CDF(points int) []Point {
	total := d.Count()
	if total == 0 {
		return nil
	}
	var curve []Point
	var seen, drawn int64
	for _, bar := range d.histogram.Distribution() {
		if bar.Count == 0 {
			continue
		}
		seen += bar.Count
		if drawn > 0 && seen < total && (seen-drawn)*int64(points) < total {
			continue
		}
		drawn = seen
		curve = append(curve, Point{min(bar.To, d.longest), float64(seen) / float64(total)})
	}
	curve[len(curve)-1].NS = d.longest
	return curve
}

// wide is an unsigned sum of 128 bits, so that no number of durations overflows it.
type wide struct{ high, low uint64 }

func (w *wide) add(value, times uint64) {
	high, low := bits.Mul64(value, times)
	w.merge(wide{high, low})
}

func (w *wide) merge(other wide) {
	var carry uint64
	w.low, carry = bits.Add64(w.low, other.low, 0)
	w.high, _ = bits.Add64(w.high, other.high, carry)
}

func (w wide) float() float64 { return float64(w.high)*(1<<64) + float64(w.low) }
