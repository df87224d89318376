package report

import (
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	panelHeight = 96 // with the title line
	panelTitle  = 27 // of it, the title line
	panelFoot   = 24 // below the last panel, for the marks of time
)

// quiet is a canvas that no axes are noted with: the page's script reads values from a
// drawing with one pair of axes.
type quiet struct{ vg.Canvas }

// drawPanels draws the panels one below the other, their axes of time aligned.
func drawPanels(c draw.Canvas, size frame, d *data, plots []shownPanel, end int64) {
	c = draw.Canvas{Canvas: quiet{c.Canvas}, Rectangle: c.Rectangle}
	rows := make([][]*plot.Plot, len(plots))
	for i, p := range plots {
		rows[i] = []*plot.Plot{newPanel(size, d, p, end, i == 0, i == len(plots)-1)}
	}
	tiles := draw.Tiles{Rows: len(rows), Cols: 1, PadTop: panelTitle, PadY: panelTitle}
	for i, row := range plot.Align(rows, tiles, c) {
		rows[i][0].Draw(row[0])
	}
}

// newPanel is the plot of a panel. The first names the epochs, the last the times.
func newPanel(size frame, d *data, shown shownPanel, end int64, first, last bool) *plot.Plot {
	top := 0.0
	for _, l := range shown.shown {
		top = max(top, l.high.value)
	}
	var x []plot.Tick
	if last {
		x = timeTicks(float64(end), size)
	}
	p := newPlot(size, x, shown.unit.ticks(top))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, float64(end), 0, top*1.12
	if first && len(d.spans) > 0 {
		p.Y.Max = top * 1.4 // the names of the epochs stand above the line
	}
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawEpochMarks(c, p, size, d, first) }))
	for i := range shown.shown { // the first on top
		l := shown.shown[len(shown.shown)-1-i]
		p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawBrokenLine(c, p, l.env.lines(end), l.of.ink) }))
	}
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawPanelTitle(c, size, shown) }))
	return p
}

// ticks are marks from 0 to a little above top; the highest names the unit.
func (u panelUnit) ticks(top float64) []plot.Tick {
	unit, name := 0.01, "%"
	switch u {
	case inBytesPerS:
		return rateTicks(top, 2)
	case inBytes:
		unit, name = rateUnit(top)
		name = name[:len(name)-len("/s")]
	}
	ticks := niceTicks(0, top*1.12/unit, 2, func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) })
	for i := range ticks {
		ticks[i].Value *= unit
	}
	ticks[len(ticks)-1].Label += " " + name
	return ticks
}

// drawBrokenLine draws a line with its gaps. A point between two of them is a short dash.
func drawBrokenLine(c draw.Canvas, p *plot.Plot, lines [][]point, color ink) {
	toX, toY := p.Transforms(&c)
	var path vg.Path
	for _, line := range lines {
		for i, p := range line {
			at := vg.Point{X: toX(float64(p.at)), Y: toY(p.value)}
			switch {
			case len(line) == 1:
				path.Move(vg.Point{X: at.X - 1, Y: at.Y})
				path.Line(vg.Point{X: at.X + 1, Y: at.Y})
			case i == 0:
				path.Move(at)
			default:
				path.Line(at)
			}
		}
	}
	c.SetLineStyle(draw.LineStyle{Color: color, Width: 1.4})
	c.Stroke(path)
}

// drawPanelTitle writes what the panel is about, names its lines beside their inks, and
// says at the right what the highest came to. Where a phone has no room for all of it, the
// names of the lines stand alone.
func drawPanelTitle(c draw.Canvas, size frame, shown shownPanel) {
	strong, style := bold(textStyle(inkText, size.text, draw.XLeft, draw.YBottom)), textStyle(inkMuted, size.text, draw.XLeft, draw.YBottom)
	at := vg.Point{X: c.Min.X, Y: c.Max.Y + 9}
	width := strong.Width(shown.title) + 12
	for _, l := range shown.shown {
		width += style.Width(l.of.label) + 24
	}
	if size.narrow() {
		at.X = 0 // the line is longer than the plot
	}
	if width <= size.width {
		c.FillText(strong, at, shown.title)
		at.X += strong.Width(shown.title) + 12
	}
	for _, l := range shown.shown {
		fillBox(c, l.of.ink, at.X, at.Y+2, at.X+8, at.Y+10)
		c.FillText(style, vg.Point{X: at.X + 12, Y: at.Y}, l.of.label)
		at.X += style.Width(l.of.label) + 24
	}
	if !size.narrow() {
		_, high := shown.highest()
		c.FillText(style, vg.Point{X: c.Max.X + 6, Y: c.Max.Y - 12}, "max "+high)
	}
}
