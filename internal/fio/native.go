package fio

import (
	"context"
	"fmt"
	"math"

	"github.com/lbench/lbench/internal/ioengine"
)

// Native runs jobs by itself, through an engine.
//
//   - Depth 1 on an engine without a queue of its own, and every job under a rate: each
//     operation in flight is a goroutine that reads or writes, and waits.
//   - Else: each stream keeps Depth operations in an ioengine.Queue.
//
// Memory, queues and the first file of each stream are made ready before the clock
// starts, for all streams at the same moment. Outcome.Verified is left to Verify.
type Native struct {
	Engine ioengine.Engine // an ioengine.Maker for jobs that write
	Name   string          // of the engine, for the Outcome
	// OwnQueue says that the engine has a queue of its own (uring). All operations then
	// go through it, each stream's from a thread of its own.
	OwnQueue bool
	// SmallPages leaves buffers in small pages, as fio's are: past the page cache a device
	// takes 1 MiB in one piece from a huge page, in 256 from small ones.
	SmallPages bool
}

// ownMemory is up to how much memory of all streams each has its own. More of it doesn't
// stay in the processor's caches, and then streams that wait for their reads share what
// those in progress need.
const ownMemory = 64 << 20

// Run implements Runner. With Options.Interval, a second of at most 64 jobs is told
// apart: of more jobs, neighbours are put together, and Interval.Job is the first of them.
// Files that were made stay where they are, also after an error.
func (n Native) Run(ctx context.Context, job Job, o Options) (Outcome, error) {
	r, err := newNativeRun(n, job, o)
	if err != nil {
		return Outcome{}, err
	}
	return r.do(ctx)
}

// nativeRun is one run of a job.
type nativeRun struct {
	*lifecycle
	native  Native
	job     Job
	o       Options
	engine  ioengine.Engine
	maker   ioengine.Maker // nil: the job reads
	buffers *ioengine.Buffers
	gate    *opGate
	streams []*stream
	setup   mark              // of the making of files that streams share
	check   func(*slot) error // of every read; nil: of none
	paced   bool
	queued  bool
	borrows bool  // streams have no memory of their own
	until   int64 // no operation begins after
}

func newNativeRun(n Native, job Job, o Options) (*nativeRun, error) {
	segments, err := job.Segments()
	if err != nil {
		return nil, err
	}
	r := &nativeRun{
		lifecycle: newLifecycle(), native: n, job: job, o: o, engine: n.Engine,
		paced: job.RateBytesPerS > 0, until: math.MaxInt64,
	}
	r.queued = (job.Depth > 1 || n.OwnQueue) && !r.paced
	if err := r.fits(); err != nil {
		return nil, err
	}
	size := contentSize(job, r.ask(int(job.OpBytes)))
	if r.buffers = ioengine.NewBuffers(size); r.native.SmallPages {
		r.buffers = ioengine.NewSmallPageBuffers(size)
	}
	r.borrows = job.Op == Read && !r.queued && int64(size)*int64(job.Jobs)*int64(job.Depth) > ownMemory
	r.gate = newOpGate(o.MaxInflight, job.Jobs*job.Depth, r.halt)
	r.makeStreams(segments)
	return r, nil
}

// fits says whether the engine can do the job.
func (r *nativeRun) fits() error {
	align := r.engine.Align()
	if r.job.OpBytes%align != 0 {
		return fmt.Errorf("op size %d: direct I/O needs a multiple of %d bytes: choose one, or buffered I/O", r.job.OpBytes, align)
	}
	if r.job.Op == Read {
		return nil
	}
	for _, f := range r.job.Files {
		if f.Bytes%align != 0 {
			return fmt.Errorf("write file %q of %d bytes: direct I/O needs a multiple of %d bytes: choose one, or buffered I/O", f.Name, f.Bytes, align)
		}
	}
	var ok bool
	if r.maker, ok = r.engine.(ioengine.Maker); !ok {
		return fmt.Errorf("write through engine %q: it can only read", r.native.Name)
	}
	return nil
}

func (r *nativeRun) makeStreams(segments [][]Segment) {
	var all *places
	if r.job.anywhere() {
		all = allPlaces(r.job)
	}
	open, working := openFilesOfStream(r.job), 0
	for i, mine := range segments {
		if len(mine) > 0 || r.job.anywhere() {
			working++
		}
		s := &stream{
			run: r, number: i, order: newOrder(r.job, i, mine, all), tally: newTally(r.job, r.queued), lanes: 1,
		}
		if r.paced {
			s.lanes = r.job.Depth
		}
		for range r.job.Depth {
			s.slots = append(s.slots, &slot{})
		}
		s.files = openFiles{stream: s, places: make([]*openFile, open), made: map[int]bool{}}
		r.streams = append(r.streams, s)
	}
	for _, s := range r.streams {
		s.pace = newPace(r.job, working)
	}
}

// do is the run from its start to its end, or as far as an error or ctx lets it come.
func (r *nativeRun) do(ctx context.Context) (Outcome, error) {
	stop := make(chan struct{})
	defer close(stop)
	if r.o.IOTimeout > 0 {
		go r.watchdog().watch(stop)
	}
	err := r.await(ctx, r.makeShared)
	if err == nil {
		err = r.launch(ctx, len(r.streams), func(i int) { r.streams[i].work() })
	}
	if err != nil {
		r.leave()
		return r.outcome(nil, 0), err
	}
	cpu := processCPU()
	reporter := newReporter(r.lifecycle, r.tallies(), r.o)
	if r.job.Duration > 0 {
		r.until = r.clock.now() + int64(r.job.Duration)
	}
	r.open()
	go reporter.report()
	err = r.await(ctx, r.ended.Wait)
	cpu = processCPU() - cpu
	if r.leave() {
		r.free()
	}
	reporter.finish()
	return r.outcome(reporter, cpu), err
}

func (r *nativeRun) tallies() []*tally {
	var all []*tally
	for _, s := range r.streams {
		all = append(all, s.tally)
	}
	return all
}

// creates says whether each stream makes its own files.
func (r *nativeRun) creates() bool {
	return r.job.Op == Write && !r.job.Overwrite && len(r.job.Files) >= r.job.Jobs
}

// makeShared makes the files that several streams are going to write to.
func (r *nativeRun) makeShared() {
	if r.job.Op != Write || r.job.Overwrite || r.creates() {
		return
	}
	for i, f := range r.job.Files {
		r.setup.begin(opCreate, i, 0, r.clock.now())
		file, err := r.maker.Create(f.Name)
		if err == nil {
			err = file.Close()
		}
		r.setup.end()
		if err != nil {
			r.fail(openError(opCreate, f.Name, err))
			return
		}
	}
}

// free gives the memory back, unless the kernel may still write to it.
func (r *nativeRun) free() {
	for _, s := range r.streams {
		if s.inflight > 0 {
			return
		}
	}
	r.buffers.Free()
}

func (r *nativeRun) watchdog() watchdog {
	w := watchdog{
		clock: r.clock, limit: r.o.IOTimeout, marks: []watched{{mark: &r.setup}},
		name: func(file int) string { return r.job.Files[file].Name }, fail: r.fail,
	}
	for _, s := range r.streams {
		w.marks = append(w.marks, watched{mark: &s.calling})
		for _, sl := range s.slots {
			w.marks = append(w.marks, watched{&sl.mark, &s.calling})
		}
	}
	return w
}

func (r *nativeRun) kind() opKind {
	if r.job.Op == Write {
		return opWrite
	}
	return opRead
}

// ask is how much to ask for to get n bytes, which may end where the file does.
func (r *nativeRun) ask(n int) int {
	align := int(r.engine.Align())
	return (n + align - 1) / align * align
}
