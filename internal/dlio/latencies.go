package dlio

import (
	"sync"

	"github.com/lbench/lbench/internal/stats"
)

// LatencyDigits are the significant digits that latencies are counted to, as those of
// block commands: 42 KB for any number of reads.
const LatencyDigits = 2

// Latencies counts how long the reads of a training took that had to wait: from the call
// to its end, with the opening of the file where the read is the first of one. A wait for
// a place among the reads in flight is not part of it. A read that memory answered at once
// has no latency and isn't counted, nor is one that failed.
type Latencies struct {
	mu       sync.Mutex
	counting *stats.Durations
	taken    *stats.Durations
}

// NewLatencies is an empty one.
func NewLatencies() *Latencies {
	return &Latencies{counting: stats.NewDurations(LatencyDigits), taken: stats.NewDurations(LatencyDigits)}
}

// Record counts a read of so many ns. nil counts nothing.
func (l *Latencies) Record(ns int64) {
	if l == nil {
		return
	}
	l.mu.Lock()
	l.counting.Record(ns)
	l.mu.Unlock()
}

// Take gives the reads that have ended since the last Take. What it gives is the caller's
// until the next Take, which one goroutine at a time may call.
func (l *Latencies) Take() *stats.Durations {
	l.taken.Reset()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counting, l.taken = l.taken, l.counting
	return l.taken
}

// LatencyQuantile is a metric of a run: the latency in ns that the fraction Q of all reads
// that had to wait did not exceed.
type LatencyQuantile struct {
	Metric string
	Q      float64
}

// LatencyQuantiles lists the metrics that a run with latencies has, by the names that
// block commands give them. They are over all reads of the run, those of warm-up epochs
// and of what v3.0 reads before epochs included.
func LatencyQuantiles() []LatencyQuantile {
	return []LatencyQuantile{
		{"latency_p50_ns", 0.5}, {"latency_p90_ns", 0.9}, {"latency_p99_ns", 0.99}, {"latency_p99_9_ns", 0.999}, {"latency_max_ns", 1},
	}
}

// LatencyMetrics are a run's LatencyQuantiles; none where no read had to wait.
func LatencyMetrics(all *stats.Durations) map[string]float64 {
	m := map[string]float64{}
	if all.Count() == 0 {
		return m
	}
	for _, l := range LatencyQuantiles() {
		m[l.Metric] = float64(all.Quantile(l.Q))
	}
	return m
}
