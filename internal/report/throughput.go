package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/units"
)

// epochLines is up to how many epochs each has its line in the plot over time.
const epochLines = 20

// throughputSection plots what the accelerators took over time and, where there are
// readings, what the network brought meanwhile.
func throughputSection(d *data) (section, bool) {
	took := d.taken.perSecond()
	if d.steps == 0 || len(took) < 2 || slices.Max(took) == 0 {
		return section{}, false
	}
	var net []float64
	if d.network != nil {
		net = d.network.perSecond()
	}
	f := newFigure("throughput", "Throughput over time", throughputDescription(d, took), 240, func(c draw.Canvas, size frame) {
		drawThroughput(c, size, d, took, net)
	})
	f.Legend = []legendItem{{inkAU, "taken by accelerators", ""}}
	if net != nil {
		f.Legend = append(f.Legend, legendItem{inkNet, "received by the network cards", ""})
	}
	f.Caption = throughputCaption(d, net != nil)
	return section{ID: "throughput", Title: "How fast did the data come, over time?", Figure: &f}, true
}

func drawThroughput(c draw.Canvas, size frame, d *data, took, net []float64) {
	top := slices.Max(took)
	if net != nil {
		top = max(top, slices.Max(net))
	}
	y := rateTicks(top, 5)
	end := float64(len(took)) * float64(d.taken.width)
	p := newPlot(size, timeTicks(end, size), y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, 0, top*1.12
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawEpochMarks(c, p, size, d, true) }))
	if net != nil {
		p.Add(rateLine(net, d.network.width, inkNet))
	}
	p.Add(rateLine(took, d.taken.width, inkAU))
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawStallNote(c, p, size, d) }))
	p.Draw(c)
}

// rateTicks are at most n marks from 0 to a little above top, in bytes per second; the
// highest names the unit.
func rateTicks(top float64, n int) []plot.Tick {
	unit, name := rateUnit(top)
	ticks := niceTicks(0, top*1.12/unit, n, func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) })
	for i := range ticks {
		ticks[i].Value *= unit
	}
	ticks[len(ticks)-1].Label += " " + name
	return ticks
}

// rateUnit is the largest unit that leaves at least 1 of a rate.
func rateUnit(rate float64) (bytes float64, name string) {
	bytes, name = 1e9, "GB/s"
	for _, smaller := range []string{"MB/s", "kB/s", "B/s"} {
		if rate < bytes {
			bytes, name = bytes/1000, smaller
		}
	}
	return bytes, name
}

func rateLine(rates []float64, width int64, color ink) plot.Plotter {
	points := make(plotter.XYs, len(rates))
	for i, rate := range rates {
		points[i].X, points[i].Y = (float64(i)+0.5)*float64(width), rate
	}
	line := &plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: color, Width: 1.6}}
	return line
}

// drawEpochMarks draws a line where an epoch starts, and names it above where names are
// wanted. Of many epochs only those with room for a name are marked.
func drawEpochMarks(c draw.Canvas, p *plot.Plot, size frame, d *data, names bool) {
	toX, _ := p.Transforms(&c)
	style := textStyle(inkMuted, size.text, draw.XLeft, draw.YTop)
	free := c.Min.X
	for _, epoch := range d.epochs() {
		x := toX(float64(d.spans[epoch].start))
		room := toX(float64(d.spans[epoch].end)) - x
		label := epochLabel(size, len(d.spans), epoch)
		named := x+4 >= free && style.Width(label)+8 < max(room, 24)
		if named || len(d.spans) <= epochLines {
			c.StrokeLine2(draw.LineStyle{Color: inkMuted, Width: 0.8, Dashes: []vg.Length{2, 3}}, x, c.Min.Y, x, c.Max.Y)
		}
		if named {
			if names {
				c.FillText(style, vg.Point{X: x + 4, Y: c.Max.Y}, label)
			}
			free = x + 8 + style.Width(label)
		}
	}
}

// drawStallNote writes the longest stall where it happened.
func drawStallNote(c draw.Canvas, p *plot.Plot, size frame, d *data) {
	found := d.stalled()
	if len(found) == 0 {
		return
	}
	longest := found[0]
	toX, _ := p.Transforms(&c)
	x := toX(float64(longest.Start) + float64(longest.Wait)/2)
	style := bold(textStyle(inkBad, size.text, draw.XLeft, draw.YBottom))
	at := vg.Point{X: x + 6, Y: c.Min.Y + 8}
	label := fmt.Sprintf("waited %s", units.Duration(time.Duration(longest.Wait)))
	if at.X+style.Width(label) > c.Max.X {
		style.XAlign, at.X = draw.XRight, x-6
	}
	c.StrokeLine2(draw.LineStyle{Color: inkBad, Width: 1.5}, x, c.Min.Y, x, c.Min.Y+24)
	c.FillText(style, at, label)
}

func throughputCaption(d *data, net bool) string {
	var parts []string
	total := d.taken.total()
	parts = append(parts, fmt.Sprintf("The accelerators took %s in %s; each epoch starts with a dip.",
		units.Bytes(total), plural(len(d.spans), "epoch")))
	if net {
		received := d.network.total()
		text := fmt.Sprintf("The network cards received %s, %s of that.", units.Bytes(received), units.Percent(received/total, 1))
		if received < total/2 {
			text += " The rest came from a cache or a local disk, or past their counters."
		}
		parts = append(parts, text)
	}
	if found := d.stalled(); len(found) > 0 {
		parts = append(parts, fmt.Sprintf("Epoch %d stood still for %s.", found[0].Epoch, units.Duration(time.Duration(found[0].Wait))))
	}
	parts = append(parts, fmt.Sprintf("Each point is the mean over %s.", units.Duration(time.Duration(d.taken.width))))
	if d.impossible > 0 {
		parts = append(parts, fmt.Sprintf("Left out: %s with times that can't be.", plural(int(d.impossible), "step")))
	}
	return strings.Join(parts, " ")
}

func throughputDescription(d *data, took []float64) string {
	return fmt.Sprintf("A line over time with the epochs marked. The highest of %d points is %s.", len(took), units.Rate(slices.Max(took)))
}
