package fio

import (
	"time"

	"golang.org/x/sys/unix"
)

// pace says when the operations of one stream are due under a rate: each at the bytes of
// all before it / rate after the start, so that short ops at the ends of files don't slow
// it. One that is late begins at once, so that a stream catches up after a stall, as a
// source that does not wait for the storage would.
type pace struct {
	perByte float64 // ns; 0: no rate
	bytes   int64   // of the operations so far
}

// newPace gives one of several streams its share of the rate.
func newPace(j Job, streams int) pace {
	if j.RateBytesPerS == 0 {
		return pace{}
	}
	return pace{perByte: float64(streams) * float64(time.Second) / j.RateBytesPerS}
}

// next is when the next operation, one of n bytes, is due, in ns after the start.
func (p *pace) next(n int) int64 {
	due := int64(p.perByte * float64(p.bytes))
	p.bytes += int64(n)
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
