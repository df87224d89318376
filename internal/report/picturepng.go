package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// pictureDPI draws a point, of which an inch has 72, on two by two pixels.
const pictureDPI = 144

// replay draws on a canvas of pixels what canvas wrote: paths, texts and groups that are
// moved. So a picture is the same as its SVG, whatever painted it.
type replay struct {
	on     *vgimg.Canvas
	height vg.Length
	colors map[ink]string
	text   *svgText
}

type svgText struct {
	ink  ink
	bold bool
	at   vg.Point
	size vg.Length
	says strings.Builder
}

// PNG writes the picture with two pixels a point. Errors are those of w, and of a
// drawing that holds what replay doesn't know.
func (p picture) PNG(w io.Writer) error {
	var width, height float64
	size := wideSVG.FindStringSubmatch(p.drawn)
	if size == nil {
		return fmt.Errorf("draw picture %q: it has no viewBox", p.source)
	}
	if _, err := fmt.Sscan(size[1]+" "+size[2], &width, &height); err != nil {
		return fmt.Errorf("draw picture %q: read its size: %w", p.source, err)
	}
	on := vgimg.NewWith(vgimg.UseWH(vg.Length(width), vg.Length(height)), vgimg.UseDPI(pictureDPI), vgimg.UseBackgroundColor(color.White))
	r := &replay{on: on, height: vg.Length(height), colors: lightColors()}
	if err := r.draw(p.drawn); err != nil {
		return fmt.Errorf("draw picture %q: %w", p.source, err)
	}
	if _, err := (vgimg.PngCanvas{Canvas: on}).WriteTo(w); err != nil {
		return fmt.Errorf("write picture %q: %w", p.source, err)
	}
	return nil
}

func (r *replay) draw(svg string) error {
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := r.start(decoder, t); err != nil {
				return err
			}
		case xml.CharData:
			if r.text != nil {
				r.text.says.Write(t)
			}
		case xml.EndElement:
			r.end(t.Name.Local)
		}
	}
}

func (r *replay) start(decoder *xml.Decoder, e xml.StartElement) error {
	value := map[string]string{}
	for _, a := range e.Attr {
		value[a.Name.Local] = a.Value
	}
	switch e.Name.Local {
	case "svg":
		return nil
	case "title", "desc", "style":
		return decoder.Skip()
	case "g":
		r.on.Push()
		return r.transform(value["transform"])
	case "path":
		return r.path(value)
	case "text":
		kind, rest, _ := strings.Cut(value["class"], " ")
		r.text = &svgText{ink: ink(strings.TrimPrefix(kind, "f-")), bold: rest == "b",
			at: vg.Point{X: lengthOfText(value["x"]), Y: r.height - lengthOfText(value["y"])}, size: lengthOfText(value["font-size"])}
		return nil
	}
	return fmt.Errorf("it holds <%s>, which isn't one of [svg, g, path, text]", e.Name.Local)
}

func (r *replay) end(name string) {
	switch name {
	case "g":
		r.on.Pop()
	case "text":
		r.write()
		r.text = nil
	}
}

// transform does what canvas wrote for Translate, Rotate and Scale. SVG counts y from
// the top: its origin is where vg has y = height.
func (r *replay) transform(text string) error {
	for _, m := range regexp.MustCompile(`(\w+)\(([^)]*)\)`).FindAllStringSubmatch(text, -1) {
		v, err := numbers(m[2])
		if err != nil || len(v) == 0 {
			return fmt.Errorf("transform %q: want numbers", text)
		}
		origin := vg.Point{Y: r.height}
		switch {
		case m[1] == "translate" && len(v) == 2:
			r.on.Translate(vg.Point{X: vg.Length(v[0]), Y: vg.Length(-v[1])})
			continue
		case m[1] == "rotate" && len(v) == 3:
			origin = vg.Point{X: vg.Length(v[1]), Y: r.height - vg.Length(v[2])}
		}
		r.on.Translate(origin)
		switch {
		case m[1] == "rotate":
			r.on.Rotate(-v[0] * math.Pi / 180)
		case m[1] == "scale" && len(v) == 2:
			r.on.Scale(v[0], v[1])
		default:
			return fmt.Errorf("transform %q isn't one of [translate, rotate, scale]", m[0])
		}
		r.on.Translate(vg.Point{X: -origin.X, Y: -origin.Y})
	}
	return nil
}

// write draws a text on a border of white, as the page's style sheet gives it.
func (r *replay) write() {
	t := r.text
	style := textStyle(t.ink, t.size, draw.XLeft, draw.YBottom)
	if t.bold {
		style = bold(style)
	}
	face := font.DefaultCache.Lookup(style.Font, t.size)
	if t.ink != inkOn {
		r.on.SetColor(color.White)
		for _, by := range []vg.Point{{X: -1, Y: -1}, {X: -1, Y: 1}, {X: 1, Y: -1}, {X: 1, Y: 1}} {
			r.on.FillString(face, t.at.Add(by), t.says.String())
		}
	}
	r.on.SetColor(r.color(t.ink))
	r.on.FillString(face, t.at, t.says.String())
}

func (r *replay) path(value map[string]string) error {
	path, err := svgPath(value["d"], r.height)
	if err != nil {
		return err
	}
	kind, name, _ := strings.Cut(value["class"], "-")
	r.on.SetColor(r.color(ink(name)))
	if kind == "f" {
		r.on.Fill(path)
		return nil
	}
	dashes, err := numbers(value["stroke-dasharray"])
	if err != nil {
		return err
	}
	lengths := make([]vg.Length, len(dashes))
	for i, d := range dashes {
		lengths[i] = vg.Length(d)
	}
	r.on.SetLineWidth(lengthOfText(value["stroke-width"]))
	r.on.SetLineDash(lengths, 0)
	r.on.Stroke(path)
	return nil
}

// color is an ink's; text colour for one that the style sheet doesn't name.
func (r *replay) color(name ink) color.Color {
	hex := strings.TrimPrefix(r.colors[name], "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	v, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return color.Black
	}
	return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

func lengthOfText(text string) vg.Length {
	v, _ := strconv.ParseFloat(text, 64)
	return vg.Length(v)
}

func numbers(text string) ([]float64, error) {
	var values []float64
	for _, field := range strings.Fields(strings.ReplaceAll(text, ",", " ")) {
		v, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return nil, fmt.Errorf("%q isn't a number", field)
		}
		values = append(values, v)
	}
	return values, nil
}
