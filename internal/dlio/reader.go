package dlio

import (
	"sync"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/ioengine"
)

// aheadRecords is how many checked records may wait in a stream before it stops reading.
const aheadRecords = 2

// reader is the input pipeline of one rank: streams that read files, and the rule by
// which their records become batches. ReadThreads streams form the cycle, from which
// records are taken round robin, one at a time; twice as many are staged: opened, read
// until two records wait, and held until a stream of the cycle is exhausted.
//
// A batch is a count: its records were checked and their bytes are gone.
type reader struct {
	plan  *Plan
	lanes *lanes
	rank  int

	mu     sync.Mutex
	shard  *shard
	cycle  []*stream // nil: no file is left for this place
	staged []*stream // oldest first
	cursor int       // place of the cycle that gives the next record
	idle   []*stream // streams without a file
	wake   []*stream // streams to be read once mu is free; a scratch of advance

	records int64 // taken from streams so far this epoch
	taken   int64 // batches the accelerator has taken
	closed  bool  // the epoch is over: take nothing more, read nothing more
	bytes   int64 // returned by reads this epoch

	starving  bool  // the accelerator waits for a batch
	blameFrom int64 // up to here the wait has been split into readNS and workNS
	readNS    int64 // of this wait: a read was in flight for the record that lacked
	workNS    int64 // of this wait: its bytes were there, our code was not done
	takenAt   int64 // when the accelerator got its batch
	batchAt   int64 // when the youngest batch became complete
	waits     waits // since the window of AU opened
}

// stream reads one segment of one file after the other. Between turns its fields belong
// to its reader's mu; while busy, next, scan, cold and file belong to the goroutine that reads.
type stream struct {
	reader *reader
	seg    segment
	file   ioengine.File
	scan   dataset.Scanner
	next   int64 // offset of the next read
	skip   int64 // bytes before the first record, read only for alignment
	end    int64 // offset behind the last record that is needed
	need   int   // records not yet read
	ready  int   // checked records that wait
	busy   bool  // a read is queued or in flight
	cold   int   // so many reads more are expected to wait
	begun  bool  // a read of the segment has ended

	since int64 // when the blocking call in flight began, 0 if none; atomic
}

func newReader(plan *Plan, l *lanes, rank int) *reader {
	r := &reader{plan: plan, lanes: l, rank: rank, cycle: make([]*stream, plan.ReadThreads)}
	for range plan.streams() {
		r.idle = append(r.idle, &stream{reader: r})
	}
	return r
}

// start begins an epoch: nothing is ready, and the first reads are queued.
func (r *reader) start(s *shard) {
	r.mu.Lock()
	r.shard, r.cursor, r.records, r.taken, r.bytes, r.closed = s, 0, 0, 0, 0, false
	r.fill()
	r.unlockAndWake()
}

// stop ends an epoch: no new read starts. What is in flight is waited for by lanes.
func (r *reader) stop() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
}

// reset closes what a stopped epoch left open, after its last read has ended.
func (r *reader) reset() {
	for i, s := range r.cycle {
		if s != nil {
			r.retire(s)
			r.cycle[i] = nil
		}
	}
	for _, s := range r.staged {
		r.retire(s)
	}
	r.staged = r.staged[:0]
}

// fill gives the empty places of the cycle, then the stage, a stream each.
func (r *reader) fill() {
	for i := range r.cycle {
		if r.cycle[i] == nil {
			r.cycle[i] = r.open()
		}
	}
	for len(r.staged) < 2*r.plan.ReadThreads {
		s := r.open()
		if s == nil {
			return
		}
		r.staged = append(r.staged, s)
	}
}

// open gives an idle stream the next segment of the shard, nil if none is left.
func (r *reader) open() *stream {
	seg, ok := r.shard.next()
	if !ok {
		return nil
	}
	s := r.idle[len(r.idle)-1]
	r.idle = r.idle[:len(r.idle)-1]
	first, align := int64(seg.first)*r.plan.RecordBytes, r.lanes.engine.Align()
	s.seg, s.need, s.ready, s.file, s.cold, s.begun = seg, seg.count, 0, nil, 0, false
	s.next = first / align * align
	s.skip = first - s.next
	s.end = first + int64(seg.count)*r.plan.RecordBytes
	s.scan.Reset(first, r.plan.Verify)
	r.read(s)
	return s
}

// retire makes a stream idle.
func (r *reader) retire(s *stream) {
	if s.file != nil {
		_ = s.file.Close() // opened for reading: a failed close loses nothing
		s.file = nil
	}
	r.idle = append(r.idle, s)
}

// read queues a stream's next read, if it may have one.
func (r *reader) read(s *stream) {
	if s.busy || s.need == 0 || s.ready >= aheadRecords || r.closed {
		return
	}
	s.busy = true
	r.wake = append(r.wake, s)
}

// unlockAndWake hands the queued reads to the lanes.
func (r *reader) unlockAndWake() {
	var few [8]*stream
	wake := append(few[:0], r.wake...)
	r.wake = r.wake[:0]
	r.mu.Unlock()
	r.lanes.queue(wake)
}

// advance takes records round robin, as far as they lie ready and the read-ahead allows.
func (r *reader) advance() {
	limit := (r.taken + int64(r.plan.ReadAheadBatches)) * int64(r.plan.BatchSize)
	for r.records < limit && !r.closed {
		s := r.cycle[r.cursor]
		if s == nil {
			if !r.skipEmpty() {
				return
			}
			continue
		}
		if s.ready == 0 {
			return
		}
		s.ready--
		r.records++
		if s.need == 0 && s.ready == 0 {
			r.retire(s)
			r.replace()
		} else {
			r.read(s)
		}
		r.cursor = (r.cursor + 1) % len(r.cycle)
	}
}

// replace puts the oldest staged stream in the place of an exhausted one.
func (r *reader) replace() {
	r.cycle[r.cursor] = nil
	if len(r.staged) > 0 {
		r.cycle[r.cursor] = r.staged[0]
		r.staged = append(r.staged[:0], r.staged[1:]...)
	}
	if s := r.open(); s != nil {
		if r.cycle[r.cursor] == nil {
			r.cycle[r.cursor] = s
		} else {
			r.staged = append(r.staged, s)
		}
	}
}

// skipEmpty moves the cursor to a place that has a stream. Where none has, a shard that
// loops begins again, without the partial batch at its end; else it reports false.
func (r *reader) skipEmpty() bool {
	for range r.cycle {
		if r.cycle[r.cursor] != nil {
			return true
		}
		r.cursor = (r.cursor + 1) % len(r.cycle)
	}
	if !r.shard.loops {
		return false
	}
	r.records -= r.records % int64(r.plan.BatchSize)
	r.cursor = 0
	r.shard.rewind()
	r.fill()
	return true
}

// take gives the accelerator its next batch at once, if it is there, or leaves word that
// it waits. now is the start of the wait.
func (r *reader) take(now int64) (ready bool) {
	r.mu.Lock()
	r.readNS, r.workNS, r.blameFrom = 0, 0, now
	r.waits.charged = r.waits.charged[:0]
	if ready = r.batches() > 0; ready {
		switch { // it may have come after the wait began
		case r.taken == 0:
			now = r.lanes.clock.Now()
		case r.batches() == 1:
			now = max(now, r.batchAt)
		}
		r.give(now)
		r.advance() // the read-ahead has moved on
	} else {
		r.starving = true
	}
	r.unlockAndWake()
	return ready
}

// batches is the number of complete batches that were not taken.
func (r *reader) batches() int64 { return r.records/int64(r.plan.BatchSize) - r.taken }

func (r *reader) give(now int64) {
	r.taken++
	r.takenAt = now
	r.starving = false
}

// done is called by the lanes when a read of s has ended: it brought n bytes and made
// records ready. The wait of a starving accelerator is charged to the record that it
// lacks: to the read call as far as that blocked, to our own work for the rest.
func (r *reader) done(s *stream, n int64, records int, blocked interval) {
	now := r.lanes.clock.Now()
	r.mu.Lock()
	now = max(now, r.blameFrom) // the wait may have begun while mu was waited for
	r.bytes += n
	s.busy = false
	s.need -= records
	s.ready += records
	latency, first := blocked.end-blocked.start, !s.begun
	s.begun = true
	if blocked.end > 0 {
		r.waits.read(latency, first)
		r.lanes.reads.Record(latency)
	}
	if r.starving && r.cycle[r.cursor] == s {
		if read := r.blame(now, blocked); read > 0 {
			r.waits.charge(read, latency, s.seg.file, first)
		}
	}
	if s.need == 0 && s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
	r.read(s)
	before := r.batches()
	r.advance()
	if r.batches() > before {
		r.batchAt = now
	}
	if r.starving && r.batches() > 0 {
		r.blame(now, interval{})
		r.give(now)
		r.advance()
		r.lanes.arrived()
	}
	r.unlockAndWake()
}

// blame splits the wait up to now, and returns the part of the read call.
func (r *reader) blame(now int64, blocked interval) (read int64) {
	span := now - r.blameFrom
	read = max(0, min(blocked.end, now)-max(blocked.start, r.blameFrom))
	r.readNS += read
	r.workNS += span - read
	r.blameFrom = now
	return read
}

// interval is a span of the run's clock in nanoseconds.
type interval struct{ start, end int64 }
