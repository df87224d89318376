package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
)

// overlayRows is how many metrics the plot of a comparison shows at most.
const overlayRows = 10

// overlay is one metric of both sets, as shares of the mean of A.
type overlay struct {
	name, verdict string
	runs          []string  // of a, then of b; without a text where not every run has the metric
	a, b          []float64 // each run's value over the mean of A, less 1
	meanB         float64
	low, high     *float64 // of meanB
}

// overlays are the metrics to draw: those that readers look for first and
// those that differ, else all. One
// whose A is 0 has no shares.
func overlays(c result.Comparison) []overlay {
	metrics := slices.DeleteFunc(slices.Clone(c.Metrics), func(m result.MetricChange) bool {
		return !result.IsHeadline(m.Name) && m.Verdict != result.Better && m.Verdict != result.Worse
	})
	if len(metrics) == 0 {
		metrics = c.Metrics
	}
	var rows []overlay
	for _, m := range metrics {
		if m.A == 0 || len(m.AValues) == 0 || len(m.BValues) == 0 || len(rows) == overlayRows {
			continue
		}
		share := func(values []float64) []float64 {
			shares := make([]float64, len(values))
			for i, v := range values {
				shares[i] = (v - m.A) / math.Abs(m.A)
			}
			return shares
		}
		runs := make([]string, len(m.AValues)+len(m.BValues))
		if len(m.AValues) == len(c.A) && len(m.BValues) == len(c.B) {
			runs = slices.Concat(c.A, c.B)
		}
		rows = append(rows, overlay{metricWords(m.Name), m.Verdict, runs, share(m.AValues), share(m.BValues), share([]float64{m.B})[0], m.Low, m.High})
	}
	return rows
}

// comparisonPlot draws the value of every run of both sets, metric by metric.
func comparisonPlot(c result.Comparison, id string) (sheetPart, bool) {
	rows := overlays(c)
	if len(rows) == 0 {
		return sheetPart{}, false
	}
	height := func(size frame) vg.Length { return vg.Length(len(rows)*overlayHeight(size) + dotAxis) }
	f := newFigureOf(id, "Both sets of runs", overlayDescription(rows), height, func(c draw.Canvas, size frame) { drawOverlays(c, size, rows) })
	var runs []string
	for _, r := range rows {
		runs = append(runs, r.runs...)
	}
	f.nameDots(runs)
	f.Legend = []legendItem{{inkMuted, "runs of A", ""}, {inkAU, "runs of B", ""}}
	if c.ANights+c.BNights > 0 {
		f.Legend = []legendItem{{inkMuted, "A", ""}, {inkAU, "B", ""}}
	}
	f.Caption = "One dot is one run, as its distance from the mean of A (0 %)."
	if c.ANights+c.BNights > 0 {
		f.Caption = "One dot is one night, the mean of its repeats, or a run of no suite, as its distance from the mean of A (0 %)."
	}
	if slices.ContainsFunc(rows, func(r overlay) bool { return r.low != nil }) {
		f.Caption += " The bar is the 95 % interval of the difference between the means, widened for the number of metrics: where it covers 0, noise can explain the difference."
	}
	return sheetPart{ID: "overlay-plot", Title: "How far do the two sets lie apart?", Figure: &f}, true
}

// overlayHeight is that of one metric; on a phone its name has a line of its own.
func overlayHeight(size frame) int {
	if size.narrow() {
		return 58
	}
	return 40
}

func overlayDescription(rows []overlay) string {
	texts := make([]string, len(rows))
	for i, r := range rows {
		texts[i] = fmt.Sprintf("%s: B is %s, %s", r.name, signed(r.meanB), changeWord(r.verdict).Text)
	}
	return "Dots along one line per metric and set. " + strings.Join(texts, "; ") + "."
}

// overlayRange is the part of the axis that all rows need, 0 in it.
func overlayRange(rows []overlay) (from, to float64) {
	reach := func(v float64) { from, to = min(from, v), max(to, v) }
	for _, r := range rows {
		for _, v := range slices.Concat(r.a, r.b) {
			reach(v)
		}
		if r.low != nil && r.high != nil {
			reach(*r.low)
			reach(*r.high)
		}
	}
	room := max((to-from)*0.06, 0.002)
	return from - room, to + room
}

func drawOverlays(c draw.Canvas, size frame, rows []overlay) {
	from, to := overlayRange(rows)
	marks := 6
	if size.narrow() {
		marks = 4
	}
	x := niceTicks(from, to, marks, func(v float64) string { return strings.TrimSuffix(tickPercent(v), " ") })
	each := float64(overlayHeight(size))
	top := each * float64(len(rows))
	var names []plot.Tick
	for i := range rows {
		if !size.narrow() {
			names = append(names, plot.Tick{Value: top - each*(float64(i)+0.5), Label: fitted(rows[i].name, size, nameRoom)})
		}
	}
	p := newPlot(size, x, names)
	p.Y.Tick.Label.Color = inkText
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = from, to, 0, top
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		noteAxes(c, p, []plot.Tick{{Value: 1, Label: "100 %"}}, names) // the marks have signs
		toX, toY := p.Transforms(&c)
		zero := toX(0)
		c.StrokeLine2(draw.LineStyle{Color: inkMuted, Width: 1, Dashes: []vg.Length{2, 3}}, zero, c.Min.Y, zero, c.Max.Y)
		for i, r := range rows {
			y := toY(top - each*(float64(i)+0.5))
			if size.narrow() {
				c.FillText(textStyle(inkText, size.text, draw.XLeft, draw.YCenter), vg.Point{X: c.Min.X, Y: y + 18}, fitted(r.name, size, c.Size().X))
				y -= 8
			}
			drawOverlay(c, size, r, toX, y)
		}
	}))
	p.Draw(c)
}

// tickPercent is a signed share without zeros after the point: "+2.5 %".
func tickPercent(v float64) string {
	text := trimPercent(v) + " %"
	if v > 0 {
		text = "+" + text
	}
	return text
}

// drawOverlay draws A's runs above B's, B's mean with its interval, and the difference
// at the right.
func drawOverlay(c draw.Canvas, size frame, r overlay, toX func(float64) vg.Length, y vg.Length) {
	color := inkAU
	for _, v := range r.a {
		fillCircle(c, inkMuted, vg.Point{X: toX(v), Y: y + 7}, 2.6)
	}
	for _, v := range r.b {
		fillCircle(c, color, vg.Point{X: toX(v), Y: y - 5}, 2.6)
	}
	if r.low != nil && r.high != nil {
		c.StrokeLine2(draw.LineStyle{Color: color, Width: 3}, toX(*r.low), y-12, toX(*r.high), y-12)
	}
	style := textStyle(inkText, size.text, draw.XLeft, draw.YCenter)
	switch r.verdict {
	case result.Worse:
		style = bold(textStyle(inkBad, size.text, draw.XLeft, draw.YCenter))
	case result.Better:
		style = bold(style)
	}
	label := signed(r.meanB) + map[string]string{result.Worse: " worse", result.Better: " better"}[r.verdict]
	at := vg.Point{X: c.Max.X + 6, Y: y}
	if size.narrow() { // at the right of the name
		style.XAlign = draw.XRight
		at = vg.Point{X: c.Max.X + size.margin - 4, Y: y + 26}
	}
	c.FillText(style, at, label)
}
