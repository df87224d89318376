package fio

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbench/lbench/internal/stats"
)

// 100 ops a second, each of 1 ms, and one that takes a second: Total shows that one,
// Intended all that had to wait for it.
func TestAStallIsNotHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ms = time.Millisecond
		j := readJob(1, 400_000, 1000)
		j.RateBytesPerS = 100_000
		store, reads := newMemStore(j.Files), 0
		store.before = func(o storeOp) error {
			if o.kind == opRead {
				time.Sleep(ms)
				if reads++; reads == 101 {
					time.Sleep(999 * ms)
				}
			}
			return nil
		}
		out := mustRun(t, store, j, Options{})
		// Op 100 is due at 1 s and ends at 2 s. Op 100+k is due 10k ms later, and ends k ms
		// after op 100, so it is 999-9k ms late, until it no longer is.
		slow := 0
		want := stats.NewDurations(latencyDigits)
		for k := range 400 {
			late := time.Duration(0)
			if k >= 100 {
				late = max(0, 999*ms-9*ms*time.Duration(k-100))
			}
			if late > 0 {
				slow++
			}
			want.Record(int64(ms + late))
		}
		if out.Total.Max() != int64(time.Second) || out.Total.Quantile(0.995) > int64(1010*time.Microsecond) {
			t.Errorf("total up to %v, p99.5 %v, want one slow op", time.Duration(out.Total.Max()), time.Duration(out.Total.Quantile(0.995)))
		}
		if out.Intended.Count() != 400 || slow != 111 {
			t.Fatalf("%d intended latencies, %d slow", out.Intended.Count(), slow)
		}
		for k := range 401 {
			q := float64(k) / 400
			if got, want := out.Intended.Quantile(q), want.Quantile(q); got != want {
				t.Fatalf("intended quantile %v is %v, want %v", q, time.Duration(got), time.Duration(want))
			}
		}
		if out.Duration != 3991*ms {
			t.Errorf("took %v, want 3.991s: the stall was caught up", out.Duration)
		}
	})
}

func TestRateIsSharedByStreamsAndHeldAtAnyDepth(t *testing.T) {
	for _, c := range []struct {
		jobs, depth int
		latency     time.Duration
		want        time.Duration
	}{
		{1, 1, 0, 7900 * time.Millisecond},
		{4, 1, 0, 7600 * time.Millisecond},
		{1, 1, 200 * time.Millisecond, 16 * time.Second}, // slower than the rate
		{1, 4, 200 * time.Millisecond, 8100 * time.Millisecond},
		{2, 4, 200 * time.Millisecond, 8 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			j := readJob(1, 80_000, 1000)
			j.Jobs, j.Depth, j.RateBytesPerS = c.jobs, c.depth, 10_000
			store := newMemStore(j.Files)
			store.before = func(o storeOp) error {
				if o.kind == opRead {
					time.Sleep(c.latency)
				}
				return nil
			}
			out := mustRun(t, store, j, Options{})
			if out.Duration != c.want || out.Bytes != 80_000 {
				t.Errorf("%d jobs, depth %d, %v a read: took %v, want %v", c.jobs, c.depth, c.latency, out.Duration, c.want)
			}
			if out.Submit != nil || out.Intended.Max() < int64(c.latency) {
				t.Errorf("submit %v, intended up to %v", out.Submit != nil, time.Duration(out.Intended.Max()))
			}
		})
	}
}

// Files shorter than an op, and short ends of files, don't slow a rate.
func TestRateCountsBytes(t *testing.T) {
	for _, c := range []struct {
		files int
		bytes int64 // of each
		op    int64
		want  time.Duration // when the last op is due
	}{
		{40, 150, 1000, 5850 * time.Millisecond},
		{4, 1500, 1000, 5500 * time.Millisecond},
		{6, 1000, 1000, 5 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			j := readJob(c.files, c.bytes, c.op)
			j.RateBytesPerS = 1000
			if out := mustRun(t, newMemStore(j.Files), j, Options{}); out.Duration != c.want || out.Bytes != 6000 {
				t.Errorf("files of %d, ops of %d: %d bytes in %v, want %v", c.bytes, c.op, out.Bytes, out.Duration, c.want)
			}
		})
	}
}

// No operation that is due after the end begins, and none is waited for.
func TestRateForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := readJob(1, 80_000, 1000)
		j.RateBytesPerS, j.Duration = 1000, 10500*time.Millisecond
		if out := mustRun(t, newMemStore(j.Files), j, Options{}); out.Ops != 11 || out.Duration != 10*time.Second {
			t.Errorf("%d ops in %v, want 11 in 10s", out.Ops, out.Duration)
		}
	})
}

func TestSleepUntilOnARealClock(t *testing.T) {
	c := opClock{time.Now()}
	for _, d := range []time.Duration{-time.Second, 0, 50 * time.Microsecond, 3 * time.Millisecond} {
		due := c.now() + int64(d)
		if !c.sleepUntil(due, nil) || c.now() < due {
			t.Errorf("%v: woke at %d, before %d", d, c.now(), due)
		}
	}
	halt := make(chan struct{})
	close(halt)
	if c.sleepUntil(c.now()+int64(time.Hour), halt) {
		t.Error("a run that is over was waited for")
	}
}
