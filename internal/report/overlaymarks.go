package report

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// marker is what tells the lines of A and B apart without colour.
type marker int

const (
	ring     marker = iota // of A
	triangle               // of B; the swatches of a legend are squares
)

// letter is the mark in a text.
func (m marker) letter() string {
	if m == ring {
		return "○"
	}
	return "▲"
}

// draw draws the mark around a point. radius is that of the ring.
func (m marker) draw(c draw.Canvas, color ink, at vg.Point, radius vg.Length) {
	var path vg.Path
	c.SetColor(color)
	if m == triangle {
		half := radius * 1.1 // as large to the eye
		path.Move(vg.Point{X: at.X - half, Y: at.Y - half*0.75})
		path.Line(vg.Point{X: at.X + half, Y: at.Y - half*0.75})
		path.Line(vg.Point{X: at.X, Y: at.Y + half})
		path.Close()
		c.Fill(path)
		return
	}
	// Filled and not stroked: the page's script takes what is stroked for a line.
	inner := radius * 0.5
	path.Move(vg.Point{X: at.X + radius, Y: at.Y})
	path.Arc(at, radius, 0, 2*math.Pi)
	path.Close()
	path.Move(vg.Point{X: at.X + inner, Y: at.Y})
	path.Arc(at, inner, 0, -2*math.Pi)
	path.Close()
	c.Fill(path)
}

// ending is where a line ends, and the name of its set is written.
type ending struct {
	set overlaidSet
	at  vg.Point
}

// nameEndings writes the names of two lines at the right of their ends, one above the other
// where they would overlap.
func nameEndings(c draw.Canvas, size frame, a, b ending) {
	const apart = 8
	if math.Abs(float64(a.at.X-b.at.X)) < 2*apart && math.Abs(float64(a.at.Y-b.at.Y)) < float64(size.text)+1 {
		upper, lower := &a.at, &b.at
		if b.at.Y > a.at.Y {
			upper, lower = lower, upper
		}
		middle := min(max((upper.Y+lower.Y)/2, c.Min.Y+apart), c.Max.Y-apart)
		upper.Y, lower.Y = middle+apart-1, middle-apart+1
	}
	for _, e := range []ending{a, b} {
		style := bold(textStyle(e.set.ink, size.text, draw.XLeft, draw.YCenter))
		c.FillText(style, vg.Point{X: e.at.X + apart, Y: e.at.Y + 2}, e.set.name)
	}
}

// joinMarks draws a line through points. The page's script takes for a line what has three:
// of fewer the last one stands there again.
func joinMarks(c draw.Canvas, color ink, points []vg.Point) {
	var path vg.Path
	path.Move(points[0])
	for _, at := range points[1:] {
		path.Line(at)
	}
	for range 3 - len(points) {
		path.Line(points[len(points)-1])
	}
	c.SetLineStyle(draw.LineStyle{Color: color, Width: 1.8})
	c.Stroke(path)
}
