package telemetry

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Sampler reads its sources at the start, every tick, when asked, and at the end.
//
// A source that fails leaves a gap: a reading {source "telemetry", name "gap", value 1}
// whose labels name the source and the error. It comes once when the source begins to fail
// in that way, and with value 0, before the readings, when it no longer fails. Beside each
// stands {name "errors"}, how often the source failed so far; the last round has it too of
// every source that fails then.
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

	r := round{every: s.Every, live: slices.Clone(s.Sources), errors: map[string]int{}, gaps: map[string]string{}, first: true}
	s.emit(r.read(ctx))
	r.first = false
	for s.wait(ctx, tick.C) {
		s.emit(r.read(ctx))
	}
	s.emit(append(r.read(ctx), r.failing()...))
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
	errors map[string]int    // failures by source
	gaps   map[string]string // how a source that fails failed last
	size   int               // of the last reading of all
	first  bool
}

func (r *round) read(ctx context.Context) []result.Reading {
	all := make([]result.Reading, 0, r.size)
	var gone []string
	for _, source := range r.live {
		name := source.Name()
		readings, err := r.readOne(ctx, source)
		if r.first && errors.Is(err, ErrNoData) {
			gone, err = append(gone, name), nil
		}
		if err == nil {
			all = append(append(all, r.ended(name)...), readings...)
		} else {
			all = append(append(all, readings...), r.failed(name, err.Error())...)
		}
	}
	r.live = slices.DeleteFunc(r.live, func(s Source) bool { return slices.Contains(gone, s.Name()) })
	r.size = len(all)
	return all
}

// readOne is bounded by time but not by ctx: the last reading is taken when ctx is done.
func (r *round) readOne(ctx context.Context, source Source) ([]result.Reading, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.every)
	defer cancel()
	return source.Read(ctx)
}

// failed counts a failure of a source, which begins a gap unless it failed so before.
func (r *round) failed(source, how string) []result.Reading {
	r.errors[source]++
	if before, ok := r.gaps[source]; ok && before == how {
		return nil
	}
	r.gaps[source] = how
	return r.gap(source, how, 1)
}

// ended ends the gap of a source that no longer fails.
func (r *round) ended(source string) []result.Reading {
	how, ok := r.gaps[source]
	if !ok {
		return nil
	}
	delete(r.gaps, source)
	return r.gap(source, how, 0)
}

func (r *round) gap(source, how string, value float64) []result.Reading {
	begin := result.Reading{T: time.Now(), Source: "telemetry", Name: "gap", Labels: map[string]string{"source": source, "error": how}, Value: value}
	return []result.Reading{begin, r.failures(source)}
}

func (r *round) failures(source string) result.Reading {
	return result.Reading{T: time.Now(), Source: "telemetry", Name: "errors", Labels: map[string]string{"source": source}, Value: float64(r.errors[source])}
}

// failing says how often each source failed whose gap has not ended.
func (r *round) failing() []result.Reading {
	var all []result.Reading
	for _, source := range slices.Sorted(maps.Keys(r.gaps)) {
		all = append(all, r.failures(source))
	}
	return all
}
