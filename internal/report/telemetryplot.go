package report

import (
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/units"
)

const (
	panelHeight = 96 // with the title line
	panelTitle  = 27 // of it, the title line
	panelFoot   = 24 // below the last panel, for the marks of time
)

// strip is one small plot of several, one below the other, over one axis of time.
type strip struct {
	title   string
	unit    panelUnit
	top     float64 // the highest value
	note    string  // at the right, where there is room
	lines   []stripLine
	unknown []span // stretches of time that nothing is known of
}

// stripLine is a line of a strip, broken where its points are. The first is on top.
type stripLine struct {
	label  string // beside its ink in the title line; empty: the legend names it
	ink    ink
	width  vg.Length
	points [][]point
}

// stripFigure draws strips of so much height each. Of d the epochs are marked; nil: none.
func stripFigure(id, title, description string, d *data, strips []strip, each vg.Length, end int64) figure {
	height := panelFoot + vg.Length(len(strips))*each
	return newFigure(id, title, description, height, func(c draw.Canvas, size frame) { drawStrips(c, size, d, strips, end) })
}

// quiet is a canvas that no axes are noted with: the page's script reads values from a
// drawing with one pair of axes.
type quiet struct{ vg.Canvas }

// drawStrips draws strips one below the other, their axes of time aligned.
func drawStrips(c draw.Canvas, size frame, d *data, strips []strip, end int64) {
	own := canvasOf(c)
	c = draw.Canvas{Canvas: quiet{c.Canvas}, Rectangle: c.Rectangle}
	rows := make([][]*plot.Plot, len(strips))
	for i, s := range strips {
		rows[i] = []*plot.Plot{newStrip(own, size, d, s, end, i == 0, i == len(strips)-1)}
	}
	tiles := draw.Tiles{Rows: len(rows), Cols: 1, PadTop: panelTitle, PadY: panelTitle}
	for i, row := range plot.Align(rows, tiles, c) {
		rows[i][0].Draw(row[0])
	}
}

// newStrip is the plot of a strip. The first names the epochs, the last the times. own is
// where its axes are noted.
func newStrip(own *canvas, size frame, d *data, s strip, end int64, first, last bool) *plot.Plot {
	var x []plot.Tick
	if last {
		x = timeTicks(float64(end), size)
	}
	y := s.unit.ticks(s.top)
	p := newPlot(size, x, y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, float64(end), 0, s.top*1.12
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { noteStrip(own, c, p, s, x, y) }))
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawUnknown(c, p, s.unknown) }))
	if d != nil {
		if first && len(d.spans) > 0 {
			p.Y.Max = s.top * 1.4 // the names of the epochs stand above the line
		}
		p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawEpochMarks(c, p, size, d, first) }))
	}
	for _, l := range slices.Backward(s.lines) {
		p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawBrokenLine(c, p, l.points, l.ink, l.width) }))
	}
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawStripTitle(c, size, s) }))
	return p
}

// strip is a panel as it is drawn up to a time.
func (p shownPanel) strip(end int64) strip {
	_, high := p.highest()
	s := strip{title: p.title, unit: p.unit, note: "max " + high}
	for _, l := range p.shown {
		s.top = max(s.top, l.high.value)
		s.lines = append(s.lines, stripLine{l.of.label, l.of.ink, 1.4, l.env.lines(end)})
	}
	return s
}

// drawUnknown fills the stretches that nothing is known of.
func drawUnknown(c draw.Canvas, p *plot.Plot, unknown []span) {
	toX, _ := p.Transforms(&c)
	for _, u := range unknown {
		fillBox(c, inkGrid, toX(float64(u.start)), c.Min.Y, toX(float64(u.end)), c.Max.Y)
	}
}

// ticks are marks from 0 to a little above top; the highest names the unit.
func (u panelUnit) ticks(top float64) []plot.Tick {
	unit, name := 0.01, "%"
	switch u {
	case inBytesPerS:
		return rateTicks(top, 2)
	case inRequestsPerS:
		unit, name = 1, "/s"
	case inBytes:
		unit, name = rateUnit(top)
		name = name[:len(name)-len("/s")]
	}
	ticks := niceTicks(0, top*1.12/unit, 2, shortNumber)
	for i := range ticks {
		ticks[i].Value *= unit
	}
	ticks[len(ticks)-1].Label += " " + name
	return ticks
}

// shortNumber is a mark's: 2.5, 2,500.
func shortNumber(v float64) string {
	if v >= 1000 && v < 1e15 {
		return units.Count(int64(v))
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// drawBrokenLine draws a line with its gaps. A point between two of them is a short dash.
func drawBrokenLine(c draw.Canvas, p *plot.Plot, lines [][]point, color ink, width vg.Length) {
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
	c.SetLineStyle(draw.LineStyle{Color: color, Width: width})
	c.Stroke(path)
}

// drawStripTitle writes what the strip is about, names its lines beside their inks, and at
// the right what the highest came to. Where a phone has no room for all of it, the names of
// the lines stand alone.
func drawStripTitle(c draw.Canvas, size frame, s strip) {
	strong, style := bold(textStyle(inkText, size.text, draw.XLeft, draw.YBottom)), textStyle(inkMuted, size.text, draw.XLeft, draw.YBottom)
	at := vg.Point{X: c.Min.X, Y: c.Max.Y + 9}
	names := vg.Length(0)
	for _, l := range s.lines {
		if l.label != "" {
			names += style.Width(l.label) + 24
		}
	}
	if size.narrow() {
		at.X = 0 // the line is longer than the plot
	}
	title := s.title
	if names == 0 {
		title = fitted(title, size, size.width-at.X-8)
	}
	if strong.Width(title)+12+names <= size.width {
		c.FillText(strong, at, title)
		at.X += strong.Width(title) + 12
	}
	for _, l := range s.lines {
		if l.label == "" {
			continue
		}
		fillBox(c, l.ink, at.X, at.Y+2, at.X+8, at.Y+10)
		c.FillText(style, vg.Point{X: at.X + 12, Y: at.Y}, l.label)
		at.X += style.Width(l.label) + 24
	}
	if !size.narrow() {
		c.FillText(style, vg.Point{X: c.Max.X + 6, Y: c.Max.Y - 12}, s.note)
	}
}
