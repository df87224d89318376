package ioengine

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Uring is Posix whose queues keep operations in flight with io_uring instead of a
// thread for each. Its files read and write by themselves as Posix's do.
type Uring struct{ *Posix }

// NewUring goes through the page cache, or past it with O_DIRECT if direct is set.
func NewUring(dir string, direct bool) *Uring {
	if direct {
		return &Uring{NewDirect(dir)}
	}
	return &Uring{NewPosix(dir)}
}

// newQueue makes a queue that belongs to one goroutine, which its first Wait locks to its
// thread (runtime.LockOSThread) until Close: the kernel then leaves all of an operation's
// work to that thread's own calls. One call both submits and waits, so Submitted is read
// right before it, and the kernel's part of submitting counts as waiting.
func (e *Uring) newQueue(depth int) (Queue, error) {
	rings, err := setupUring(depth)
	if err != nil {
		return nil, err
	}
	q := &uringQueue{rings: rings, engine: e.Posix, ops: make([]*Async, depth), fresh: make([]*Async, 0, depth)}
	for i := range depth {
		q.free = append(q.free, uint32(i))
	}
	return q, nil
}

// uringQueue holds each operation until its result is there, so that the memory that
// the kernel writes to stays in use.
type uringQueue struct {
	rings  *uringRings
	engine *Posix

	ops   []*Async // those in flight, by the number that the kernel gives back
	free  []uint32 // numbers not in use
	fresh []*Async // pushed since the last Wait
	tail  uint32   // of the entries

	locked bool // its goroutine to its thread
}

func (q *uringQueue) Push(op *Async) {
	last := len(q.free) - 1
	id := q.free[last] // beyond depth: a panic
	q.free = q.free[:last]
	q.ops[id] = op
	op.N, op.Err = 0, nil
	q.fresh = append(q.fresh, op)
	q.add(id)
}

// Bytes asked of the kernel at a time; it moves at most some KiB less than 2 GiB.
const uringMostBytes = 1 << 30

// add makes an entry for what is left to do of an operation.
func (q *uringQueue) add(id uint32) {
	op := q.ops[id]
	e := &q.rings.entries[q.tail&uint32(len(q.rings.entries)-1)] // a power of two
	*e = uringEntry{op: uringOpRead, fd: int32(op.File.(*posixFile).fd), off: uint64(op.Off) + uint64(op.N), userData: uint64(id)}
	if op.Write {
		e.op = uringOpWrite
	}
	if rest := op.Buf[op.N:]; len(rest) > 0 {
		e.addr, e.len = uint64(uintptr(unsafe.Pointer(&rest[0]))), uint32(min(len(rest), uringMostBytes))
	}
	q.tail++
}

func (q *uringQueue) Wait(done []*Async) ([]*Async, error) {
	if len(q.free) == len(q.ops) {
		return done, errNothingInFlight
	}
	if !q.locked {
		runtime.LockOSThread()
		q.locked = true
	}
	now := time.Now()
	for _, op := range q.fresh {
		op.Submitted = now
	}
	q.fresh = q.fresh[:0]
	for had := len(done); len(done) == had; {
		if err := q.rings.enter(q.tail); err != nil {
			return done, err
		}
		done = q.reap(done)
	}
	return done, nil
}

// reap takes all results that are there.
func (q *uringQueue) reap(done []*Async) []*Async {
	r, now := q.rings, time.Now()
	head, tail := *r.cqHead, atomic.LoadUint32(r.cqTail)
	for ; head != tail; head++ {
		result := r.results[head&uint32(len(r.results)-1)]
		id := uint32(result.userData)
		op := q.ops[id]
		if !op.ended(result.res, q.engine) {
			q.add(id) // handed over by the next enter
			continue
		}
		op.Done = now
		q.ops[id] = nil
		q.free = append(q.free, id)
		done = append(done, op)
	}
	atomic.StoreUint32(r.cqHead, head)
	return done
}

// ended takes in a result as ReadAt and WriteAt of a posixFile do, and says whether that
// was all of the operation.
func (op *Async) ended(res int32, e *Posix) bool {
	switch {
	case res == -int32(unix.EINTR) || res == -int32(unix.EAGAIN):
		return false
	case res < 0:
		op.Err = unix.Errno(-res)
		if op.Write {
			op.Err = e.writeError(op.Err, op.Off, len(op.Buf))
		}
		return true
	}
	op.N += int(res)
	if op.N == len(op.Buf) {
		return true
	}
	if res > 0 && int64(res)%e.align == 0 {
		return false
	}
	op.Err = io.EOF
	if op.Write {
		op.Err = io.ErrShortWrite
	}
	return true
}

func (q *uringQueue) Close() error {
	if n := len(q.ops) - len(q.free); n > 0 {
		return fmt.Errorf("close a queue: %d operations are in flight", n)
	}
	q.rings.close()
	if q.locked {
		runtime.UnlockOSThread()
		q.locked = false
	}
	return nil
}

// errNothingInFlight is the answer where a wait would have no end.
var errNothingInFlight = errors.New("wait for an operation: none is in flight")
