package report

import (
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// TestCanvas: what vg asks for in coordinates from the bottom left is what SVG gets
// from the top left.
func TestCanvas(t *testing.T) {
	square := vg.Rectangle{Min: vg.Point{X: 1, Y: 2}, Max: vg.Point{X: 4, Y: 6}}.Path()
	for _, test := range []struct {
		name string
		draw func(*canvas)
		want string
	}{
		{"fill", func(c *canvas) {
			c.SetColor(inkBad)
			c.Fill(square)
		}, `<path class="f-bad" d="M1 98L4 98L4 94L1 94Z"/>`},
		{"a colour that isn't an ink is text colour", func(c *canvas) {
			c.SetColor(color.White)
			c.Fill(square)
		}, `<path class="f-fg" d="M1 98L4 98L4 94L1 94Z"/>`},
		{"stroke with dashes", func(c *canvas) {
			c.SetColor(inkGrid)
			c.SetLineWidth(1.5)
			c.SetLineDash([]vg.Length{2, 3.25}, 0)
			c.Stroke(vg.Path{{Type: vg.MoveComp, Pos: vg.Point{X: 0, Y: 0}}, {Type: vg.LineComp, Pos: vg.Point{X: 10.04, Y: 20}}})
		}, `<path class="s-grid" stroke-width="1.5" stroke-dasharray="2 3.2" d="M0 100L10 80"/>`},
		{"no width, no line", func(c *canvas) {
			c.SetLineWidth(0)
			c.Stroke(square)
		}, ``},
		{"curves", func(c *canvas) {
			var p vg.Path
			p.Move(vg.Point{X: 1, Y: 1})
			p.QuadTo(vg.Point{X: 2, Y: 2}, vg.Point{X: 3, Y: 3})
			p.CubeTo(vg.Point{X: 4, Y: 4}, vg.Point{X: 5, Y: 5}, vg.Point{X: 6, Y: 6})
			c.Fill(p)
		}, `<path class="f-fg" d="M1 99Q2 98 3 97C4 96 5 95 6 94"/>`},
		{"circle", func(c *canvas) {
			var p vg.Path
			p.Arc(vg.Point{X: 50, Y: 50}, 10, 0, 2*math.Pi)
			c.Fill(p)
		}, `<path class="f-fg" d="M60 50A10 10 0 0 0 40 50A10 10 0 0 0 60 50"/>`},
		{"quarter turn to the right after a move", func(c *canvas) {
			var p vg.Path
			p.Move(vg.Point{X: 50, Y: 90})
			p.Arc(vg.Point{X: 50, Y: 50}, 10, math.Pi/2, -math.Pi)
			c.Fill(p)
		}, `<path class="f-fg" d="M50 10L50 40A10 10 0 0 1 60 50A10 10 0 0 1 50 60"/>`},
		{"transforms end with Pop", func(c *canvas) {
			c.SetColor(inkAU)
			c.Push()
			c.SetColor(inkBad)
			c.Translate(vg.Point{X: 3, Y: 4})
			c.Rotate(math.Pi / 2)
			c.Scale(2, 3)
			c.Pop()
			c.Fill(square)
		}, `<g transform="translate(3 -4)"><g transform="rotate(-90 0 100)"><g transform="translate(0 100) scale(2 3) translate(0 -100)"></g></g></g><path class="f-au" d="M1 98L4 98L4 94L1 94Z"/>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCanvas(200, 100)
			test.draw(c)
			if got := c.out.String(); got != test.want {
				t.Errorf("SVG is\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestCanvasText(t *testing.T) {
	c := newCanvas(200, 100)
	style := bold(textStyle(inkLimit, 12, draw.XLeft, draw.YBottom))
	area := draw.New(c)
	area.FillText(style, vg.Point{X: 10, Y: 20}, `<90 % & "more">`)
	got := c.element("id", "wide", "a < b", "c & d")
	for _, want := range []string{
		`viewBox="0 0 200 100"`, `<title id="id-t">a &lt; b</title>`, `<desc id="id-d">c &amp; d</desc>`,
		`<text class="f-thr b" x="10" y="`, `&lt;90 % &amp; &#34;more&#34;&gt;</text>`, ` textLength="`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

// checkLabels: no label of any plot begins or ends outside its drawing.
func checkLabels(t *testing.T, name, page string) {
	t.Helper()
	drawings := svgs(page)
	least := map[string]int{"pass": 8, "stalled": 8, "missing": 4, "failed": 4, "cold-pass": 6, "sustained": 6, "small-write": 6, "matrix": 2, "compare": 2, "both": 6}
	if len(drawings) < least[name] {
		t.Errorf("%d drawings, want %d", len(drawings), least[name])
	}
	for _, svg := range drawings {
		if len(svg.texts) < 5 {
			t.Errorf("%s: only %d labels", svg.title, len(svg.texts))
		}
		for _, l := range svg.texts {
			if l.x < -0.5 || l.x+l.length > svg.width+0.5 || l.y > svg.height || l.y < l.size*0.7 {
				t.Errorf("%s: label %q at %v,%v of length %v leaves a drawing of %v x %v", svg.title, l.text, l.x, l.y, l.length, svg.width, svg.height)
			}
			if l.size < 11 {
				t.Errorf("%s: label %q is %v high", svg.title, l.text, l.size)
			}
		}
	}
}

type drawing struct {
	title         string
	width, height float64
	texts         []label
}

type label struct {
	text               string
	x, y, length, size float64
}

// svgs reads the drawings of a page and their labels.
func svgs(page string) []drawing {
	value := func(text string) float64 {
		v, _ := strconv.ParseFloat(text, 64)
		return v
	}
	var all []drawing
	for _, svg := range regexp.MustCompile(`(?s)viewBox="0 0 (\S+) (\S+)".*?<title id="([^"]*)".*?</svg>`).FindAllStringSubmatch(page, -1) {
		d := drawing{title: svg[3], width: value(svg[1]), height: value(svg[2])}
		for _, m := range regexp.MustCompile(`<text [^>]*x="(\S+)" y="(\S+)" font-size="(\S+)" textLength="(\S+)"[^>]*>([^<]*)<`).FindAllStringSubmatch(svg[0], -1) {
			d.texts = append(d.texts, label{text: m[5], x: value(m[1]), y: value(m[2]), size: value(m[3]), length: value(m[4])})
		}
		all = append(all, d)
	}
	return all
}
