package stats

import "github.com/HdrHistogram/hdrhistogram-go"

const (
	trackableNS       = 24 * 3600 * 1_000_000_000 // longer ones are counted as this; Max stays exact
	significantDigits = 3
)

// Durations counts lengths of time in ns, from 0 to a day, each to three
// significant digits, in about 0.3 MB however many there are. The zero value is
// empty and ready. It isn't safe for use by several goroutines at once: give each its
// own and Merge them.
type Durations struct {
	histogram *hdrhistogram.Histogram
	longest   int64
}

// Record counts one duration. A negative one counts as 0.
func (d *Durations) Record(ns int64) {
	ns = max(ns, 0)
	d.longest = max(d.longest, ns)
	// The value is within the range of the histogram, the only thing it can refuse.
	_ = d.counts().RecordValue(min(ns, trackableNS))
}

// Merge adds what another one has counted, and leaves that one as it is.
func (d *Durations) Merge(other *Durations) {
	if other == nil || other.histogram == nil {
		return
	}
	d.longest = max(d.longest, other.longest)
	d.counts().Merge(other.histogram)
}

// Count is how many durations were recorded.
func (d *Durations) Count() int64 {
	if d.histogram == nil {
		return 0
	}
	return d.histogram.TotalCount()
}

// Max is the longest duration in ns, exactly; 0 where Count is 0.
func (d *Durations) Max() int64 { return d.longest }

// Quantile is the duration in ns that the fraction q (0..1) of all durations does
// not exceed, to three significant digits; 0 where Count is 0.
func (d *Durations) Quantile(q float64) int64 {
	if d.histogram == nil {
		return 0
	}
	return min(d.histogram.ValueAtPercentile(q*100), d.longest)
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
	if d.histogram == nil {
		return nil
	}
	var curve []Point
	var seen, drawn int64
	total := d.Count()
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

func (d *Durations) counts() *hdrhistogram.Histogram {
	if d.histogram == nil {
		d.histogram = hdrhistogram.New(1, trackableNS, significantDigits)
	}
	return d.histogram
}
