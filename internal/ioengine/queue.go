package ioengine

import (
	"fmt"
	"sync"
	"time"
)

// Async is one operation of a Queue.
type Async struct {
	File  File // of the queue's engine; a WriteFile if Write is set
	Write bool
	Buf   []byte // of the queue's Align in address and length, where that isn't 1
	Off   int64

	// The queue fills these, by the time package's clock.
	Submitted time.Time // when the operation had been handed to the kernel (or to a thread)
	Done      time.Time // when it was known to have ended
	N         int       // bytes moved, as ReadAt and WriteAt have it
	Err       error     // as of ReadAt and WriteAt
}

// Queue keeps many operations of one job in flight. It belongs to one goroutine.
type Queue interface {
	// Push adds an operation. At most depth may be in flight. It may stay with the
	// queue until Wait hands it on.
	Push(op *Async)
	// Wait starts what was pushed, waits until an operation has ended, and appends all
	// that have ended to done. Its error is the queue's own, after which it is of no use.
	Wait(done []*Async) ([]*Async, error)
	// Close frees the queue. No operation may be in flight.
	Close() error
}

// NewQueue makes a queue of so many operations on files of e: that of the engine if it
// has one (Uring), or else a thread for each operation. Its operations may share a File.
func NewQueue(e Engine, depth int) (Queue, error) {
	if depth < 1 {
		return nil, fmt.Errorf("make a queue of depth %d: want at least 1", depth)
	}
	if own, ok := e.(interface{ newQueue(int) (Queue, error) }); ok {
		return own.newQueue(depth)
	}
	return &threadQueue{pushed: make(chan *Async, depth), done: make(chan *Async, depth)}, nil
}

// threadQueue has a goroutine for each operation in flight, made when it is first needed.
type threadQueue struct {
	pushed, done      chan *Async
	inflight, workers int
	group             sync.WaitGroup
}

func (q *threadQueue) work() {
	for op := range q.pushed {
		op.Submitted = time.Now()
		if op.Write {
			op.N, op.Err = op.File.(WriteFile).WriteAt(op.Buf, op.Off)
		} else {
			op.N, op.Err = op.File.ReadAt(op.Buf, op.Off)
		}
		op.Done = time.Now()
		q.done <- op
	}
}

func (q *threadQueue) Push(op *Async) {
	q.inflight++
	if q.inflight > q.workers {
		q.workers++
		q.group.Go(q.work)
	}
	q.pushed <- op
}

func (q *threadQueue) Wait(done []*Async) ([]*Async, error) {
	if q.inflight == 0 {
		return done, errNothingInFlight
	}
	had := len(done)
	done = append(done, <-q.done)
	for more := true; more; {
		select {
		case op := <-q.done:
			done = append(done, op)
		default:
			more = false
		}
	}
	q.inflight -= len(done) - had
	return done, nil
}

func (q *threadQueue) Close() error {
	if q.inflight > 0 {
		return fmt.Errorf("close a queue: %d operations are in flight", q.inflight)
	}
	close(q.pushed)
	q.group.Wait()
	return nil
}
