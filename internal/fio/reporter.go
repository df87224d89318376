package fio

import (
	"time"

	"github.com/lbench/lbench/internal/stats"
)

const (
	sampleEvery   = 100 * time.Millisecond
	intervalEvery = time.Second
	mostIntervals = 64 // each time
)

// reporter tells how far a run has come, and gathers its latencies.
type reporter struct {
	run         *lifecycle
	tallies     []*tally // of each stream
	o           Options
	whole       []*stats.Durations // of each stream, what was taken from its tally; nil without Options.Interval
	spare       *stats.Durations   // to be left in place of what is taken
	group       *stats.Durations   // of neighbours, if there are too many streams
	from        int64              // when the interval began, since the start
	samples     []Sample
	stop, ended chan struct{}
}

func newReporter(run *lifecycle, tallies []*tally, o Options) *reporter {
	p := &reporter{run: run, tallies: tallies, o: o, stop: make(chan struct{}), ended: make(chan struct{})}
	if o.Interval != nil {
		p.spare, p.group = stats.NewDurations(latencyDigits), stats.NewDurations(latencyDigits)
		for range tallies {
			p.whole = append(p.whole, stats.NewDurations(latencyDigits))
		}
	}
	return p
}

func (p *reporter) report() {
	defer close(p.ended)
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		now := p.run.clock.now() - p.run.start
		p.sample(now)
		if now-p.from >= int64(intervalEvery) {
			p.interval(now)
		}
	}
}

// finish reports a last time.
func (p *reporter) finish() {
	close(p.stop)
	<-p.ended
	now := p.run.clock.now() - p.run.start
	p.sample(now)
	p.interval(now)
}

func (p *reporter) sample(now int64) {
	s := Sample{At: time.Duration(now)}
	for _, t := range p.tallies {
		t.mu.Lock()
		s.Bytes += t.bytes
		s.Ops += t.ops
		t.mu.Unlock()
	}
	p.samples = append(p.samples, s)
	if live := p.o.Live; live != nil {
		live.Bytes.Store(s.Bytes)
		live.Ops.Store(s.Ops)
	}
	if p.o.Sample != nil {
		p.o.Sample(s)
	}
}

// interval hands on the latencies of each stream, or of neighbours, since the last time.
func (p *reporter) interval(now int64) {
	if p.whole == nil {
		return
	}
	each := (len(p.tallies) + mostIntervals - 1) / mostIntervals
	for first := 0; first < len(p.tallies); first += each {
		p.group.Reset()
		for i := first; i < min(first+each, len(p.tallies)); i++ {
			taken := p.tallies[i].swap(p.spare)
			if taken == nil {
				continue
			}
			p.group.Merge(taken)
			p.whole[i].Merge(taken)
			taken.Reset()
			p.spare = taken
		}
		if p.group.Count() > 0 {
			p.o.Interval(Interval{Job: first, Start: time.Duration(p.from), End: time.Duration(now), Latencies: p.group})
		}
	}
	p.from = now
}
