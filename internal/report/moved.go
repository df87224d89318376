package report

import (
	"time"

	"github.com/lbench/lbench/internal/result"
)

// leastRun makes a bin of a block command's plot no shorter than the time between two
// readings, 0.1 s.
const leastRun = maxBins * int64(100*time.Millisecond)

// moved sums up what the jobs of a block command did between the readings of source
// "io", whose counters run over all jobs. The first of them marks the first operation.
// A counter that goes back began again, and only what comes after that counts.
type moved struct {
	counter string    // read_bytes, write_bytes or ops
	zero    time.Time // of the first reading; zero before it
	last    result.Reading
	length  int64 // of the measured part in ns; what comes later isn't counted. 0: unknown
	bins    *bins
}

func newMoved(run result.Run) *moved {
	m := &moved{counter: "read_bytes", length: int64(run.Metrics["duration_ns"])}
	switch {
	case isSmallWrite(run):
		m.counter = "ops"
	case writes(run):
		m.counter = "write_bytes"
	}
	m.bins = newBins(max(m.length, leastRun))
	return m
}

// add counts a reading, and says whether it is the first of a run.
func (m *moved) add(r result.Reading) bool {
	if r.Source != "io" || r.Name != m.counter {
		return false
	}
	before := m.last
	m.last = r
	if m.zero.IsZero() || r.Value < before.Value {
		m.zero, m.bins = r.T, newBins(max(m.length, leastRun))
		return true
	}
	start, end := int64(before.T.Sub(m.zero)), int64(r.T.Sub(m.zero))
	if end > start && (m.length == 0 || start < m.length) {
		m.bins.add(start, end, r.Value-before.Value)
	}
	return false
}

// perSecond is the rate over time, without a last bin that is too short to have one.
func (m *moved) perSecond() []float64 {
	rates := m.bins.perSecond()
	if last := m.bins.end % m.bins.width; last > 0 && last < m.bins.width*3/4 && len(rates) > 2 {
		return rates[:len(rates)-1]
	}
	return rates
}
