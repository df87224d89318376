package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/stats"
	"github.com/lbench/lbench/internal/units"
)

// waitSection plots how many steps waited at most so long for their batch.
func waitSection(d *data) (section, bool) {
	if d.waits.Count() == 0 {
		return section{}, false
	}
	t := waitTable(d)
	s := section{ID: "waits", Title: "How long did a step wait for its batch?", Table: &t}
	ready := float64(d.ready) / float64(d.waits.Count())
	half := ""
	if d.waits.Quantile(0.5) >= readyBelow {
		half = fmt.Sprintf("half waited at most %s, ", quantile(d, 0.5))
	}
	caption := fmt.Sprintf("%s of %s found their batch ready (waited under 0.1 ms); %s99 in a hundred waited at most %s, the longest %s. The first step of an epoch, which waits for its start-up, is in here; warm-up epochs are not.",
		units.Percent(ready, 0), plural(int(d.waits.Count()), "step"), half, quantile(d, 0.99), units.Duration(time.Duration(d.waits.Max())))
	caption = strings.ReplaceAll(caption, "at most < 0.1 ms", "under 0.1 ms")
	if d.ready == d.waits.Count() {
		s.Lead = caption
		return s, true
	}
	curve := d.waits.CDF(200)
	f := newFigure("waits", "Distribution of waits", "A rising curve: the share of steps that waited at most so long, on a logarithmic axis. "+caption, 220,
		func(c draw.Canvas, size frame) { drawWaits(c, size, curve, d) })
	f.Caption = caption
	s.Figure = &f
	return s, true
}

// waitTable has the quantiles of the waits in one row.
func waitTable(d *data) table {
	t := table{Label: "Quantiles of the waits", Columns: []column{{Head: "wait"}, {Head: "count", Number: true}, {Head: "mean", Number: true}}}
	r := row{Cells: []cell{{Text: "for a batch"}, {Text: units.Count(d.waits.Count())}, {Text: units.Duration(time.Duration(d.waits.Mean()))}}}
	for i, q := range []float64{0.5, 0.9, 0.99, 0.999, 1} {
		t.Columns = append(t.Columns, column{Head: quantileNames()[i], Number: true})
		r.Cells = append(r.Cells, cell{Text: quantile(d, q)})
	}
	t.Rows = []row{r}
	return t
}

func quantile(d *data, q float64) string { return waitText(float64(d.waits.Quantile(q))) }

// waitText is a wait in ns. One under readyBelow is lbench handing over a batch that was ready.
func waitText(ns float64) string {
	if ns < readyBelow {
		return "< 0.1 ms"
	}
	return printed("_ns", ns)
}

func drawWaits(c draw.Canvas, size frame, curve []stats.Point, d *data) {
	from := float64(readyBelow)
	to := max(math.Pow(10, math.Ceil(math.Log10(float64(d.waits.Max())))), 10*from)
	var x []plot.Tick
	for t := from; t <= to*1.01; t *= 10 {
		x = append(x, plot.Tick{Value: t, Label: printed("_ns", math.Round(t))})
	}
	y := []plot.Tick{{Value: 0, Label: "0"}, {Value: 0.25, Label: "25"}, {Value: 0.5, Label: "50"}, {Value: 0.75, Label: "75"}, {Value: 1, Label: "100 %"}}
	p := newPlot(size, x, y)
	p.X.Scale = plot.LogScale{}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = from, to, 0, 1.02
	p.Add(waitLine(curve, from))
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		markQuantile(c, p, size, d, 0.5, "p50")
		markQuantile(c, p, size, d, 0.99, "p99")
	}))
	p.Draw(c)
}

// waitLine starts at the left edge with the share that waited less than that.
func waitLine(curve []stats.Point, from float64) plot.Plotter {
	points := plotter.XYs{{X: from, Y: 0}}
	for _, p := range curve {
		if float64(p.NS) <= from {
			points[0].Y = p.Fraction
			continue
		}
		points = append(points, plotter.XY{X: float64(p.NS), Y: p.Fraction})
	}
	return &plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: inkAU, Width: 2}}
}

// markQuantile puts a dot on the curve, and its name and value below, on the side
// that has room. A quantile left of the axis has no place on it.
func markQuantile(c draw.Canvas, p *plot.Plot, size frame, d *data, q float64, name string) {
	value := d.waits.Quantile(q)
	if value < readyBelow {
		return
	}
	toX, toY := p.Transforms(&c)
	at := vg.Point{X: toX(float64(value)), Y: toY(q)}
	c.SetColor(inkAU)
	var dot vg.Path
	dot.Arc(at, 4, 0, 2*math.Pi)
	dot.Close()
	c.Fill(dot)
	style := textStyle(inkText, size.text, draw.XLeft, draw.YTop)
	label := name + " " + quantile(d, q)
	x := at.X + 7
	if x+style.Width(label) > c.Max.X+size.margin {
		style.XAlign, x = draw.XRight, at.X-7
	}
	c.FillText(style, vg.Point{X: x, Y: at.Y - 4}, label)
}
