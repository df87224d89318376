package report

import (
	"math"
	"slices"
)

// period is a part of a run that bytes are accounted for: an epoch, or all of it.
type period struct {
	name     string
	from, to int64 // ns since the run began
}

// amount is what was counted in a period. The readings of a counter cut time into
// intervals: low has those that lie in the period, high those that touch it, and at each
// by the share of its time that overlaps. high is infinite where more may have been
// counted than is known: readings are missing, or the counter began again.
type amount struct{ at, low, high float64 }

func exactly(v float64) amount { return amount{v, v, v} }

func (a amount) open() bool { return math.IsInf(a.high, 1) }

func (a amount) plus(b amount) amount { return amount{a.at + b.at, a.low + b.low, a.high + b.high} }

// minus is what of a isn't b, and never less than nothing.
func (a amount) minus(b amount) amount {
	d := amount{max(a.at-b.at, 0), 0, max(a.high-b.low, 0)}
	if !b.open() {
		d.low = max(a.low-b.high, 0)
	}
	return d
}

// over is a as a part of a whole, which is known.
func (a amount) over(whole float64) amount {
	return amount{a.at / whole, a.low / whole, a.high / whole}
}

// times is a in another unit.
func (a amount) times(v float64) amount { return amount{a.at * v, a.low * v, a.high * v} }

// spread is how far a may be from at, as a part of it.
func (a amount) spread() float64 {
	if a.at == 0 {
		return 0
	}
	return max(a.at-a.low, a.high-a.at) / a.at
}

// counterName is what is summed up over devices: the bytes that a host's NICs sent.
type counterName struct{ host, source, name string }

// tally sums up counters by period. It keeps one amount for each name and period and the
// last reading of each device, so that its space doesn't grow with the readings.
type tally struct {
	periods  []period
	sums     map[counterName]*subtotal
	standing map[counterDevice]*counter
}

type counterDevice struct {
	counterName
	device string
}

// subtotal is what the devices of one name came to in each period.
type subtotal struct {
	amounts []amount
	devices []string
}

// counter is one device's: where it stands, and how long its readings are usually apart.
type counter struct {
	series
	sum    *subtotal
	within int64 // its times are right within so many ns
}

func newTally(periods []period) *tally {
	return &tally{periods: periods, sums: map[counterName]*subtotal{}, standing: map[counterDevice]*counter{}}
}

// restart begins the only period later, and forgets what was counted so far but not where
// the counters stand.
func (t *tally) restart(from, to int64) {
	t.periods[0].from, t.periods[0].to = from, to
	for _, sum := range t.sums {
		sum.amounts = make([]amount, len(t.periods))
	}
}

// add takes in a reading at a time in ns since the run began, which is right within so
// many ns: that of another machine is as sure as the comparison of the clocks.
//
// What a counter rose by counts once, whatever the time between. After a gap the periods
// that it touches are open all the same, since the counter may have begun again in it; what
// is counted then is still the least. One that went back began again for certain, and what
// it counted meanwhile isn't known. A reading that is older than the one before is left out.
func (t *tally) add(of counterName, device string, at int64, value float64, within int64) {
	c := t.counter(of, device, within)
	if c == nil {
		return
	}
	length := at - c.at
	switch {
	case !c.known:
		t.open(c, -latest, at)
	case length <= 0:
		if length < 0 {
			t.open(c, at, c.at)
		}
		return
	default:
		missing := c.missing(length)
		c.usual[c.taken%len(c.usual)], c.taken = length, c.taken+1
		if missing || value < c.value {
			t.open(c, c.at, at)
		}
		if value > c.value {
			t.spread(c, c.at, at, value-c.value)
		}
	}
	c.known, c.at, c.value = true, at, value
}

// counter finds the counter of a device, or begins one. Past the series that are kept there
// is none, and the sum is open.
func (t *tally) counter(of counterName, device string, within int64) *counter {
	key := counterDevice{of, device}
	if c := t.standing[key]; c != nil {
		return c
	}
	sum := t.sums[of]
	if sum == nil {
		sum = &subtotal{amounts: make([]amount, len(t.periods))}
		t.sums[of] = sum
	}
	c := &counter{sum: sum, within: within}
	if len(t.standing) >= seriesKept {
		t.open(c, -latest, latest)
		return nil
	}
	sum.devices = append(sum.devices, device)
	t.standing[key] = c
	return c
}

// spread adds what was counted between two times to the periods.
func (t *tally) spread(c *counter, from, to int64, value float64) {
	for i, s := range t.periods {
		a := &c.sum.amounts[i]
		if overlap := min(to, s.to) - max(from, s.from); overlap > 0 {
			a.at += value * (float64(overlap) / float64(to-from))
		}
		if from-c.within >= s.from && to+c.within <= s.to {
			a.low += value
		}
		if from-c.within < s.to && to+c.within > s.from {
			a.high += value
		}
	}
}

// open notes that it isn't known what was counted between two times.
func (t *tally) open(c *counter, from, to int64) {
	for i, s := range t.periods {
		if from-c.within < s.to && to+c.within > s.from {
			c.sum.amounts[i].high = math.Inf(1)
		}
	}
}

// finish notes that nothing is known after the last readings.
func (t *tally) finish() {
	for _, c := range t.standing {
		t.open(c, c.at, latest)
	}
}

// of is what was counted under a name; nil where nothing was.
func (t *tally) of(host, source, name string) *subtotal {
	return t.sums[counterName{host, source, name}]
}

// sumOf adds up what several hosts or names came to; nil where there are none.
func sumOf(parts []*subtotal) []amount {
	var sum []amount
	for _, p := range parts {
		if sum == nil {
			sum = make([]amount, len(p.amounts))
		}
		for i, a := range p.amounts {
			sum[i] = sum[i].plus(a)
		}
	}
	return sum
}

// last is the whole run's of amounts by period.
func last[T any](all []T) T { return all[len(all)-1] }

// byPeriod makes one list of amounts of two.
func byPeriod(a, b []amount, of func(a, b amount) amount) []amount {
	all := slices.Clone(a)
	for i := range all {
		all[i] = of(a[i], b[i])
	}
	return all
}
