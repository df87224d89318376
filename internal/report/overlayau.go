package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
)

const (
	epochColumnsMost = 300 // epochs are drawn in so many columns at most
	epochDotsMost    = 400 // of more runs and epochs only the lowest and the highest are drawn
)

// auColumn is an epoch, or as many in a row as it takes for all to fit, with the AU of
// each run of A and of B there.
type auColumn struct {
	first, last int // numbers of epochs
	warmup      bool
	values      [2][]float64
}

// auOverlay lays the AU per epoch of the runs of B over that of A, with the threshold.
func auOverlay(a, b overlaidSet, id string) sheetPart {
	part := sheetPart{ID: "over-au", Title: "How busy were the accelerators, in A and in B?"}
	sets := [2]overlaidSet{a, b}
	for _, set := range sets {
		if why := set.lacking(func(run result.Run) bool { return len(stacks(run)) > 0 }); why != "" && len(set.withAU()) == 0 {
			return withoutPlot(part, "AU per epoch is", why)
		}
	}
	o := newAUOverlay(sets)
	f := newFigure(id+"-au", "AU per epoch of A and B", o.describe(), 250, o.draw)
	for i, set := range sets {
		f.Legend = append(f.Legend, set.legend(o.mean(i)))
	}
	f.Caption = o.caption()
	part.Figure = &f
	return part
}

// withAU are the runs of a set that have the AU of an epoch.
func (s overlaidSet) withAU() []RunData {
	return slices.DeleteFunc(slices.Clone(s.runs), func(r RunData) bool { return len(stacks(r.Run)) == 0 })
}

// overlaidAU is what the plot of AU per epoch is drawn from.
type overlaidAU struct {
	sets       [2]overlaidSet
	columns    []auColumn
	thresholds []float64 // of the runs, each once, rising
	from, to   float64   // of the axis
}

func newAUOverlay(sets [2]overlaidSet) overlaidAU {
	o := overlaidAU{sets: sets, from: 1, to: 1}
	byEpoch := map[int]*auColumn{}
	for i := range o.sets {
		o.sets[i].runs = o.sets[i].withAU()
		for _, r := range o.sets[i].runs {
			for _, s := range stacks(r.Run) {
				column := byEpoch[s.epoch.Epoch]
				if column == nil {
					column = &auColumn{first: s.epoch.Epoch, last: s.epoch.Epoch}
					byEpoch[s.epoch.Epoch] = column
				}
				column.warmup = column.warmup || s.epoch.Warmup
				column.values[i] = append(column.values[i], s.au)
				o.to = max(o.to, s.au)
			}
			if want := threshold(r.Run); want > 0 && !slices.Contains(o.thresholds, want) {
				o.thresholds = append(o.thresholds, want)
			}
		}
	}
	slices.Sort(o.thresholds)
	for _, epoch := range slices.Sorted(maps.Keys(byEpoch)) {
		o.columns = append(o.columns, *byEpoch[epoch])
	}
	o.columns = fewerColumns(o.columns, epochColumnsMost)
	o.from = o.start()
	return o
}

// fewerColumns puts as many neighbours into one as it takes to have at most so many.
func fewerColumns(columns []auColumn, most int) []auColumn {
	each := (len(columns) + most - 1) / most
	if each <= 1 {
		return columns
	}
	var fewer []auColumn
	for part := range slices.Chunk(columns, each) {
		one := auColumn{first: part[0].first, last: part[len(part)-1].last}
		for _, c := range part {
			one.warmup = one.warmup || c.warmup
			for i := range one.values {
				one.values[i] = append(one.values[i], c.values[i]...)
			}
		}
		fewer = append(fewer, one)
	}
	return fewer
}

func (o overlaidAU) leastThreshold() float64 {
	if len(o.thresholds) == 0 {
		return 0
	}
	return o.thresholds[0]
}

// start is where the axis begins, as that of a run's own plot.
func (o overlaidAU) start() float64 {
	var bars []stack
	for _, c := range o.columns {
		for _, v := range slices.Concat(c.values[0], c.values[1]) {
			bars = append(bars, stack{au: v})
		}
	}
	return axisStart(bars, o.leastThreshold())
}

// mean is that of a set's runs, of each the mean over its epochs without warm-ups, as it is
// printed; empty where all are warm-ups.
func (o overlaidAU) mean(set int) string {
	var means []float64
	for _, r := range o.sets[set].runs {
		if values := counted(r.Run, "au_fraction"); len(values) > 0 {
			means = append(means, meanOf(values))
		}
	}
	if len(means) == 0 {
		return ""
	}
	return percentBeside(meanOf(means), o.leastThreshold())
}

func (o overlaidAU) draw(c draw.Canvas, size frame) {
	var x []plot.Tick
	every := 1 + len(o.columns)*30/int(c.Size().X)
	for i, column := range o.columns {
		if i%every == 0 {
			x = append(x, plot.Tick{Value: float64(i), Label: epochLabel(size, len(o.columns), column.first)})
		}
	}
	x[0].Label = "epoch " + strconv.Itoa(o.columns[0].first) // or nothing would say what is counted
	y := niceTicks(o.from, o.to, 5, trimPercent)
	y[len(y)-1].Label += " %"
	p := newPlot(size, x, y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(len(o.columns))-0.5, o.from, o.to
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		_, toY := p.Transforms(&c)
		for _, want := range o.thresholds {
			if want > o.from && want <= o.to {
				drawThreshold(c, size, toY(want), want)
			}
		}
		ends := [2]ending{o.drawSet(c, p, 0), o.drawSet(c, p, 1)}
		nameEndings(c, size, ends[0], ends[1])
	}))
	p.Draw(c)
}

// drawSet draws the runs of a set, the line through their means and its marks. The sets
// stand beside each other in a column where they have several runs.
func (o overlaidAU) drawSet(c draw.Canvas, p *plot.Plot, set int) ending {
	toX, toY := p.Transforms(&c)
	s, room := o.sets[set], toX(1)-toX(0)
	aside := vg.Length(0)
	if o.several() {
		aside = min(room*0.14, 9) * vg.Length(2*set-1)
	}
	var marks []vg.Point
	for i, column := range o.columns {
		values := column.values[set]
		if len(values) == 0 {
			continue
		}
		x := toX(float64(i)) + aside
		o.drawRuns(c, s, x, values, toY)
		marks = append(marks, vg.Point{X: x, Y: toY(meanOf(values))})
	}
	joinMarks(c, s.ink, marks)
	next := marks[0].X
	for _, at := range marks {
		if at.X >= next {
			s.mark.draw(c, s.ink, at, 4.6)
			next = at.X + 16
		}
	}
	return ending{s, marks[len(marks)-1]}
}

// several says that a column has more than one value of a set.
func (o overlaidAU) several() bool {
	return slices.ContainsFunc(o.columns, func(c auColumn) bool { return len(c.values[0]) > 1 || len(c.values[1]) > 1 })
}

// dots says that each run is drawn, and not only the lowest and the highest.
func (o overlaidAU) dots() bool {
	n := 0
	for _, c := range o.columns {
		n += len(c.values[0]) + len(c.values[1])
	}
	return n <= epochDotsMost
}

func (o overlaidAU) drawRuns(c draw.Canvas, s overlaidSet, x vg.Length, values []float64, toY func(float64) vg.Length) {
	switch {
	case len(values) == 1:
	case o.dots():
		for _, v := range values {
			s.mark.draw(c, s.ink, vg.Point{X: x, Y: toY(v)}, 2.4)
		}
	default:
		c.StrokeLine2(draw.LineStyle{Color: s.ink, Width: 1}, x, toY(slices.Min(values)), x, toY(slices.Max(values)))
	}
}

// epochName is "epoch 3", or "epochs 4 to 6" of a column that holds more than one.
func (c auColumn) epochName() string {
	if c.first == c.last {
		return "epoch " + strconv.Itoa(c.first)
	}
	return fmt.Sprintf("epochs %d to %d", c.first, c.last)
}

// finding is "A has 91.0 % in the mean, its lowest 87.9 % in epoch 5".
func (o overlaidAU) finding(set int) string {
	mean := o.mean(set)
	if mean == "" {
		return o.sets[set].name + " has warm-up epochs only"
	}
	lowest, at := math.Inf(1), ""
	for _, c := range o.columns {
		if values := c.values[set]; !c.warmup && len(values) > 0 && meanOf(values) < lowest {
			lowest, at = meanOf(values), c.epochName()
		}
	}
	text := fmt.Sprintf("%s has %s in the mean", o.sets[set].name, mean)
	if at != "" {
		text += fmt.Sprintf(", its lowest %s in %s", percentBeside(lowest, o.leastThreshold()), at)
	}
	return text
}

// above says in how many epochs B lies above A; empty where they have none in common.
func (o overlaidAU) above() string {
	above, both := 0, 0
	for _, c := range o.columns {
		if !c.warmup && len(c.values[0]) > 0 && len(c.values[1]) > 0 {
			both++
			if meanOf(c.values[1]) > meanOf(c.values[0]) {
				above++
			}
		}
	}
	if both == 0 {
		return "A and B have no epoch in common."
	}
	what := oneOrMore(both, "epoch", "epochs")
	if slices.ContainsFunc(o.columns, func(c auColumn) bool { return c.first != c.last }) {
		what = oneOrMore(both, "group", "groups") + " of epochs"
	}
	return fmt.Sprintf("B lies above A in %d of %d %s.", above, both, what)
}

func (o overlaidAU) describe() string {
	text := fmt.Sprintf("Two lines over the epochs, A with rings and B with triangles. %s; %s. %s", sentenceWithoutEnd(o.finding(0)), o.finding(1), o.above())
	for _, want := range o.thresholds {
		text += fmt.Sprintf(" A dashed line marks the threshold of %s.", short(want))
	}
	return text
}

func (o overlaidAU) caption() string {
	var parts []string
	if o.several() {
		drawn := "Small marks are runs"
		if !o.dots() {
			drawn = "Upright lines go from the lowest to the highest run"
		}
		parts = append(parts, fmt.Sprintf("%s, %d of A and %d of B; the lines join their means.", drawn, len(o.sets[0].runs), len(o.sets[1].runs)))
	}
	parts = append(parts, sentenceOf(o.finding(0)+"; "+o.finding(1)+"."), o.above(), o.warmups())
	if column := slices.MaxFunc(o.columns, func(x, y auColumn) int { return cmp.Compare(x.last-x.first, y.last-y.first) }); column.first != column.last {
		parts = append(parts, fmt.Sprintf("Each point is of several epochs, such as %d to %d.", column.first, column.last))
	}
	if len(o.thresholds) > 1 {
		parts = append(parts, fmt.Sprintf("The runs had %d thresholds, from %s to %s.", len(o.thresholds), short(o.thresholds[0]), short(last(o.thresholds))))
	}
	if o.from > 0 {
		parts = append(parts, fmt.Sprintf("The axis starts at %s.", short(o.from)))
	}
	for i, set := range o.sets {
		if without := set.of - len(set.runs); without > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s of %s not drawn: no AU of an epoch was found.", without, plural(set.of, "run"), o.sets[i].name))
		}
	}
	return sentences(parts...)
}

// warmups says which epochs are drawn and are in no mean over the run.
func (o overlaidAU) warmups() string {
	var of []auColumn
	grouped := false
	for _, c := range o.columns {
		grouped = grouped || c.first != c.last
		if c.warmup {
			of = append(of, c)
		}
	}
	switch {
	case len(of) == 0:
		return ""
	case grouped:
		return "The first points hold warm-ups, which are in no mean."
	case len(of) == 1:
		return sentenceOf(of[0].epochName() + " is a warm-up and in no mean.")
	}
	return fmt.Sprintf("%d of the %d epochs drawn are warm-ups and in no mean.", len(of), len(o.columns))
}
