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

// curveSection plots AU against the number of accelerators, with the interval of each
// point and what this client alone could do, above the table of points.
func curveSection(d *data) (section, bool) {
	t, ok := pointTable(d.run)
	if !ok {
		return section{}, false
	}
	s := searchOf(d.run)
	f := newFigure("curve", "AU against accelerators", curveDescription(s), 260, func(c draw.Canvas, size frame) { drawCurve(c, size, s) })
	for _, of := range []struct {
		decided string
		item    legendItem
	}{{"pass", legendItem{inkAU, "passes", ""}}, {"fail", legendItem{inkBad, "fails", ""}}, {"open", legendItem{inkMuted, "can't be told", ""}}} {
		n := 0
		for _, p := range s.Points {
			if p.Decided == of.decided {
				n++
			}
		}
		if n > 0 {
			of.item.Value = plural(n, "point")
			f.Legend = append(f.Legend, of.item)
		}
	}
	if hasCeiling(s) {
		f.Legend = append(f.Legend, legendItem{inkNet, "this client's own ceiling", ""})
	}
	f.Caption = "The bar of a point is its interval, at the error rate of the search."
	if s.Noise > 0 {
		f.Caption += fmt.Sprintf(" One probe's AU varies by %s (standard deviation).", units.Percent(s.Noise, 1))
	}
	return section{ID: "curve", Title: "How does AU fall with the number of accelerators?", Figure: &f, Table: &t}, true
}

func hasCeiling(s result.Search) bool {
	for _, p := range s.Points {
		if p.Ceiling > 0 {
			return true
		}
	}
	return false
}

func curveDescription(s result.Search) string {
	text := fmt.Sprintf("%s on a falling line, with a dashed line at %s.", sentenceWithoutEnd(plural(len(s.Points), "point")), short(s.MinAU))
	for _, p := range s.Points {
		text += fmt.Sprintf(" %s: %s.", plural(p.Accelerators, "accelerator"), units.Percent(p.AU, 1))
	}
	return text
}

// drawCurve draws the points over a linear axis of accelerators.
func drawCurve(c draw.Canvas, size frame, s result.Search) {
	first, last, low := s.Points[0].Accelerators, s.Points[0].Accelerators, s.MinAU
	for _, p := range s.Points {
		first, last, low = min(first, p.Accelerators), max(last, p.Accelerators), min(low, p.Low)
	}
	from := max(0, math.Floor(low*20-1)/20)
	room := max(1, 0.06*float64(last-first))
	x := niceTicks(float64(first), float64(max(last, first+1)), 6, func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) })
	y := niceTicks(from, 1, 5, trimPercent)
	y[len(y)-1].Label += " %"
	p := newPlot(size, wholeTicks(x), y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = float64(first)-room, float64(last)+room, from, 1
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		toX, toY := p.Transforms(&c)
		if s.MinAU > from {
			drawThreshold(c, size, toY(s.MinAU), s.MinAU)
		}
		inside := func(v float64) vg.Length { return min(max(toY(v), c.Min.Y), c.Max.Y) }
		ceilingLine := draw.LineStyle{Color: inkNet, Width: 1.4}
		for i, at := range s.Points {
			if i > 0 && at.Ceiling > 0 && s.Points[i-1].Ceiling > 0 {
				before := s.Points[i-1]
				c.StrokeLine2(ceilingLine, toX(float64(before.Accelerators)), inside(before.Ceiling), toX(float64(at.Accelerators)), inside(at.Ceiling))
			}
		}
		for _, at := range s.Points {
			color := map[string]ink{"pass": inkAU, "fail": inkBad}[at.Decided]
			if at.Decided != "pass" && at.Decided != "fail" {
				color = inkMuted
			}
			px := toX(float64(at.Accelerators))
			c.StrokeLine2(draw.LineStyle{Color: color, Width: 1.6}, px, inside(at.Low), px, inside(at.High))
			fillCircle(c, color, vg.Point{X: px, Y: inside(at.AU)}, 3.6)
		}
	}))
	p.Draw(c)
}

// wholeTicks leaves out marks between whole numbers; the last is named.
func wholeTicks(ticks []plot.Tick) []plot.Tick {
	var whole []plot.Tick
	for _, t := range ticks {
		if t.Value == math.Round(t.Value) && t.Value >= 1 {
			whole = append(whole, t)
		}
	}
	return whole
}

// tunedSection is which reader settings mattered.
func tunedSection(d *data) (section, bool) {
	t, ok := tunedTable(d.run)
	if !ok {
		return section{}, false
	}
	return section{ID: "tuned", Title: "Which reader settings mattered?", Lead: tunedLine(searchOf(d.run)), Table: &t}, true
}
