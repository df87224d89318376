package report

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// trafficFigure plots what all buckets sent and received in each minute of the window.
func trafficFigure(t result.Traffic) (figure, bool) {
	if len(t.Minutes) < 2 {
		return figure{}, false
	}
	sent, received := minuteSteps(t, func(m result.Minute) float64 { return m.Sent }), minuteSteps(t, func(m result.Minute) float64 { return m.Received })
	top := 0.0
	for _, p := range append(append(plotter.XYs{}, sent...), received...) {
		top = max(top, p.Y)
	}
	if top == 0 {
		return figure{}, false
	}
	f := newFigure("sent", "Sent by the buckets", fmt.Sprintf("A line of steps over %s; the highest minute has %s.", plural(len(t.Minutes), "minute"), units.Rate(top)), 220,
		func(c draw.Canvas, size frame) { drawTraffic(c, size, t, sent, received, top) })
	f.Legend = []legendItem{{inkNet, "sent by the buckets", units.Bytes(t.Metrics["sent_bytes"])}}
	if t.Metrics["received_bytes"] > 0 {
		f.Legend = append(f.Legend, legendItem{inkAU, "received by them", units.Bytes(t.Metrics["received_bytes"])})
	}
	f.Caption = fmt.Sprintf("Each step is one minute of UTC; the time is that since %s. A minute without a point had no traffic, or monitoring doesn't have it yet.", t.From.UTC().Format("15:04:05 UTC"))
	return f, true
}

func drawTraffic(c draw.Canvas, size frame, t result.Traffic, sent, received plotter.XYs, top float64) {
	end := float64(t.To.Sub(t.From))
	p := newPlot(size, timeTicks(end, size), rateTicks(top, 5))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, 0, top*1.12
	if t.Metrics["received_bytes"] > 0 {
		p.Add(stepLine(received, inkAU))
	}
	p.Add(stepLine(sent, inkNet))
	p.Draw(c)
}

func stepLine(points plotter.XYs, color ink) plot.Plotter {
	return &plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: color, Width: 1.6}}
}

// minuteSteps is a rate in bytes per second over ns since the window began: level in each
// minute, 0 where there is none.
func minuteSteps(t result.Traffic, of func(result.Minute) float64) plotter.XYs {
	const minute = 60e9
	end := float64(t.To.Sub(t.From))
	var points plotter.XYs
	last := 0.0
	for _, m := range t.Minutes {
		from := max(0, float64(m.Start.Sub(t.From)))
		to := min(end, float64(m.Start.Sub(t.From))+minute)
		if from > last {
			points = append(points, plotter.XY{X: last, Y: 0}, plotter.XY{X: from, Y: 0})
		}
		points = append(points, plotter.XY{X: from, Y: of(m) / 60}, plotter.XY{X: to, Y: of(m) / 60})
		last = to
	}
	if last < end {
		points = append(points, plotter.XY{X: last, Y: 0}, plotter.XY{X: end, Y: 0})
	}
	return points
}
