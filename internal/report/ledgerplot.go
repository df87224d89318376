package report

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// bucketsOverTime plots what the buckets sent in each minute under what the client took,
// on the run's own axis of time.
func bucketsOverTime(d *data) (figure, bool) {
	a, ok := runBuckets(d)
	took, width, name := d.clientOverTime()
	if !ok || len(took) < 2 || slices.Max(took) == 0 {
		return figure{}, false
	}
	sent := a.line(ofAll(func(m result.Minute) float64 { return m.Sent }))
	peak := highestPoint(sent)
	top := max(peak, slices.Max(took))
	end := float64(a.end)
	f := newFigure("ledger", "Sent by the buckets and "+name, fmt.Sprintf("Two lines over time; the buckets sent at most %s in a minute.", units.Rate(peak)), 220,
		func(c draw.Canvas, size frame) {
			p := newPlot(size, timeTicks(end, size), rateTicks(top, 5))
			p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, 0, top*1.12
			p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
				drawUnknown(c, p, a.unknown())
				drawEpochMarks(c, p, size, d, true)
			}))
			p.Add(rateLine(took, width, inkAU))
			p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawBrokenLine(c, p, sent, inkNet, 1.6) }))
			p.Draw(c)
		})
	f.Legend = []legendItem{{inkAU, name, ""}, {inkNet, "sent by the buckets, per minute", ""}}
	parts := []string{"The buckets' line has a step for each minute of UTC, so that it shows no dip of an epoch's start."}
	if isBlock(d.run) {
		parts = []string{"The buckets' line has a step for each minute of UTC."}
	}
	f.Caption = strings.Join(append(parts, spaced(a.unknownLine())...), " ")
	return f, true
}

// clientOverTime is what the client took on the run's axis, in bytes per second: of bins of
// a width in ns. Small writes are no bytes.
func (d *data) clientOverTime() (rates []float64, width int64, name string) {
	switch {
	case !isBlock(d.run):
		return d.taken.perSecond(), d.taken.width, "taken by accelerators"
	case isSmallWrite(d.run) || len(blockOf(d.run).Cells) > 0:
		return nil, 0, ""
	case writes(d.run):
		return d.moved.perSecond(), d.moved.bins.width, "written by the jobs"
	}
	return d.moved.perSecond(), d.moved.bins.width, "read by the jobs"
}
