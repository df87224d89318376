package report

import (
	"fmt"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// bucketsOverTime plots what the buckets sent in each minute under what the client took,
// on the run's own axis of time.
func bucketsOverTime(d *data) (figure, bool) {
	took := d.taken.perSecond()
	if len(d.run.Traffic) == 0 || len(took) < 2 || slices.Max(took) == 0 {
		return figure{}, false
	}
	t := d.run.Traffic[0]
	end := float64(len(took)) * float64(d.taken.width)
	sent := sentOverRun(t, d.run.Started, end)
	top := slices.Max(took)
	for _, p := range sent {
		top = max(top, p.Y)
	}
	f := newFigure("ledger", "Sent by the buckets and taken by the accelerators", fmt.Sprintf("Two lines over time; the buckets sent at most %s in a minute.", units.Rate(t.Metrics["sent_peak_bytes_per_s"])), 220,
		func(c draw.Canvas, size frame) {
			p := newPlot(size, timeTicks(end, size), rateTicks(top, 5))
			p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, 0, top*1.12
			p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawEpochMarks(c, p, size, d, true) }))
			p.Add(rateLine(took, d.taken.width, inkAU))
			p.Add(stepLine(sent, inkNet))
			p.Draw(c)
		})
	f.Legend = []legendItem{{inkAU, "taken by accelerators", ""}, {inkNet, "sent by the buckets, per minute", ""}}
	f.Caption = "The buckets' line has a step for each minute of UTC, so that it shows no dip of an epoch's start."
	return f, true
}

// sentOverRun is the buckets' rate in steps, over ns since the run began.
func sentOverRun(t result.Traffic, started time.Time, end float64) plotter.XYs {
	shifted := t
	shifted.From, shifted.To = started, started.Add(time.Duration(end))
	shifted.Minutes = slices.DeleteFunc(slices.Clone(t.Minutes), func(m result.Minute) bool {
		return !m.Start.Add(time.Minute).After(shifted.From) || !m.Start.Before(shifted.To)
	})
	return minuteSteps(shifted, func(m result.Minute) float64 { return m.Sent })
}
