package report

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// trafficFigure plots what all buckets sent and received in each minute of the window.
func trafficFigure(t result.Traffic) (figure, bool) {
	if len(t.Minutes) < 2 {
		return figure{}, false
	}
	a := windowBuckets(t)
	sent, received := a.line(ofAll(func(m result.Minute) float64 { return m.Sent })), a.line(ofAll(func(m result.Minute) float64 { return m.Received }))
	top := highestPoint(sent, received)
	if top == 0 {
		return figure{}, false
	}
	f := newFigure("sent", "Sent by the buckets", fmt.Sprintf("A line of steps over %s; the highest minute has %s.", plural(len(t.Minutes), "minute"), units.Rate(top)), 220,
		func(c draw.Canvas, size frame) { drawTraffic(c, size, a, sent, received, top) })
	f.Legend = []legendItem{{inkNet, "sent by the buckets", units.Bytes(t.Metrics["sent_bytes"])}}
	if t.Metrics["received_bytes"] > 0 {
		f.Legend = append(f.Legend, legendItem{inkAU, "received by them", units.Bytes(t.Metrics["received_bytes"])})
	}
	parts := []string{fmt.Sprintf("Each step is one minute of UTC; the time is that since %s. A minute without a point had no traffic; one that the window cuts is drawn as high as all of it was.", t.From.UTC().Format("15:04:05 UTC"))}
	f.Caption = strings.Join(append(parts, spaced(a.unknownLine())...), " ")
	return f, true
}

func drawTraffic(c draw.Canvas, size frame, a bucketAxis, sent, received [][]point, top float64) {
	p := newPlot(size, timeTicks(float64(a.end), size), rateTicks(top, 5))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, float64(a.end), 0, top*1.12
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		drawUnknown(c, p, a.unknown())
		if a.t.Metrics["received_bytes"] > 0 {
			drawBrokenLine(c, p, received, inkAU, 1.6)
		}
		drawBrokenLine(c, p, sent, inkNet, 1.6)
	}))
	p.Draw(c)
}
