package dlio

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
)

// TrainOptions are what Train needs beside the plan.
type TrainOptions struct {
	Engine      ioengine.Engine
	Clock       Clock
	Workers     int           // goroutines of the fast lane; 0: one a processor
	MaxInflight int           // reads that may block at once, over all ranks
	IOTimeout   time.Duration // longest read; 0: wait for ever
	Duration    time.Duration // start no epoch after this, but one that counts; 0: all of them

	// Before is called before each epoch, untimed, to make caches cold and to measure
	// them. nil: nothing is done.
	Before func(ctx context.Context, epoch int) error
	// After is called after each epoch with those that are complete, when all their steps
	// have been emitted. nil: nothing is done.
	After func(epochs []Epoch) error
	// Edge is called where an epoch starts, where its window opens (step 0's barrier) and
	// where it ends. It must return at once. nil: nobody needs to know.
	Edge func()
	// Step is called where each step has ended, at that time of the clock. It must return at
	// once. nil: nobody needs to know.
	Step func(step int, end int64)
	// Emit takes the steps of all ranks, one rank after the other, as each step ends. An
	// error ends the run. It is called by one goroutine; the slice is reused. nil: nobody
	// wants them.
	Emit func([]result.Step) error
	// Live is kept up to date for a progress line. nil: nobody looks.
	Live *Live
	// Latencies takes the latency of each read that had to wait. nil: none are kept.
	Latencies *Latencies
}

// Epoch is what Train knows of an epoch beside its steps. Times are of the run's clock.
type Epoch struct {
	Epoch        int
	Warmup       bool
	Start        int64   // its first read
	Open         int64   // step 0's barrier opened
	End          int64   // the last barrier opened
	ReadBytes    int64   // returned by reads from Start to End
	PrewarmBytes int64   // read before Start (v3.0)
	ReadyBatches float64 // mean over ranks of batches that lay ready at Open
	Reads        result.EpochReads
}

// Live is the state of a running Train. All fields may be read at any time.
type Live struct {
	Epoch, Step, Slowest atomic.Int64
	Bytes                atomic.Int64 // read in all epochs so far
	Compute, Window      atomic.Int64 // ns of this epoch since step 0's barrier: AU so far
}

// Train runs the epochs of plan and returns those that were completed. An error or a
// cancelled context ends it in the middle of an epoch; reads that block are then left to
// themselves. Capped says that MaxInflight was reached.
func Train(ctx context.Context, plan Plan, o TrainOptions) (epochs []Epoch, capped bool, err error) {
	t := newTraining(plan, o)
	stop := make(chan struct{})
	defer close(stop)
	if o.IOTimeout > 0 {
		go t.lanes.watch(t.readers, t.streams, o.IOTimeout, stop)
	}
	workers := o.Workers
	if workers == 0 {
		workers = runtime.NumCPU()
	}
	var fast sync.WaitGroup
	for range workers {
		fast.Go(t.lanes.work)
	}
	emitted := make(chan error, 1)
	go func() { emitted <- t.emit() }()

	began := t.clock.Now()
	for e := 1; e <= plan.Epochs && err == nil; e++ {
		if o.Duration > 0 && len(epochs) > plan.WarmupEpochs && t.clock.Now()-began >= int64(o.Duration) {
			break
		}
		var done Epoch
		if done, err = t.epoch(ctx, e); err == nil {
			epochs = append(epochs, done)
			err = t.after(epochs)
		}
	}
	if err == nil && plan.Profile == "v3.0" {
		_, err = t.prewarm(ctx, plan.Epochs+1)
	}
	close(t.steps)
	if emitErr := <-emitted; err == nil {
		err = emitErr
	}
	end := func() {
		for range workers {
			t.lanes.ready <- nil
		}
		fast.Wait()
		t.lanes.buffers.Free()
	}
	if err == nil {
		end()
	} else {
		t.abandon(func() { t.reset(); end() })
	}
	return epochs, t.lanes.capped.Load(), err
}

type training struct {
	plan    Plan
	o       TrainOptions
	clock   Clock
	lanes   *lanes
	readers []*reader
	streams [][]*stream
	steps   chan []result.Step
	free    chan []result.Step
	blame   blame         // of the epoch that runs
	emitted chan struct{} // answers an empty slice of steps: all before it were emitted
}

func newTraining(plan Plan, o TrainOptions) *training {
	t := &training{plan: plan, o: o, clock: o.Clock, steps: make(chan []result.Step, 64), free: make(chan []result.Step, 66), emitted: make(chan struct{})}
	if t.o.Live == nil {
		t.o.Live = &Live{}
	}
	t.lanes = newLanes(&t.plan, t.o)
	for r := range plan.Accelerators {
		reader := newReader(&t.plan, t.lanes, r)
		t.readers = append(t.readers, reader)
		t.streams = append(t.streams, append([]*stream(nil), reader.idle...))
	}
	return t
}

// grace is how long a failed run waits for reads in flight.
const grace = time.Second

// abandon ends the reads of a run that failed. A read that still blocks after the grace
// is left to itself: it may never end.
func (t *training) abandon(end func()) {
	t.lanes.stopped.Store(true)
	for _, r := range t.readers {
		r.stop()
	}
	idle := make(chan struct{})
	go func() { t.lanes.busy.Wait(); close(idle) }()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-idle:
		end()
	case <-timer.C:
		go func() { <-idle; end() }()
	}
}

// emit hands steps on until the channel is closed.
func (t *training) emit() error {
	var err error
	for steps := range t.steps {
		if len(steps) == 0 {
			t.emitted <- struct{}{}
			continue
		}
		if err == nil && t.o.Emit != nil {
			if err = t.o.Emit(steps); err != nil {
				t.lanes.giveUp(err)
			}
		}
		select {
		case t.free <- steps:
		default:
		}
	}
	return err
}

// after reports the epochs that are complete.
func (t *training) after(epochs []Epoch) error {
	if t.o.After == nil {
		return nil
	}
	t.steps <- nil
	<-t.emitted
	return t.o.After(epochs)
}

// epoch runs one epoch from cold streams to the last barrier.
func (t *training) epoch(ctx context.Context, number int) (Epoch, error) {
	e := Epoch{Epoch: number, Warmup: number <= t.plan.WarmupEpochs}
	if t.o.Before != nil {
		if err := t.o.Before(ctx, number); err != nil {
			return e, err
		}
	}
	if t.plan.Profile == "v3.0" {
		bytes, err := t.prewarm(ctx, number)
		if err != nil {
			return e, err
		}
		e.PrewarmBytes = bytes
	}
	t.o.Live.Window.Store(0)
	t.o.Live.Epoch.Store(int64(number))
	if t.o.Edge != nil {
		t.o.Edge()
	}
	e.Start = t.clock.Now()
	t.start(number)
	err := t.accelerate(ctx, &e)
	e.ReadBytes = t.bytes()
	if err != nil {
		return e, err
	}
	return e, t.drain(ctx)
}

// prewarm takes one batch a rank and throws it away, as v3.0 does before each epoch.
func (t *training) prewarm(ctx context.Context, number int) (int64, error) {
	t.start(number)
	if _, err := t.takeAll(ctx, t.clock.Now()); err != nil {
		return 0, err
	}
	if err := t.drain(ctx); err != nil {
		return 0, err
	}
	return t.bytes(), nil
}

// start begins an epoch's reads on all ranks.
func (t *training) start(number int) {
	order := t.plan.epochOrder(number)
	for rank, r := range t.readers {
		r.start(t.plan.shard(order, number, rank))
	}
}

// drain ends an epoch's reads, waits for those in flight, and closes all files.
func (t *training) drain(ctx context.Context) error {
	for _, r := range t.readers {
		r.stop()
	}
	idle := make(chan struct{})
	go func() { t.lanes.busy.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-ctx.Done():
		return ctx.Err()
	case <-t.lanes.failed:
		return t.lanes.failure
	}
	t.reset()
	return t.lanes.err() // of a read that nobody waited for
}

// reset closes all files. No read may be in flight.
func (t *training) reset() {
	for _, r := range t.readers {
		r.reset()
	}
}

func (t *training) bytes() int64 {
	var sum int64
	for _, r := range t.readers {
		r.mu.Lock()
		sum += r.bytes
		r.mu.Unlock()
	}
	return sum
}
