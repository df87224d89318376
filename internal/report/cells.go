package report

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// runnerAxis is the axis of --runner both.
const runnerAxis = "runner"

// isMatrix says that a run has settings, or repeats of one, to tell apart, and not only
// two runners.
func isMatrix(b result.Block) bool {
	axes := axesOf(b.Cells)
	return len(b.Cells) > 0 && (len(axes) != 1 || axes[0] != runnerAxis)
}

// axesOf are the names of the settings in which the cells differ, sorted; all of them
// where they don't differ at all.
func axesOf(cells []result.Cell) []string {
	values := map[string]map[string]bool{}
	for _, c := range cells {
		for axis, value := range c.Settings {
			if values[axis] == nil {
				values[axis] = map[string]bool{}
			}
			values[axis][value] = true
		}
	}
	all := slices.Sorted(maps.Keys(values))
	differing := slices.DeleteFunc(slices.Clone(all), func(axis string) bool { return len(values[axis]) < 2 })
	if len(differing) == 0 {
		return all
	}
	return differing
}

// cellName is a cell by these axes. "direct read" is what mode and op are called together.
func cellName(settings map[string]string, axes []string) string {
	var parts []string
	op, mode := settings["op"], settings["mode"]
	together := op != "" && mode != "" && slices.Contains(axes, "op") && slices.Contains(axes, "mode")
	if together {
		parts = append(parts, mode+" "+op)
	}
	for _, axis := range axes {
		switch value := settings[axis]; {
		case value == "" || together && (axis == "op" || axis == "mode"):
		case slices.Contains([]string{"op", "mode", "what", "pattern", runnerAxis}, axis):
			parts = append(parts, value) // says by itself what it is
		default:
			parts = append(parts, strings.ReplaceAll(axis, "_", " ")+" "+value)
		}
	}
	return strings.Join(parts, ", ")
}

// best is the cell with the highest mean of the metric of the first; rates of reads and
// writes aren't held against each other.
func best(cells []result.Cell) int {
	at := 0
	for i, c := range cells {
		if c.Metric == cells[at].Metric && c.Mean > cells[at].Mean {
			at = i
		}
	}
	return at
}

// between is the comparison of cell b over cell a, whichever way round it was made.
func between(differences []result.Difference, a, b map[string]string) (result.Difference, bool) {
	for _, d := range differences {
		switch {
		case maps.Equal(d.A, a) && maps.Equal(d.B, b):
			return d, true
		case maps.Equal(d.A, b) && maps.Equal(d.B, a):
			d.A, d.B, d.Low, d.High = a, b, inverse(d.High), inverse(d.Low)
			if d.Ratio > 0 {
				d.Ratio = 1 / d.Ratio
			}
			return d, true
		}
	}
	return result.Difference{}, false
}

// inverse of an end of an interval; nil where there is none.
func inverse(v *float64) *float64 {
	if v == nil || *v <= 0 {
		return nil
	}
	inverted := 1 / *v
	return &inverted
}

// ratioText is a ratio; empty where there is none.
func ratioText(ratio float64) string {
	if ratio == 0 {
		return ""
	}
	return strconv.FormatFloat(ratio, 'f', 3, 64)
}

// intervalText is the interval of a ratio: "0.992 to 1.004"; empty where there were too few
// repeats for one.
func intervalText(d result.Difference) string {
	if d.Low == nil || d.High == nil {
		return ""
	}
	return ratioText(*d.Low) + " to " + ratioText(*d.High)
}

// inBrackets is that behind a ratio: " (0.992 to 1.004 at 95 %)".
func inBrackets(d result.Difference) string {
	if text := intervalText(d); text != "" {
		return " (" + text + " at 95 %)"
	}
	return ""
}

func verdictText(d result.Difference) string {
	if d.Verdict == result.Real {
		return "a real difference"
	}
	return d.Verdict
}

// repeats is the smallest and the largest number of values that a cell has.
func repeats(cells []result.Cell) (least, most int) {
	for i, c := range cells {
		if n := len(c.Values); i == 0 {
			least, most = n, n
		} else {
			least, most = min(least, n), max(most, n)
		}
	}
	return least, most
}

// middle is the median of latencies in ns; ok is false without any.
func middle(values []int64) (ns int64, ok bool) {
	if len(values) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2], true
}
