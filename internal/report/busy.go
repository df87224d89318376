package report

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
)

// lossMetrics are what a step may lose time to, in the order of the bars, with the metric
// of an epoch that holds their sum.
func lossMetrics() []struct {
	metric string
	ink    ink
	label  string
} {
	return []struct {
		metric string
		ink    ink
		label  string
	}{
		{"loss_read_ns", inkRead, "waiting for reads"},
		{"loss_work_ns", inkWork, "lbench's own work"},
		{"loss_late_ns", inkLate, "late timers and barrier"},
	}
}

// window is the length of the AU window of an epoch: step 0's barrier to the last one.
func window(e result.Epoch) (float64, bool) {
	start, ok1 := e.Metrics["window_start_ns"]
	end, ok2 := e.Metrics["window_end_ns"]
	return end - start, ok1 && ok2 && end > start
}

// stack is the bar of one epoch: AU, then the losses as fractions of its window. A
// round's own AU is over another stretch of time, so that they don't add up: no losses.
type stack struct {
	epoch result.Epoch
	au    float64
	lost  []float64
}

func stacks(run result.Run) []stack {
	var bars []stack
	for _, e := range run.Epochs {
		au, ok := e.Metrics["au_fraction"]
		if !ok {
			continue
		}
		bar := stack{epoch: e, au: au}
		length, known := window(e)
		known = known && profile(run) == "shuffled"
		for _, l := range lossMetrics() {
			value := 0.0
			if known {
				value = e.Metrics[l.metric] / length
			}
			bar.lost = append(bar.lost, value)
		}
		bars = append(bars, bar)
	}
	return bars
}

// busySection plots the AU of every epoch against the threshold, and on top of it what
// took the rest.
func busySection(d *data) (section, bool) {
	bars := stacks(d.run)
	if len(bars) == 0 {
		return section{}, false
	}
	from := axisStart(bars, threshold(d.run))
	f := newFigure("busy", "AU per epoch", busyDescription(d.run, bars), 250, func(c draw.Canvas, size frame) {
		drawBusy(c, size, bars, threshold(d.run), from)
	})
	below, _ := belowThreshold(d.run, bars)
	f.Legend = busyLegend(d.run, bars, below)
	f.Caption = busyCaption(d.run, bars, from)
	s := section{ID: "au", Title: "How busy were the accelerators, and what held them up?", Figure: &f}
	if profile(d.run) != "shuffled" {
		s.Title = "How busy were the accelerators?"
	}
	return s, true
}

// axisStart leaves out what all bars have in common where they are high, so that a
// point of AU can be seen.
func axisStart(bars []stack, want float64) float64 {
	least := 1.0
	if want > 0 {
		least = want
	}
	for _, b := range bars {
		least = min(least, b.au)
	}
	if least < 0.55 {
		return 0
	}
	return math.Floor(least*20-1) / 20
}

func drawBusy(c draw.Canvas, size frame, bars []stack, want, from float64) {
	var x []plot.Tick
	every := 1 + len(bars)*30/int(c.Size().X)
	for i, b := range bars {
		if i%every == 0 {
			x = append(x, plot.Tick{Value: float64(i), Label: epochLabel(size, len(bars), b.epoch.Epoch)})
		}
	}
	y := niceTicks(from, 1, 5, trimPercent)
	y[len(y)-1].Label += " %"
	p := newPlot(size, x, y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(len(bars))-0.5, from, 1
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		toX, toY := p.Transforms(&c)
		half := min((toX(1)-toX(0))*0.31, 48)
		for i, b := range bars {
			drawStack(c, size, b, toX(float64(i)), half, toY, want)
		}
		if want > from && want <= 1 {
			drawThreshold(c, size, toY(want), want)
		}
	}))
	p.Draw(c)
}

func drawStack(c draw.Canvas, size frame, b stack, x, half vg.Length, toY func(float64) vg.Length, want float64) {
	color := inkAU
	switch {
	case b.epoch.Warmup:
		color = inkStart
	case b.au < want:
		color = inkBad
	}
	bottom := c.Min.Y
	top := max(toY(b.au), bottom)
	fillBox(c, color, x-half, bottom, x+half, top)
	level := b.au
	for i, l := range lossMetrics() {
		if b.lost[i] > 0 {
			fillBox(c, l.ink, x-half, max(toY(level), bottom), x+half, max(toY(min(level+b.lost[i], 1)), bottom))
			level += b.lost[i]
		}
	}
	label := strings.TrimSuffix(percentBeside(b.au, want), " %")
	on := inkOn
	if b.epoch.Warmup {
		on = inkText // its bar is too light for inkOn
	}
	style := bold(textStyle(on, size.text, draw.XCenter, draw.YBottom))
	if style.Width(label) > 2*half || top-bottom < 16 {
		return
	}
	c.FillText(style, vg.Point{X: x, Y: bottom + 6}, label)
}

func drawThreshold(c draw.Canvas, size frame, y vg.Length, want float64) {
	line := draw.LineStyle{Color: inkLimit, Width: 1.5, Dashes: []vg.Length{5, 4}}
	c.StrokeLine2(line, c.Min.X, y, c.Max.X, y)
	label := "threshold " + short(want)
	if size.narrow() {
		label = short(want)
	}
	c.FillText(bold(textStyle(inkLimit, size.text, draw.XLeft, draw.YCenter)), vg.Point{X: c.Max.X + 5, Y: y + 2}, label)
}

// epochLabel is "epoch 3" where there is room for it.
func epochLabel(size frame, n, epoch int) string {
	if n <= 8 && !size.narrow() || n <= 3 {
		return "epoch " + strconv.Itoa(epoch)
	}
	return strconv.Itoa(epoch)
}

// trimPercent is a fraction in percent without the sign: 92.5, 95.
func trimPercent(fraction float64) string {
	return strconv.FormatFloat(math.Round(fraction*1e4)/100, 'f', -1, 64)
}
