package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
)

// lostBar is the bar of one epoch, or of the mean of many.
type lostBar struct {
	name  string
	parts map[string]float64
}

// lostFigure has a bar per epoch: AU, and what it is short of 100 %.
func lostFigure(run result.Run, lost *result.Lost) figure {
	var bars []lostBar
	for _, e := range lost.Epochs {
		bars = append(bars, lostBar{strconv.Itoa(e.Epoch), e.Parts})
	}
	if len(bars) > lostRows {
		bars = []lostBar{{"all", lost.Parts}}
	}
	from := lostFrom(bars)
	f := newFigure("lost", "AU and what was lost, per epoch", lostDescription(run, bars), vg.Length(36+lostPitch(bars)*len(bars)), func(c draw.Canvas, size frame) {
		drawLost(c, size, run, bars, from)
	})
	points, _ := lostPoints(run, lost.Parts)
	for _, p := range lostParts() {
		text, ok := points[p.name]
		if !ok || p.name != losses.AU && none(text) {
			continue
		}
		label := p.label
		if p.letter != "" {
			label = p.letter + " " + label
		}
		f.Legend = append(f.Legend, legendItem{p.ink, label, text + " %"})
	}
	f.Caption = lostCaption(run, lost, from)
	return f
}

// lostRows is how many epochs get a bar of their own; more share one.
const lostRows = 50

// lostPitch is the distance of two bars: less where there are many.
func lostPitch(bars []lostBar) int {
	if len(bars) > barRows {
		return 18
	}
	return 30
}

// lostFrom is where the axis begins: a little below the lowest AU, so that what was lost
// can be seen.
func lostFrom(bars []lostBar) float64 {
	least := 1.0
	for _, b := range bars {
		least = min(least, b.parts[losses.AU])
	}
	if least < 0.5 {
		return 0
	}
	return max(0, math.Floor((least-(1-least))*20)/20)
}

func drawLost(c draw.Canvas, size frame, run result.Run, bars []lostBar, from float64) {
	var y []plot.Tick
	for i, b := range bars {
		name := b.name
		if !size.narrow() && name != "all" {
			name = "epoch " + name
		}
		y = append(y, plot.Tick{Value: float64(len(bars) - 1 - i), Label: name})
	}
	n := 6
	if size.narrow() {
		n = 4
	}
	x := niceTicks(from, 1, n, trimPercent)
	x[len(x)-1].Label += " %"
	p := newPlot(size, x, y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = from, 1, -0.5, float64(len(bars))-0.5
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		toX, toY := p.Transforms(&c)
		for i, b := range bars {
			drawLostBar(c, size, run, b, toX, toY(float64(len(bars)-1-i)), vg.Length(lostPitch(bars))/3, i == 0 || len(bars) <= barRows)
		}
	}))
	p.Draw(c)
}

func drawLostBar(c draw.Canvas, size frame, run result.Run, b lostBar, toX func(float64) vg.Length, middle, half vg.Length, letters bool) {
	at := 0.0
	for _, part := range lostParts() {
		left, right := max(toX(at), c.Min.X), toX(min(at+b.parts[part.name], 1))
		at += b.parts[part.name]
		if right-left < 0.5 {
			continue
		}
		fillBox(c, part.ink, left, middle-half, right, middle+half)
		fillBox(c, inkOn, right-0.6, middle-half, right, middle+half) // parts are told apart without colours
		color := inkText
		if part.ink == inkNet || part.ink == inkBad || part.ink == inkMuted {
			color = inkOn // on dark ones
		}
		style := textStyle(color, size.text, draw.XCenter, draw.YCenter)
		if letters && part.letter != "" && right-left > style.Width(part.letter)+5 {
			c.FillText(style, vg.Point{X: (left + right) / 2, Y: middle + 1}, part.letter)
		}
	}
	points, lost := lostPoints(run, b.parts)
	busy := bold(textStyle(inkOn, size.text, draw.XLeft, draw.YCenter))
	if label := points[losses.AU]; toX(b.parts[losses.AU])-c.Min.X > busy.Width(label)+12 {
		c.FillText(busy, vg.Point{X: c.Min.X + 6, Y: middle + 1}, label)
	}
	style := textStyle(inkText, size.text, draw.XLeft, draw.YCenter)
	label := "lost " + lost
	if style.Width(label)+6 > size.margin {
		label = lost
	}
	c.FillText(style, vg.Point{X: c.Max.X + 5, Y: middle + 1}, label)
}

func lostDescription(run result.Run, bars []lostBar) string {
	var texts []string
	for _, b := range bars {
		points, _ := lostPoints(run, b.parts)
		var parts []string
		for _, p := range lostParts() {
			if text := points[p.name]; text != "" && (p.name == losses.AU || !none(text)) {
				parts = append(parts, p.label+" "+text)
			}
		}
		texts = append(texts, "epoch "+b.name+": "+strings.Join(parts, ", "))
	}
	return "Stacked bars of 100 % of each epoch's window. " + strings.Join(texts, "; ") + "."
}

func lostCaption(run result.Run, lost *result.Lost, from float64) string {
	parts := []string{"Each bar is the time between the first and the last barrier of an epoch, the mean over its ranks; the parts make 100 %."}
	switch n := len(lost.Epochs); {
	case n > lostRows:
		parts[0] = fmt.Sprintf("The bar is the mean of all %d epochs: of each the time between its first and its last barrier, the mean over its ranks. The table below has each.", n)
	case n > 1:
		parts = append(parts, "The figures beside the names are means over the epochs.")
	}
	if lost.Parts[losses.Barrier] > 0 {
		parts = append(parts, "Reads are what each rank waited for them itself. What it then waited for the slowest rank is apart, although that one may have waited for reads: the plot above and the table below go by the slowest rank of each step.")
	}
	if p := profile(run); p != "shuffled" {
		parts = append(parts, fmt.Sprintf("AU here is by lbench's own formula, computation over that time; the AU of %s, by its own, stands above.", p))
	}
	if _, split := lost.Parts[losses.SlowReads]; split {
		parts = append(parts, "Slow are reads beyond the run's own p90.")
	} else {
		parts = append(parts, "This run kept no latencies of reads: they are one part.")
	}
	if from > 0 {
		parts = append(parts, fmt.Sprintf("The axis starts at %s.", short(from)))
	}
	return strings.Join(parts, " ")
}
