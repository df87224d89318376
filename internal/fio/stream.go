package fio

import (
	"runtime"
	"sync"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
)

// stream does one job's part of the files. Where it may have several operations in
// flight, it has a slot for each.
type stream struct {
	run    *nativeRun
	number int
	order  opOrder
	files  openFiles
	slots  []*slot
	queue  ioengine.Queue // nil: each slot waits for its own operation
	tally  *tally

	mu       sync.Mutex // of what the lanes share; a stream of one lane does without
	lanes    int        // goroutines that take operations
	pace     pace
	first    fileOp // was taken from order ahead of time; n 0: was not
	inflight int    // in the queue
	calling  mark   // of what is done beside the queue
}

// slot is the place of one operation in flight.
type slot struct {
	mark    mark
	content content
	tries   tries

	op    fileOp
	file  *openFile
	start int64 // when it began
	due   int64 // when it was to begin, under a rate
	async ioengine.Async
}

// work is the life of a stream, in the goroutine of its own.
func (s *stream) work() {
	r := s.run
	err := s.prepare()
	r.fail(err)
	r.ready.Done()
	<-r.begin
	if err == nil && !r.halted() {
		r.fail(s.operate())
	}
	r.fail(s.files.closeAll(s.slots[0]))
	if s.queue != nil && s.inflight == 0 {
		r.fail(s.queue.Close())
	}
}

// prepare does what is not to be timed: memory, the queue, and opening the first file.
func (s *stream) prepare() error {
	r := s.run
	for i, sl := range s.slots {
		if r.borrows {
			break
		}
		buf, err := r.buffers.Get()
		if err != nil {
			return err
		}
		sl.content.prepare(r.job, buf, uint64(s.number)<<16|uint64(i))
	}
	if s.first = s.order.next(); s.first.n == 0 {
		return nil // it has nothing to do
	}
	if r.queued {
		if r.native.OwnQueue {
			runtime.LockOSThread() // never undone: the thread ends with the stream
		}
		queue, err := ioengine.NewQueue(r.engine, len(s.slots))
		if err != nil {
			return err
		}
		s.queue = queue
	}
	f, err := s.files.get(s.slots[0], s.first.file)
	if err != nil {
		return err
	}
	return s.files.put(s.slots[0], f)
}

// operate does all operations, or those of the job's duration.
func (s *stream) operate() error {
	if s.queue != nil {
		return s.operateQueued()
	}
	if s.lanes == 1 {
		return s.operateLane(s.slots[0])
	}
	var lanes sync.WaitGroup
	for _, sl := range s.slots {
		lanes.Go(func() { s.run.fail(s.operateLane(sl)) })
	}
	lanes.Wait()
	return nil
}

// operateLane does one operation after the other, and waits for each.
func (s *stream) operateLane(sl *slot) error {
	r := s.run
	turn := r.start
	for now := r.start; now < r.until && !r.halted(); {
		if now-turn > int64(turnLength) {
			runtime.Gosched()
			turn = r.clock.now()
		}
		if more, err := s.take(sl); !more || err != nil {
			return err
		}
		if r.paced && !s.await(sl) {
			return s.put(sl)
		}
		n, end, err := s.doBorrowing(sl)
		if err != nil {
			_ = s.put(sl)
			return err
		}
		s.tally.add(n, sl.start, end, sl.due)
		if now, err = s.after(sl, end); err != nil {
			return err
		}
	}
	return nil
}

// await waits until the operation is due. It says false where that is after the end.
func (s *stream) await(sl *slot) bool {
	return sl.due < s.run.until && s.run.clock.sleepUntil(sl.due, s.run.halt)
}

// take gives a slot the next operation and its open file.
func (s *stream) take(sl *slot) (more bool, err error) {
	if s.lanes > 1 {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	sl.op = s.first
	if s.first = (fileOp{}); sl.op.n == 0 {
		if sl.op = s.order.next(); sl.op.n == 0 {
			return false, nil
		}
	}
	if s.run.paced {
		sl.due = s.run.start + s.pace.next(sl.op.n)
	}
	sl.file, err = s.files.get(sl, sl.op.file)
	return err == nil, err
}

// put lets go of a slot's file.
func (s *stream) put(sl *slot) error {
	if s.lanes > 1 {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	return s.files.put(sl, sl.file)
}

// after does what follows an operation, and returns the time after it.
func (s *stream) after(sl *slot, end int64) (now int64, err error) {
	if s.run.job.Fsync == FsyncEach {
		if err := s.sync(sl, sl.file); err != nil {
			return 0, err
		}
		end = s.run.clock.now()
	}
	return end, s.put(sl)
}

// turnLength is how long a stream that never waits goes on before it lets another have
// the processor. The scheduler would stop it only after 10 ms, and in the middle of an
// operation, with its memory in the processor's cache.
const turnLength = time.Millisecond

// doBorrowing does an operation in memory that is common to all streams, if they haven't
// any of their own.
func (s *stream) doBorrowing(sl *slot) (n int, end int64, err error) {
	r := s.run
	if !r.borrows {
		return s.do(sl)
	}
	if sl.content.buf, err = r.buffers.Get(); err != nil {
		return 0, 0, err
	}
	n, end, err = s.do(sl)
	r.buffers.Put(sl.content.buf)
	return n, end, err
}

// do reads or writes what the slot holds.
func (s *stream) do(sl *slot) (n int, end int64, err error) {
	r := s.run
	if r.job.Op == Write {
		n, err = s.write(sl)
	} else {
		n, err = s.read(sl)
	}
	end = r.clock.now()
	if err == nil && n >= sl.op.n && r.check == nil {
		return sl.op.n, end, nil
	}
	n, err = r.result(sl, n, err)
	return n, end, err
}

// sync makes a file durable. The time of it counts by itself, not as an operation's.
func (s *stream) sync(sl *slot, f *openFile) error {
	var start, end int64
	err := s.call(sl, opSync, f.index, func() error {
		start = s.run.clock.now()
		err := f.write.Sync()
		end = s.run.clock.now()
		return err
	})
	if err != nil {
		return err
	}
	s.tally.addSync(start, end)
	return nil
}

// call runs what may wait for the storage but is no read or write.
func (s *stream) call(sl *slot, kind opKind, file int, do func() error) error {
	r := s.run
	// With operations in flight this stream holds places in the gate that only it can
	// free: it must not wait for another one.
	if s.inflight == 0 {
		if _, err := r.gate.enter(); err != nil {
			return err
		}
		defer r.gate.leave()
	}
	m := &sl.mark
	if s.queue != nil {
		m = &s.calling
	}
	m.begin(kind, file, 0, r.clock.now())
	err := do()
	m.end()
	if err != nil {
		return openError(kind, r.job.Files[file].Name, err)
	}
	return nil
}
