package telemetry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// clock reads what the kernel says of its own clock: synchronized, 1 where something such
// as chronyd, ntpd or a PTP daemon keeps it and 0 where nothing does, and while it is kept
// max_error_ns and est_error_ns, how far from UTC it is at most and probably. There is one
// kernel and so one clock, whatever root /proc and /sys are read from, in a container too.
type clock struct {
	adjtimex func(*unix.Timex) (state int, err error) // unix.Adjtimex but in tests
}

// Of <linux/timex.h>.
const (
	timeError   = 5    // what adjtimex returns of a clock that isn't synchronized
	statusUnset = 0x40 // STA_UNSYNC
)

func (clock) Name() string { return result.ClockSource }

func (c clock) Read(context.Context) ([]result.Reading, error) {
	var kernel unix.Timex // modes 0: it only reads, and needs no privilege
	r := readings{t: time.Now(), source: c.Name()}
	state, err := c.adjtimex(&kernel)
	switch {
	case errors.Is(err, unix.ENOSYS):
		return nil, fmt.Errorf("%w: adjtimex: %w", ErrNoData, err)
	case errors.Is(err, unix.EPERM): // never the kernel's own answer to modes 0
		return nil, fmt.Errorf("adjtimex: %w: the seccomp profile of this container forbids it", err)
	case err != nil:
		return nil, fmt.Errorf("adjtimex: %w", err)
	}
	if state == timeError || kernel.Status&statusUnset != 0 {
		r.add(result.ClockSynchronized, 0) // the errors mean nothing then: 16 s, where the kernel stops counting
		return r.all, nil
	}
	const microsecond = float64(time.Microsecond)
	r.add(result.ClockSynchronized, 1)
	r.add(result.ClockMaxError, float64(kernel.Maxerror)*microsecond)
	r.add("est_error_ns", float64(kernel.Esterror)*microsecond)
	return r.all, nil
}
