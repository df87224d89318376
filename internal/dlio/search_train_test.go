package dlio

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
)

// sharedStorage is an engine in virtual time: each read takes the latency, and a turn at a
// server that all share, of its bytes over the rate. Content is one record over and over.
type sharedStorage struct {
	latency time.Duration
	rate    float64 // bytes/s
	noise   float64 // of each read's turn, relative
	random  *rand.Rand
	buffer  []byte
	record  int64

	mu     sync.Mutex
	factor float64 // of the rate, in this probe
	free   time.Time
}

func (s *sharedStorage) Align() int64 { return 1 }

func (s *sharedStorage) Open(string) (ioengine.File, error) { return sharedFile{s}, nil }

type sharedFile struct{ s *sharedStorage }

func (f sharedFile) Close() error { return nil }

func (f sharedFile) ReadAt(p []byte, off int64) (int, error) {
	s := f.s
	s.mu.Lock()
	now := time.Now()
	if s.free.Before(now) {
		s.free = now
	}
	turn := float64(len(p)) / (s.rate * s.factor) * math.Max(0, 1+s.noise*s.random.NormFloat64())
	s.free = s.free.Add(time.Duration(turn * 1e9))
	left := s.free.Sub(now) + s.latency
	s.mu.Unlock()
	time.Sleep(left)
	return copy(p, s.buffer[off%s.record:]), nil
}

// sharedPlan is a small workload: a step of one accelerator reads 4 records in 50 ms.
func sharedPlan(files, samples int) (Plan, dataset.Spec) {
	spec := dataset.Spec{Format: "tfrecord", Prefix: "img", Files: files, SamplesPerFile: samples, Dim: 8, Seed: 10}
	p := mini("shuffled", files, samples, 1, 4)
	p.RecordBytes, p.TransferBytes, p.ReadAheadBatches = spec.RecordBytes(), 2*spec.RecordBytes(), 3
	p.ComputationTime, p.MinAU = 50*ms, 0.9
	for i := range p.Files {
		p.Files[i] = dataset.File{Name: spec.Name(i), Bytes: spec.FileBytes()}
	}
	return p, spec
}

// world is a storage whose true edge is known, and a plan on it. For use in a bubble.
type world struct {
	plan    Plan
	files   ProbeFiles
	storage *sharedStorage
	probing float64 // noise from probe to probe
	start   time.Time
}

func newWorld(edge, noise float64, latency time.Duration, random *rand.Rand) *world {
	plan, spec := sharedPlan(min(int(40*edge)+40, 2000), 16)
	plan.Epochs = 5
	demand := float64(plan.BatchSize) * float64(plan.RecordBytes) / plan.ComputationTime.Seconds()
	return &world{plan: plan, files: NewProbeFiles(plan), probing: noise, start: time.Now(), storage: &sharedStorage{
		latency: latency, rate: edge * plan.MinAU * demand, noise: noise, random: random, factor: 1,
		buffer: spec.NullBuffer(int(plan.TransferBytes)), record: plan.RecordBytes}}
}

func (w *world) train() TrainOptions {
	now := func() int64 { return int64(time.Since(w.start)) }
	return TrainOptions{Engine: w.storage, Workers: 1, MaxInflight: 1 << 16,
		Clock: Clock{Now: now, SleepUntil: func(t int64) { time.Sleep(time.Duration(t - now())) }}}
}

func (w *world) probe(ctx context.Context, ask Ask, before []Probe) (Probe, error) {
	w.storage.factor = 1 + w.probing*w.storage.random.NormFloat64()
	start := time.Now()
	p, err := RunProbe(ctx, w.files, ask, before, w.train())
	p.Took = time.Since(start)
	return p, err
}

// long is the AU of a whole epoch over all files.
func (w *world) long(t *testing.T, accelerators int) float64 {
	t.Helper()
	plan, o := w.plan, w.train()
	plan.Epochs, plan.Accelerators, plan.Steps = 1, accelerators, int(plan.samples())/accelerators/plan.BatchSize
	o.Emit = func([]result.Step) error { return nil }
	epochs, _, err := Train(t.Context(), plan, o)
	if err != nil {
		t.Fatal(err)
	}
	return float64(plan.Steps-1) * plan.ComputationTime.Seconds() / seconds(epochs[0].End-epochs[0].Open)
}

// TestProbeIsUnbiased: a probe of 8 steps gives the AU of a long run, and what storage
// supplies over what is demanded. Counting steps alone it would be up to 3 points too low here.
func TestProbeIsUnbiased(t *testing.T) {
	for _, latency := range []time.Duration{0, 5 * ms} {
		for _, test := range []struct {
			edge         float64
			accelerators int
		}{{4.5, 5}, {7.1, 7}, {7.1, 8}, {12.3, 12}, {12.3, 13}, {20, 20}, {20, 21}, {20, 30}} {
			bubble(t, fmt.Sprintf("%v of %v after %v", test.accelerators, test.edge, latency), func(t *testing.T) {
				w := newWorld(test.edge, 0, latency, rand.New(rand.NewPCG(1, 2)))
				got, err := RunProbe(t.Context(), w.files, Ask{Accelerators: test.accelerators, Steps: 8}, nil, w.train())
				if err != nil {
					t.Fatal(err)
				}
				law, long := test.edge*0.9/float64(test.accelerators), w.long(t, test.accelerators)
				if math.Abs(got.AU-law) > 0.006 || math.Abs(got.AU-long) > 0.012 {
					t.Errorf("AU %.4f, by the law %.4f, in a run of many steps %.4f", got.AU, law, long)
				}
				if rate := w.storage.rate; math.Abs(got.BytesPerS/rate-1) > 0.01 {
					t.Errorf("%.0f bytes/s, want the storage's %.0f", got.BytesPerS, rate)
				}
			})
		}
	}
}

// TestProbeBelowTheEdge: where storage gives more than is needed, a probe passes too, though
// its read-ahead is empty at first.
func TestProbeBelowTheEdge(t *testing.T) {
	for _, test := range []struct {
		edge                float64
		accelerators, steps int
	}{{1.3, 1, 64}, {2.6, 2, 32}, {4.5, 4, 16}, {12.3, 10, 8}, {40, 20, 8}} {
		bubble(t, fmt.Sprint(test), func(t *testing.T) {
			w := newWorld(test.edge, 0, ms, rand.New(rand.NewPCG(1, 2)))
			got, err := RunProbe(t.Context(), w.files, Ask{Accelerators: test.accelerators, Steps: test.steps}, nil, w.train())
			if err != nil || got.AU < 0.93 || got.AU > 1 || w.long(t, test.accelerators) < 0.98 {
				t.Errorf("AU %v, error %v", got.AU, err)
			}
		})
	}
}

// TestSearchOnStorage: whole searches whose probes are real runs, in virtual time.
func TestSearchOnStorage(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	within := 0
	for range storageSearches {
		synctest.Test(t, func(t *testing.T) {
			edge := 1 + 23*random.Float64()
			w := newWorld(edge, 0.03*random.Float64(), time.Duration(random.IntN(5))*ms, random)
			a, err := Search(t.Context(), w.files.Options(), nil, w.probe, nil)
			if err != nil || a.Stop == StopNot {
				t.Fatalf("stop %q, error %v", a.Stop, err)
			}
			if math.Abs(float64(a.Max)-math.Floor(edge)) <= 1 {
				within++
			} else {
				t.Logf("edge %.2f at a noise of %.3f: %d pass, %d fail", edge, w.probing, a.Max, a.MinFailing)
			}
			if a.ReadBytes > w.files.Options().MaxBytes {
				t.Errorf("%d bytes were read, more than two full runs", a.ReadBytes)
			}
		})
	}
	if within < storageSearches*19/20 {
		t.Errorf("%d of %d searches within one accelerator", within, storageSearches)
	}
}

// TestClientEndsFirst: storage that answers at once behind a client that spends time on
// each byte: the client is named, at its own number, and storage behind a client with time
// to spare is named too.
func TestClientEndsFirst(t *testing.T) {
	for i, test := range []struct {
		storage, client float64 // edges, in accelerators
		limit           string
	}{{1e6, 9.4, "client-cpu"}, {1e6, 17.5, "client-cpu"}, {30, 17.5, "client-cpu"}, {9.4, 30, "storage"}, {1e6, 3.3, "client-cpu"}} {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(5, uint64(i)))
			w := newWorld(min(test.storage, test.client), 0.005, 0, random)
			client := newWorld(test.client, 0.005, 0, random)
			client.plan, client.files = w.plan, w.files
			probe := func(ctx context.Context, ask Ask, before []Probe) (Probe, error) {
				p, err := w.probe(ctx, ask, before)
				if err != nil {
					return p, err
				}
				alone, err := client.probe(ctx, ask, before)
				p.CeilingAU = alone.AU
				return p, err
			}
			a, err := Search(t.Context(), w.files.Options(), nil, probe, nil)
			want := math.Floor(min(test.storage, test.client))
			if err != nil || a.Limit != test.limit || math.Abs(float64(a.Max)-want) > 1 {
				t.Errorf("%+v: %d pass, %d fail, limit %q (%s), error %v", test, a.Max, a.MinFailing, a.Limit, a.Evidence, err)
			}
		})
	}
}
