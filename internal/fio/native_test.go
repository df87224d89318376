package fio

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/stats"
)

var updateTraces = flag.Bool("update-traces", false, "write the golden traces anew")

// onDisk makes a job's files in a folder of their own.
func onDisk(t *testing.T, j Job) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range j.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), make([]byte, f.Bytes), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The clock starts when all streams are ready, however long that takes.
func TestBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := readJob(1, 4000, 1000)
		store := newMemStore(j.Files)
		slow := 3 * time.Second
		store.before = func(o storeOp) error {
			if o.kind == opOpen {
				time.Sleep(slow)
				slow = 0
			}
			return nil
		}
		begun := time.Now()
		if out := mustRun(t, store, j, Options{}); out.Began.Sub(begun) != 3*time.Second {
			t.Errorf("began %v after the call, want 3s", out.Began.Sub(begun))
		}
		store.before = func(storeOp) error { return syscall.EIO }
		if out, _ := (Native{Engine: store}).Run(t.Context(), j, Options{}); !out.Began.IsZero() {
			t.Errorf("began at %v, and no operation did", out.Began)
		}
	})
}

// The same job gives the same bytes and ops through every engine and at every depth.
func TestEnginesAgree(t *testing.T) {
	for _, pattern := range []Pattern{Sequential, Random, ShuffledFiles} {
		for _, jobs := range []int{1, 3, 8} {
			for _, depth := range []int{1, 4} {
				t.Run(fmt.Sprintf("%s %d jobs depth %d", pattern, jobs, depth), func(t *testing.T) {
					j := readJob(3, 10*4096+1000, 8192)
					j.Pattern, j.Jobs, j.Depth = pattern, jobs, depth
					content := make([]byte, 1<<16)
					mem := ioengine.NewMem(ioengine.Content{
						Size:  func(string) (int64, bool) { return j.Files[0].Bytes, true },
						Bytes: func(_ string, off int64, n int) []byte { return content[off:][:n] },
					})
					dir := onDisk(t, j)
					for name, e := range map[string]ioengine.Engine{
						"mem": mem, "store": newMemStore(j.Files), "posix": ioengine.NewPosix(dir), "direct": ioengine.NewDirect(dir),
					} {
						out := mustRun(t, e, j, Options{})
						checkRead(t, name, out, j)
					}
				})
			}
		}
	}
}

// checkRead demands of an Outcome what holds for every job that reads its files once.
func checkRead(t *testing.T, name string, out Outcome, j Job) {
	t.Helper()
	var ops int64
	for _, f := range j.Files {
		ops += (f.Bytes + j.OpBytes - 1) / j.OpBytes
	}
	if out.Bytes != j.Bytes() || out.Ops != ops || out.Total.Count() != ops || out.Complete.Count() != ops {
		t.Errorf("%s: %d bytes, %d ops, %d and %d latencies, want %d bytes and %d ops", name, out.Bytes, out.Ops,
			out.Total.Count(), out.Complete.Count(), j.Bytes(), ops)
	}
	if (out.Submit != nil) != (j.Depth > 1) || out.Intended != nil || out.Sync != nil || out.Capped {
		t.Errorf("%s: submit %v, intended %v, sync %v, capped %v", name, out.Submit != nil, out.Intended != nil, out.Sync != nil, out.Capped)
	}
	var sum, count int64
	for i, job := range out.Jobs {
		sum, count = sum+job.Bytes, count+job.Ops
		if job.Job != i || job.DurationNS > int64(out.Duration) || job.MaxNS > out.Total.Max() {
			t.Errorf("%s: job %d is %+v", name, i, job)
		}
	}
	if sum != out.Bytes || count != out.Ops || len(out.Jobs) != j.Jobs {
		t.Errorf("%s: %d jobs with %d bytes and %d ops", name, len(out.Jobs), sum, count)
	}
	if last := out.Samples[len(out.Samples)-1]; last.Bytes != out.Bytes || last.Ops != out.Ops || last.At < out.Duration {
		t.Errorf("%s: the last sample is %+v", name, last)
	}
	if out.Runner != "native" || out.Engine != "test" || out.Duration <= 0 {
		t.Errorf("%s: %+v", name, out)
	}
}

func TestTraces(t *testing.T) {
	sequential := readJob(2, 2560, 1024)
	sequential.Depth = 1
	random := sequential
	random.Pattern = Random
	shuffled := readJob(4, 2560, 2048)
	shuffled.Pattern = ShuffledFiles
	write := writeJob(2, 2560, 1024)
	write.Fsync = FsyncEnd
	each := writeJob(1, 2560, 1024)
	each.Fsync = FsyncEach
	overwrite := writeJob(2, 2560, 1024)
	overwrite.Overwrite = true
	paced := readJob(1, 4096, 1024)
	paced.RateBytesPerS = 1 << 30
	for _, c := range []struct {
		name string
		job  Job
	}{
		{"sequential", sequential}, {"random", random}, {"shuffled-files", shuffled},
		{"write", write}, {"write-each", each}, {"overwrite", overwrite}, {"paced", paced},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := c.job.Files
			if c.job.Op == Write && !c.job.Overwrite {
				files = nil
			}
			store := newMemStore(files)
			mustRun(t, store, c.job, Options{})
			got, golden := store.trace(), filepath.Join("testdata", c.name+".trace")
			if *updateTraces {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the trace changed (-want +got):\n%s", diff)
			}
		})
	}
}

// Each read takes a second: everything that is told of a run is exact.
func TestOutcome(t *testing.T) {
	for _, depth := range []int{1, 2} {
		t.Run(fmt.Sprint("depth ", depth), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := readJob(2, 12_000, 1000)
				j.Jobs, j.Depth = 2, depth
				store := newMemStore(j.Files)
				store.before = func(o storeOp) error {
					if o.kind == opRead {
						time.Sleep(time.Second)
					}
					return nil
				}
				var samples []Sample
				perJob := map[int]int64{}
				live := &Live{}
				out := mustRun(t, store, j, Options{
					Live: live, Sample: func(s Sample) { samples = append(samples, s) },
					Interval: func(i Interval) {
						if i.End-i.Start > intervalEvery+sampleEvery || i.Latencies.Max() != int64(time.Second) {
							t.Errorf("interval from %v to %v with a latency of %v", i.Start, i.End, time.Duration(i.Latencies.Max()))
						}
						perJob[i.Job] += i.Latencies.Count()
					},
				})
				want := 12 * time.Second / time.Duration(depth)
				if out.Duration != want || out.Bytes != 24_000 || out.Ops != 24 || out.Total.Quantile(0) < int64(990*time.Millisecond) || out.Total.Max() != int64(time.Second) {
					t.Errorf("%v, %d bytes, %d ops, latencies up to %v, want %v", out.Duration, out.Bytes, out.Ops, time.Duration(out.Total.Max()), want)
				}
				if perJob[0] != 12 || perJob[1] != 12 {
					t.Errorf("intervals hold %v latencies", perJob)
				}
				if !slices.Equal(samples, out.Samples) || len(samples) < int(want/sampleEvery) || live.Bytes.Load() != 24_000 || live.Ops.Load() != 24 {
					t.Errorf("%d samples, %d kept, live %d bytes", len(samples), len(out.Samples), live.Bytes.Load())
				}
				for _, s := range samples { // a read ends at each full second
					if done := int64(s.At/time.Second) * 2000 * int64(depth); s.At%time.Second != 0 && s.Bytes != done {
						t.Errorf("after %v: %d bytes, want %d", s.At, s.Bytes, done)
					}
				}
			})
		})
	}
}

func TestDurationEndsARun(t *testing.T) {
	for _, pattern := range []Pattern{Sequential, Random, ShuffledFiles} {
		for _, depth := range []int{1, 4} {
			synctest.Test(t, func(t *testing.T) {
				j := readJob(4, 2_000, 1000)
				j.Pattern, j.Depth, j.Duration = pattern, depth, 10*time.Second
				e := ioengine.NewDelay(newMemStore(j.Files), 300*time.Millisecond, 0)
				out := mustRun(t, e, j, Options{})
				// The last operations begin at 9.9 s.
				if want := int64(34 * depth); out.Ops != want || out.Duration != 10200*time.Millisecond {
					t.Errorf("%s depth %d: %d ops in %v, want %d", pattern, depth, out.Ops, out.Duration, want)
				}
			})
		}
	}
}

// More than 64 streams: neighbours share an interval.
func TestIntervalsOfManyJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := readJob(130, 4_000, 1000)
		j.Jobs = 130
		got := map[int]int64{}
		rounds := map[time.Duration]int{}
		mustRun(t, ioengine.NewDelay(newMemStore(j.Files), 500*time.Millisecond, 0), j, Options{Interval: func(i Interval) {
			got[i.Job] += i.Latencies.Count()
			rounds[i.Start]++
		}})
		for job, count := range got {
			want := int64(12)
			if job == 129 {
				want = 4
			}
			if job%3 != 0 || count != want {
				t.Errorf("job %d has %d latencies, want %d", job, count, want)
			}
		}
		for start, n := range rounds {
			if n > mostIntervals || len(got) != 44 {
				t.Errorf("%d intervals from %v on, of %d jobs", n, start, len(got))
			}
		}
	})
}

func TestInflightIsBounded(t *testing.T) {
	for _, c := range []struct{ jobs, depth, limit, want int }{
		{8, 1, 3, 3}, {8, 1, 8, 8}, {8, 1, 0, 8}, {4, 4, 3, 3}, {4, 4, 1, 1}, {4, 4, 16, 16},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := readJob(8, 6_000, 1000)
				j.Jobs, j.Depth = c.jobs, c.depth
				store := newMemStore(j.Files)
				var now, most atomic.Int64
				store.before = func(o storeOp) error {
					if o.kind == opRead {
						if n := now.Add(1); n > most.Load() {
							most.Store(n)
						}
						time.Sleep(time.Second)
						now.Add(-1)
					}
					return nil
				}
				out := mustRun(t, store, j, Options{MaxInflight: c.limit})
				capped := c.limit > 0 && c.limit < c.jobs*c.depth
				if most.Load() != int64(c.want) || out.Capped != capped || out.Bytes != 48_000 {
					t.Errorf("%d reads at once, capped %v, %d bytes, want %d", most.Load(), out.Capped, out.Bytes, c.want)
				}
				if c.depth == 1 && out.Total.Max() != int64(time.Second) { // a wait for a place is no latency
					t.Errorf("latencies up to %v", time.Duration(out.Total.Max()))
				}
			})
		})
	}
}

// tryStore serves what a test calls cached without blocking.
type tryStore struct {
	*memStore
	cached          func(off int64) int // bytes that can be had at once
	tried, answered atomic.Int64
}

func (s *tryStore) Open(name string) (ioengine.File, error) {
	f, err := s.memStore.Open(name)
	if err != nil {
		return nil, err
	}
	return tryStoreFile{f, s}, nil
}

type tryStoreFile struct {
	ioengine.File
	store *tryStore
}

func (f tryStoreFile) TryReadAt(p []byte, off int64) (int, error) {
	f.store.tried.Add(1)
	n := min(len(p), f.store.cached(off))
	if n == 0 {
		return 0, ioengine.ErrWouldBlock
	}
	f.store.answered.Add(1)
	clear(p[:n])
	return n, nil
}

func TestCachedReadsDontBlock(t *testing.T) {
	for _, c := range []struct {
		name            string
		cached          func(off int64) int
		tried, answered int64
		blocked         int
	}{
		{"all cached", func(int64) int { return 1000 }, 1000, 1000, 0},
		{"part of each", func(int64) int { return 300 }, 20, 20, 1000}, // 1+1, 1+3, 1+7, 1+15, 1+31, 1+63, ...
		{"none cached", func(int64) int { return 0 }, 20, 0, 1000},
		{"the first half", func(off int64) int {
			if off < 500_000 {
				return 1000
			}
			return 0
		}, 512, 500, 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := readJob(1, 1_000_000, 1000)
			store := &tryStore{memStore: newMemStore(j.Files), cached: c.cached}
			out := mustRun(t, store, j, Options{})
			blocked := strings.Count(store.trace(), "read ")
			if out.Bytes != 1_000_000 || store.tried.Load() != c.tried || store.answered.Load() != c.answered || blocked != c.blocked {
				t.Errorf("%d bytes, %d tries, %d answered, %d reads that block, want %d, %d, %d", out.Bytes,
					store.tried.Load(), store.answered.Load(), blocked, c.tried, c.answered, c.blocked)
			}
		})
	}
}

// An engine's own queue is used at any depth, by streams that keep to their threads.
func TestOwnQueue(t *testing.T) {
	for _, depth := range []int{1, 4} {
		j := readJob(3, 10_500, 1000)
		j.Jobs, j.Depth = 2, depth
		out, err := Native{Engine: newMemStore(j.Files), OwnQueue: true}.Run(t.Context(), j, Options{})
		if err != nil || out.Bytes != 31_500 || out.Submit == nil || out.Submit.Count() != 33 || out.Complete.Count() != 33 {
			t.Errorf("depth %d: %d bytes, %v", depth, out.Bytes, err)
		}
	}
}

// Many streams have no thread each: neither where data is cached, nor where they wait.
func TestThreadsAreBounded(t *testing.T) {
	j := readJob(256, 8192, 4096)
	j.Jobs, j.Duration = 256, 150*time.Millisecond
	dir := onDisk(t, j)
	threads := func() int {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Skip("no /proc/self/task: ", err)
		}
		return len(tasks)
	}
	for _, e := range []ioengine.Engine{ioengine.NewPosix(dir), ioengine.NewDirect(dir)} {
		before, most := threads(), 0
		mustRun(t, e, j, Options{MaxInflight: 16, Sample: func(Sample) { most = max(most, threads()) }})
		if most > before+16+16 {
			t.Errorf("%d threads became %d", before, most)
		}
	}
}

// Streams whose memory would not fit into the caches share it.
func TestSharedMemory(t *testing.T) {
	j := readJob(40, 2500, 1000)
	j.Jobs = 20
	for _, limit := range []int{0, 2} {
		store := newMemStore(j.Files)
		r, err := newNativeRun(Native{Engine: store}, j, Options{MaxInflight: limit})
		if err != nil || r.borrows {
			t.Fatalf("borrows %v, %v", r.borrows, err)
		}
		r.borrows = true
		r.check = func(sl *slot) error {
			if got, want := sl.content.buffer(sl.op.n), store.bytes("f0")[sl.op.off:][:sl.op.n]; !bytes.Equal(got, want) {
				return errors.New("another read's bytes")
			}
			return nil
		}
		if out, err := r.do(t.Context()); err != nil || out.Bytes != j.Bytes() || out.Ops != 120 {
			t.Errorf("%d bytes in %d ops, %v", out.Bytes, out.Ops, err)
		}
	}
	j.OpBytes = 4 << 20
	if r, err := newNativeRun(Native{Engine: newMemStore(nil)}, j, Options{}); err != nil || !r.borrows {
		t.Errorf("80 MiB: borrows %v, %v", r.borrows, err)
	}
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := readJob(2, 100_000, 1000)
		j.Jobs, j.Duration = 2, time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), 10500*time.Millisecond)
		defer cancel()
		begun := time.Now()
		out, err := Native{Engine: ioengine.NewDelay(newMemStore(j.Files), time.Second, 0)}.Run(ctx, j, Options{})
		if err != context.DeadlineExceeded || out.Ops < 20 || out.Ops > 22 || time.Since(begun) > 11*time.Second {
			t.Errorf("%v, %d ops after %v", err, out.Ops, time.Since(begun))
		}
	})
}

func TestMergedLatenciesAreThoseOfAllJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := readJob(4, 4000, 1000)
		j.Jobs = 4
		store := newMemStore(j.Files)
		store.before = func(o storeOp) error {
			if o.kind == opRead {
				time.Sleep(time.Duration(1+int(o.name[1]-'0')) * time.Second)
			}
			return nil
		}
		out := mustRun(t, store, j, Options{})
		var all stats.Durations
		for i, job := range out.Jobs {
			want := time.Duration(1+i) * time.Second
			if job.MaxNS != int64(want) || time.Duration(job.DurationNS) != 4*want || job.P50NS != job.MaxNS {
				t.Errorf("job %d: %+v", i, job)
			}
			for range 4 {
				all.Record(int64(want))
			}
		}
		for _, q := range []float64{0, 0.25, 0.5, 0.75, 1} {
			if a, b := float64(all.Quantile(q)), float64(out.Total.Quantile(q)); a/b < 0.99 || a/b > 1.01 {
				t.Errorf("quantile %v is %v, want %v", q, b, a)
			}
		}
	})
}
