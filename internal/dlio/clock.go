package dlio

import (
	"time"

	"golang.org/x/sys/unix"
)

// Clock is the time of a run: nanoseconds since it started, on a clock that no
// adjustment of the wall clock moves.
type Clock struct {
	// Now is the time since the run started.
	Now func() int64
	// SleepUntil returns when Now has reached t, never earlier.
	SleepUntil func(t int64)
}

// NewClock starts the clock of a real run at the moment start, which must hold a
// monotonic reading.
func NewClock(start time.Time) Clock {
	now := func() int64 { return int64(time.Since(start)) }
	return Clock{Now: now, SleepUntil: func(t int64) { sleepUntil(now, t) }}
}

// spin is how long before its end a sleep stops trusting the kernel's timer. An idle
// virtual machine wakes some 50 us late, and 50 us in each step of 0.5 ms is a tenth.
const spin = 80 * time.Microsecond

// sleepUntil sleeps on the kernel's high-resolution timer, since the runtime's own timers
// wait in whole milliseconds when the process is idle, and spins for the rest.
func sleepUntil(now func() int64, t int64) {
	for {
		left := t - now()
		if left <= 0 {
			return
		}
		if nap := left - int64(spin); nap > 0 {
			ts := unix.NsecToTimespec(nap)
			_ = unix.Nanosleep(&ts, nil) // woken by a signal: the loop sleeps on
		}
	}
}

// tightTimer asks the kernel not to delay this thread's timers to save power.
func tightTimer() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // refused: wake-ups come up to 50 us later
}
