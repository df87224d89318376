package losses

import (
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// mostSeconds is how many seconds are kept apart. A run that takes longer has them in
// twos, fours and so on.
const mostSeconds = 4096

// Seconds is what was lost in each second of the run, in the windows of AU of the epochs
// that count.
type Seconds struct {
	Width int64 // ns
	All   []Second
}

// Second is what the last ranks into barriers lost in one second.
type Second struct {
	Epoch    int   // 0: no step after a first one ran
	Time     int64 // of such steps, ns
	Together int64 // waited for reads, as other ranks did or in a Stall
	Alone    int64 // waited for reads when the others had theirs
	Own      int64 // our own work and lateness
	Rank     int   // that waited longest in one step
	Wait     int64 // so long
}

func newSeconds() Seconds { return Seconds{Width: int64(time.Second)} }

// add takes a step of all ranks. What the last one waited is spread over its wait, what it
// was late over its computation.
func (b *Seconds) add(epoch int, group []result.Step, last result.Step, compute int64) {
	begin, got := last.StartNS, last.StartNS+last.Wait
	end := got + last.Compute + last.Barrier
	if begin < 0 || last.Wait < 0 || end < got {
		return
	}
	b.spread(begin, end, end-begin, func(s *Second, ns int64) { s.Time += ns; s.Epoch = epoch })
	alone := aloneOf(group, last)
	b.spread(begin, got, last.Read-alone, func(s *Second, ns int64) { s.Together += ns })
	b.spread(begin, got, alone, func(s *Second, ns int64) { s.Alone += ns })
	own := func(s *Second, ns int64) { s.Own += ns }
	b.spread(begin, got, last.Wait-last.Read, own)
	b.spread(got, end, end-got-compute, own)
	b.spread(begin, got, last.Wait, func(s *Second, _ int64) {
		if last.Wait > s.Wait {
			s.Rank, s.Wait = last.Rank, last.Wait
		}
	})
}

// spread divides ns over the seconds of a stretch, to the nanosecond.
func (b *Seconds) spread(from, to, ns int64, add func(*Second, int64)) {
	if ns <= 0 || to <= from {
		return
	}
	for (to-1)/b.Width >= mostSeconds {
		b.double()
	}
	for int64(len(b.All)) <= (to-1)/b.Width {
		b.All = append(b.All, Second{})
	}
	given := int64(0)
	for i := from / b.Width; i <= (to-1)/b.Width; i++ {
		part := ns - given
		if upTo := min(to, (i+1)*b.Width); upTo < to {
			part = int64(float64(ns)*(float64(upTo-from)/float64(to-from))) - given
		}
		add(&b.All[i], part)
		given += part
	}
}

func (b *Seconds) double() {
	half := make([]Second, (len(b.All)+1)/2)
	for i, s := range b.All {
		h := &half[i/2]
		h.Time, h.Together, h.Alone, h.Own = h.Time+s.Time, h.Together+s.Together, h.Alone+s.Alone, h.Own+s.Own
		if s.Epoch > 0 {
			h.Epoch = s.Epoch
		}
		if s.Wait > h.Wait {
			h.Rank, h.Wait = s.Rank, s.Wait
		}
	}
	b.All, b.Width = half, 2*b.Width
}

// stretch is seconds, one after the other, that lost much more than usual.
type stretch struct {
	epoch    int
	from, to int64   // ns
	lost     float64 // beyond the usual, ns
}

// stretches finds them, with or without what ranks waited for reads alone.
//
// A second is usual up to the median share that was lost, plus a tenth, or four times the
// usual deviation where that is more.
func (b *Seconds) stretches(alone bool) []stretch {
	lost := func(s Second) float64 {
		if alone {
			return float64(s.Together + s.Alone)
		}
		return float64(s.Together)
	}
	var rates []float64
	for _, s := range b.All {
		if s.Time > b.Width/10 {
			rates = append(rates, lost(s)/float64(s.Time))
		}
	}
	usual := median(rates)
	off := make([]float64, len(rates))
	for i, r := range rates {
		off[i] = max(r-usual, usual-r)
	}
	bound := usual + max(0.1, 4*1.4826*median(off))
	var found []stretch
	for i, s := range b.All {
		if s.Time == 0 || lost(s)/float64(s.Time) <= bound {
			continue
		}
		begin := int64(i) * b.Width
		if n := len(found); n == 0 || found[n-1].to != begin || found[n-1].epoch != s.Epoch {
			found = append(found, stretch{epoch: s.Epoch, from: begin})
		}
		last := &found[len(found)-1]
		last.to = begin + b.Width
		last.lost += lost(s) - usual*float64(s.Time)
	}
	return found
}

// median is 0 of no values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// Lost is all that was lost in the second, ns.
func (s Second) Lost() int64 { return s.Together + s.Alone + s.Own }

// AtMost is the same in at most n pieces of time, for a plot.
func (b Seconds) AtMost(n int) Seconds {
	fewer := Seconds{Width: b.Width, All: slices.Clone(b.All)}
	for len(fewer.All) > n {
		fewer.double()
	}
	return fewer
}
