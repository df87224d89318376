package dlio

import (
	"fmt"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/stats"
)

// TestLatenciesBySecond: storage whose reads take as long as their file says, and what is
// taken each second is what it gave in that second.
func TestLatenciesBySecond(t *testing.T) {
	takes := []time.Duration{10 * ms, 40 * ms, 160 * ms, 640 * ms}
	bubble(t, "four kinds of files", func(t *testing.T) {
		p := mini("shuffled", 8, 20, 2, 4)
		p.ReadThreads, p.Epochs, p.ComputationTime = 2, 2, 30*ms
		b := newBench(p)
		b.store.delay = func(file int, _ int64) time.Duration { return takes[file%4] }
		b.o.Latencies = NewLatencies()
		seconds, done := []string{}, make(chan struct{})
		var ended atomic.Bool
		go func() {
			defer close(done)
			time.Sleep(ms / 2) // no read ends at such a time
			for !ended.Load() {
				time.Sleep(time.Second)
				seconds = append(seconds, shown(b.o.Latencies.Take()))
			}
		}()
		b.ok(t)
		ended.Store(true)
		<-done

		var want []string
		reads := make([]*stats.Durations, len(seconds))
		for _, a := range b.store.log {
			second := (a.end - ms/2) / time.Second
			if reads[second] == nil {
				reads[second] = stats.NewDurations(2)
			}
			reads[second].Record(int64(takes[a.file%4]))
		}
		for _, d := range reads {
			if d == nil {
				d = stats.NewDurations(2)
			}
			want = append(want, shown(d))
		}
		if diff := cmp.Diff(want, seconds); diff != "" || len(seconds) < 5 {
			t.Errorf("%d seconds (-want +got):\n%s", len(seconds), diff)
		}
		// 2 epochs of 160 records, each of them a read.
		if got, want := len(b.store.log), 2*8*20; got != want {
			t.Errorf("%d reads, want %d", got, want)
		}
	})
}

// shown is the distribution of durations in words.
func shown(d *stats.Durations) string {
	text := fmt.Sprintf("%d reads", d.Count())
	for _, p := range d.CDF(1 << 20) {
		text += fmt.Sprintf(", %.0f up to %v", p.Fraction*float64(d.Count()), time.Duration(p.NS).Round(time.Microsecond))
	}
	return text
}

// slowOpen is an engine whose files take so long to open.
type slowOpen struct {
	ioengine.Engine
	by time.Duration
}

func (e slowOpen) Open(name string) (ioengine.File, error) {
	time.Sleep(e.by)
	return e.Engine.Open(name)
}

// TestLatenciesOfReadsThatWaited: what memory answers at once isn't counted, nor is a read
// that failed.
func TestLatenciesOfReadsThatWaited(t *testing.T) {
	bubble(t, "memory", func(t *testing.T) {
		b := newBench(one(4, 20, 4, 2, ms))
		spec := b.store.spec
		b.o.Engine = slowOpen{ioengine.NewNull(ioengine.Content{
			Size:  func(string) (int64, bool) { return spec.FileBytes(), true },
			Bytes: func(_ string, off int64, n int) []byte { return spec.NullBuffer(1 << 12)[off%spec.RecordBytes():][:n] },
		}), 5 * ms}
		b.o.Latencies = NewLatencies()
		b.ok(t)
		// The first of each of 4 files, which opened it, and none of 76 others.
		if got := shown(b.o.Latencies.Take()); got != "4 reads, 4 up to 5ms" {
			t.Errorf("counted are %s", got)
		}
	})
	bubble(t, "a failed read", func(t *testing.T) {
		b := newBench(one(4, 20, 4, 1, ms))
		b.store.delay = constant(10 * ms)
		b.store.fault = func(_ int, off int64, _ []byte, n int, err error) (int, error) {
			if off > 0 {
				return 0, syscall.EIO
			}
			return n, err
		}
		b.o.Latencies = NewLatencies()
		if b.run(t.Context()); b.err == nil {
			t.Fatal("it did not fail")
		}
		if got := shown(b.o.Latencies.Take()); got != "3 reads, 3 up to 10ms" { // the first of each of 3 streams
			t.Errorf("counted are %s", got)
		}
	})
}

func TestLatenciesTake(t *testing.T) {
	l := NewLatencies()
	for i := range 3 {
		for n := range int64(i + 1) {
			l.Record(1000 * (n + 1))
		}
		if d := l.Take(); d.Count() != int64(i+1) || d.Max() != int64(1000*(i+1)) || d.Min() != 1000 {
			t.Errorf("take %d: %s", i, shown(d))
		}
	}
	if d := l.Take(); d.Count() != 0 {
		t.Errorf("nothing was recorded, taken is %s", shown(d))
	}
	var none *Latencies
	if allocated := testing.AllocsPerRun(100, func() { l.Record(70_000); none.Record(70_000) }); allocated > 0 {
		t.Errorf("a read allocates %v times", allocated)
	}
}

func TestLatencyMetrics(t *testing.T) {
	all := stats.NewDurations(2)
	if m := LatencyMetrics(all); len(m) > 0 {
		t.Errorf("of no read: %v", m)
	}
	for ns := range int64(10_000) {
		all.Record(ns + 1)
	}
	got := LatencyMetrics(all)
	// To two digits: the end of the bar that the read fell in.
	want := map[string]float64{"latency_p50_ns": 5023, "latency_p90_ns": 9023, "latency_p99_ns": 9919, "latency_p99_9_ns": 10000, "latency_max_ns": 10000}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name := range got {
		if !slices.Contains(MetricNames(), name) {
			t.Errorf("MetricNames doesn't know %s", name)
		}
	}
}
