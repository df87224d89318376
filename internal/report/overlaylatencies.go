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

// overlaidQuantile is one percentile of both sets, in ns: of each the mean and every value.
type overlaidQuantile struct {
	name   string // p99
	means  [2]float64
	values [2][]float64
}

// overlaidQuantiles are those that all runs of a comparison have.
func overlaidQuantiles(c result.Comparison) []overlaidQuantile {
	var found []overlaidQuantile
	for i, metric := range []string{"latency_p50_ns", "latency_p90_ns", "latency_p99_ns", "latency_p99_9_ns", "latency_max_ns"} {
		at := slices.IndexFunc(c.Metrics, func(m result.MetricChange) bool { return m.Name == metric })
		if at < 0 || len(c.Metrics[at].AValues) == 0 || len(c.Metrics[at].BValues) == 0 {
			continue
		}
		m := c.Metrics[at]
		found = append(found, overlaidQuantile{quantileNames()[i], [2]float64{m.A, m.B}, [2][]float64{m.AValues, m.BValues}})
	}
	return found
}

// latencyOverlay lays the latency percentiles of B over those of A: the values of the table
// of metrics, which are means over the runs of a set.
func latencyOverlay(c result.Comparison, a, b overlaidSet, id string) sheetPart {
	kind := result.Run{Command: c.Command}
	what := "a " + verb(kind)
	switch {
	case isSmallWrite(kind):
		what = "a small durable write"
	case c.Command == "compare-mounts":
		what = "an operation"
	}
	part := sheetPart{ID: "over-latencies", Title: fmt.Sprintf("How long did %s take, in A and in B?", what)}
	quantiles := overlaidQuantiles(c)
	if len(quantiles) < 2 {
		return withoutPlot(part, "Latency percentiles are", latenciesLacking(a, b))
	}
	sets := [2]overlaidSet{a, b}
	f := newFigure(id+"-latencies", "Latency percentiles of A and B", quantileDescription(quantiles), 260, func(c draw.Canvas, size frame) {
		drawQuantiles(c, size, quantiles, sets)
	})
	f.Legend = []legendItem{a.legend(""), b.legend("")}
	f.Caption = quantileCaption(kind, quantiles, sets)
	part.Figure = &f
	return part
}

func latenciesLacking(a, b overlaidSet) string {
	var whys []string
	for _, set := range []overlaidSet{a, b} {
		why := set.lacking(func(run result.Run) bool {
			_, ok := run.Metrics["latency_p50_ns"]
			return ok
		})
		if why != "" {
			whys = append(whys, why)
		}
	}
	if len(whys) == 0 {
		return "they are not in all runs"
	}
	return strings.Join(whys, ", and ")
}

// quantileBounds are the lowest and the highest value of all, at least 1 ns, which a logarithmic axis
// can show.
func quantileBounds(quantiles []overlaidQuantile) (least, most float64) {
	least, most = math.Inf(1), 1
	for _, q := range quantiles {
		for _, v := range slices.Concat(q.values[0], q.values[1], q.means[:]) {
			least, most = min(least, max(v, 1)), max(most, v)
		}
	}
	return least, most
}

func drawQuantiles(c draw.Canvas, size frame, quantiles []overlaidQuantile, sets [2]overlaidSet) {
	from, to := wholeDecades(quantileBounds(quantiles))
	var x []plot.Tick
	for i, q := range quantiles {
		x = append(x, plot.Tick{Value: float64(i), Label: q.name})
	}
	p := newPlot(size, x, decades(from, to))
	p.Y.Scale = plot.LogScale{}
	room := math.Pow(to/from, 0.09) // for the values above and below the lines
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.4, float64(len(quantiles))-0.7, from/room, to*room
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		ends := [2]ending{drawQuantileLine(c, p, quantiles, sets, 0), drawQuantileLine(c, p, quantiles, sets, 1)}
		nameEndings(c, size, ends[0], ends[1])
		drawQuantileValues(c, size, p, quantiles, sets)
	}))
	p.Draw(c)
}

// drawQuantileLine draws the line of a set with its marks, A a little to the left and B to the
// right, and of several runs from the lowest to the highest at each percentile.
func drawQuantileLine(c draw.Canvas, p *plot.Plot, quantiles []overlaidQuantile, sets [2]overlaidSet, set int) ending {
	toX, toY := p.Transforms(&c)
	s := sets[set]
	var marks []vg.Point
	for i, q := range quantiles {
		at := vg.Point{X: toX(float64(i)) + vg.Length(2*set-1)*5, Y: toY(max(q.means[set], 1))}
		if len(q.values[set]) > 1 {
			low, high := toY(max(slices.Min(q.values[set]), 1)), toY(max(slices.Max(q.values[set]), 1))
			c.StrokeLine2(draw.LineStyle{Color: s.ink, Width: 1.2}, at.X, low, at.X, high)
		}
		s.mark.draw(c, s.ink, at, 4.6)
		marks = append(marks, at)
	}
	joinMarks(c, s.ink, marks)
	end := marks[len(marks)-1]
	return ending{s, vg.Point{X: toX(float64(len(marks)-1)) + 26, Y: end.Y}} // right of the value
}

// drawQuantileValues writes the higher mean above what is drawn at a percentile, and the lower
// one below it, each to the side where lines that rise leave room.
func drawQuantileValues(c draw.Canvas, size frame, p *plot.Plot, quantiles []overlaidQuantile, sets [2]overlaidSet) {
	toX, toY := p.Transforms(&c)
	for i, q := range quantiles {
		least, most := quantileBounds(quantiles[i : i+1])
		upper := 0
		if q.means[1] > q.means[0] {
			upper = 1
		}
		above, below := textStyle(sets[upper].ink, size.text, draw.XCenter, draw.YBottom), textStyle(sets[1-upper].ink, size.text, draw.XCenter, draw.YTop)
		texts := q.texts()
		c.FillText(above, vg.Point{X: toX(float64(i)) - 6, Y: toY(most) + 7}, texts[upper])
		if texts[0] != texts[1] {
			c.FillText(below, vg.Point{X: toX(float64(i)) + 6, Y: toY(least) - 5}, texts[1-upper])
		}
	}
}

// texts are both means as they are printed.
func (q overlaidQuantile) texts() [2]string {
	a, b := besideEachOther("latency_ns", math.Round(q.means[0]), math.Round(q.means[1]))
	return [2]string{a, b}
}

// quantileFinding is "The p50 is 4.13 ms in A and 3.72 ms in B, the p99 31.9 ms and 28.7 ms."
func quantileFinding(quantiles []overlaidQuantile) string {
	var texts []string
	for i, q := range quantiles {
		name, form := "the "+q.name, "%s %s and %s"
		if q.name == "max" {
			name = "the longest"
		}
		if i == 0 {
			form = "%s is %s in A and %s in B"
		}
		both := q.texts()
		texts = append(texts, fmt.Sprintf(form, name, both[0], both[1]))
	}
	return sentenceOf(strings.Join(texts, ", ") + ".")
}

func quantileDescription(quantiles []overlaidQuantile) string {
	return fmt.Sprintf("Two lines over the percentiles on a logarithmic axis, A with rings and B with triangles. %s", quantileFinding(quantiles))
}

func quantileCaption(kind result.Run, quantiles []overlaidQuantile, sets [2]overlaidSet) string {
	parts := []string{quantileFinding(quantiles)}
	if a, b := len(quantiles[0].values[0]), len(quantiles[0].values[1]); a > 1 || b > 1 {
		parts = append(parts, fmt.Sprintf("Marks are the means of %s of A and %s of B, upright lines go from the lowest to the highest.", plural(a, sets[0].noun), plural(b, sets[1].noun)))
	}
	some := func(has func(result.Run) bool) bool {
		return slices.ContainsFunc(slices.Concat(sets[0].runs, sets[1].runs), func(r RunData) bool { return has(r.Run) })
	}
	switch {
	case !isBlock(kind):
		parts = append(parts, "Of the reads that had to wait for storage; what memory answered at once isn't counted.")
	case some(func(run result.Run) bool { _, ok := serviceLatency(run); return ok }):
		parts = append(parts, "Where a rate was asked for, it counts from when each operation was due.")
	}
	if some(func(run result.Run) bool { return len(blockOf(run).Cells) > 0 }) {
		parts = append(parts, "Of runs with several cells it is that of the best one.")
	}
	return sentences(append(parts, "The axis is logarithmic.")...)
}
