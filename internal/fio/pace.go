package fio

import (
	"time"

	"golang.org/x/sys/unix"
)

// pace says when the operations of one stream are due under a rate: operation k at
// k*OpBytes/rate after the start. One that is late begins at once, so that a stream
// catches up after a stall, as a source that does not wait for the storage would.
type pace struct {
	each  float64 // ns from one to the next; 0: no rate
	count int64
}

// newPace gives one of several streams its share of the rate.
func newPace(j Job, streams int) pace {
	if j.RateBytesPerS == 0 {
		return pace{}
	}
	return pace{each: float64(j.OpBytes) / j.RateBytesPerS * float64(streams) * float64(time.Second)}
}

// next is when the next operation is due, in ns after the start.
func (p *pace) next() int64 {
	due := int64(p.each * float64(p.count))
	p.count++
	return due
}

const (
	// coarse is by how much a sleep of the Go runtime may come too late: its timers have
	// the granularity of epoll_wait(2), 1 ms.
	coarse = 2 * time.Millisecond
	// spare is how much of a longer sleep is left to be slept more finely.
	spare = time.Millisecond + coarse/4
)

// sleepUntil waits for a time of the clock. It says false where halt was closed first.
func (c opClock) sleepUntil(due int64, halt <-chan struct{}) bool {
	for {
		now := c.now()
		left := time.Duration(due - now)
		switch {
		case left <= 0:
			return true
		case left > coarse:
			if !sleepOr(left-spare, halt) {
				return false
			}
		default:
			request := unix.NsecToTimespec(int64(left))
			_ = unix.Nanosleep(&request, nil) // cut short by a signal: the loop goes on
			if c.now() == now {
				time.Sleep(left) // a clock that only the time package moves
			}
		}
	}
}

func sleepOr(d time.Duration, halt <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-halt:
		return false
	}
}
