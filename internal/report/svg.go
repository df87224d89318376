package report

import (
	"fmt"
	"html"
	"html/template"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// ink is a colour by its role. The page's style sheet says what it looks like, once
// for light and once for dark: f-ROLE fills with it and s-ROLE strokes.
type ink string

// RGBA makes an ink a color.Color, which is how it travels through gonum/plot. What
// it returns is never drawn.
func (ink) RGBA() (r, g, b, a uint32) { return 0, 0, 0, math.MaxUint16 }

const (
	inkText  ink = "fg"
	inkMuted ink = "mut"
	inkGrid  ink = "grid"
	inkOn    ink = "on" // text on a bar
	inkAU    ink = "au"
	inkBad   ink = "bad"
	inkRead  ink = "read"
	inkWork  ink = "work"
	inkLate  ink = "late"
	inkStart ink = "start"
	inkNet   ink = "net"
	inkLimit ink = "thr"
	inkBand  ink = "band"
)

// canvas is a vg.Canvas that writes the inside of an SVG whose colours and fonts are
// left to CSS. vgsvg, gonum/plot's own, writes both as fixed values.
//
// The origin of vg is at the bottom left and that of SVG at the top left, so y is
// turned over where coordinates are written. Text carries the width that the plot
// was laid out for: a browser with another font fits it in.
type canvas struct {
	width, height vg.Length
	out           strings.Builder
	pen           pen
	saved         []pen
	x, y          *axis // of the last plot drawn on it; nil: none
	strips        []notedStrip
}

// pen is what Push saves: how to draw, and how many groups a transform has opened.
type pen struct {
	ink    ink
	width  vg.Length
	dashes []vg.Length
	groups int
}

func newCanvas(width, height vg.Length) *canvas {
	c := &canvas{width: width, height: height}
	vg.Initialize(c)
	return c
}

// Size makes the canvas a vg.CanvasSizer.
func (c *canvas) Size() (width, height vg.Length) { return c.width, c.height }

// SetLineWidth, SetLineDash and SetColor set the pen. Another colour than an ink
// (gonum/plot's black defaults) is text colour.
func (c *canvas) SetLineWidth(w vg.Length) { c.pen.width = w }

// SetLineDash sets the dashes of lines; the offset isn't needed here.
func (c *canvas) SetLineDash(dashes []vg.Length, _ vg.Length) { c.pen.dashes = dashes }

// SetColor sets the ink of lines, areas and text.
func (c *canvas) SetColor(col color.Color) {
	role, ok := col.(ink)
	if !ok {
		role = inkText
	}
	c.pen.ink = role
}

// Rotate turns what follows, until Pop, around vg's origin.
func (c *canvas) Rotate(radians float64) {
	c.open(fmt.Sprintf("rotate(%s 0 %s)", number(-radians*180/math.Pi), length(c.height)))
}

// Translate moves what follows, until Pop.
func (c *canvas) Translate(by vg.Point) {
	c.open(fmt.Sprintf("translate(%s %s)", length(by.X), length(-by.Y)))
}

// Scale stretches what follows, until Pop, from vg's origin.
func (c *canvas) Scale(x, y float64) {
	h := length(c.height)
	c.open(fmt.Sprintf("translate(0 %s) scale(%s %s) translate(0 -%s)", h, number(x), number(y), h))
}

func (c *canvas) open(transform string) {
	fmt.Fprintf(&c.out, `<g transform="%s">`, transform)
	c.pen.groups++
}

// Push saves the pen.
func (c *canvas) Push() {
	c.saved = append(c.saved, c.pen)
	c.pen.groups = 0
}

// Pop ends the transforms since Push and restores the pen.
func (c *canvas) Pop() {
	c.out.WriteString(strings.Repeat("</g>", c.pen.groups))
	c.pen = c.saved[len(c.saved)-1]
	c.saved = c.saved[:len(c.saved)-1]
}

// Stroke draws a line along a path.
func (c *canvas) Stroke(path vg.Path) {
	if c.pen.width <= 0 {
		return
	}
	dashes := ""
	if len(c.pen.dashes) > 0 {
		parts := make([]string, len(c.pen.dashes))
		for i, d := range c.pen.dashes {
			parts[i] = length(d)
		}
		dashes = fmt.Sprintf(` stroke-dasharray="%s"`, strings.Join(parts, " "))
	}
	fmt.Fprintf(&c.out, `<path class="s-%s" stroke-width="%s"%s d="%s"/>`, c.pen.ink, length(c.pen.width), dashes, c.data(path))
}

// Fill fills the inside of a path.
func (c *canvas) Fill(path vg.Path) {
	fmt.Fprintf(&c.out, `<path class="f-%s" d="%s"/>`, c.pen.ink, c.data(path))
}

// FillString writes a text from a point on its baseline.
func (c *canvas) FillString(face font.Face, at vg.Point, text string) {
	class := "f-" + string(c.pen.ink)
	if face.Font.Weight == xfont.WeightBold {
		class += " b"
	}
	fmt.Fprintf(&c.out, `<text class="%s" x="%s" y="%s" font-size="%s" textLength="%s" lengthAdjust="spacingAndGlyphs">%s</text>`,
		class, length(at.X), length(c.height-at.Y), length(face.Font.Size), length(face.Width(text)), html.EscapeString(text))
}

// DrawImage draws the outline of an image: no plot here has one.
func (c *canvas) DrawImage(rect vg.Rectangle, _ image.Image) { c.Stroke(rect.Path()) }

// data writes a path in SVG's letters. Arcs are those of a circle, as plots use them.
func (c *canvas) data(path vg.Path) string {
	var d strings.Builder
	at := func(letter string, points ...vg.Point) {
		for i, p := range points {
			if i > 0 {
				letter = " "
			}
			fmt.Fprintf(&d, "%s%s %s", letter, length(p.X), length(c.height-p.Y))
		}
	}
	for _, step := range path {
		switch step.Type {
		case vg.MoveComp:
			at("M", step.Pos)
		case vg.LineComp:
			at("L", step.Pos)
		case vg.CurveComp:
			letter := map[int]string{1: "Q", 2: "C"}[len(step.Control)]
			at(letter, append(step.Control[:len(step.Control):len(step.Control)], step.Pos)...)
		case vg.ArcComp:
			for i := range 3 { // in two halves: SVG has no arc that ends where it starts
				angle := step.Start + step.Angle*float64(i)/2
				sin, cos := math.Sincos(angle)
				to := vg.Point{X: step.Pos.X + step.Radius*vg.Length(cos), Y: step.Pos.Y + step.Radius*vg.Length(sin)}
				switch {
				case i > 0:
					sweep := map[bool]int{true: 0, false: 1}[step.Angle > 0]
					fmt.Fprintf(&d, "A%s %s 0 0 %d %s %s", length(step.Radius), length(step.Radius), sweep, length(to.X), length(c.height-to.Y))
				case d.Len() == 0:
					at("M", to)
				default:
					at("L", to)
				}
			}
		case vg.CloseComp:
			d.WriteString("Z")
		}
	}
	return d.String()
}

// element is the whole SVG, with its title and description for those who can't see it.
func (c *canvas) element(id, class, title, description string) template.HTML {
	return template.HTML(fmt.Sprintf(
		`<svg xmlns="http://www.w3.org/2000/svg" class="%s" viewBox="0 0 %s %s"%s role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>%s</svg>`,
		class, length(c.width), length(c.height), c.axes(), id, id, id, html.EscapeString(title), id, html.EscapeString(description), c.out.String()))
}

func length(l vg.Length) string { return number(float64(l)) }

// number prints at most one digit after the point; a tenth of a unit is a tenth of a pixel.
func number(v float64) string {
	text := strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	if text == "-0" {
		return "0"
	}
	return text
}
