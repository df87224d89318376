package report

import (
	"fmt"

	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
)

// kind is one kind of latency: its key in Block.Latencies, its name in a plot and in
// full, and fio's.
type kind struct {
	name, label, full, fio string
	ink                    ink
}

// kinds are the latencies that a run may have, in the order of the table.
func kinds() []kind {
	return []kind{
		{"total", "total", "total", "lat", inkAU},
		{"complete", "complete", "complete", "clat", inkNet},
		{"submit", "submit", "submit", "slat", inkRead},
		{"intended", "intended", "total, from the intended start", "", inkBad},
		{"sync", "fsync", "fsync", "sync", inkWork},
	}
}

// quantileNames stand under the plot.
func quantileNames() []string { return []string{"p50", "p90", "p99", "p99.9", "max"} }

func quantilesOf(l result.Latency) []int64 {
	return []int64{l.P50NS, l.P90NS, l.P99NS, l.P999NS, l.MaxNS}
}

// latencyLine is one kind that a run has.
type latencyLine struct {
	kind
	result.Latency
}

func latencyLines(run result.Run) []latencyLine {
	var lines []latencyLine
	for _, k := range kinds() {
		if l, ok := blockOf(run).Latencies[k.name]; ok && l.Count > 0 {
			lines = append(lines, latencyLine{k, l})
		}
	}
	return lines
}

// latencySection plots the quantiles of each kind of latency, and lists them.
func latencySection(d *data) (section, bool) {
	lines := latencyLines(d.run)
	if len(lines) == 0 {
		return section{}, false
	}
	what := verb(d.run)
	if isSmallWrite(d.run) {
		what = "small durable write"
	}
	s := section{ID: "latencies", Title: fmt.Sprintf("How long did a %s take?", what), Lead: intendedLine(d.run)}
	caption := fmt.Sprintf("Of %s; the axis is logarithmic.", plural(int(lines[0].Count), "operation"))
	if g := blockOf(d.run).Grid; isSmallWrite(d.run) && g != nil {
		s.Lead = gridLine(g)
	}
	f := newFigure("latencies", "Latency at some quantiles", latencyDescription(lines), 240, func(c draw.Canvas, size frame) {
		drawLatencies(c, size, lines, blockOf(d.run).Grid)
	})
	f.Caption = caption
	s.Figure = &f
	t := latencyTable(lines)
	s.Table = &t
	return s, true
}

// intendedLine says what a rate that was asked for hides, with both ways to count.
func intendedLine(run result.Run) string {
	total, ok := serviceLatency(run)
	if !ok {
		return ""
	}
	intended := blockOf(run).Latencies["intended"]
	return fmt.Sprintf("Counted from when each operation was due, so that a stall counts for all that it delayed, 99 %% took at most %s; from when it really began, at most %s.",
		nanoseconds(intended.P99NS), nanoseconds(total.P99NS))
}

func latencyDescription(lines []latencyLine) string {
	text := "Lines over the quantiles on a logarithmic axis."
	for _, l := range lines {
		text += fmt.Sprintf(" %s: half at most %s, 99 %% at most %s, longest %s.", sentenceWithoutEnd(l.label), nanoseconds(l.P50NS), nanoseconds(l.P99NS), nanoseconds(l.MaxNS))
	}
	return text
}

func latencyTable(lines []latencyLine) table {
	t := table{Label: "One row per kind of latency", Columns: []column{
		{Head: "latency"}, {Head: "fio"}, {Head: "count", Number: true}, {Head: "mean", Number: true},
	}}
	for _, name := range quantileNames() {
		t.Columns = append(t.Columns, column{Head: name, Number: true})
	}
	for _, l := range lines {
		r := row{Cells: []cell{{Text: l.full}, {Text: l.fio}, {Text: count(float64(l.Count))}, {Text: nanoseconds(int64(l.MeanNS))}}}
		for _, q := range quantilesOf(l.Latency) {
			r.Cells = append(r.Cells, cell{Text: nanoseconds(q)})
		}
		t.Rows = append(t.Rows, r)
	}
	return t.dropEmpty()
}
