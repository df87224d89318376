package report

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/units"
)

// shareText prints a part of what was read with the digits that its range allows: a tenth
// of a percent where the range is within a point of it, else whole percents of the range.
// From nothing to all of it, or to who knows what, is not known.
func shareText(s amount) string {
	percent := func(v float64) string { return units.Percent(v, 0) }
	off := max(s.at-s.low, s.high-s.at)
	switch least := s.low < 0.005; {
	case off <= 0.01:
		return units.Percent(s.at, 1)
	case least && s.high >= 1:
		return "not known"
	case least:
		return "≤ " + percent(s.high)
	case s.open():
		return "≥ " + units.Percent(s.low, 1)
	}
	low := percent(s.low)
	return low[:len(low)-len(" %")] + " to " + percent(s.high)
}

// shareWords is shareText for a sentence, which has the middle of a range too.
func shareWords(s amount) string {
	text := shareText(s)
	switch {
	case text == "not known":
		return "an unknown part"
	case strings.HasPrefix(text, "≥ "):
		return "at least" + text[len("≥"):]
	case strings.HasPrefix(text, "≤ "):
		return "at most" + text[len("≤"):]
	case strings.Contains(text, " to "):
		return fmt.Sprintf("%s (%s)", units.Percent(s.at, 0), text)
	}
	return text
}

// atMostAll is a share of bytes that a stage may have more of than were read.
func atMostAll(s amount) amount { return amount{min(s.at, 1), min(s.low, 1), min(s.high, 1)} }

// unknown says that a stage may have had nothing of what was read, or all of it.
func (a *account) unknown(s *stage) bool {
	return shareText(s.whole().over(last(a.asked))) == "not known"
}

// ranged prints an amount, with its range where that is more than 2 % off.
func ranged(a amount, print func(float64) string) string {
	switch {
	case a.open():
		return "at least " + print(a.low)
	case a.spread() < 0.02 || print(a.low) == print(a.high):
		return print(a.at)
	}
	return fmt.Sprintf("%s (%s to %s)", print(a.at), print(a.low), print(a.high))
}
