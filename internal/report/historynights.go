package report

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/lbench/lbench/internal/result"
)

// pointCount says of what a history is made: "3 runs", "20 nights (60 runs)", "20 nights
// (60 runs) and 3 other runs". Warm-ups, which count nowhere, are left out.
func pointCount(points []result.HistoryRun) string {
	points = withoutWarmups(points)
	nights, repeats := 0, 0
	for _, p := range points {
		if n := len(p.Repeats); n > 0 {
			nights, repeats = nights+1, repeats+n
		}
	}
	if nights == 0 {
		return plural(len(points), "run")
	}
	text := fmt.Sprintf("%s (%s)", plural(nights, "night"), plural(repeats, "run"))
	if others := len(points) - nights; others > 0 {
		text += " and " + plural(others, "other run")
	}
	return text
}

func withoutWarmups(points []result.HistoryRun) []result.HistoryRun {
	return slices.DeleteFunc(slices.Clone(points), func(p result.HistoryRun) bool { return p.Suite.IsWarmup() })
}

// repeatCount is how many runs a point is the mean of, or that it is a warm-up.
func repeatCount(p result.HistoryRun) string {
	switch {
	case p.Suite.IsWarmup():
		return "warm-up"
	case len(p.Repeats) > 0:
		return strconv.Itoa(len(p.Repeats))
	}
	return ""
}

// entryOf is the entry of a suite that a point is of.
func entryOf(p result.HistoryRun) string {
	if p.Suite == nil {
		return ""
	}
	return p.Suite.Entry
}
