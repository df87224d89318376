package dlio

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
)

// store is storage for tests in virtual time: files of valid records, reads that take as
// long as delay says, and a log of all that was asked of it.
type store struct {
	spec  dataset.Spec
	align int64
	delay func(file int, off int64) time.Duration // nil: none
	fault func(file int, off int64, p []byte, n int, err error) (int, error)
	start time.Time

	mu        sync.Mutex
	log       []access
	opened    int
	closed    int
	mostOpen  int
	inflight  int
	mostReads int
	wrong     string
}

type access struct {
	handle, file int
	off          int64
	n            int
	at, end      time.Duration
}

type handle struct {
	store    *store
	id, file int
	busy     bool
}

func (s *store) Align() int64 { return s.align }

func (s *store) Open(name string) (ioengine.File, error) {
	_, number, _ := strings.Cut(name, "_")
	number, _, _ = strings.Cut(number, "_")
	file, err := strconv.Atoi(number)
	if err != nil || s.spec.Name(file) != name {
		return nil, fmt.Errorf("open %q: no such file", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	s.mostOpen = max(s.mostOpen, s.opened-s.closed)
	return &handle{store: s, id: s.opened, file: file}, nil
}

func (h *handle) Close() error {
	h.store.mu.Lock()
	defer h.store.mu.Unlock()
	h.store.closed++
	return nil
}

func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	s := h.store
	s.mu.Lock()
	if h.busy {
		s.wrong = fmt.Sprintf("file %d has two reads in flight", h.file)
	}
	if off%s.align != 0 || int64(len(p))%s.align != 0 {
		s.wrong = fmt.Sprintf("a read of %d bytes at %d isn't aligned to %d", len(p), off, s.align)
	}
	h.busy = true
	s.inflight++
	s.mostReads = max(s.mostReads, s.inflight)
	mine := len(s.log)
	s.log = append(s.log, access{handle: h.id, file: h.file, off: off, n: len(p), at: time.Since(s.start)})
	s.mu.Unlock()
	if s.delay != nil {
		time.Sleep(s.delay(h.file, off))
	}
	n, err := s.spec.ReadAt(h.file, p, off)
	if s.fault != nil {
		n, err = s.fault(h.file, off, p, n, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log[mine].end = time.Since(s.start)
	h.busy = false
	s.inflight--
	return n, err
}

// asked sums the bytes of the reads that began before t.
func (s *store) asked(t time.Duration) (bytes int64) {
	for _, a := range s.log {
		if a.at < t {
			bytes += int64(a.n)
		}
	}
	return bytes
}

// server is a delay that serves one read after the other, each for the time d.
func server(d time.Duration) func(int, int64) time.Duration {
	var mu sync.Mutex
	var free time.Time
	return func(int, int64) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if free.Before(now) {
			free = now
		}
		free = free.Add(d)
		return free.Sub(now)
	}
}

func constant(d time.Duration) func(int, int64) time.Duration {
	return func(int, int64) time.Duration { return d }
}

// bench is a training on a store in virtual time.
type bench struct {
	plan  Plan
	store *store
	o     TrainOptions
	late  time.Duration // how much later than asked each sleep ends

	steps    []result.Step
	tally    *Tally
	epochs   []Epoch
	metrics  map[string]float64
	perEpoch []result.Epoch
	capped   bool
	err      error
	took     time.Duration
}

// newBench is for use in a bubble. One read is one record.
func newBench(p Plan) *bench {
	spec := dataset.Spec{Format: "tfrecord", Prefix: "img", Files: len(p.Files), SamplesPerFile: p.SamplesPerFile, Dim: 8, Seed: 10}
	p.RecordBytes, p.TransferBytes, p.NominalBytes, p.Verify = spec.RecordBytes(), spec.RecordBytes(), 64, true
	for i := range p.Files {
		p.Files[i] = dataset.File{Name: spec.Name(i), Bytes: spec.FileBytes()}
	}
	return &bench{plan: p, store: &store{spec: spec, align: 1}, o: TrainOptions{Workers: 2, MaxInflight: 1000}}
}

func (b *bench) run(ctx context.Context) *bench {
	start := time.Now()
	b.store.start = start
	b.tally = NewTally(b.plan)
	now := func() int64 { return int64(time.Since(start)) }
	b.o.Clock = Clock{Now: now, SleepUntil: func(t int64) { time.Sleep(time.Duration(t-now()) + b.late) }}
	if b.o.Engine == nil {
		b.o.Engine = b.store
	}
	emit := b.o.Emit
	b.o.Emit = func(steps []result.Step) error {
		b.steps = append(b.steps, steps...)
		b.tally.Add(steps)
		if emit != nil {
			return emit(steps)
		}
		return nil
	}
	b.epochs, b.capped, b.err = Train(ctx, b.plan, b.o)
	b.took = time.Since(start)
	if b.err == nil {
		b.metrics, b.perEpoch = Measure(b.plan, b.epochs, b.tally, nil)
	}
	return b
}

// ok runs to the end and checks what holds of every run.
func (b *bench) ok(t *testing.T) *bench {
	t.Helper()
	b.run(t.Context())
	if b.err != nil {
		t.Fatal(b.err)
	}
	if b.store.wrong != "" {
		t.Error(b.store.wrong)
	}
	if b.store.opened != b.store.closed {
		t.Errorf("%d files were opened, %d closed", b.store.opened, b.store.closed)
	}
	if most := b.plan.Accelerators * 3 * b.plan.ReadThreads; b.store.mostOpen > most {
		t.Errorf("%d files were open at once, more than %d", b.store.mostOpen, most)
	}
	if want := len(b.epochs) * b.plan.Steps * b.plan.Accelerators; len(b.steps) != want {
		t.Errorf("%d steps, want %d", len(b.steps), want)
	}
	b.checkTimes(t)
	b.checkReads(t)
	return b
}

// checkReads: what an epoch keeps of its reads sums up to what its steps say.
func (b *bench) checkReads(t *testing.T) {
	t.Helper()
	for i, e := range b.epochs {
		r := e.Reads
		waited := map[bool]int64{}
		for _, s := range b.steps {
			if s.Epoch == e.Epoch && s.Step > 0 {
				waited[true] += s.Read
			}
		}
		for _, row := range r.Latencies {
			waited[false] += row.Wait
			if row.FirstReads > row.Reads || row.FirstWait > row.Wait {
				t.Errorf("epoch %d: %+v has more of first reads than of all", e.Epoch, row)
			}
		}
		if waited[true] != waited[false] {
			t.Errorf("epoch %d: steps waited %d ns for reads, the table of latencies has %d", e.Epoch, waited[true], waited[false])
		}
		last := r.Together + r.OtherFiles
		for _, f := range r.Files {
			last += f.Wait
		}
		if want := int64(b.perEpoch[i].Metrics["loss_read_ns"]); last != want || r.Epoch != e.Epoch {
			t.Errorf("epoch %d (%d): files and together make %d ns, the loss is %d", e.Epoch, r.Epoch, last, want)
		}
	}
}

// checkTimes: steps follow each other with no gap, and all ranks meet at each end.
func (b *bench) checkTimes(t *testing.T) {
	t.Helper()
	var end int64
	c := int64(b.plan.ComputationTime + b.late)
	for i, s := range b.steps {
		if s.Rank != i%b.plan.Accelerators {
			t.Fatalf("step %d is of rank %d", i, s.Rank)
		}
		if s.Rank == 0 {
			if start := b.epochs[s.Epoch-1].Start; s.Step == 0 {
				end = start
			}
			if s.StartNS != end {
				t.Fatalf("step %+v begins at %d, want %d", s, s.StartNS, end)
			}
			end = s.StartNS + s.Wait + s.Compute + s.Barrier
		}
		if got := s.StartNS + s.Wait + s.Compute + s.Barrier; got != end || s.Wait < 0 || s.Barrier < 0 || s.Compute != c {
			t.Fatalf("step %+v ends at %d, want %d; compute %d", s, got, end, c)
		}
		if s.Read < 0 || s.Work < 0 || s.Read+s.Work != s.Wait {
			t.Fatalf("step %+v: read and work do not make its wait", s)
		}
	}
}

const ms = time.Millisecond
