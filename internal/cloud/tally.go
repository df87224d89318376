package cloud

import (
	"slices"
	"time"
)

// Tally adds points up by bucket and minute.
type Tally struct {
	from, to time.Time
	first    time.Time // start of the first minute that the window touches
	minutes  int       // that it touches
	buckets  map[string]*bucketTally
	all      []minuteTotal        // of all buckets
	methods  map[string][]float64 // requests of all buckets by minute; whole, not cut at the window
	codes    map[string]float64   // requests, by the share that lies in the window
	unbilled map[string]float64   // of them those that were refused or failed, by method
	newest   time.Time            // start of the newest period with traffic
	partial  bool                 // something of what was asked for didn't come: any minute may lack some of it
	saved    *Saved               // the saved answer that all of it is of; nil: the source was asked now
}

// bucketTally is what one bucket did.
type bucketTally struct {
	sent               []float64     // by minute; whole, not cut at the window
	has                []bool        // any point at all in a minute
	first, last        int           // of these minutes; the first is after the last where there is none
	received, requests float64       // the share that lies in the window
	minutes            []bucketOther // whole; nil where there are more than mostLines buckets
}

// bucketOther is what else a bucket did in a minute.
type bucketOther struct{ received, requests float64 }

// mostLines is up to how many buckets are told minute by minute.
const mostLines = 64

// minuteTotal is what all buckets did in one minute; whole, not cut at the window.
type minuteTotal struct{ sent, received, requests float64 }

const minute = time.Minute

// NewTally counts within a window.
func NewTally(from, to time.Time) *Tally {
	first := from.Truncate(minute)
	minutes := int(to.Add(minute-1).Truncate(minute).Sub(first) / minute)
	return &Tally{
		from: from, to: to, first: first, minutes: minutes, all: make([]minuteTotal, minutes),
		buckets: map[string]*bucketTally{}, methods: map[string][]float64{}, codes: map[string]float64{}, unbilled: map[string]float64{},
	}
}

// Add counts one point that touches the window. A period of several minutes is spread over
// them evenly.
func (t *Tally) Add(p Point) {
	period := p.End.Sub(p.Start)
	if period <= 0 || !p.End.After(t.first) || !p.Start.Before(t.start(t.minutes)) {
		return
	}
	b := t.bucket(p.Bucket)
	if p.Value > 0 && p.Start.After(t.newest) {
		t.newest = p.Start
	}
	from, to := p.Start.Truncate(minute), p.End
	if from.Before(t.first) {
		from = t.first
	}
	if last := t.start(t.minutes); to.After(last) {
		to = last
	}
	for at := from; at.Before(to); at = at.Add(minute) {
		i := int(at.Sub(t.first) / minute)
		within := overlap(p.Start, p.End, at, at.Add(minute))
		value := p.Value * (float64(within) / float64(period)) // a whole minute has the value itself, to the byte
		b.has[i], b.first, b.last = true, min(b.first, i), max(b.last, i)
		switch p.Name {
		case SentBytes:
			b.sent[i] += value
			t.all[i].sent += value
		case ReceivedBytes:
			b.received += value * t.share(i)
			t.all[i].received += value
			if b.minutes != nil {
				b.minutes[i].received += value
			}
		case Requests:
			share := value * t.share(i)
			b.requests += share
			t.all[i].requests += value
			if b.minutes != nil {
				b.minutes[i].requests += value
			}
			if p.Method != "" {
				t.method(p.Method)[i] += value
			}
			if p.Code != "" {
				t.codes[p.Code] += share
				if failed, _ := refusal(p.Code); failed {
					t.unbilled[p.Method] += share
				}
			}
		}
	}
}

func (t *Tally) bucket(name string) *bucketTally {
	b := t.buckets[name]
	if b == nil {
		b = &bucketTally{sent: make([]float64, t.minutes), has: make([]bool, t.minutes), first: t.minutes, last: -1}
		t.buckets[name] = b
		switch {
		case len(t.buckets) <= mostLines:
			b.minutes = make([]bucketOther, t.minutes)
		case len(t.buckets) == mostLines+1: // too many lines: a thousand of them would cost more than all the rest
			for _, other := range t.buckets {
				other.minutes = nil
			}
		}
	}
	return b
}

// method is the requests of one, minute by minute.
func (t *Tally) method(name string) []float64 {
	if t.methods[name] == nil {
		t.methods[name] = make([]float64, t.minutes)
	}
	return t.methods[name]
}

// share is how much of a minute lies within the window.
func (t *Tally) share(i int) float64 {
	at := t.start(i)
	return float64(overlap(t.from, t.to, at, at.Add(minute))) / float64(minute)
}

func (t *Tally) start(i int) time.Time { return t.first.Add(time.Duration(i) * minute) }

// names are the buckets in their order.
func (t *Tally) names() []string {
	var all []string
	for name := range t.buckets {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// overlap is how long two spans of time have in common.
func overlap(a, b, c, d time.Time) time.Duration {
	if c.After(a) {
		a = c
	}
	if d.Before(b) {
		b = d
	}
	return max(0, b.Sub(a))
}
