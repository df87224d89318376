package fio

import (
	"time"

	"github.com/lbench/lbench/internal/stats"
)

// intervalLength is the least length of an interval but the last one. Two documents are
// half a second apart, and each is somewhat early or late.
const intervalLength = 900 * time.Millisecond

// sample tells how far the last document is. Before the first op there is nothing to tell.
func (r *externalRun) sample() {
	s := Sample{}
	for _, j := range r.last.Jobs {
		s.At = max(s.At, j.duration())
		s.Bytes += j.bytes()
		s.Ops += j.done().Ops
	}
	if n := len(r.samples); s.At == 0 && s.Ops == 0 || n > 0 && r.samples[n-1] == s {
		return
	}
	r.samples = append(r.samples, s)
	if r.o.Live != nil {
		r.o.Live.Bytes.Store(s.Bytes)
		r.o.Live.Ops.Store(s.Ops)
	}
	if r.o.Sample != nil {
		r.o.Sample(s)
	}
	r.intervals(false)
}

// date reckons back from a document that came now to the first operation: fio counts a
// run's time from there on. Each document comes some time after it was true, so that the
// earliest answer is the nearest.
func (r *externalRun) date(now time.Time) {
	ran := time.Duration(0)
	for _, j := range r.last.Jobs {
		ran = max(ran, j.duration())
	}
	if ran == 0 {
		return
	}
	began := now.Add(-ran)
	if began.Before(r.started) { // fio's time is of whole ms
		began = r.started
	}
	if r.began.IsZero() || began.Before(r.began) {
		r.began = began
	}
}

// intervals gives the latencies since the last time, if that is long ago, or at the end.
func (r *externalRun) intervals(atEnd bool) {
	if r.o.Interval == nil || len(r.samples) == 0 {
		return
	}
	now := r.samples[len(r.samples)-1].At
	if !atEnd && now-r.since < intervalLength {
		return
	}
	if r.counted == nil {
		r.counted = make([]fioBins, len(r.last.Jobs))
	}
	for i, j := range r.last.Jobs {
		total := j.done().total()
		if d := total.after(r.counted[i]); d.Count() > 0 {
			r.o.Interval(Interval{Job: i, Start: r.since, End: now, Latencies: d})
		}
		r.counted[i] = total.Bins
	}
	r.since = now
}

// after counts what was not yet in an earlier state of the same bins, in the middle of
// each, but the greatest of all as it is.
func (l fioLatency) after(before fioBins) *stats.Durations {
	d := &stats.Durations{}
	for _, b := range l.Bins {
		for len(before) > 0 && before[0].ns < b.ns {
			before = before[1:]
		}
		n := b.count
		if len(before) > 0 && before[0].ns == b.ns {
			n -= before[0].count
		}
		d.RecordN(min(max(b.ns, l.Min), l.Max), n)
	}
	return d
}
