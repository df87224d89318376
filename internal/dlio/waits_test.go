package dlio

import (
	"math"
	"testing"
	"time"
)

func TestLatencyRows(t *testing.T) {
	before := -1
	for row := range latencyRow(math.MaxInt64) {
		if row < 8 && row >= 4 && latencyUpTo(row) != int64(row) {
			t.Errorf("row %d ends at %d", row, latencyUpTo(row))
		}
		top := latencyUpTo(row)
		if latencyRow(top) != row || latencyRow(top+1) != row+1 {
			t.Fatalf("row %d ends at %d, which is of row %d, and the next of row %d", row, top, latencyRow(top), latencyRow(top+1))
		}
		if before = row; row >= latencyRows {
			t.Fatalf("row %d of %d", row, latencyRows)
		}
	}
	if latencyRow(-1) != 0 || latencyRow(0) != 0 || before < 200 {
		t.Errorf("row of nothing %d, last row %d", latencyRow(0), before)
	}
}

// TestBlameOfFiles: one of 16 files is slow, in the hands of one rank at a time.
func TestBlameOfFiles(t *testing.T) {
	bubble(t, "one file", func(t *testing.T) {
		p := mini("shuffled", 16, 20, 2, 4)
		p.ReadThreads, p.Epochs, p.ComputationTime = 2, 2, 20*ms
		b := newBench(p)
		b.store.delay = func(file int, _ int64) time.Duration {
			if file == 5 {
				return 200 * ms
			}
			return ms
		}
		b.ok(t)
		for _, e := range b.epochs {
			if r := e.Reads; len(r.Files) == 0 || r.Files[0].File != b.store.spec.Name(5) || r.Together > r.Files[0].Wait/10 {
				t.Errorf("epoch %d: %+v", e.Epoch, r)
			}
		}
	})
	bubble(t, "all of them", func(t *testing.T) {
		p := mini("shuffled", 16, 20, 2, 4)
		p.ReadThreads, p.ComputationTime = 2, 5*ms
		b := newBench(p)
		b.store.delay = constant(10 * ms)
		b.ok(t)
		if r := b.epochs[0].Reads; len(r.Files) != 0 || r.Together == 0 {
			t.Errorf("%+v", r)
		}
	})
	bubble(t, "the first read of each", func(t *testing.T) {
		p := mini("shuffled", 16, 20, 1, 4)
		p.ReadThreads, p.ComputationTime = 1, 10*ms
		b := newBench(p)
		b.store.delay = func(_ int, off int64) time.Duration {
			if off == 0 {
				return 500 * ms
			}
			return ms
		}
		b.ok(t)
		var all, first, reads int64
		for _, row := range b.epochs[0].Reads.Latencies {
			all, first, reads = all+row.Wait, first+row.FirstWait, reads+row.FirstReads
		}
		if first == 0 || first < all*9/10 || reads > 16 {
			t.Errorf("%d of %d ns are of %d first reads", first, all, reads)
		}
	})
}
