package fio

import (
	"errors"
	"fmt"
	"io"

	"github.com/lbench/lbench/internal/ioengine"
)

// read first takes what needs no waiting, which spares the scheduler and, where many
// streams read cached data, most of the threads.
func (s *stream) read(sl *slot) (n int, err error) {
	r := s.run
	p := sl.content.buffer(r.ask(sl.op.n))
	sl.start = r.clock.now()
	if sl.file.try != nil && sl.tries.worth() {
		n, err = sl.file.try.TryReadAt(p, sl.op.off)
		if n >= sl.op.n || err != nil && err != ioengine.ErrWouldBlock {
			sl.tries.succeeded()
			return n, err
		}
		sl.tries.failed()
	}
	waited, err := r.gate.enter()
	if err != nil {
		return n, err
	}
	if waited {
		sl.start = r.clock.now() // that was our own doing
	}
	sl.mark.begin(opRead, sl.op.file, sl.op.off, sl.start)
	m, err := sl.file.ReadAt(p[n:], sl.op.off+int64(n))
	sl.mark.end()
	r.gate.leave()
	return n + m, err
}

func (s *stream) write(sl *slot) (n int, err error) {
	r := s.run
	p := r.stamped(sl)
	if _, err := r.gate.enter(); err != nil {
		return 0, err
	}
	sl.start = r.clock.now()
	sl.mark.begin(opWrite, sl.op.file, sl.op.off, sl.start)
	n, err = sl.file.write.WriteAt(p, sl.op.off)
	sl.mark.end()
	r.gate.leave()
	return n, err
}

// result judges an operation that moved n bytes.
func (r *nativeRun) result(sl *slot, n int, err error) (int, error) {
	f := r.job.Files[sl.op.file]
	switch {
	case errors.Is(err, errHalted):
		return 0, err
	case n >= sl.op.n && (err == nil || err == io.EOF): // a direct read is rounded up, beyond the end
		if r.check == nil {
			return sl.op.n, nil
		}
		return sl.op.n, r.check(sl)
	case r.job.Op == Read && (err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return 0, fmt.Errorf("read %q at %d: file ends at %d, %d were expected: lay the files out again",
			f.Name, sl.op.off, r.endOf(sl, n), f.Bytes)
	case err == nil:
		err = io.ErrShortWrite
	}
	return 0, fmt.Errorf("%s %q at %d: %d of %d bytes: %w", r.job.Op, f.Name, sl.op.off, n, sl.op.n, adviseRoom(err))
}

// endOf finds where a file ends of which a read gave n bytes, less than were asked for.
func (r *nativeRun) endOf(sl *slot, n int) int64 {
	if n > 0 {
		return sl.op.off + int64(n)
	}
	block := max(1, r.engine.Align())
	low, high := int64(0), (sl.op.off+block-1)/block // in blocks; at high nothing is left
	var tail int64
	for low < high {
		mid := low + (high-low)/2
		n, _ := sl.file.ReadAt(sl.content.buffer(int(block)), mid*block)
		if n == 0 {
			high = mid
		} else {
			low, tail = mid+1, mid*block+int64(n)
		}
	}
	return tail
}

// tries decides whether it is worth to ask for what needs no waiting. After each
// failure in a row twice as many operations go without, up to mostSkipped.
type tries struct{ skip, penalty int }

const mostSkipped = 63

func (t *tries) worth() bool {
	if t.skip > 0 {
		t.skip--
		return false
	}
	return true
}

func (t *tries) failed() {
	t.penalty = min(2*t.penalty+1, mostSkipped)
	t.skip = t.penalty
}

func (t *tries) succeeded() { t.penalty = 0 }
