package fio

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// leaveAfter is how long a run that is over waits for calls in flight, before it leaves
// them to themselves.
const leaveAfter = 500 * time.Millisecond

// lifecycle lets goroutines begin at the same moment, and end together: when all have
// done their part, at the first error, or when the context ends.
type lifecycle struct {
	clock opClock
	start int64         // when the clock started; set before begin is closed
	begin chan struct{} // closed then

	ready, ended sync.WaitGroup
	over         atomic.Bool
	halt         chan struct{} // closed when over
	failed       chan struct{} // closed after failure was set
	failure      error
	once         sync.Once
}

func newLifecycle() *lifecycle {
	return &lifecycle{
		clock: opClock{time.Now()},
		begin: make(chan struct{}), halt: make(chan struct{}), failed: make(chan struct{}),
	}
}

// launch starts n goroutines, and returns when all have called ready.Done. They then
// wait for begin.
func (l *lifecycle) launch(ctx context.Context, n int, work func(i int)) error {
	l.ready.Add(n)
	for i := range n {
		l.ended.Go(func() { work(i) })
	}
	return l.await(ctx, l.ready.Wait)
}

// open starts the clock.
func (l *lifecycle) open() {
	l.start = l.clock.now()
	close(l.begin)
}

// began is the time at which the clock started.
func (l *lifecycle) began() time.Time { return l.clock.base.Add(time.Duration(l.start)) }

// await returns when wait has, or before that at the first error, or when ctx has ended.
func (l *lifecycle) await(ctx context.Context, wait func()) error {
	done := make(chan struct{})
	go func() { wait(); close(done) }()
	select {
	case <-done:
	case <-l.failed:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-l.failed:
		return l.failure
	default:
		return nil
	}
}

// fail ends the run with its first error.
func (l *lifecycle) fail(err error) {
	if err == nil || errors.Is(err, errHalted) {
		return
	}
	l.once.Do(func() {
		l.failure = err
		l.stop()
		close(l.failed)
	})
}

// stop lets no further operation begin.
func (l *lifecycle) stop() {
	if l.over.CompareAndSwap(false, true) {
		close(l.halt)
	}
}

func (l *lifecycle) halted() bool { return l.over.Load() }

// leave stops the run and waits for its goroutines, but not for ever: it says false
// where some are left behind in calls that don't return.
func (l *lifecycle) leave() bool {
	l.stop()
	select {
	case <-l.begin:
	default:
		close(l.begin) // they may wait for it
	}
	done := make(chan struct{})
	go func() { l.ended.Wait(); close(done) }()
	select {
	case <-done:
		return true
	case <-time.After(leaveAfter):
		return false
	}
}

// processCPU is the time, user and system, that this process has used.
func processCPU() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
