package fio

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// status is a document of one job after so many ms, with as many latencies of 7 ns as ops.
func status(ms, ops, syncs int64) []byte {
	return fmt.Appendf(nil, `{"fio version": "fio-3.33", "jobs": [{"jobname": "job-0", "read": {"io_bytes": %d, "total_ios": %d, "runtime": %d,
		"lat_ns": {"min": 7, "max": 7, "N": %d, "bins": {"7": %d}}}, "sync": {"lat_ns": {"N": %d}}}]}`, ops*4096, ops, ms, ops, ops, syncs)
}

func TestFioProgress(t *testing.T) {
	r := externalRun{job: Job{Jobs: 1}}
	for i, c := range []struct {
		raw  []byte
		want bool
	}{
		{status(0, 0, 0), false},
		{status(500, 3, 0), true},
		{status(1000, 3, 0), false},
		{[]byte("{}"), false},
		{status(1500, 3, 1), true}, // an fsync
		{status(2000, 4, 1), true},
		{status(2500, 4, 1), false},
	} {
		if got := r.take(c.raw); got != c.want {
			t.Errorf("document %d: progress %v, want %v", i, got, c.want)
		}
	}
	if want := []Sample{{500e6, 3 * 4096, 3}, {1000e6, 3 * 4096, 3}, {1500e6, 3 * 4096, 3}, {2000e6, 4 * 4096, 4}, {2500e6, 4 * 4096, 4}}; !cmp.Equal(want, r.samples) {
		t.Errorf("samples %v, want %v", r.samples, want)
	}
}

func TestFioIntervals(t *testing.T) {
	type counts struct {
		start, end time.Duration
		n          int64
	}
	var got []counts
	r := externalRun{job: Job{Jobs: 1}, o: Options{Interval: func(i Interval) {
		got = append(got, counts{i.Start, i.End, i.Latencies.Count()})
	}}}
	for i, ops := range []int64{0, 3, 10, 12, 20, 20, 20, 21} { // each half a second later, or somewhat less
		r.take(status(int64(i)*499, ops, 0))
	}
	r.finish()
	r.finish()
	want := []counts{{0, 998e6, 10}, {998e6, 1996e6, 10}, {2994e6, 3493e6, 1}} // nothing in the one between
	if !cmp.Equal(want, got, cmp.AllowUnexported(counts{})) {
		t.Errorf("intervals %v, want %v", got, want)
	}
}

func TestFioIntervalLatencies(t *testing.T) {
	l := fioLatency{Min: 5, Max: 40, Count: 9, Bins: fioBins{{10, 2}, {20, 3}, {41, 4}}}
	d := l.after(fioBins{{10, 2}, {15, 0}, {20, 1}})
	if d.Count() != 6 || d.Quantile(0) != 20 || d.Quantile(0.6) != 40 || d.Max() != 40 {
		t.Errorf("%d latencies from %d to %d, want 2 of 20 and 4 of 40", d.Count(), d.Quantile(0), d.Max())
	}
}
