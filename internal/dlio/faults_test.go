package dlio

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// TestFaults: each kind of bad read ends the run and says which file and where.
func TestFaults(t *testing.T) {
	record := newBench(one(3, 10, 5, 1, ms)).plan.RecordBytes // not in a bubble: nothing runs
	at := func(fault func(p []byte, n int, err error) (int, error)) func(int, int64, []byte, int, error) (int, error) {
		return func(file int, off int64, p []byte, n int, err error) (int, error) {
			if file == 1 && off == 4*record {
				return fault(p, n, err)
			}
			return n, err
		}
	}
	tests := []struct {
		name  string
		fault func(p []byte, n int, err error) (int, error)
		is    error
		want  []string
	}{
		{"EIO", func([]byte, int, error) (int, error) { return 0, unix.EIO }, unix.EIO, []string{`read file "train/img_1_of_3.tfrecord" at offset 480: input/output error`}},
		{"EIO after some bytes", func([]byte, int, error) (int, error) { return 7, unix.EIO }, unix.EIO, []string{`"train/img_1_of_3.tfrecord" at offset 487:`}},
		{"ESTALE", func([]byte, int, error) (int, error) { return 0, unix.ESTALE }, unix.ESTALE, []string{"offset 480: stale"}},
		{"short", func([]byte, int, error) (int, error) { return 9, io.EOF }, io.ErrUnexpectedEOF, []string{`read file "train/img_1_of_3.tfrecord" at offset 489: unexpected EOF`}},
		{"nothing", func([]byte, int, error) (int, error) { return 0, nil }, io.ErrUnexpectedEOF, []string{"offset 480: unexpected EOF"}},
		{"a flipped bit", func(p []byte, n int, err error) (int, error) { p[50] ^= 4; return n, err }, nil,
			[]string{`check file "train/img_1_of_3.tfrecord": record at offset 480: data checksum 0x`, " stored, 0x", " computed"}},
		{"a flipped bit in the length", func(p []byte, n int, err error) (int, error) { p[0] ^= 4; return n, err }, nil,
			[]string{`"train/img_1_of_3.tfrecord": record at offset 480: length checksum 0x`, " stored, 0x"}},
		{"a flipped bit in a checksum", func(p []byte, n int, err error) (int, error) { p[n-1] ^= 4; return n, err }, nil,
			[]string{"record at offset 480: data checksum 0x"}},
	}
	for _, test := range tests {
		for _, profile := range []string{"shuffled", "v3.0"} {
			bubble(t, test.name+" "+profile, func(t *testing.T) {
				p := one(3, 10, 5, 1, ms)
				p.Profile = profile
				b := newBench(p)
				b.store.fault = at(test.fault)
				b.run(t.Context())
				if b.err == nil {
					t.Fatal("the run went on")
				}
				for _, want := range test.want {
					want = strings.ReplaceAll(want, "480", decimal(4*record))
					want = strings.ReplaceAll(strings.ReplaceAll(want, "487", decimal(4*record+7)), "489", decimal(4*record+9))
					if !strings.Contains(b.err.Error(), want) {
						t.Errorf("error %q, want %q in it", b.err, want)
					}
				}
				if test.is != nil && !errors.Is(b.err, test.is) {
					t.Errorf("error %v is not %v", b.err, test.is)
				}
				if b.store.opened != b.store.closed {
					t.Errorf("%d files were opened, %d closed", b.store.opened, b.store.closed)
				}
			})
		}
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// TestUnverified: without verification a flipped bit in the data goes unnoticed, records
// that are too short or too long don't.
func TestUnverified(t *testing.T) {
	for _, test := range []struct {
		name   string
		record int64 // that the plan expects, of 1 as stored
		want   string
	}{{"right", 1, ""}, {"twice as long", 2, "it wasn't made for records of"}, {"three times", 3, "it wasn't made for records of"}} {
		bubble(t, test.name, func(t *testing.T) {
			b := newBench(one(3, 12, 5, 1, ms))
			b.plan.Verify = false
			b.store.fault = func(_ int, _ int64, p []byte, n int, err error) (int, error) { p[50] ^= 1; return n, err }
			if test.record > 1 {
				b.plan.RecordBytes *= test.record
				b.plan.SamplesPerFile /= int(test.record)
				b.plan.Steps = 2
				b.plan.BatchSize = 2
			}
			b.run(t.Context())
			if test.want == "" && b.err != nil || test.want != "" && (b.err == nil || !strings.Contains(b.err.Error(), test.want)) {
				t.Errorf("error %v, want %q", b.err, test.want)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(one(3, 10, 5, 1, ms))
		b.plan.Files[1].Name = "train/gone_1"
		if b.run(t.Context()); b.err == nil || !strings.Contains(b.err.Error(), `open "train/gone_1": no such file`) {
			t.Errorf("error %v", b.err)
		}
	})
}

// TestHang: a read that never ends is named after io-timeout; without one, the run can
// still be cancelled.
func TestHang(t *testing.T) {
	hang := func(release chan struct{}) func(int, int64) time.Duration {
		return func(file int, off int64) time.Duration {
			if file == 1 && off > 0 {
				<-release
			}
			return 0
		}
	}
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		b := newBench(one(3, 10, 5, 1, ms))
		b.store.delay = hang(release)
		b.o.IOTimeout = 30 * time.Second
		b.run(t.Context())
		if b.err == nil || !strings.Contains(b.err.Error(), `read file "train/img_1_of_3.tfrecord" (rank 0): no answer for 3`) || !strings.Contains(b.err.Error(), "more than --io-timeout 30s") {
			t.Errorf("error %v", b.err)
		}
		if b.took < 30*time.Second || b.took > 33*time.Second {
			t.Errorf("given up after %v", b.took)
		}
		close(release)
	})
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		b := newBench(one(3, 10, 5, 1, ms))
		b.store.delay = hang(release)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		b.run(ctx)
		if !errors.Is(b.err, context.DeadlineExceeded) || b.took != time.Minute+grace {
			t.Errorf("error %v after %v", b.err, b.took)
		}
		close(release)
	})
}

// TestCancel ends a run in the middle of a computation, of a read and before an epoch.
func TestCancel(t *testing.T) {
	for _, test := range []struct {
		name  string
		c     time.Duration
		delay time.Duration
		slack time.Duration
	}{{"computing", time.Hour, 0, 100 * ms}, {"reading", ms, time.Hour, grace}, {"reading a little", ms, 10 * ms, 10 * ms}} {
		bubble(t, test.name, func(t *testing.T) {
			p := one(3, 1000, 5, 1, test.c)
			p.Epochs = 1000
			b := newBench(p)
			b.store.delay = constant(test.delay)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+123*time.Microsecond)
			defer cancel()
			b.run(ctx)
			if !errors.Is(b.err, context.DeadlineExceeded) || b.took < 10*time.Second || b.took > 10*time.Second+ms+test.slack {
				t.Errorf("error %v after %v", b.err, b.took)
			}
			time.Sleep(test.delay) // a bubble must not end before its reads
		})
	}
	bubble(t, "before", func(t *testing.T) {
		b := newBench(one(3, 10, 5, 1, ms))
		gone := errors.New("no cache was dropped")
		b.o.Before = func(_ context.Context, epoch int) error { return gone }
		if b.run(t.Context()); b.err != gone || len(b.epochs) > 0 || len(b.store.log) > 0 {
			t.Errorf("error %v, %d epochs, %d reads", b.err, len(b.epochs), len(b.store.log))
		}
	})
}

// TestEmitFails: where steps can't be stored, the run ends with that error.
func TestEmitFails(t *testing.T) {
	for _, last := range []bool{false, true} {
		bubble(t, "", func(t *testing.T) {
			full := errors.New("disk full")
			b := newBench(one(3, 10, 5, 1, ms))
			b.o.Emit = func(steps []result.Step) error {
				if !last || steps[0].Step == b.plan.Steps-1 {
					return full
				}
				return nil
			}
			if b.run(t.Context()); b.err != full {
				t.Errorf("error %v", b.err)
			}
		})
	}
}

// TestMaxInflight: no more reads block at once than allowed, and it is said that it came
// to that.
func TestMaxInflight(t *testing.T) {
	for _, test := range []struct {
		most, want int
		capped     bool
	}{{1, 1, true}, {5, 5, true}, {11, 11, true}, {12, 12, false}, {4096, 12, false}} {
		bubble(t, "", func(t *testing.T) {
			p := mini("shuffled", 60, 20, 2, 5) // 2 ranks of 6 streams
			p.ComputationTime = ms
			b := newBench(p)
			b.store.delay = constant(10 * ms)
			b.o.MaxInflight = test.most
			b.ok(t)
			if b.store.mostReads != test.want || b.capped != test.capped {
				t.Errorf("%d reads at once (capped: %v), want %d (%v)", b.store.mostReads, b.capped, test.want, test.capped)
			}
		})
	}
}
