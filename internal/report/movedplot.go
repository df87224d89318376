package report

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/units"
)

// movedSection plots what the jobs moved over time, with the steady part of it and what
// the network carried meanwhile. Of many cells a line over time says nothing.
func movedSection(d *data) (section, bool) {
	rates := d.moved.perSecond()
	if len(rates) < 2 || slices.Max(rates) == 0 || len(blockOf(d.run).Cells) > 0 {
		return section{}, false
	}
	var net []float64
	if d.network != nil && !isSmallWrite(d.run) {
		net = d.network.perSecond()
		net = net[:min(len(net), 1+int(d.moved.bins.end/d.network.width))]
	}
	f := newFigure("moved", "Throughput over time", movedDescription(d, rates), 250, func(c draw.Canvas, size frame) {
		drawMoved(c, size, d, rates, net)
	})
	if net != nil {
		verbs := [2]string{"read by the jobs", "received by the network cards"}
		if writes(d.run) {
			verbs = [2]string{"written by the jobs", "sent by the network cards"}
		}
		f.Legend = []legendItem{{inkAU, verbs[0], ""}, {inkNet, verbs[1], ""}}
	}
	f.Caption = movedCaption(d)
	title := "How fast did the bytes come, over time?"
	switch {
	case isSmallWrite(d.run):
		title = "When did the small writes complete?"
	case writes(d.run):
		title = "How fast did the bytes go, over time?"
	case coldOf(d.run) != coldUnasked && coldOf(d.run) != coldProven:
		title = "How fast did the bytes come, over time?" + strings.Replace(coldOf(d.run).beside(), ", ", " ", 1)
	}
	return section{ID: "moved", Title: title, Figure: &f}, true
}

func drawMoved(c draw.Canvas, size frame, d *data, rates, net []float64) {
	top := slices.Max(rates)
	if len(net) > 0 {
		top = max(top, slices.Max(net))
	}
	y := rateTicks(top, 5)
	if isSmallWrite(d.run) {
		y = niceTicks(0, top*1.12, 5, count)
		y[len(y)-1].Label += " /s"
	}
	end := float64(d.moved.bins.end)
	p := newPlot(size, timeTicks(end, size), y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, 0, top*1.12
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawSteadyBand(c, p, d) }))
	if net != nil {
		p.Add(rateLine(net, d.network.width, inkNet))
	}
	p.Add(rateLine(rates, d.moved.bins.width, inkAU))
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawSteadyMarks(c, p, size, d) }))
	p.Draw(c)
}

// drawSteadyBand fills the band that holds nine in ten windows of the steady part.
func drawSteadyBand(c draw.Canvas, p *plot.Plot, d *data) {
	s := steady(d.run)
	if s == nil {
		return
	}
	toX, toY := p.Transforms(&c)
	fillBox(c, inkBand, toX(min(float64(s.FromNS), p.X.Max)), toY(s.LowBytesPerS), c.Max.X, toY(min(s.HighBytesPerS, p.Y.Max)))
}

// drawSteadyMarks draws a line where the steady part begins, and names its rate.
func drawSteadyMarks(c draw.Canvas, p *plot.Plot, size frame, d *data) {
	s := steady(d.run)
	if s == nil {
		return
	}
	toX, toY := p.Transforms(&c)
	x := toX(min(float64(s.FromNS), p.X.Max))
	c.StrokeLine2(draw.LineStyle{Color: inkText, Width: 1.2, Dashes: []vg.Length{2, 3}}, x, c.Min.Y, x, c.Max.Y)
	style := textStyle(inkText, size.text, draw.XLeft, draw.YBottom)
	label, at := "steady from "+nanoseconds(s.FromNS), vg.Point{X: x + 5, Y: c.Min.Y + 8}
	if at.X+style.Width(label) > c.Max.X+size.margin {
		style.XAlign, at.X = draw.XRight, x-5
	}
	c.FillText(style, at, label)
	if value := units.Rate(s.BytesPerS); !size.narrow() {
		c.FillText(bold(textStyle(inkText, size.text, draw.XLeft, draw.YCenter)), vg.Point{X: c.Max.X + 6, Y: toY(s.BytesPerS) + 2}, value)
	}
}

func movedCaption(d *data) string {
	var parts []string
	if isSmallWrite(d.run) {
		parts = append(parts, fmt.Sprintf("%s completed.", plural(int(d.moved.bins.total()+0.5), "small write")))
	}
	if s := blockOf(d.run).Steady; s != nil {
		if s.Found {
			parts = append(parts, fmt.Sprintf("The band holds nine in ten windows of %s from %s on, around %s.", nanoseconds(s.WindowNS), nanoseconds(s.FromNS), bothRates(s.BytesPerS)))
		} else {
			parts = append(parts, "No part of it is steady.")
		}
		parts = append(parts, "Rule: "+strings.TrimSuffix(s.Rule, ".")+".")
	}
	parts = append(parts, networkShare(d))
	if alarm := coldAlarm(d.run); alarm != "" {
		parts = append(parts, alarm)
	}
	parts = append(parts, fmt.Sprintf("Each point is the mean over %s.", nanoseconds(d.moved.bins.width)))
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " ")
}

// networkShare holds what the network carried against what the jobs moved in the same
// time; empty where either is unknown.
func networkShare(d *data) string {
	if d.network == nil || isSmallWrite(d.run) {
		return ""
	}
	moved, carried := d.moved.bins.until(d.network.end), d.network.total()
	if moved == 0 {
		return ""
	}
	done := "received"
	if writes(d.run) {
		done = "sent"
	}
	return fmt.Sprintf("The network cards %s %s, %s of what the jobs moved meanwhile.", done, units.Bytes(carried), units.Percent(carried/moved, 1))
}

func movedDescription(d *data, rates []float64) string {
	text := fmt.Sprintf("A line over time. The highest of %d points is %s.", len(rates), jobRate(d.run, slices.Max(rates)))
	if s := steady(d.run); s != nil {
		text += fmt.Sprintf(" From %s on it is steady at %s.", nanoseconds(s.FromNS), units.Rate(s.BytesPerS))
	}
	return text
}
