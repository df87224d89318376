package telemetry

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// kernelClock answers as a kernel does, and refuses to be set.
func kernelClock(t *testing.T, state int, says unix.Timex, err error) clock {
	return clock{func(buf *unix.Timex) (int, error) {
		if buf.Modes != 0 {
			t.Errorf("modes %#x would set the clock", buf.Modes)
		}
		*buf = says
		return state, err
	}}
}

func TestClock(t *testing.T) {
	const kept = 0x2001 // STA_PLL and STA_NANO
	errs := unix.Timex{Status: kept, Maxerror: 1521, Esterror: 37, Offset: 5, Freq: 7}
	lost := errs
	lost.Status |= 0x40
	for _, c := range []struct {
		name  string
		state int
		says  unix.Timex
		want  map[string]float64
	}{
		{"kept", 0, errs, map[string]float64{"synchronized": 1, "max_error_ns": 1_521_000, "est_error_ns": 37_000}},
		{"kept, a leap second comes", 1, errs, map[string]float64{"synchronized": 1, "max_error_ns": 1_521_000, "est_error_ns": 37_000}},
		{"not kept, by the status", 0, lost, map[string]float64{"synchronized": 0}},
		{"not kept, by the state", 5, errs, map[string]float64{"synchronized": 0}},
		{"after a start", 5, unix.Timex{Status: 0x40, Maxerror: 16_000_000, Esterror: 16_000_000}, map[string]float64{"synchronized": 0}},
	} {
		if diff := cmp.Diff(c.want, values(t, kernelClock(t, c.state, c.says, nil))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestClockRefused(t *testing.T) {
	if got, err := kernelClock(t, -1, unix.Timex{}, unix.ENOSYS).Read(t.Context()); !errors.Is(err, ErrNoData) {
		t.Errorf("without the call: %+v, %v, want ErrNoData", got, err)
	}
	got, err := kernelClock(t, -1, unix.Timex{}, unix.EPERM).Read(t.Context())
	if err == nil || errors.Is(err, ErrNoData) || !strings.Contains(err.Error(), "seccomp") || len(got) > 0 {
		t.Errorf("forbidden: %+v, %v, want a gap", got, err)
	}
	if _, err := kernelClock(t, -1, unix.Timex{}, unix.EFAULT).Read(t.Context()); !errors.Is(err, unix.EFAULT) || errors.Is(err, ErrNoData) {
		t.Errorf("another error is %v", err)
	}
}

// TestClockOfThisKernel asks it, whatever it says.
func TestClockOfThisKernel(t *testing.T) {
	all, err := clock{unix.Adjtimex}.Read(t.Context())
	if err != nil {
		t.Logf("this kernel says: %v", err)
		return
	}
	switch {
	case len(all) == 1 && all[0].Value == 0:
	case len(all) == 3 && all[0].Value == 1 && all[1].Value >= 0 && all[2].Value >= 0:
	default:
		t.Errorf("got %+v", all)
	}
}
