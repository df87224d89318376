package fio

import (
	"sync"

	"github.com/lbench/lbench/internal/stats"
)

// latencyDigits keeps a histogram at some 40 KB, so that those of 1,024 streams fit.
const latencyDigits = 2

// tally is what one stream has done. The stream takes its lock for each operation, the
// reporter a few times a second: it costs little, and what a stream did up to a call
// that hangs can still be told.
type tally struct {
	_  [64]byte // a cache line of its own
	mu sync.Mutex

	ops, bytes int64
	last       int64            // end of its last operation or fsync, by the run's clock
	total      *stats.Durations // since the reporter last took it away
	submit     *stats.Durations // these are nil where they aren't measured
	complete   *stats.Durations
	intended   *stats.Durations
	sync       *stats.Durations
	_          [64]byte
}

// newTally makes the histograms that a job of the kind needs.
func newTally(j Job, queued bool) *tally {
	t := &tally{total: stats.NewDurations(latencyDigits)}
	if queued {
		t.submit, t.complete = stats.NewDurations(latencyDigits), stats.NewDurations(latencyDigits)
	}
	if j.RateBytesPerS > 0 {
		t.intended = stats.NewDurations(latencyDigits)
	}
	if j.fsync() != FsyncNone {
		t.sync = stats.NewDurations(latencyDigits)
	}
	return t
}

// add counts an operation of n bytes that took from start to end, and was due at due
// where there is a rate.
func (t *tally) add(n int, start, end, due int64) {
	t.mu.Lock()
	t.count(n, start, end)
	if t.intended != nil {
		t.intended.Record(end - due)
	}
	t.mu.Unlock()
}

// addQueued counts an operation that the kernel had from submitted on.
func (t *tally) addQueued(n int, start, submitted, end int64) {
	t.mu.Lock()
	t.count(n, start, end)
	t.submit.Record(submitted - start)
	t.complete.Record(end - submitted)
	t.mu.Unlock()
}

func (t *tally) count(n int, start, end int64) {
	t.ops++
	t.bytes += int64(n)
	t.last = max(t.last, end)
	t.total.Record(end - start)
}

// addSync counts an fsync.
func (t *tally) addSync(start, end int64) {
	t.mu.Lock()
	t.last = max(t.last, end)
	t.sync.Record(end - start)
	t.mu.Unlock()
}

// swap takes the latencies since the last time away, and leaves an empty histogram.
func (t *tally) swap(empty *stats.Durations) *stats.Durations {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.total.Count() == 0 {
		return nil
	}
	taken := t.total
	t.total = empty
	return taken
}
