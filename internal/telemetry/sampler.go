package telemetry

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Sampler reads its sources at the start, every tick, when asked, and at the end.
//
// A source that fails leaves a gap: a reading {source "telemetry", name "gap", value 1}
// whose labels name the source and the error, and beside it {name "errors"}, the gaps
// of that source so far.
type Sampler struct {
	Sources []Source
	Every   time.Duration          // between ticks, and the time that one source may take; at least 1 ns
	Emit    func([]result.Reading) // gets the readings of one round, from Run's goroutine

	once  sync.Once
	asked chan struct{}
}

// Run samples until ctx is done, then once more, and returns. A source that answers
// ErrNoData the first time isn't there: it is dropped and leaves no gap.
func (s *Sampler) Run(ctx context.Context) {
	tick := time.NewTicker(s.Every) // before the first reading, so that ticks count from the start
	defer tick.Stop()

	r := round{every: s.Every, live: slices.Clone(s.Sources), errors: map[string]int{}, first: true}
	s.emit(r.read(ctx))
	r.first = false
	for s.wait(ctx, tick.C) {
		s.emit(r.read(ctx))
	}
	s.emit(r.read(ctx))
}

// wait returns true when it's time to read, and false when ctx is done, which comes
// first where both are so.
func (s *Sampler) wait(ctx context.Context, tick <-chan time.Time) bool {
	select {
	case <-ctx.Done():
	case <-tick:
	case <-s.requests():
	}
	return ctx.Err() == nil
}

// Now asks for an extra reading of all sources at this moment, such as the edge of a
// measurement window, and returns at once. The readings carry the time at which they
// were taken. Requests that come while one is waiting share its readings.
func (s *Sampler) Now() {
	select {
	case s.requests() <- struct{}{}:
	default:
	}
}

// requests has room for one, so that Now never blocks, not even before Run.
func (s *Sampler) requests() chan struct{} {
	s.once.Do(func() { s.asked = make(chan struct{}, 1) })
	return s.asked
}

func (s *Sampler) emit(readings []result.Reading) {
	if len(readings) > 0 {
		s.Emit(readings)
	}
}

// round is what Run keeps from one reading of all sources to the next.
type round struct {
	every  time.Duration
	live   []Source
	errors map[string]int // gaps by source
	first  bool
}

func (r *round) read(ctx context.Context) []result.Reading {
	var all []result.Reading
	var gone []string
	for _, source := range r.live {
		readings, err := r.readOne(ctx, source)
		all = append(all, readings...)
		switch {
		case err == nil:
		case r.first && errors.Is(err, ErrNoData):
			gone = append(gone, source.Name())
		default:
			all = append(all, r.gap(source.Name(), err)...)
		}
	}
	r.live = slices.DeleteFunc(r.live, func(s Source) bool { return slices.Contains(gone, s.Name()) })
	return all
}

// readOne is bounded by time but not by ctx: the last reading is taken when ctx is done.
func (r *round) readOne(ctx context.Context, source Source) ([]result.Reading, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.every)
	defer cancel()
	return source.Read(ctx)
}

func (r *round) gap(source string, err error) []result.Reading {
	r.errors[source]++
	now := time.Now()
	return []result.Reading{
		{T: now, Source: "telemetry", Name: "gap", Labels: map[string]string{"source": source, "error": err.Error()}, Value: 1},
		{T: now, Source: "telemetry", Name: "errors", Labels: map[string]string{"source": source}, Value: float64(r.errors[source])},
	}
}
