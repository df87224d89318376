package dlio

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
)

func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// one is a plan of one accelerator that computes for c.
func one(files, samples, batch, threads int, c time.Duration) Plan {
	p := mini("shuffled", files, samples, 1, batch)
	p.ReadThreads, p.ComputationTime = threads, c
	return p
}

// TestAU: AU as it can be worked out on paper, to the last nanosecond.
func TestAU(t *testing.T) {
	two := mini("shuffled", 2, 40, 2, 4)
	two.ReadThreads = 1
	tests := []struct {
		name   string
		plan   Plan
		delay  func() func(int, int64) time.Duration
		c      time.Duration
		window time.Duration // from step 0's barrier to the last
		wait   time.Duration // of each later step of the last rank
		first  time.Duration // the end of step 0
	}{
		// Two files in turn, a record of each every 10 ms: a batch of 4 every 20 ms.
		{"half as long as reading", one(2, 40, 4, 2, 0), func() func(int, int64) time.Duration { return constant(10 * ms) }, 10 * ms, 19 * 20 * ms, 10 * ms, 30 * ms},
		{"three quarters", one(2, 40, 4, 2, 0), func() func(int, int64) time.Duration { return constant(10 * ms) }, 15 * ms, 19 * 20 * ms, 5 * ms, 35 * ms},
		{"just as long as reading", one(2, 40, 4, 2, 0), func() func(int, int64) time.Duration { return constant(10 * ms) }, 20 * ms, 19 * 20 * ms, 0, 40 * ms},
		// One file of the two is slow: a batch has 2 records of it, whatever the other does.
		{"a slow file", one(2, 40, 4, 2, 0), func() func(int, int64) time.Duration {
			return func(file int, _ int64) time.Duration { return time.Duration(file) * 100 * ms }
		}, 50 * ms, 19 * 200 * ms, 150 * ms, 250 * ms},
		// Two ranks at one server of 100 records/s: 8 records a step.
		{"a server for two ranks", two, func() func(int, int64) time.Duration { return server(10 * ms) }, 30 * ms, 9 * 80 * ms, 50 * ms, 110 * ms},
		{"a server faster than two ranks", two, func() func(int, int64) time.Duration { return server(10 * ms) }, 80 * ms, 9 * 80 * ms, 0, 160 * ms},
		{"instant", one(2, 40, 4, 2, 0), func() func(int, int64) time.Duration { return constant(0) }, 10 * ms, 19 * 10 * ms, 0, 10 * ms},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			test.plan.ComputationTime = test.c
			test.plan.Files = slices.Clone(test.plan.Files)
			b := newBench(test.plan)
			b.store.delay = test.delay()
			b.ok(t)
			e, n := b.epochs[0], b.plan.Steps
			if e.Start != 0 || e.Open != int64(test.first) || e.End != int64(test.first+test.window) {
				t.Errorf("the window is %v to %v, want %v to %v", time.Duration(e.Open), time.Duration(e.End), test.first, test.first+test.window)
			}
			au := float64(n-1) * test.c.Seconds() / test.window.Seconds()
			if got := b.metrics["au_mean_fraction"]; got != au {
				t.Errorf("AU %v, want %v", got, au)
			}
			whole := float64(n) * test.c.Seconds() / (test.first + test.window).Seconds()
			if got := b.metrics["au_whole_fraction"]; got != whole {
				t.Errorf("AU of the whole epoch %v, want %v", got, whole)
			}
			for step := 1; step < n; step++ {
				var last time.Duration
				for _, s := range b.steps[step*b.plan.Accelerators:][:b.plan.Accelerators] {
					last = max(last, time.Duration(s.Wait))
				}
				if last != test.wait {
					t.Fatalf("step %d waits %v, want %v", step, last, test.wait)
				}
			}
			loss := b.tally.loss()
			if want := int64(test.window) - int64(n-1)*int64(test.c); loss != (Loss{Read: want}) {
				t.Errorf("loss %+v, want all of %d in reads", loss, want)
			}
			if want := int64(n*b.plan.BatchSize*b.plan.Accelerators) * b.plan.RecordBytes; e.ReadBytes != want {
				t.Errorf("%d bytes were read, want %d", e.ReadBytes, want)
			}
		})
	}
}

// TestInstantEngines: with no storage to wait for, no step waits, whichever way bytes come.
func TestInstantEngines(t *testing.T) {
	for name, open := range map[string]func(ioengine.Content) ioengine.Engine{"mem": ioengine.NewMem, "null": ioengine.NewNull} {
		bubble(t, name, func(t *testing.T) {
			p := mini("shuffled", 30, 7, 3, 5)
			p.Epochs = 2
			b := newBench(p)
			b.plan.TransferBytes = 50 // records cut by reads
			buffer := b.store.spec.NullBuffer(50)
			b.o.Engine = open(ioengine.Content{
				Size:  func(string) (int64, bool) { return b.store.spec.FileBytes(), true },
				Bytes: func(_ string, off int64, n int) []byte { return buffer[off%b.plan.RecordBytes:][:n] },
			})
			b.ok(t)
			for _, s := range b.steps {
				if s.Wait != 0 || s.Barrier != 0 {
					t.Fatalf("step %+v waits", s)
				}
			}
			if au := b.metrics["au_mean_fraction"]; au != 1 {
				t.Errorf("AU %v", au)
			}
			if want := float64(2 * b.plan.EpochSamples() * b.plan.RecordBytes); b.metrics["read_bytes"] != want {
				t.Errorf("%v bytes were read, want %v", b.metrics["read_bytes"], want)
			}
		})
	}
}

// TestReadAhead: at each moment, storage that answers at once has been asked for just the
// batches taken, the read-ahead and two records a stream.
func TestReadAhead(t *testing.T) {
	for _, test := range []struct{ threads, ahead, batch int }{{1, 1, 4}, {2, 3, 5}, {3, 10, 2}, {4, 2, 1}} {
		bubble(t, "", func(t *testing.T) {
			p := one(60, 50, test.batch, test.threads, time.Second)
			p.Steps, p.ReadAheadBatches = 20, test.ahead
			b := newBench(p)
			b.plan.Profile = "v2.0" // shuffled slices end with the last step
			b.ok(t)
			for step := range 20 {
				records := (step+1+test.ahead)*test.batch + 2*3*test.threads
				if got := b.store.asked(time.Duration(step+1) * time.Second); got != int64(records)*b.plan.RecordBytes {
					t.Errorf("in step %d %d records were asked for, want %d", step, got/b.plan.RecordBytes, records)
				}
			}
			if b.store.mostOpen != 3*test.threads {
				t.Errorf("%d files were open at once, want %d", b.store.mostOpen, 3*test.threads)
			}
			if e := b.epochs[0]; e.ReadyBatches != float64(test.ahead) {
				t.Errorf("%v batches lay ready, want %d", e.ReadyBatches, test.ahead)
			}
		})
	}
}

// TestReads: reads of transfer_size at rising offsets, the last one shortened to its last
// record, or on to the next block; a file cut between ranks is read from its own record on.
func TestReads(t *testing.T) {
	for _, align := range []int64{1, 4096} {
		bubble(t, "", func(t *testing.T) {
			p := mini("shuffled", 5, 101, 3, 13)
			p.ComputationTime = ms
			b := newBench(p)
			b.store.align, b.plan.TransferBytes = align, 5000
			b.ok(t)
			transfer, record := int64(5000), b.plan.RecordBytes
			if align > 1 {
				transfer = 8192
			}
			var bytes, want int64
			ends := map[int]int64{}
			for _, a := range b.store.log {
				bytes += min(int64(a.n), b.store.spec.FileBytes()-a.off)
				if end, more := ends[a.handle]; more && a.off != end {
					t.Errorf("read %+v does not follow the one before, which ended at %d", a, end)
				}
				ends[a.handle] = a.off + int64(a.n)
			}
			handles := map[int][]access{}
			for _, a := range b.store.log {
				handles[a.handle] = append(handles[a.handle], a)
			}
			var segments []segment
			order := p.epochOrder(1)
			for r := range 3 {
				for s := p.shard(order, 1, r); ; {
					seg, ok := s.next()
					if !ok {
						break
					}
					segments = append(segments, seg)
					first, end := int64(seg.first)*record/align*align, int64(seg.first+seg.count)*record
					want += min((end+align-1)/align*align, b.store.spec.FileBytes()) - first
				}
			}
			if len(handles) != len(segments) {
				t.Errorf("%d files were opened, want %d", len(handles), len(segments))
			}
			for _, seg := range segments {
				first, end := int64(seg.first)*record/align*align, (int64(seg.first+seg.count)*record+align-1)/align*align
				found := false
				for _, reads := range handles {
					if last := reads[len(reads)-1]; reads[0].file != seg.file || reads[0].off != first || last.off+int64(last.n) != end {
						continue
					}
					found = true
					for i, a := range reads {
						if want := min(transfer, end-a.off); int64(a.n) != want || i < len(reads)-1 && want != transfer {
							t.Errorf("segment %+v: read %+v, want %d bytes", seg, a, want)
						}
					}
				}
				if !found {
					t.Errorf("segment %+v was not read from %d to %d", seg, first, end)
				}
			}
			if bytes != want || b.epochs[0].ReadBytes != want {
				t.Errorf("%d bytes were read and %d counted, want %d", bytes, b.epochs[0].ReadBytes, want)
			}
			if align == 1 && want != b.plan.EpochSamples()*record {
				t.Errorf("%d bytes, want exactly the records", want)
			}
		})
	}
}

// TestEpochs: an epoch starts empty, after Before, and nothing is read between epochs.
func TestEpochs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := one(4, 20, 4, 1, 15*ms)
		p.Epochs, p.WarmupEpochs = 4, 1
		b := newBench(p)
		b.store.delay = constant(5 * ms)
		var before []int
		var edges []time.Duration
		b.o.Before = func(_ context.Context, epoch int) error {
			before = append(before, epoch)
			time.Sleep(time.Second) // untimed
			return nil
		}
		b.o.Edge = func() { edges = append(edges, time.Since(b.store.start)) }
		b.ok(t)
		if !slices.Equal(before, []int{1, 2, 3, 4}) {
			t.Errorf("before epochs %v", before)
		}
		var want []time.Duration
		for i, e := range b.epochs {
			want = append(want, time.Duration(e.Start), time.Duration(e.Open), time.Duration(e.End))
			if e.Epoch != i+1 || e.Warmup != (i == 0) {
				t.Errorf("epoch %+v", e)
			}
			if first := b.steps[i*p.Steps]; first.Wait != int64(20*ms) {
				t.Errorf("epoch %d waits %v for its first batch, want 20ms", e.Epoch, time.Duration(first.Wait))
			}
			if i > 0 && e.Start != b.epochs[i-1].End+int64(time.Second) {
				t.Errorf("epoch %d starts at %d", e.Epoch, e.Start)
			}
		}
		if !slices.Equal(edges, want) {
			t.Errorf("edges at %v, want %v", edges, want)
		}
		for _, a := range b.store.log {
			if !slices.ContainsFunc(b.epochs, func(e Epoch) bool { return int64(a.at) >= e.Start && int64(a.end) <= e.End }) {
				t.Fatalf("read %+v is in no epoch", a)
			}
		}
		// 80 records, one every 5 ms, but for the two that lie ready in each of 3 staged
		// files: the last batch is there after 370 ms, and the window is 35 to 385.
		for _, e := range b.perEpoch {
			if au := e.Metrics["au_fraction"]; au != 0.285/0.35 {
				t.Errorf("epoch %d: AU %v", e.Epoch, au)
			}
		}
	})
}

func TestDuration(t *testing.T) {
	for _, test := range []struct {
		duration time.Duration
		want     int
	}{{0, 5}, {1, 1}, {time.Second, 1}, {time.Second + 1, 2}, {2500 * ms, 3}, {time.Hour, 5}} {
		bubble(t, test.duration.String(), func(t *testing.T) {
			p := one(1, 10, 1, 1, 100*ms) // an epoch lasts a second
			p.Epochs = 5
			b := newBench(p)
			b.o.Duration = test.duration
			if b.ok(t); len(b.epochs) != test.want {
				t.Errorf("%d epochs, want %d", len(b.epochs), test.want)
			}
		})
	}
}

// TestNoComputation: computation_time 0 measures reading alone; AU is 0.
func TestNoComputation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(one(1, 20, 2, 1, 0))
		b.store.delay = constant(10 * ms)
		b.ok(t)
		if au, rate := b.metrics["au_mean_fraction"], b.metrics["samples_per_s_mean"]; au != 0 || rate != 100 {
			t.Errorf("AU %v, %v samples/s, want 0 and 100", au, rate)
		}
	})
}

// TestLateSleep: a late timer lowers AU, is measured compute, and is our own loss.
func TestLateSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(one(2, 40, 4, 2, 15*ms))
		b.late = 5 * ms
		b.ok(t)
		if au, loss := b.metrics["au_mean_fraction"], b.tally.loss(); !near(au, 0.75) || loss != (Loss{Late: int64(19 * 5 * ms)}) {
			t.Errorf("AU %v, loss %+v", au, loss)
		}
	})
}
