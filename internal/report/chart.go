package report

import (
	"html/template"
	"math"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// frame is the size that a plot is drawn for. Each is drawn twice: for a page and for
// a phone, where the same drawing made smaller would be too small to read.
type frame struct {
	class         string // wide or narrow
	width, height vg.Length
	margin        vg.Length // kept free at the right, for labels
	text          vg.Length // size of text
}

func (f frame) narrow() bool { return f.class == "narrow" }

// figure is a plot in both sizes with what is said about it.
type figure struct {
	Wide, Narrow template.HTML
	Legend       []legendItem
	Caption      string
}

// legendItem names an ink; Value is what it amounts to.
type legendItem struct {
	Ink   ink
	Label string
	Value string
}

// newFigure draws a plot in both sizes. description says in words what it shows.
func newFigure(id, title, description string, height vg.Length, paint func(draw.Canvas, frame)) figure {
	return newFigureOf(id, title, description, func(frame) vg.Length { return height }, paint)
}

// newFigureOf is newFigure for a plot that needs another height on a phone.
func newFigureOf(id, title, description string, height func(frame) vg.Length, paint func(draw.Canvas, frame)) figure {
	f := figure{}
	for _, size := range []frame{
		{class: "wide", width: 760, margin: 100, text: 12},
		{class: "narrow", width: 350, margin: 36, text: 12},
	} {
		size.height = height(size)
		c := newCanvas(size.width, size.height)
		paint(draw.Crop(draw.New(c), 0, -size.margin, 2, -4), size)
		svg := c.element(id+"-"+size.class, size.class, title, description)
		if size.narrow() {
			f.Narrow = svg
		} else {
			f.Wide = svg
		}
	}
	return f
}

// newPlot has quiet axes: grid lines at the marks of y, no ticks, no frame.
func newPlot(size frame, x, y []plot.Tick) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(x), plot.ConstantTicks(y)
	p.X.Tick.Label = textStyle(inkMuted, size.text, draw.XCenter, draw.YTop)
	p.Y.Tick.Label = textStyle(inkMuted, size.text, draw.XRight, draw.YCenter)
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle = draw.LineStyle{Color: inkGrid}
		axis.Tick.LineStyle = draw.LineStyle{Color: inkGrid}
		axis.Tick.Length = 4
		axis.Padding = 5
		axis.Label.TextStyle = axis.Tick.Label
	}
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { noteAxes(c, p, x, y) }))
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Horizontal = draw.LineStyle{Color: inkGrid, Width: 1}
	p.Add(grid)
	return p
}

func textStyle(color ink, size vg.Length, x draw.XAlignment, y draw.YAlignment) draw.TextStyle {
	return draw.TextStyle{
		Color: color, XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler,
		Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
	}
}

func bold(style draw.TextStyle) draw.TextStyle {
	style.Font.Weight = xfont.WeightBold
	return style
}

// painter is a plotter made of one function.
type painter func(c draw.Canvas, p *plot.Plot)

// Plot makes a painter a plot.Plotter.
func (paint painter) Plot(c draw.Canvas, p *plot.Plot) { paint(c, p) }

// fillBox fills the rectangle between two points.
func fillBox(c draw.Canvas, color ink, x0, y0, x1, y1 vg.Length) {
	c.SetColor(color)
	c.Fill(vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}.Path())
}

// niceTicks are at most n marks at round values over 0..top or from..top.
func niceTicks(from, top float64, n int, label func(float64) string) []plot.Tick {
	step := niceStep((top - from) / float64(n))
	var ticks []plot.Tick
	for i := math.Ceil(from/step - 1e-9); i*step <= top*(1+1e-9); i++ {
		value := i*step + 0 // + 0 makes -0 of Ceil a plain 0
		ticks = append(ticks, plot.Tick{Value: value, Label: label(value)})
	}
	return ticks
}

// niceStep is the smallest of 1, 2, 2.5 and 5 times a power of ten that isn't below least.
func niceStep(least float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, factor := range []float64{1, 2, 2.5, 5} {
		if factor*power >= least*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}
