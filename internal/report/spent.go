package report

import (
	"fmt"
	"strconv"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// part is one stretch of a bar of time.
type part struct {
	ink   ink
	label string
	ns    float64
}

// barRows is how many epochs get a bar of their own; more share one.
const barRows = 12

// spentSection says where the time of whole epochs went, their start-up included.
func spentSection(d *data) (section, bool) {
	var rows [][]part
	var names []string
	for _, e := range d.run.Epochs {
		if parts, ok := spent(d.run, e); ok {
			rows, names = append(rows, parts), append(names, strconv.Itoa(e.Epoch))
		}
	}
	if len(rows) == 0 {
		return section{}, false
	}
	total := sumParts(rows)
	if len(rows) > barRows {
		rows, names = [][]part{total}, []string{"all"}
	}
	f := newFigure("spent", "Time per epoch", spentDescription(total), vg.Length(36+26*len(rows)), func(c draw.Canvas, size frame) {
		drawSpent(c, size, rows, names)
	})
	all := lengthOf(total)
	for _, p := range total {
		if p.ns > 0 {
			f.Legend = append(f.Legend, legendItem{p.ink, p.label, units.Duration(time.Duration(p.ns))})
		}
	}
	saves := "faster storage"
	if madeBytes(d.run) != "" {
		saves = "anything faster"
	}
	f.Caption = fmt.Sprintf("Of %s in %s, %s were compute, which has to be done in any case: "+saves+" could save at most the rest.",
		units.Duration(time.Duration(all)), plural(len(d.run.Epochs), "epoch"), units.Percent(total[1].ns/all, 1))
	return section{ID: "time", Title: "Where did the time go?", Figure: &f}, true
}

// spent splits an epoch, as its last rank saw it: start-up is from the first read to
// step 0's barrier, and then n-1 computes and what was lost between them.
func spent(run result.Run, e result.Epoch) ([]part, bool) {
	duration, known := e.Metrics["duration_ns"]
	inWindow, ok := window(e)
	steps, counted := e.Metrics["steps"]
	if !known || !ok || !counted || run.Plan == nil || duration < inWindow {
		return nil, false
	}
	parts := []part{
		{inkStart, "start-up", duration - inWindow},
		{inkAU, "compute", max(steps-1, 0) * float64(run.Plan.ComputationNS)},
	}
	for _, l := range lossMetrics() {
		parts = append(parts, part{l.ink, l.label, e.Metrics[l.metric]})
	}
	return parts, true
}

func sumParts(rows [][]part) []part {
	total := append([]part(nil), rows[0]...)
	for _, parts := range rows[1:] {
		for i, p := range parts {
			total[i].ns += p.ns
		}
	}
	return total
}

func lengthOf(parts []part) float64 {
	sum := 0.0
	for _, p := range parts {
		sum += p.ns
	}
	return sum
}

func drawSpent(c draw.Canvas, size frame, rows [][]part, names []string) {
	longest := 0.0
	for _, parts := range rows {
		longest = max(longest, lengthOf(parts))
	}
	var y []plot.Tick
	for i, name := range names {
		if !size.narrow() && name != "all" {
			name = "epoch " + name
		}
		y = append(y, plot.Tick{Value: float64(len(rows) - 1 - i), Label: name})
	}
	p := newPlot(size, timeTicks(longest, size), y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, longest, -0.5, float64(len(rows))-0.5
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		toX, toY := p.Transforms(&c)
		for i, parts := range rows {
			middle, at := toY(float64(len(rows)-1-i)), 0.0
			for _, s := range parts {
				fillBox(c, s.ink, toX(at), middle-9, toX(at+s.ns), middle+9)
				at += s.ns
			}
			style := textStyle(inkText, size.text, draw.XLeft, draw.YCenter)
			for _, label := range []string{units.Duration(time.Duration(at)), compact(at)} {
				if style.Width(label)+5 < size.margin {
					c.FillText(style, vg.Point{X: toX(at) + 5, Y: middle + 2}, label)
					break
				}
			}
		}
	}))
	p.Draw(c)
}

// compact is a length of time in one unit, for where there is little room.
func compact(ns float64) string {
	if seconds := ns / 1e9; seconds >= 10 {
		return units.Count(int64(seconds+0.5)) + " s"
	}
	return units.Duration(time.Duration(ns))
}

func spentDescription(total []part) string {
	text := "Stacked bars of time."
	all := lengthOf(total)
	for _, p := range total {
		text += fmt.Sprintf(" %s: %s.", p.label, units.Percent(p.ns/all, 1))
	}
	return text
}

// timeTicks are marks at round times from 0 to ns.
func timeTicks(ns float64, size frame) []plot.Tick {
	marks := 6.0
	if size.narrow() {
		marks = 4
	}
	step := niceTime(ns / marks)
	var ticks []plot.Tick
	for t := 0.0; t <= ns; t += step {
		ticks = append(ticks, plot.Tick{Value: t, Label: timeLabel(t, step)})
	}
	return ticks
}

// niceTime is the smallest round time that isn't below least.
func niceTime(least float64) float64 {
	for _, seconds := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200} {
		if seconds*1e9 >= least {
			if seconds == 1 {
				return niceStep(max(least, 1))
			}
			return seconds * 1e9
		}
	}
	return niceStep(least/86400e9) * 86400e9
}

func timeLabel(ns, step float64) string {
	switch {
	case ns == 0:
		return "0"
	case step >= 3600e9:
		return count(ns/3600e9) + " h"
	case step >= 60e9:
		return count(ns/60e9) + " min"
	case step >= 1e9:
		return count(ns/1e9) + " s"
	}
	return printed("_ns", ns)
}
