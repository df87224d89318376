package report

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
)

// cellDots is up to how many cells are drawn; of more, the best.
const cellDots = 30

// dot is a mean with its interval and the values that it is a mean of.
type dot struct {
	cell result.Cell
	ink  ink
}

// dotRow is one line of a dot plot; compare-mounts has two dots in each.
type dotRow struct {
	name string
	dots []dot
}

// cellSection shows the settings of a matrix, or the two mounts, beside each other.
func cellSection(d *data) (section, bool) {
	b := blockOf(d.run)
	if len(b.Cells) == 0 {
		return section{}, false
	}
	s := section{ID: "cells", Title: "Which settings are really different?"}
	var rows []dotRow
	var legend []legendItem
	labels := labelsOf(b)
	t, compared := comparisonTable(b)
	if compared {
		s.Title = fmt.Sprintf("Is %s really different from %s?", labels[1], labels[0])
		for _, m := range matchups(b) {
			rows = append(rows, dotRow{m.name, []dot{{m.a, inkAU}, {m.b, inkNet}}})
		}
		legend = []legendItem{{inkAU, labels[0], ""}, {inkNet, labels[1], ""}}
	} else {
		t = matrixTable(b)
		rows, legend = matrixDots(b)
		switch {
		case len(b.Cells) == 1:
			s.Title, legend = "How far do the repeats lie apart?", nil
		case !isMatrix(b):
			s.Title, s.Lead, legend = "Do both runners give the same?", runnerLine(d.run), nil
		}
	}
	s.Table = &t
	if b.Cells[best(b.Cells)].Mean <= 0 {
		return s, true
	}
	more := len(rows) - cellDots
	rows = rows[:min(len(rows), cellDots)]
	height := func(size frame) vg.Length { return dotHeight(rows, size) + dotAxis }
	f := newFigureOf("cells", "Means and intervals", dotDescription(rows), height, func(c draw.Canvas, size frame) { drawDots(c, size, rows) })
	f.Legend = legend
	f.Caption = "Each large dot is a mean with its 95 % interval, each small one a repeat. The axis starts at zero."
	if more > 0 {
		f.Caption += fmt.Sprintf(" Drawn are the %d best; the other %d stand in the table.", cellDots, more)
	}
	s.Figure = &f
	return s, true
}

// matrixDots are the cells, the best first: those that differ from it for real in grey.
func matrixDots(b result.Block) ([]dotRow, []legendItem) {
	top, axes := best(b.Cells), axesOf(b.Cells)
	order := make([]int, len(b.Cells))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(b.Cells[y].Mean, b.Cells[x].Mean) })
	var rows []dotRow
	for _, i := range order {
		c := b.Cells[i]
		color := inkAU
		if d, ok := between(b.Differences, b.Cells[top].Settings, c.Settings); ok && d.Verdict == result.Real {
			color = inkStart
		}
		rows = append(rows, dotRow{cellName(c.Settings, axes), []dot{{c, color}}})
	}
	return rows, []legendItem{{inkAU, "the best, and those not told apart from it", ""}, {inkStart, "really different from the best", ""}}
}

func dotDescription(rows []dotRow) string {
	text := "Dots with intervals."
	for i, r := range rows {
		if i == 12 {
			return text + " And more."
		}
		text += " " + r.name + ":"
		for _, d := range r.dots {
			text += " " + meanWithHalf(d.cell) + ";"
		}
	}
	return text
}
