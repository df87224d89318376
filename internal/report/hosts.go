package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// hostSections ask for the recorded hosts: a table where there are several, and a section
// for each of the first.
func hostSections() []func(*data) (section, bool) {
	all := []func(*data) (section, bool){hostTableSection}
	for i := range hostsDrawn {
		all = append(all, func(d *data) (section, bool) { return hostSection(d, i) })
	}
	return all
}

// hostSection plots what a recorded host did, as telemetrySection does of the run's own.
func hostSection(d *data, i int) (section, bool) {
	if i >= len(d.hosts.all) {
		return section{}, false
	}
	h := d.hosts.all[i]
	s := section{ID: h.id, Title: fmt.Sprintf("What did %s do meanwhile?", h.name), Contents: h.name}
	s, ok := hostPlots(d, h.meanwhile, s, h.name)
	if !ok {
		s.Lead = h.outside()
		return s, true
	}
	s.Lead = strings.Join(append(h.recovery.lines(d.timeEnd()), spaced(s.Lead)...), " ")
	if s.Figure == nil {
		s.Lead += " " + h.clockLine()
		return s, true
	}
	s.Figure.Caption = strings.Join(slices.Concat([]string{s.Figure.Caption}, spaced(h.cardsLine()), []string{h.clockLine()}), " ")
	return s, true
}

// spaced is a text as a list, which is empty where the text is.
func spaced(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// outside says that a recording has nothing of the time of the run.
func (h *recordedHost) outside() string {
	r := h.recording
	return fmt.Sprintf("None of its readings in %s is of the time of the run: the recording is from %s to %s by the run's clock (%s).",
		plain(r.File), clockTime(r.From), clockTime(r.To), r.Clock.String())
}

func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// clockLine says how the host's clock stands against that of the run, and what was made of it.
func (h *recordedHost) clockLine() string {
	line := fmt.Sprintf("Recorded in %s, %s", plain(h.recording.File), h.recording.Clock.String())
	switch h.recording.Clock.How {
	case result.ClockMeasured:
		return line + ": the lines are shifted by that."
	case result.ClockByNTP:
		return line + ": the lines stand where it recorded them."
	}
	return line + " with the run's: the lines stand where it recorded them, and may be off."
}

// cardsLine names the network cards that were summed up, where they are several.
func (h *recordedHost) cardsLine() string {
	cards := map[string]bool{}
	for key, s := range h.meanwhile.series {
		if key.source == "nic" && s.sum > 0 && len(s.feeds) > 0 {
			cards[plain(key.device)] = true
		}
	}
	names := slices.Sorted(maps.Keys(cards))
	if len(names) < 2 {
		return ""
	}
	const most = 6
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("Summed up are the network cards that moved anything: %s.", strings.Join(names, ", "))
}

// hostTableSection holds the recorded hosts beside each other.
func hostTableSection(d *data) (section, bool) {
	hosts := d.hosts
	if len(hosts.all) < 2 {
		return section{}, false
	}
	t := table{Label: "One row per recorded host", Columns: []column{{Head: "host"}, {Head: "CPUs busy, max", Number: true}, {Head: "received, max", Number: true},
		{Head: "sent, max", Number: true}, {Head: "disks read, max", Number: true}, {Head: "disks wrote, max", Number: true}, {Head: "clock"}}}
	end := d.timeEnd()
	for i, h := range hosts.all {
		r := row{Cells: []cell{{Text: h.name}}}
		if i < hostsDrawn {
			r.Cells[0].Link = "#" + h.id
		}
		for _, of := range []struct{ title, label string }{
			{"CPU of this host", "busy"}, {"Network cards", "received"}, {"Network cards", "sent"}, {"Disks of this host", "read"}, {"Disks of this host", "written"},
		} {
			r.Cells = append(r.Cells, cell{Text: h.meanwhile.peak(of.title, of.label, end)})
		}
		t.Rows = append(t.Rows, row{Cells: append(r.Cells, cell{Text: h.recording.Clock.String()})})
	}
	t = t.dropEmpty()
	s := section{ID: "hosts", Title: "Which other machines were recorded?", Contents: "Recorded hosts", Table: &t}
	s.Lead = fmt.Sprintf("Recordings of %s are attached.", plural(len(hosts.all)+hosts.more, "host"))
	if len(hosts.all) > hostsDrawn {
		s.Lead += fmt.Sprintf(" The first %d have plots below.", hostsDrawn)
	}
	if hosts.more > 0 {
		s.Lead += fmt.Sprintf(" The table ends after %d of them.", len(hosts.all))
	}
	return s, true
}

// peak is the highest that a line of a panel came to, in words; empty without the line.
func (m *meanwhile) peak(title, label string, end int64) string {
	all := panels()
	highest, unit, known := 0.0, inFractions, false
	for _, l := range m.lines {
		if all[l.panel].title != title || l.of.label != label {
			continue
		}
		if _, high, ok := l.env.extremes(end); ok {
			highest, unit, known = max(highest, high.value), l.unit, true
		}
	}
	if !known {
		return ""
	}
	return unit.text(highest)
}
