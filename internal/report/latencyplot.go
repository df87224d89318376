package report

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
)

// drawLatencies draws a line over the quantiles for each kind, named at its right end.
func drawLatencies(c draw.Canvas, size frame, lines []latencyLine, grid *result.Grid) {
	from, to := math.Inf(1), 0.0
	for _, l := range lines {
		for _, q := range quantilesOf(l.Latency) {
			from, to = min(from, max(float64(q), 1)), max(to, float64(q), 1)
		}
	}
	from, to = wholeDecades(from, to)
	var x []plot.Tick
	for i, name := range quantileNames() {
		x = append(x, plot.Tick{Value: float64(i), Label: name})
	}
	p := newPlot(size, x, decades(from, to))
	p.Y.Scale = plot.LogScale{}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.2, roomForNames(size, lines), from, to
	for i := range lines {
		p.Add(quantileLine(lines[len(lines)-1-i])) // the first on top
	}
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		_, toY := p.Transforms(&c)
		if grid != nil && grid.Found && float64(grid.PeriodNS) > from && float64(grid.PeriodNS) < to {
			y := toY(float64(grid.PeriodNS))
			c.StrokeLine2(draw.LineStyle{Color: inkText, Width: 1.2, Dashes: []vg.Length{5, 4}}, c.Min.X, y, c.Max.X, y)
			c.FillText(textStyle(inkText, size.text, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 6, Y: y - 6}, "grid of "+gridPeriod(grid))
		}
		nameLines(c, size, p, lines)
	}))
	p.Draw(c)
}

// wholeDecades is the range of a logarithmic axis of ns that holds both.
func wholeDecades(least, most float64) (from, to float64) {
	from = math.Pow(10, math.Floor(math.Log10(least)))
	return from, max(math.Pow(10, math.Ceil(math.Log10(most))), 10*from)
}

// decades are marks at powers of ten of ns; of many, every second or third, and of few
// also at 2 and 5 times those.
func decades(from, to float64) []plot.Tick {
	many := int(math.Log10(to/from) + 0.5)
	every := 1 + many/7
	var ticks []plot.Tick
	if many <= 2 {
		for t := from; t <= to*1.01; t *= 10 {
			for _, factor := range []float64{1, 2, 5} {
				if factor*t <= to*1.01 {
					ticks = append(ticks, plot.Tick{Value: factor * t, Label: printed("_ns", math.Round(factor*t))})
				}
			}
		}
		return ticks
	}
	for i := 0; ; i++ {
		t := from * math.Pow(10, float64(i*every))
		if t > to*1.01 {
			return ticks
		}
		ticks = append(ticks, plot.Tick{Value: t, Label: printed("_ns", math.Round(t))})
	}
}

func quantileLine(l latencyLine) plot.Plotter {
	points := make(plotter.XYs, 0, 5)
	for i, q := range quantilesOf(l.Latency) {
		points = append(points, plotter.XY{X: float64(i), Y: max(float64(q), 1)})
	}
	return &plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: l.ink, Width: 2}}
}

// roomForNames is where the x axis ends so that the names fit between its last mark, at
// 4, and the edge.
func roomForNames(size frame, lines []latencyLine) float64 {
	style := bold(textStyle(inkText, size.text, draw.XLeft, draw.YCenter))
	widest := vg.Length(0)
	for _, l := range lines {
		widest = max(widest, style.Width(l.label))
	}
	share := float64((widest + 16 - size.margin) / (size.width - size.margin - 60))
	if share <= 0 {
		return 4.1
	}
	return (4 + 0.2*share) / (1 - share)
}

// nameLines writes the names of the lines at their right ends, one under the other where
// they would overlap, and the values of the first line above its points.
func nameLines(c draw.Canvas, size frame, p *plot.Plot, lines []latencyLine) {
	toX, toY := p.Transforms(&c)
	values := textStyle(inkText, size.text, draw.XCenter, draw.YBottom)
	for i, q := range quantilesOf(lines[0].Latency) {
		at := vg.Point{X: toX(float64(i)), Y: min(toY(max(float64(q), 1))+5, c.Max.Y-2)}
		c.FillText(values, at, nanoseconds(q))
	}
	style := bold(textStyle(inkText, size.text, draw.XLeft, draw.YCenter))
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b latencyLine) int { return cmp.Compare(b.MaxNS, a.MaxNS) })
	free := c.Max.Y + 2*size.text
	for _, l := range sorted {
		free = min(toY(max(float64(l.MaxNS), 1)), free-size.text-2)
		style.Color = l.ink
		c.FillText(style, vg.Point{X: toX(4) + 10, Y: free + 2}, l.label)
	}
}
