package report

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// curve is what the plot of a search shows.
type curve struct {
	search result.Search
	ends   []int   // the most accelerators that pass and the fewest that fail
	law    float64 // where AU that falls as 1/P crosses the threshold; 0: not drawn
	from   float64 // where the axis of AU begins
}

func newCurve(run result.Run) curve {
	c := curve{search: searchOf(run), ends: []int{int(run.Metrics["accelerators_max"]), int(run.Metrics["accelerators_min_failing"])}}
	if edgeText(run) != "" {
		c.law = c.search.Edge
	}
	low := c.search.MinAU
	for _, p := range c.search.Points {
		low = min(low, p.Low)
	}
	c.from = max(0, math.Floor(low*20-1)/20)
	return c
}

// curveSection plots AU against the number of accelerators, with the interval of each
// point and what this client alone could do, above the table of points.
func curveSection(d *data) (section, bool) {
	t, ok := pointTable(d.run)
	if !ok {
		return section{}, false
	}
	v := newCurve(d.run)
	f := newFigure("curve", "AU against accelerators", v.description(), 270, v.draw)
	f.Legend, f.Caption = v.legend(), v.caption(edgeText(d.run))
	s := section{ID: "curve", Title: "How does AU fall with the number of accelerators?", Figure: &f, Table: &t}
	if all, ok := probeTable(d.run); ok {
		s.Folded = &all
	}
	return s, true
}

func (v curve) legend() []legendItem {
	var items []legendItem
	for _, of := range []struct {
		decided string
		ink     ink
	}{{"pass", inkAU}, {"fail", inkBad}, {"open", inkMuted}} {
		n := 0
		for _, p := range v.search.Points {
			if p.Decided == of.decided {
				n++
			}
		}
		if n > 0 {
			items = append(items, legendItem{of.ink, decidedWord(of.decided), plural(n, "point")})
		}
	}
	if v.hasCeiling() {
		items = append(items, legendItem{inkNet, "this client's own ceiling", ""})
	}
	return items
}

func (v curve) hasCeiling() bool {
	for _, p := range v.search.Points {
		if p.Ceiling > 0 {
			return true
		}
	}
	return false
}

func (v curve) caption(edge string) string {
	text := "A point is the mean of the probes at one number of accelerators; its bar is the interval that decides it, at the error rate of the search."
	if edge != "" {
		text += fmt.Sprintf(" The dashed curve is the law that AU falls as 1/P, which crosses %s at %s.", short(v.search.MinAU), edge)
	}
	if v.hasCeiling() {
		text += " The client's ceiling is what it would reach with the data in its own memory."
	}
	if v.from > 0 {
		text += fmt.Sprintf(" The axis starts at %s.", short(v.from))
	}
	return text
}

func (v curve) description() string {
	text := fmt.Sprintf("%s over the number of accelerators, with a dashed line at %s.", sentenceWithoutEnd(plural(len(v.search.Points), "point")), short(v.search.MinAU))
	for _, p := range v.search.Points {
		text += fmt.Sprintf(" %s: %s, %s.", plural(p.Accelerators, "accelerator"), units.Percent(p.AU, 1), decidedWord(p.Decided))
	}
	return text
}

// draw draws the points over a linear axis of accelerators.
func (v curve) draw(c draw.Canvas, size frame) {
	first, last := v.search.Points[0].Accelerators, v.search.Points[len(v.search.Points)-1].Accelerators
	room := max(1, 0.08*float64(last-first))
	marks := 6
	if size.narrow() {
		marks = 3 // the last one has its unit
	}
	x := wholeTicks(niceTicks(float64(first), float64(max(last, first+1)), marks, func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }))
	if n := len(x) - 1; n >= 0 {
		x[n].Label += " accelerators"
	}
	y := niceTicks(v.from, 1, 5, trimPercent)
	y[len(y)-1].Label += " %"
	p := newPlot(size, x, y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = float64(first)-room, float64(last)+room, v.from, 1
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		toX, toY := p.Transforms(&c)
		at := func(accelerators, au float64) vg.Point {
			return vg.Point{X: toX(accelerators), Y: min(max(toY(au), c.Min.Y), c.Max.Y)}
		}
		if v.search.MinAU > v.from {
			drawThreshold(c, size, toY(v.search.MinAU), v.search.MinAU)
		}
		v.drawLaw(c, at, p.X.Min, p.X.Max)
		v.drawCeiling(c, at)
		for _, point := range v.search.Points {
			v.drawPoint(c, size, at, point)
		}
	}))
	p.Draw(c)
}

// drawLaw draws the AU of accelerators that share one rate: MinAU edge / P, and 1 at most.
func (v curve) drawLaw(c draw.Canvas, at func(float64, float64) vg.Point, from, to float64) {
	if v.law == 0 {
		return
	}
	const pieces = 60
	var line []vg.Point
	for i := range pieces + 1 {
		p := max(from, 1) + (to-max(from, 1))*float64(i)/pieces
		if au := min(1, v.search.MinAU*v.law/p); au >= v.from {
			line = append(line, at(p, au))
		}
	}
	c.StrokeLines(draw.LineStyle{Color: inkMuted, Width: 1.2, Dashes: []vg.Length{2, 3}}, line)
}

func (v curve) drawCeiling(c draw.Canvas, at func(float64, float64) vg.Point) {
	style := draw.LineStyle{Color: inkNet, Width: 1.4}
	var before *vg.Point
	for _, p := range v.search.Points {
		if p.Ceiling == 0 {
			before = nil
			continue
		}
		here := at(float64(p.Accelerators), max(p.Ceiling, p.AU))
		c.StrokeLine2(style, here.X-5, here.Y, here.X+5, here.Y)
		if before != nil {
			c.StrokeLine2(style, before.X, before.Y, here.X, here.Y)
		}
		before = &here
	}
}

// drawPoint draws a point with its interval; the two ends of the bracket say their AU.
func (v curve) drawPoint(c draw.Canvas, size frame, at func(float64, float64) vg.Point, p result.SearchPoint) {
	color, ok := map[string]ink{"pass": inkAU, "fail": inkBad}[p.Decided]
	if !ok {
		color = inkMuted
	}
	here, n := at(float64(p.Accelerators), p.AU), float64(p.Accelerators)
	low, high := at(n, p.Low), at(n, p.High)
	c.StrokeLine2(draw.LineStyle{Color: color, Width: 1.6}, low.X, low.Y, high.X, high.Y)
	fillCircle(c, color, here, 3.6)
	passes := p.Accelerators == v.ends[0]
	if !passes && p.Accelerators != v.ends[1] {
		return
	}
	style := bold(textStyle(inkText, size.text, draw.XLeft, draw.YCenter))
	label, line := fmt.Sprintf("%d: %s", p.Accelerators, percentBeside(p.AU, v.search.MinAU)), at(n, v.search.MinAU).Y
	where := vg.Point{X: here.X + 8, Y: min(here.Y, line-size.text) + 1}
	if where.X+style.Width(label) > c.Max.X+size.margin {
		style.XAlign, where.X = draw.XRight, here.X-8
	}
	if passes {
		where.Y = min(max(here.Y, line+size.text), c.Max.Y-size.text) + 1
		if here.X-8-style.Width(label) > c.Min.X {
			style.XAlign, where.X = draw.XRight, here.X-8
		}
	}
	c.FillText(style, where, label)
}

// wholeTicks leaves out marks between whole numbers.
func wholeTicks(ticks []plot.Tick) []plot.Tick {
	var whole []plot.Tick
	for _, t := range ticks {
		if t.Value == math.Round(t.Value) && t.Value >= 1 {
			whole = append(whole, t)
		}
	}
	return whole
}
