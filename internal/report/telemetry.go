package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/units"
)

// shownPanel is a panel with its lines that have data.
type shownPanel struct {
	panel
	shown []shownLine
}

// shownLine is a line with its extremes on the axis.
type shownLine struct {
	*line
	low, high point
}

// telemetrySection plots what this machine did on the axis of the plot over time, a small
// plot for each resource, above a table of all counters.
func telemetrySection(d *data) (section, bool) {
	if d.meanwhile == nil {
		return section{}, false
	}
	return hostPlots(d, d.meanwhile, section{ID: "telemetry", Title: "What did this machine do meanwhile?"}, "this machine")
}

// hostPlots adds to a section what a host did; false without a reading of the time of the run.
func hostPlots(d *data, m *meanwhile, s section, name string) (section, bool) {
	t := readingTable(m)
	if len(t.Rows) == 0 {
		return s, false
	}
	s.Folded = &t
	end := d.timeEnd()
	plots, idle := shownPanels(m, end)
	if len(plots) == 0 {
		s.Lead = strings.Join(append([]string{"There are too few readings in the measured time to plot."}, missing(m, idle)...), " ")
		return s, true
	}
	var strips []strip
	for _, p := range plots {
		strips = append(strips, p.strip(end))
	}
	f := stripFigure(s.ID, "Telemetry of "+name+" over time", telemetryDescription(plots), d, strips, panelHeight, end)
	f.Caption = telemetryCaption(d, m, plots, idle)
	s.Figure = &f
	return s, true
}

// timeEnd is where the axis of the plot over time ends, in ns; without that plot, where
// the run or its last reading does.
func (d *data) timeEnd() int64 {
	end := int64(0)
	switch {
	case isBlock(d.run) && len(blockOf(d.run).Cells) == 0:
		end = d.moved.bins.end
	case !isBlock(d.run):
		end = int64(len(d.taken.sums)) * d.taken.width
	}
	if end == 0 {
		end = d.meanwhile.length
	}
	if end > 0 {
		return end
	}
	for _, l := range d.meanwhile.lines {
		for _, c := range l.env.columns {
			end = max(end, c.low.at, c.high.at)
		}
	}
	return max(end, 1)
}

// shownPanels are the panels with lines, and the names of the lines that are zero all the
// time. One point is no line.
func shownPanels(m *meanwhile, end int64) (plots []shownPanel, idle []string) {
	for i, p := range panels() {
		shown := shownPanel{panel: p}
		for _, l := range m.lines {
			low, high, ok := l.env.extremes(end)
			if l.panel != i || !ok || l.env.count < 2 {
				continue
			}
			same := slices.IndexFunc(shown.shown, func(has shownLine) bool { return has.of.label == l.of.label })
			switch now := (shownLine{l, low, high}); {
			case same < 0:
				shown.shown = append(shown.shown, now)
			case shown.shown[same].high.value < high.value:
				shown.shown[same] = now
			}
		}
		zero := func(l shownLine) bool { return l.high.value <= 0 }
		for _, l := range shown.shown {
			if zero(l) {
				idle = append(idle, fmt.Sprintf("%s (%s)", lowered(p.title), l.of.label))
			}
		}
		if shown.shown = slices.DeleteFunc(shown.shown, zero); len(shown.shown) > 0 {
			plots = append(plots, shown)
		}
	}
	return plots, idle
}

// telemetryCaption says where each panel was highest, and what is missing.
func telemetryCaption(d *data, m *meanwhile, plots []shownPanel, idle []string) string {
	var peaks []string
	merged := false
	for _, p := range plots {
		peaks = append(peaks, p.finding(d))
		for _, l := range p.shown {
			merged = merged || l.env.count > 2*maxColumns
		}
	}
	parts := append([]string{sentence(strings.Join(peaks, "; "))}, missing(m, idle)...)
	if text := cacheLine(m); text != "" {
		parts = append(parts, text)
	}
	if merged {
		parts = append(parts, "Lines go through the lowest and the highest value of each "+nanoseconds(plots[0].shown[0].env.width)+".")
	}
	return strings.Join(parts, " ")
}

// missing says what the plot doesn't show, a sentence each.
func missing(m *meanwhile, idle []string) []string {
	var parts []string
	if len(idle) > 0 {
		parts = append(parts, "Zero all the time: "+strings.Join(idle, ", ")+".")
	}
	gaps := int64(0)
	for _, s := range m.series {
		if len(s.feeds) > 0 {
			gaps = max(gaps, s.gaps)
		}
	}
	if gaps > 0 {
		parts = append(parts, fmt.Sprintf("Lines are broken where readings are missing or a counter began again: up to %s in one of them.", plural(int(gaps), "gap")))
	}
	if m.backwards+m.refused+m.more > 0 {
		parts = append(parts, fmt.Sprintf("Left out: %s.", joined(some(m.backwards, "not newer than the one before"), some(m.refused, "that can't be"),
			some(m.more, fmt.Sprintf("past the first %s counters", units.Count(seriesKept))))))
	}
	return parts
}

// cacheLine is what the ARC's hits came to over all of the time.
func cacheLine(m *meanwhile) string {
	sum := func(name string) float64 {
		if s := m.series[seriesKey{"zfs", name, ""}]; s != nil {
			return s.sum
		}
		return 0
	}
	asked := sum("arc_hits") + sum("arc_misses")
	if asked <= 0 {
		return ""
	}
	text := fmt.Sprintf("Of all that was asked of the ARC %s were hits", units.Percent(sum("arc_hits")/asked, 1))
	if demand := sum("arc_demand_data_hits") + sum("arc_demand_data_misses"); demand > 0 {
		text += fmt.Sprintf(", of demand for data %s", units.Percent(sum("arc_demand_data_hits")/demand, 1))
	}
	text += ", counted by accesses and not by bytes."
	for _, l := range m.lines {
		if l.of.source == "zfs" && l.unasked > 0 {
			return text + " Its lines are broken where nothing was asked."
		}
	}
	return text
}

// some counts readings; empty for none.
func some(n int64, which string) string {
	if n == 0 {
		return ""
	}
	return plural(int(n), "reading") + " " + which
}

// highest is the line that comes highest, and how high in words.
func (p shownPanel) highest() (shownLine, string) {
	top := p.shown[0]
	for _, l := range p.shown {
		if l.high.value > top.high.value {
			top = l
		}
	}
	return top, p.unit.text(top.high.value)
}

// text is a value in the unit of a panel.
func (u panelUnit) text(value float64) string {
	switch u {
	case inBytes:
		return units.Bytes(value)
	case inBytesPerS:
		return units.Rate(value)
	case inRequestsPerS:
		return count(value) + " /s"
	}
	return units.Percent(value, 1)
}

// finding is the range of the first level of a panel, or the peak of its highest line and
// when that was.
func (p shownPanel) finding(d *data) string {
	top, peak := p.highest()
	if p.unit == inBytes || p.shown[0].of.ranges {
		top, peak = p.shown[0], p.unit.text(p.shown[0].high.value)
		if low := p.unit.text(top.low.value); low != peak {
			peak = low + " to " + peak
		}
		return top.of.subject + " " + peak
	}
	if top.of.source == "pressure" {
		peak += " of the time"
	}
	if p.unit.text(top.low.value) == p.unit.text(top.high.value) {
		return fmt.Sprintf("%s %s all the time", top.of.subject, peak)
	}
	at := "at " + nanoseconds(top.high.at)
	for _, epoch := range d.epochs() {
		if s := d.spans[epoch]; top.high.at >= s.start && top.high.at < s.end {
			at += fmt.Sprintf(", in epoch %d", epoch)
			break
		}
	}
	return fmt.Sprintf("%s at most %s (%s)", top.of.subject, peak, at)
}

// lowered begins a title within a sentence.
func lowered(title string) string {
	if len(title) > 1 && title[1] >= 'A' && title[1] <= 'Z' || strings.HasPrefix(title, "Lustre") { // CPU, ZFS
		return title
	}
	return strings.ToLower(title[:1]) + title[1:]
}

func telemetryDescription(plots []shownPanel) string {
	var names []string
	for _, p := range plots {
		var labels []string
		for _, l := range p.shown {
			labels = append(labels, l.of.label)
		}
		names = append(names, fmt.Sprintf("%s (%s)", lowered(p.title), strings.Join(labels, ", ")))
	}
	return "Plots over one axis of time, one below the other: " + strings.Join(names, "; ") + "."
}
