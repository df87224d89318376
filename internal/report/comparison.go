package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// matchup is one kind of I/O on the two mounts of compare-mounts.
type matchup struct {
	name string
	a, b result.Cell
	diff result.Difference
	ok   bool // diff is known
}

// mountAxis is the axis that holds the labels of the mounts.
func mountAxis(b result.Block) string {
	isLabel := func(c result.Cell, axis string) bool {
		_, ok := b.Mounts[c.Settings[axis]]
		return ok
	}
	for _, axis := range axesOf(b.Cells) {
		if !slices.ContainsFunc(b.Cells, func(c result.Cell) bool { return !isLabel(c, axis) }) {
			return axis
		}
	}
	return "mount"
}

// labelsOf are the mounts in the order of the command line, which is that of the cells.
func labelsOf(b result.Block) []string {
	var labels []string
	axis := mountAxis(b)
	for _, c := range b.Cells {
		if label := c.Settings[axis]; label != "" && !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	for _, label := range slices.Sorted(maps.Keys(b.Mounts)) {
		if !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	return labels
}

// matchups pair the cells that differ in nothing but the mount, in their order.
func matchups(b result.Block) []matchup {
	labels, axis := labelsOf(b), mountAxis(b)
	if len(labels) < 2 {
		return nil
	}
	rest := slices.DeleteFunc(axesOf(b.Cells), func(name string) bool { return name == axis })
	var found []matchup
	for _, first := range b.Cells {
		if first.Settings[axis] != labels[0] {
			continue
		}
		wanted := maps.Clone(first.Settings)
		wanted[axis] = labels[1]
		at := slices.IndexFunc(b.Cells, func(c result.Cell) bool { return maps.Equal(c.Settings, wanted) && c.Metric == first.Metric })
		if at < 0 {
			continue
		}
		m := matchup{name: cellName(first.Settings, rest), a: first, b: b.Cells[at]}
		if m.name == "" {
			m.name = strings.TrimSuffix(first.Metric, "_bytes_per_s")
		}
		m.diff, m.ok = between(b.Differences, m.a.Settings, m.b.Settings)
		found = append(found, m)
	}
	return found
}

func (m matchup) real() bool { return m.ok && m.diff.Verdict == result.Real }

// verdict says which mount is faster, or that it can't be told.
func (m matchup) verdict(labels []string) string {
	switch {
	case !m.ok:
		return "not compared"
	case !m.real():
		return m.diff.Verdict
	case m.diff.Ratio > 1:
		return labels[1] + " is faster"
	}
	return labels[0] + " is faster"
}

func comparisonClaim(b result.Block) answer {
	found := matchups(b)
	if len(found) == 0 {
		return answer{}
	}
	different := 0
	for _, m := range found {
		if m.real() {
			different++
		}
	}
	labels := labelsOf(b)
	return answer{Figure: fmt.Sprintf("%d of %d", different, len(found)), Beside: fmt.Sprintf(" differ for real between %s and %s", labels[0], labels[1])}
}

// comparisonLines have a sentence per kind of I/O; of many, those with a real difference.
func comparisonLines(b result.Block) []string {
	const most = 6
	found, labels := matchups(b), labelsOf(b)
	var lines []string
	for _, m := range found {
		if len(found) > most && !m.real() || len(lines) == most {
			continue
		}
		line := fmt.Sprintf("%s: %s gives %s, %s gives %s", sentenceWithoutEnd(m.name), labels[1], bothRates(m.b.Mean), labels[0], bothRates(m.a.Mean))
		switch {
		case m.ok && m.diff.Ratio > 0:
			line += fmt.Sprintf(": %s x%s, %s", ratioText(m.diff.Ratio), inBrackets(m.diff), verdictText(m.diff))
		case m.ok:
			line += ": " + verdictText(m.diff)
		}
		lines = append(lines, line+".")
	}
	if least, _ := repeats(b.Cells); len(found) > 0 {
		lines = append(lines, fmt.Sprintf("%s on each mount, taken in turns so that a drift falls on both.", sentenceWithoutEnd(plural(least, "repeat"))))
	}
	return lines
}

// comparisonTable has a row per kind of I/O: A, B, B over A, and what to make of it.
func comparisonTable(b result.Block) (table, bool) {
	found, labels := matchups(b), labelsOf(b)
	if len(found) == 0 {
		return table{}, false
	}
	top := 0.0
	for _, m := range found {
		top = max(top, m.a.Mean, m.b.Mean)
	}
	unit, name := rateUnit(top)
	t := table{Label: "One row per kind of I/O", Columns: []column{
		{Head: "I/O"}, {Head: labels[0] + ", " + name, Number: true}, {Head: labels[1] + ", " + name, Number: true},
		{Head: labels[1] + "/" + labels[0], Number: true}, {Head: "95 %", Number: true}, {},
	}}
	half := func(c result.Cell) string {
		if c.Half == nil {
			return fixed(c.Mean / unit)
		}
		return fixed(c.Mean/unit) + " ± " + fixed(*c.Half/unit)
	}
	for _, m := range found {
		r := row{Cells: []cell{{Text: m.name}, {Text: half(m.a)}, {Text: half(m.b)}, {}, {}, {Text: m.verdict(labels)}}}
		if m.ok {
			r.Cells[3].Text, r.Cells[4].Text = ratioText(m.diff.Ratio), intervalText(m.diff)
		}
		if m.real() {
			r.Kind = "mean"
		}
		t.Rows = append(t.Rows, r)
	}
	return t, true
}
