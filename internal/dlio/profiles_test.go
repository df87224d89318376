package dlio

import (
	"slices"
	"testing"
	"time"
)

// TestPrewarmAndSurplus works v3.0 out on paper: one file, a record every 10 ms, batches
// of 4: a batch is thrown away before each epoch and after the last, and each epoch ends
// when a batch more than it has is there.
func TestPrewarmAndSurplus(t *testing.T) {
	for _, test := range []struct {
		profile        string
		prewarm, extra int // batches
	}{{"v2.0", 0, 0}, {"v3.0", 1, 1}} {
		bubble(t, test.profile, func(t *testing.T) {
			p := one(1, 20, 4, 1, 5*ms)
			p.Profile, p.Epochs, p.ReadAheadBatches = test.profile, 2, 1
			b := newBench(p)
			b.store.delay = constant(10 * ms)
			b.ok(t)
			for i, e := range b.epochs {
				// Batches come at 40, 80, ..., 200; the surplus one at 240.
				want := int64(205 * ms)
				if test.extra > 0 {
					want = int64(240 * ms)
				}
				if e.End-e.Start != want {
					t.Errorf("epoch %d lasts %v, want %v", e.Epoch, time.Duration(e.End-e.Start), time.Duration(want))
				}
				if got := e.PrewarmBytes; test.prewarm == 0 && got != 0 || test.prewarm > 0 && got < 4*b.plan.RecordBytes {
					t.Errorf("epoch %d: %d bytes of prewarm", e.Epoch, got)
				}
				if i > 0 && test.prewarm == 1 && e.Start < b.epochs[0].End+int64(40*ms) {
					t.Errorf("epoch %d starts at %v: its prewarm is inside", e.Epoch, time.Duration(e.Start))
				}
				if got, ok := b.perEpoch[i].Metrics["prewarm_bytes"]; ok != (test.prewarm > 0) || got != float64(e.PrewarmBytes) {
					t.Errorf("epoch %d: prewarm_bytes %v (%v)", e.Epoch, got, ok)
				}
			}
			last := int64(b.store.log[len(b.store.log)-1].at)
			if after := last > b.epochs[1].End; after != (test.prewarm > 0) {
				t.Errorf("reading after the last epoch: %v", after)
			}
			var counted int64
			for _, e := range b.epochs {
				counted += e.ReadBytes
				var within int64
				for _, a := range b.store.log {
					if int64(a.at) >= e.Start && int64(a.end) <= e.End {
						within += int64(a.n)
					}
				}
				if within != e.ReadBytes {
					t.Errorf("epoch %d: %d bytes ended within it, %d are counted", e.Epoch, within, e.ReadBytes)
				}
			}
			if got := b.metrics["read_bytes"]; got != float64(counted) {
				t.Errorf("read_bytes %v, want %d", got, counted)
			}
			own := Rounds(b.plan, b.epochs, b.tally)[test.profile]
			if got := b.metrics["au_mean_fraction"]; got != own.AUMean/100 || b.metrics["samples_per_s_mean"] != own.ThroughputMean {
				t.Errorf("AU %v, want the profile's own %v", got, own.AUMean)
			}
		})
	}
}

// TestProfileFiles: which files a rank opens, and in which order.
func TestProfileFiles(t *testing.T) {
	files := func(t *testing.T, profile string, epochs int) [][]int {
		p := mini(profile, 6, 4, 1, 4)
		p.ReadThreads, p.Epochs, p.ComputationTime = 1, epochs, ms
		b := newBench(p)
		b.store.delay = constant(ms)
		b.ok(t)
		var all [][]int
		for _, e := range b.epochs {
			var opened []int
			for _, a := range b.store.log {
				if a.off == 0 && int64(a.at) >= e.Start && int64(a.at) < e.End && !slices.Contains(opened, a.file) {
					opened = append(opened, a.file)
				}
			}
			// The first three are opened at once, by goroutines in any order.
			slices.Sort(opened[:3])
			all = append(all, opened)
		}
		return all
	}
	bubble(t, "v2.0", func(t *testing.T) {
		for _, opened := range files(t, "v2.0", 2) {
			if !slices.Equal(opened, []int{0, 1, 2, 3, 4, 5}) {
				t.Errorf("files are opened as %v", opened)
			}
		}
	})
	for _, profile := range []string{"shuffled", "v1.0"} {
		bubble(t, profile, func(t *testing.T) {
			all := files(t, profile, 2)
			if slices.Equal(all[0], all[1]) || len(all[0]) != 6 || len(all[1]) != 6 {
				t.Errorf("files are opened as %v", all)
			}
		})
	}
}

// TestShortShardIsReadAgain: 3 files of 5 over 2 ranks in batches of 2: rank 1 has 5
// samples for 3 batches, so it drops one and begins again.
func TestShortShardIsReadAgain(t *testing.T) {
	for _, profile := range []string{"v1.0", "v2.0", "v3.0"} {
		bubble(t, profile, func(t *testing.T) {
			p := mini(profile, 3, 5, 2, 2)
			p.ReadThreads, p.ComputationTime = 1, ms
			b := newBench(p)
			b.store.delay = constant(ms)
			b.ok(t)
			if b.plan.Steps != 3 || len(b.steps) != 6 {
				t.Errorf("%d steps of %d", b.plan.Steps, len(b.steps))
			}
			if profile == "v2.0" {
				again := 0
				for _, a := range b.store.log {
					if a.file == 1 && a.off == 0 {
						again++
					}
				}
				if again < 2 {
					t.Errorf("file 1 was begun %d times, want it again", again)
				}
			}
		})
	}
}
