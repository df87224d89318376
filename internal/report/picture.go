package report

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// picture is a plot that stands alone, as a file: what a page says around a plot (its
// question, its legend, its finding and what run it is of) is drawn with it.
type picture struct {
	Name   string // in file names
	SVG    []byte
	drawn  string // the SVG without colours, which PNG draws
	source string // in errors
}

const (
	pictureWidth = 760
	pictureLine  = 17 // height of a line of text
	picturePad   = 14
)

var (
	wideSVG   = regexp.MustCompile(`(?s)viewBox="0 0 (\S+) (\S+)"[^>]*>(.*)</svg>`)
	svgWords  = regexp.MustCompile(`(?s)<title[^>]*>(.*?)</title><desc[^>]*>(.*?)</desc>`)
	colorRule = regexp.MustCompile(`--([a-z]+):(#[0-9a-fA-F]{3,6})`)
	inkClass  = regexp.MustCompile(`class="([fs])-([a-z]+)`)
)

// newPicture draws the wide form of a section's plot with its words; about is the line
// below them that names the run.
func newPicture(s section, about string) (picture, error) {
	parts := wideSVG.FindStringSubmatch(string(s.Figure.Wide))
	if parts == nil {
		return picture{}, fmt.Errorf("picture %q: its plot has no viewBox", s.ID)
	}
	var width, height float64
	if _, err := fmt.Sscan(parts[1]+" "+parts[2], &width, &height); err != nil {
		return picture{}, fmt.Errorf("picture %q: read its size: %w", s.ID, err)
	}
	words := svgWords.FindStringSubmatch(parts[3])
	description := s.Title
	if words != nil {
		description = words[2]
	}
	legend := legendLines(s.Figure.Legend)
	small := textStyle(inkMuted, 12, draw.XLeft, draw.YTop)
	below := append(wrapped(s.Figure.Caption, small, pictureWidth-2*picturePad), wrapped(about, small, pictureWidth-2*picturePad)...)
	head := vg.Length(picturePad + 24 + len(legend)*(pictureLine+2) + 4)
	total := head + vg.Length(height) + vg.Length(len(below)*pictureLine+2*picturePad)
	c := newCanvas(pictureWidth, total)
	area := draw.New(c)
	area.FillText(bold(textStyle(inkText, 15, draw.XLeft, draw.YTop)), vg.Point{X: picturePad, Y: total - picturePad}, s.Title)
	drawLegend(area, legend, total-picturePad-26)
	y := total - head - vg.Length(height) - picturePad
	for _, line := range below {
		area.FillText(small, vg.Point{X: picturePad, Y: y}, fitted(line, frame{text: 12}, pictureWidth-2*picturePad))
		y -= pictureLine
	}
	fmt.Fprintf(&c.out, `<g transform="translate(%s %s) scale(%s %s)">%s</g>`, number(picturePad), length(head),
		ratio((pictureWidth-2*picturePad)/width), ratio((pictureWidth-2*picturePad)/width), svgWords.ReplaceAllString(parts[3], ""))
	p := picture{Name: s.ID, source: s.ID}
	p.drawn = string(c.element(s.ID, "picture", s.Title, unescape(description)))
	p.SVG = []byte(standalone(p.drawn, pictureWidth, total))
	return p, nil
}

func ratio(v float64) string { return fmt.Sprintf("%.4f", v) }

func unescape(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&amp;", "&").Replace(text)
}

// legendLines breaks a legend into lines that fit.
func legendLines(items []legendItem) [][]legendItem {
	style := textStyle(inkText, 12, draw.XLeft, draw.YTop)
	var lines [][]legendItem
	used := vg.Length(0)
	for _, item := range items {
		width := style.Width(item.Label+" "+item.Value) + 40
		if len(lines) == 0 || used+width > pictureWidth-2*picturePad {
			lines, used = append(lines, nil), 0
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], item)
		used += width
	}
	return lines
}

func drawLegend(c draw.Canvas, lines [][]legendItem, top vg.Length) {
	style := textStyle(inkText, 12, draw.XLeft, draw.YTop)
	for _, line := range lines {
		x := vg.Length(picturePad)
		for _, item := range line {
			fillBox(c, item.Ink, x, top-11, x+10, top-1)
			text := strings.TrimSpace(item.Label + " " + item.Value)
			c.FillText(style, vg.Point{X: x + 15, Y: top}, text)
			x += style.Width(text) + 38
		}
		top -= pictureLine + 2
	}
}

// wrapped breaks a text into lines of at most that width.
func wrapped(text string, style draw.TextStyle, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && style.Width(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// standalone makes a drawing that a style sheet coloured a file of its own: with the
// colours of the light page as they are, on white, of a fixed size.
func standalone(svg string, width, height vg.Length) string {
	colors := lightColors()
	rules := map[string]bool{}
	for _, m := range inkClass.FindAllStringSubmatch(svg, -1) {
		property := map[string]string{"f": "fill", "s": "fill:none;stroke"}[m[1]]
		rules[fmt.Sprintf(".%s-%s{%s:%s}", m[1], m[2], property, colors[ink(m[2])])] = true
	}
	style := `text{font-family:"Liberation Sans",Arimo,Arial,Helvetica,sans-serif;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}` +
		`text.f-on{stroke:none}.b{font-weight:bold}path{stroke-linejoin:round}` + strings.Join(slices.Sorted(maps.Keys(rules)), "")
	end := strings.Index(svg, ">") + 1
	head := strings.Replace(svg[:end], "<svg ", fmt.Sprintf(`<svg width="%s" height="%s" `, length(width), length(height)), 1)
	rest := svg[end:]
	at := strings.Index(rest, "</desc>") + len("</desc>")
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + head + rest[:at] + "<style>" + style + "</style>" +
		fmt.Sprintf(`<rect width="%s" height="%s" fill="#fff"/>`, length(width), length(height)) + rest[at:] + "\n"
}

// lightColors are the inks as the page's style sheet has them for light.
func lightColors() map[ink]string {
	colors := map[ink]string{}
	for _, m := range colorRule.FindAllStringSubmatch(pageStyle+blockStyle, -1) {
		if _, ok := colors[ink(m[1])]; !ok { // the light set stands before the dark one
			colors[ink(m[1])] = m[2]
		}
	}
	return colors
}
