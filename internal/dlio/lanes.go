package dlio

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
)

// lanes carries out the reads of all ranks. The fast lane is one goroutine a processor,
// which reads what lies in memory and checks it. A read that would have to wait moves to
// the blocking lane, a goroutine and for the time of the call a thread of its own. So the
// cost in CPU follows the bytes, and threads exist only for reads that really wait.
type lanes struct {
	plan    *Plan
	engine  ioengine.Engine
	buffers *ioengine.Buffers
	clock   Clock
	live    *Live
	reads   *Latencies
	ready   chan *stream  // reads to be made; has room for every stream
	slots   chan struct{} // one for each read that may block at once
	busy    sync.WaitGroup

	capped  atomic.Bool // a read had to wait for a slot
	stopped atomic.Bool // the run has failed: reads that have not begun are dropped
	missing atomic.Int64
	all     chan struct{} // every accelerator has its batch

	failed  chan struct{}
	failure error
	fail    sync.Once
}

func newLanes(plan *Plan, o TrainOptions) *lanes {
	align := o.Engine.Align()
	size := (plan.TransferBytes + align - 1) / align * align
	return &lanes{
		plan: plan, engine: o.Engine, clock: o.Clock, live: o.Live, reads: o.Latencies, buffers: ioengine.NewBuffers(int(size)),
		ready: make(chan *stream, plan.Accelerators*plan.streams()+1), slots: make(chan struct{}, o.MaxInflight),
		all: make(chan struct{}, 1), failed: make(chan struct{}),
	}
}

// giveUp ends the run with its first error.
func (l *lanes) giveUp(err error) {
	l.fail.Do(func() { l.failure = err; close(l.failed) })
}

// expect says how many accelerators the lanes will see arrive.
func (l *lanes) expect(ranks int) { l.missing.Store(int64(ranks)) }

// arrived notes that one more accelerator has its batch.
func (l *lanes) arrived() {
	if l.missing.Add(-1) == 0 {
		l.all <- struct{}{}
	}
}

func (l *lanes) queue(streams []*stream) {
	l.busy.Add(len(streams))
	for _, s := range streams {
		l.ready <- s
	}
}

// work is the fast lane. A nil stream ends it.
func (l *lanes) work() {
	buf, err := l.buffers.Get()
	if err != nil {
		l.giveUp(err)
		return
	}
	for s := range l.ready {
		if s == nil {
			break
		}
		if l.stopped.Load() {
			l.busy.Done()
			continue
		}
		if s.file == nil {
			go l.block(s)
			continue
		}
		l.try(s, buf)
	}
	l.buffers.Put(buf)
}

// try reads what can be had at once.
func (l *lanes) try(s *stream, buf []byte) {
	want := l.length(s)
	switch f := s.file.(type) {
	case ioengine.Viewer:
		l.finish(s, f.View(s.next, want), nil, interval{})
	case ioengine.TryReader:
		if s.cold > 0 {
			s.cold--
			go l.block(s)
			return
		}
		n, err := f.TryReadAt(buf[:want], s.next)
		if err == ioengine.ErrWouldBlock {
			s.cold = coldReads
			go l.block(s)
			return
		}
		l.finish(s, buf[:n], err, interval{})
	default:
		go l.block(s)
	}
}

// length is how much the next read asks for: a transfer, or up to the last record needed,
// rounded up to a block where the engine needs that.
func (l *lanes) length(s *stream) int {
	align := l.engine.Align()
	left := (s.end - s.next + align - 1) / align * align
	return int(min(left, (l.plan.TransferBytes+align-1)/align*align))
}

// block is one turn of the blocking lane: open the file if that is to be done, and read.
func (l *lanes) block(s *stream) {
	select {
	case l.slots <- struct{}{}:
	default:
		l.capped.Store(true)
		l.slots <- struct{}{}
	}
	if l.stopped.Load() {
		<-l.slots
		l.busy.Done()
		return
	}
	blocked := interval{start: max(1, l.clock.Now())} // a wait for a slot is our own doing
	atomic.StoreInt64(&s.since, blocked.start)
	data, buf, err := l.wait(s)
	atomic.StoreInt64(&s.since, 0)
	blocked.end = l.clock.Now()
	<-l.slots
	l.finish(s, data, err, blocked)
	if buf != nil {
		l.buffers.Put(buf)
	}
}

func (l *lanes) wait(s *stream) (data, buf []byte, err error) {
	name := l.plan.Files[s.seg.file].Name
	if s.file == nil {
		if s.file, err = l.engine.Open(name); err != nil {
			s.file = nil
			return nil, nil, err
		}
	}
	want := l.length(s)
	if f, ok := s.file.(ioengine.Viewer); ok {
		return f.View(s.next, want), nil, nil
	}
	buf, err = l.buffers.Get()
	if err != nil {
		return nil, nil, err
	}
	n, err := s.file.ReadAt(buf[:want], s.next)
	return buf[:n], buf, err
}

// coldReads is how many reads of a stream that had to wait go straight to the blocking
// lane. A try that fails has begun its I/O in the fast lane, and may have waited there for
// a full device queue, so a cold stream should make few of them.
const coldReads = 3

// finish checks the bytes that a read brought and hands the records to the reader.
func (l *lanes) finish(s *stream, data []byte, err error, blocked interval) {
	defer l.busy.Done()
	if err == io.EOF && s.next+int64(len(data)) >= s.end {
		err = nil // a direct read was rounded up beyond the end of the file
	}
	n := int64(len(data))
	if err != nil || n == 0 {
		l.giveUp(l.readError(s, n, err))
		return
	}
	useful := data[min(s.skip, n):min(n, s.end-s.next)]
	s.skip -= min(s.skip, n)
	s.next += n
	l.live.Bytes.Add(n)
	records, err := s.scan.Scan(useful)
	if err != nil {
		l.giveUp(fmt.Errorf("check file %q: %w", l.plan.Files[s.seg.file].Name, err))
		return
	}
	if records > s.need || (s.next >= s.end) != (records == s.need) {
		l.giveUp(fmt.Errorf("check file %q: %d records up to offset %d, but %d were expected up to offset %d: it wasn't made for records of %d bytes",
			l.plan.Files[s.seg.file].Name, records, s.next, s.need, s.end, l.plan.RecordBytes))
		return
	}
	s.reader.done(s, n, records, blocked)
}

func (l *lanes) readError(s *stream, n int64, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read file %q at offset %d: %w", l.plan.Files[s.seg.file].Name, s.next+n, err)
}

// err is why the run has failed, nil if it has not.
func (l *lanes) err() error {
	select {
	case <-l.failed:
		return l.failure
	default:
		return nil
	}
}

// watch gives up when a read has been in flight for longer than limit.
func (l *lanes) watch(readers []*reader, streams [][]*stream, limit time.Duration, stop <-chan struct{}) {
	tick := time.NewTicker(min(time.Second, max(limit/4, time.Millisecond)))
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		now := l.clock.Now()
		for r := range readers {
			for _, s := range streams[r] {
				if since := atomic.LoadInt64(&s.since); since > 0 && now-since > int64(limit) {
					readers[r].mu.Lock()
					name := l.plan.Files[s.seg.file].Name
					readers[r].mu.Unlock()
					l.giveUp(fmt.Errorf("read file %q (rank %d): no answer for %v, more than --io-timeout %v: is the server up?",
						name, r, time.Duration(now-since).Round(time.Millisecond), limit))
					return
				}
			}
		}
	}
}
