package report

import (
	"time"

	"github.com/lbench/lbench/internal/result"
)

// bucketAxis is what buckets did in each minute, on an axis of time: that of a run, or of the
// window itself.
type bucketAxis struct {
	t       result.Traffic
	d       *data     // whose epochs are marked; nil: none
	zero    time.Time // where the axis begins
	end     int64     // its length in ns
	minutes []axisMinute
}

// axisMinute is a minute of UTC that the axis touches.
type axisMinute struct {
	span                 // in ns since the axis begins, cut to it
	start  time.Time     // of all of it
	of     result.Minute // whole, however much of it is on the axis; nothing where there was no traffic
	known  bool          // it is in the window, and of all buckets
	inside bool          // it is in the window
}

// share is how much of the minute is on the axis.
func (m axisMinute) share() float64 { return float64(m.end-m.span.start) / float64(time.Minute) }

// runBuckets are those whose traffic was attached to a run; ok is false without any, and
// where it can't be added up.
func runBuckets(d *data) (bucketAxis, bool) {
	t, why := joinTraffic(d.run.Traffic)
	if len(d.run.Traffic) == 0 || d.meanwhile == nil || why != "" {
		return bucketAxis{}, false
	}
	return newBucketAxis(t, d, d.run.Started.Add(time.Duration(d.meanwhile.zero)), d.timeEnd()), true
}

// windowBuckets are those of traffic by itself.
func windowBuckets(t result.Traffic) bucketAxis {
	return newBucketAxis(t, nil, t.From, int64(t.To.Sub(t.From)))
}

func newBucketAxis(t result.Traffic, d *data, zero time.Time, end int64) bucketAxis {
	a := bucketAxis{t: t, d: d, zero: zero, end: end}
	traffic, missing := map[int64]result.Minute{}, map[int64]bool{}
	for _, m := range t.Minutes {
		traffic[m.Start.Unix()] = m
	}
	for _, at := range t.Missing {
		missing[at.Unix()] = true
	}
	const most = 366 * 24 * 60 // no axis has more
	last := zero.Add(time.Duration(end))
	for at := zero.Truncate(time.Minute); at.Before(last) && len(a.minutes) < most; at = at.Add(time.Minute) {
		begin := int64(at.Sub(zero))
		m := axisMinute{start: at, of: traffic[at.Unix()], inside: at.Before(t.To) && at.Add(time.Minute).After(t.From)}
		m.span = span{max(begin, 0), min(begin+int64(time.Minute), end)}
		m.known = m.inside && !missing[at.Unix()]
		a.minutes = append(a.minutes, m)
	}
	return a
}

// line has a step for each minute: level in it, zero where there was no traffic, broken where
// of gives no value. It gives one per second.
func (a bucketAxis) line(of func(axisMinute) (value float64, ok bool)) [][]point {
	var lines [][]point
	open := false
	for _, m := range a.minutes {
		value, ok := of(m)
		if ok && !open {
			lines = append(lines, nil)
		}
		if open = ok; ok {
			last := &lines[len(lines)-1]
			*last = append(*last, point{m.span.start, value / 60}, point{m.end, value / 60})
		}
	}
	return lines
}

// ofAll is a value of all buckets, where the minute is known.
func ofAll(of func(result.Minute) float64) func(axisMinute) (float64, bool) {
	return func(m axisMinute) (float64, bool) { return of(m.of), m.known }
}

// ofBucket is what one of them sent. In a minute that isn't known of all it may be.
func ofBucket(i int) func(axisMinute) (float64, bool) {
	return func(m axisMinute) (float64, bool) {
		value := m.sentBy(i)
		return value, m.known || value > 0
	}
}

func (m axisMinute) sentBy(i int) float64 {
	if i >= len(m.of.PerBucket) {
		return 0
	}
	return m.of.PerBucket[i]
}

// unknown are the stretches of the axis that aren't known.
func (a bucketAxis) unknown() []span {
	var all []span
	for _, m := range a.minutes {
		switch n := len(all); {
		case m.known:
		case n > 0 && all[n-1].end == m.span.start:
			all[n-1].end = m.end
		default:
			all = append(all, m.span)
		}
	}
	return all
}

// unknownLine says of the grey stretches what they are; empty without any.
func (a bucketAxis) unknownLine() string {
	missing, outside := 0, 0
	for _, m := range a.minutes {
		switch {
		case !m.inside:
			outside++
		case !m.known:
			missing++
		}
	}
	switch {
	case missing+outside == 0:
		return ""
	case outside == 0:
		return "Grey: " + plural(missing, "minute") + " that monitoring doesn't have, of all buckets or of one."
	case missing == 0:
		return "Grey: " + plural(outside, "minute") + " outside the window that was asked for."
	}
	return "Grey: " + plural(missing, "minute") + " that monitoring doesn't have, of all buckets or of one, and " + plural(outside, "minute") + " outside the window that was asked for."
}

// measured says that there are minutes enough for a line.
func (a bucketAxis) measured() bool {
	n := 0
	for _, m := range a.minutes {
		if m.known && m.of.Sent+m.of.Received+m.of.Requests > 0 {
			n++
		}
	}
	return n > 1
}

// when is a minute as a reader may look for it: by UTC, with the date where the axis is of
// more than a day, and where that is on a run's axis.
func (a bucketAxis) when(m axisMinute) string {
	form := "15:04 UTC"
	if a.end > int64(24*time.Hour) {
		form = "2006-01-02 15:04 UTC"
	}
	text := m.start.UTC().Format(form)
	if a.d != nil {
		text += " (" + nanoseconds(m.span.start) + ")"
	}
	return text
}

// highestPoint is the highest value of lines.
func highestPoint(lines ...[][]point) float64 {
	top := 0.0
	for _, line := range lines {
		for _, part := range line {
			for _, p := range part {
				top = max(top, p.value)
			}
		}
	}
	return top
}
