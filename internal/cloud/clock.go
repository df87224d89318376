package cloud

import (
	"fmt"
	"net/http"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// warnClock: the clocks of this machine and of the service differ.
const warnClock = "clock_skew"

// skewed is from how much on: a Date has whole seconds, and an answer takes its time.
const skewed = 5 * time.Second

// serviceClock compares the service's clock with that of this machine, by the Date of its
// answers. The window of a run is by this machine's clock, its minutes by the service's.
type serviceClock struct {
	ahead time.Duration // of this machine's; the largest, since an answer's way lessens it
	known bool
}

// heard takes the Date of an answer that came now. What is no date says nothing.
func (c *serviceClock) heard(date string, now time.Time) {
	if at, err := http.ParseTime(date); err == nil {
		c.was(at, now)
	}
}

// was takes the time that an answer of now is of, in whole seconds.
func (c *serviceClock) was(at, now time.Time) {
	ahead := at.Add(time.Second / 2).Sub(now) // on average half a second was cut off
	if !c.known || ahead > c.ahead {
		c.ahead, c.known = ahead, true
	}
}

// tell puts beside the figures, where the service told its time:
//
//	monitoring_clock_ahead_ns  the service's clock less this machine's; to a second or so
func (c *serviceClock) tell(t *result.Traffic) {
	if !c.known {
		return
	}
	t.Metrics["monitoring_clock_ahead_ns"] = float64(c.ahead)
	if c.ahead.Abs() < skewed {
		return
	}
	how := "behind"
	if c.ahead < 0 {
		how = "ahead of"
	}
	t.Warnings = append(t.Warnings, result.Warning{Code: warnClock, Text: fmt.Sprintf("this machine's clock is %s %s that of the service: a window by this clock is off by so much; set the clock (NTP), or move --from and --to", units.Duration(c.ahead.Abs().Round(time.Second)), how)})
}
