package report

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawReadLatencies draws the percentiles of each stretch of time, the longest on top.
func drawReadLatencies(c draw.Canvas, size frame, d *data, r *readLatencies) {
	least, most := math.Inf(1), 0.0
	for _, s := range r.stretches {
		least, most = min(least, max(float64(s.p50), 1)), max(most, float64(s.most), 1)
	}
	from, to := wholeDecades(least, most)
	end := float64(max(d.expectedAxis(expectedLength(d.run)), (r.stretches[len(r.stretches)-1].number+1)*r.width))
	p := newPlot(size, timeTicks(end, size), decades(from, to))
	p.Y.Scale = plot.LogScale{}
	p.X.Min, p.X.Max, p.Y.Min = 0, end, from
	p.Y.Max = to * math.Pow(to/from, 0.12) // the names of the epochs stand above the lines
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawEpochMarks(c, p, size, d, true) }))
	for _, line := range []struct {
		ink   ink
		width vg.Length
		of    func(latencyStretch) int64
	}{
		{inkAU, 1.6, func(s latencyStretch) int64 { return s.p50 }},
		{inkNet, 1.6, func(s latencyStretch) int64 { return s.p99 }},
		{inkBad, 1.2, func(s latencyStretch) int64 { return s.most }},
	} {
		points := r.line(line.of)
		p.Add(painter(func(c draw.Canvas, p *plot.Plot) { drawBrokenLine(c, p, points, line.ink, line.width) }))
	}
	p.Draw(c)
}

// line are points in the middle of each stretch, broken where no read had to wait.
func (r *readLatencies) line(of func(latencyStretch) int64) (lines [][]point) {
	before := int64(-2)
	for _, s := range r.stretches {
		if s.number != before+1 {
			lines = append(lines, nil)
		}
		before = s.number
		last := &lines[len(lines)-1]
		*last = append(*last, point{s.number*r.width + r.width/2, float64(max(of(s), 1))})
	}
	return lines
}
