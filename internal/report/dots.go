package report

import (
	"math"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

const (
	dotLine  = 20 // height of one dot's line, and of the name above it on a phone
	dotGap   = 6
	dotAxis  = 36 // height of the x axis
	nameRoom = 260

	longestName = 200 // in letters; no plot has room for more
)

// dotHeight is what the rows need; on a phone a row's name has a line of its own.
func dotHeight(rows []dotRow, size frame) vg.Length {
	height := vg.Length(0)
	for _, r := range rows {
		height += rowHeight(r, size)
	}
	return height
}

func rowHeight(r dotRow, size frame) vg.Length {
	lines := len(r.dots)
	if size.narrow() {
		lines++
	}
	return vg.Length(dotLine*lines + dotGap)
}

// drawDots draws every row with its name at the left or, on a phone, above.
func drawDots(c draw.Canvas, size frame, rows []dotRow) {
	top := 0.0
	for _, r := range rows {
		for _, d := range r.dots {
			top = max(top, upperEnd(d.cell))
		}
	}
	marks := 6
	if size.narrow() {
		marks = 4
	}
	height := dotHeight(rows, size)
	var names []plot.Tick
	for y, i := height, 0; !size.narrow() && i < len(rows); i++ {
		names = append(names, plot.Tick{Value: float64(y - rowHeight(rows[i], size)/2), Label: fitted(rows[i].name, size, nameRoom)})
		y -= rowHeight(rows[i], size)
	}
	p := newPlot(size, rateTicks(top, marks), names)
	p.Y.Tick.Label.Color = inkText
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, top*1.12, 0, float64(height)
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		toX, toY := p.Transforms(&c)
		y := height
		for _, r := range rows {
			line := y - dotGap/2 - dotLine/2
			if size.narrow() {
				c.StrokeLine2(draw.LineStyle{Color: inkGrid, Width: 1}, c.Min.X, toY(float64(y)), c.Max.X, toY(float64(y)))
				style := textStyle(inkText, size.text, draw.XLeft, draw.YCenter)
				c.FillText(style, vg.Point{X: c.Min.X, Y: toY(float64(line))}, fitted(r.name, size, c.Size().X))
				line -= dotLine
			}
			for _, d := range r.dots {
				drawDot(c, size, d, toX, toY(float64(line)))
				line -= dotLine
			}
			y -= rowHeight(r, size)
		}
	}))
	p.Draw(c)
}

// drawDot draws the repeats, the interval and the mean, and writes that at its right.
func drawDot(c draw.Canvas, size frame, d dot, toX func(float64) vg.Length, y vg.Length) {
	for _, v := range d.cell.Values {
		fillCircle(c, d.ink, vg.Point{X: toX(v), Y: y}, 1.8)
	}
	right := toX(upperEnd(d.cell))
	if d.cell.Half != nil {
		left := toX(max(d.cell.Mean-*d.cell.Half, 0))
		line := draw.LineStyle{Color: d.ink, Width: 2}
		c.StrokeLine2(line, left, y, toX(d.cell.Mean+*d.cell.Half), y)
	}
	fillCircle(c, d.ink, vg.Point{X: toX(d.cell.Mean), Y: y}, 4.5)
	style := textStyle(inkText, size.text, draw.XLeft, draw.YCenter)
	label, at := units.Rate(d.cell.Mean), vg.Point{X: right + 9, Y: y + 2}
	if at.X+style.Width(label) > c.Max.X+size.margin {
		style.XAlign, at.X = draw.XRight, toX(lowerEnd(d.cell))-9
	}
	c.FillText(style, at, label)
}

// upperEnd and lowerEnd are how far a cell's drawing reaches.
func upperEnd(c result.Cell) float64 {
	end := c.Mean
	if c.Half != nil {
		end += *c.Half
	}
	for _, v := range c.Values {
		end = max(end, v)
	}
	return end
}

func lowerEnd(c result.Cell) float64 {
	end := c.Mean
	if c.Half != nil {
		end -= *c.Half
	}
	for _, v := range c.Values {
		end = min(end, v)
	}
	return max(end, 0)
}

func fillCircle(c draw.Canvas, color ink, at vg.Point, radius vg.Length) {
	c.SetColor(color)
	var path vg.Path
	path.Arc(at, radius, 0, 2*math.Pi)
	path.Close()
	c.Fill(path)
}

// fitted cuts a name that is longer than there is room.
func fitted(name string, size frame, room vg.Length) string {
	style := textStyle(inkText, size.text, draw.XLeft, draw.YCenter)
	runes := []rune(name)
	if len(runes) <= longestName && style.Width(name) <= room {
		return name
	}
	runes = runes[:min(len(runes), longestName)] // to measure a text takes time
	n := sort.Search(len(runes), func(n int) bool { return style.Width(string(runes[:n+1])+"…") > room })
	return string(runes[:max(n, 1)]) + "…"
}
