package report

import (
	"slices"
	"strings"
	"time"
)

const (
	// shortestRate is the least time that a rate is taken over. Readings at the edge of an
	// epoch follow others within ms, in which a counter of ticks of 10 ms says nothing.
	shortestRate = int64(200 * time.Millisecond)
	// gapIntervals is how many usual intervals without a reading are a gap, gapLeast how
	// long it is at least.
	gapIntervals = 2.5
	gapLeast     = int64(2500 * time.Millisecond)
)

// series is one counter or gauge: where it stands, and what it came to so far.
type series struct {
	source, name, device string
	gauge                bool

	known  bool
	at     int64 // of the last reading that counts, in ns since the run began
	value  float64
	usual  [5]int64 // the last intervals, in a ring
	taken  int
	failed bool // its source said since that it could not be read

	readings, gaps int64
	low, high      float64 // of the values of a gauge, the rates of a counter
	sum, weight    float64 // of values and readings; of amounts and seconds
	measured       bool

	feeds []feed
}

// interval is what a reading says of the time since the one before. Of a gauge it is the
// value at its end.
type interval struct {
	from, to int64 // ns since the run began
	value    float64
	state    intervalState
}

type intervalState int

const (
	nothing   intervalState = iota // the first reading, or one too close to the last
	whole                          // value is known
	gap                            // readings are missing, or the counter began again
	backwards                      // the reading is older than the last: left out
)

// next takes in a reading. A counter that goes back (a restart, a driver that was loaded
// again, 32 bits that ran over) leaves a gap, as do readings that are missing.
func (s *series) next(at int64, value float64) interval {
	i := interval{from: s.at, to: at}
	length := at - s.at
	switch {
	case !s.known:
		if s.gauge {
			i.value, i.state = value, whole
		}
	case length <= 0:
		i.state = backwards
		if length < 0 { // the clock was set: it goes on from here
			s.at, s.value = at, value
		}
		return i
	case !s.gauge && length < shortestRate:
		return i
	default:
		missing := s.missing(length)
		s.usual[s.taken%len(s.usual)], s.taken = length, s.taken+1
		switch {
		case missing || !s.gauge && value < s.value:
			i.state = gap
			i.value = value
		case s.gauge:
			i.value, i.state = value, whole
		default:
			i.value, i.state = value-s.value, whole
		}
	}
	s.known, s.failed, s.at, s.value = true, false, at, value
	return i
}

// missing says that an interval is longer than those before it, by the median of five,
// allow; after a failure that was reported, half of one more is enough.
func (s *series) missing(length int64) bool {
	n := min(s.taken, len(s.usual))
	if n == 0 {
		return s.failed && length > gapLeast
	}
	sorted := s.usual
	slices.Sort(sorted[:n])
	usual := float64(sorted[n/2])
	return float64(length) > max(gapIntervals*usual, float64(gapLeast)) || s.failed && float64(length) > 1.5*usual
}

// measure adds an interval to what the table says.
func (s *series) measure(i interval) {
	if i.state == gap {
		s.gaps++
	}
	if i.state != whole && !(s.gauge && i.state == gap) {
		return
	}
	value := i.value
	if s.gauge {
		s.sum, s.weight = s.sum+value, s.weight+1
	} else {
		seconds := float64(i.to-i.from) / 1e9
		s.sum, s.weight = s.sum+value, s.weight+seconds
		value /= seconds
	}
	if !s.measured {
		s.low, s.high, s.measured = value, value, true
	}
	s.low, s.high = min(s.low, value), max(s.high, value)
}

// restart forgets what it came to, but not where it stands.
func (s *series) restart() {
	s.readings, s.gaps, s.sum, s.weight, s.low, s.high, s.measured = 0, 0, 0, 0, 0, 0, false
}

// isGauge says that a reading is a level; all others are counters.
func isGauge(source, name string) bool {
	switch source {
	case "memory":
		return true
	case "process":
		return name == "rss_bytes" || name == "threads"
	case "nfs":
		return name == "connections"
	case "lustre":
		return strings.HasSuffix(name, "_state") || strings.HasSuffix(name, "_inflight") && !strings.Contains(name, "_by_") || strings.HasSuffix(name, "_wait_ns") || strings.Contains(name, "_pending_")
	case "lustre_server":
		return strings.HasSuffix(name, "_state")
	case "prometheus":
		return !strings.HasSuffix(name, "_total") && name != "node_netstat_Tcp_RetransSegs" && !strings.HasPrefix(name, "node_zfs_zpool_dataset_n") &&
			!strings.HasSuffix(name, "_hits") && !strings.HasSuffix(name, "_misses")
	case "zfs":
		return name == "pool_state" || strings.HasPrefix(name, "arc_") && strings.HasSuffix(name, "_bytes")
	}
	return false
}
