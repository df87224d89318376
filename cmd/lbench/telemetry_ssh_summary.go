package main

import (
	"fmt"
	"io"
	"time"

	"github.com/lbench/lbench/internal/units"
)

// compareClocks is what the measurements of the clock come to: the mean of how far it was
// ahead, and the largest error of one, as a reader of the file has it.
func (s *recordSummary) compareClocks() {
	if len(s.clocks) == 0 {
		return
	}
	var sum, most time.Duration
	for _, c := range s.clocks {
		sum += c.Ahead
		most = max(most, c.Error)
	}
	mean, bound := int64(sum)/int64(len(s.clocks)), int64(most)
	s.ClockAhead, s.ClockError = &mean, &bound
}

// printClock says how the clock of the recorded machine stood, and whether it moved by more
// than the errors of its measurements can explain.
func (s *recordSummary) printClock(w io.Writer) {
	if s.ClockAhead == nil {
		return
	}
	ahead, of := time.Duration(*s.ClockAhead), ""
	if ahead >= 0 {
		of = " of"
	}
	fmt.Fprintf(w, "clock of %s: %s%s this machine's, within %s", s.Host, aheadOrBehind(ahead), of, units.Duration(time.Duration(*s.ClockError)))
	first, last := s.clocks[0], s.clocks[len(s.clocks)-1]
	if (last.Ahead - first.Ahead).Abs() > first.Error+last.Error {
		fmt.Fprintf(w, "; it moved, from %s to %s", aheadOrBehind(first.Ahead), aheadOrBehind(last.Ahead))
	}
	fmt.Fprintln(w)
}

// aheadOrBehind is "2.1 ms ahead" or "3 ms behind".
func aheadOrBehind(d time.Duration) string {
	if d < 0 {
		return units.Duration(-d) + " behind"
	}
	return units.Duration(d) + " ahead"
}
