package report

import (
	"fmt"
	"html"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
)

// axis is how lengths in a drawing become values again: the page's script reads values
// from the lines and bars themselves, so that a page holds no point twice.
type axis struct {
	from, to  float64 // where the axis begins and ends, in units of the drawing
	low, high float64 // the values there
	factor    float64 // what 1 of unit is worth
	unit      string  // empty: the axis has names and not numbers
	log       bool
}

// canvasOf is what is drawn on in the end; nil: it isn't ours.
func canvasOf(c draw.Canvas) *canvas {
	inner := c.Canvas
	for {
		cropped, ok := inner.(draw.Canvas)
		if !ok {
			break
		}
		inner = cropped.Canvas
	}
	own, _ := inner.(*canvas)
	return own
}

// noteAxes leaves the axes of a plot with the canvas that it is drawn on.
func noteAxes(c draw.Canvas, p *plot.Plot, x, y []plot.Tick) {
	if own := canvasOf(c); own != nil {
		own.x, own.y = axesOn(own, c, p, x, y)
	}
}

func axesOn(own *canvas, c draw.Canvas, p *plot.Plot, x, y []plot.Tick) (ofX, ofY *axis) {
	toX, toY := p.Transforms(&c)
	height := float64(own.height)
	return newAxis(p.X, x, float64(toX(p.X.Min)), float64(toX(p.X.Max))),
		newAxis(p.Y, y, height-float64(toY(p.Y.Min)), height-float64(toY(p.Y.Max)))
}

// notedStrip is a strip for the page's script: its axis of values, and what it and its lines
// are called.
type notedStrip struct {
	y     *axis
	names string // "Network cards;net received;au sent"
}

// noteStrip leaves a strip with its canvas, and the axis of time that it shares with those
// before it.
func noteStrip(own *canvas, c draw.Canvas, p *plot.Plot, s strip, x, y []plot.Tick) {
	if own == nil {
		return
	}
	clean := strings.NewReplacer(";", ",", "|", "/")
	names := []string{clean.Replace(s.title)}
	for _, l := range s.lines {
		if l.label != "" {
			names = append(names, string(l.ink)+" "+clean.Replace(l.label))
		}
	}
	ofX, ofY := axesOn(own, c, p, x, y)
	own.x, own.strips = ofX, append(own.strips, notedStrip{ofY, strings.Join(names, ";")})
}

// axes are the attributes that tell the page's script where values lie: data-x and data-y,
// and of strips one axis of values for each, with data-strips; empty where one isn't known.
func (c *canvas) axes() string {
	values, names := []string{}, []string{}
	for _, s := range c.strips {
		values, names = append(values, s.y.String()), append(names, s.names)
	}
	if len(c.strips) == 0 && c.y != nil {
		values = append(values, c.y.String())
	}
	if c.x == nil || c.x.String() == "" || len(values) == 0 || slices.Contains(values, "") {
		return ""
	}
	text := fmt.Sprintf(` data-x="%s" data-y="%s"`, c.x, strings.Join(values, "|"))
	if len(names) > 0 {
		text += fmt.Sprintf(` data-strips="%s"`, html.EscapeString(strings.Join(names, "|")))
	}
	return text
}

func newAxis(of plot.Axis, ticks []plot.Tick, from, to float64) *axis {
	a := &axis{from: from, to: to, low: of.Min, high: of.Max, factor: 1}
	if _, a.log = of.Scale.(plot.LogScale); a.log { // all of them are times
		a.unit = "ns"
		return a
	}
	a.factor, a.unit = unitOf(ticks)
	return a
}

// unitOf is the unit that one of the marks of an axis names, and what it is worth.
func unitOf(ticks []plot.Tick) (factor float64, unit string) {
	for i := len(ticks) - 1; i >= 0; i-- {
		m := regexp.MustCompile(`^([\d.,]+) ([a-zA-Z%/]+)$`).FindStringSubmatch(ticks[i].Label)
		if m == nil {
			continue
		}
		n, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64)
		if err == nil && n > 0 && ticks[i].Value > 0 {
			return ticks[i].Value / n, m[2]
		}
	}
	return 1, ""
}

// String is the text of a data attribute: "56.2 660 0 1.2e+10 1e+09 GB/s".
func (a *axis) String() string {
	text := fmt.Sprintf("%s %s", number(a.from), number(a.to))
	for _, v := range []float64{a.low, a.high, a.factor} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return ""
		}
		text += " " + strconv.FormatFloat(v, 'g', 6, 64)
	}
	if a.unit == "" {
		return text
	}
	text += " " + a.unit
	if a.log {
		text += " log"
	}
	return text
}
