package report

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// markRoom is how far the marks on a line over time stand apart.
const markRoom = 56

// overTime is what the run that stands for a set moved over time.
type overTime struct {
	overlaidSet
	run    result.Run
	why    string // this run
	bins   *bins  // bytes, or small writes
	from   int64  // where its first step or operation lies in bins, in ns
	points []point
}

// timeOverlay lays the throughput of a run of B over that of a run of A, on one axis of time
// since the first step or operation of each.
func timeOverlay(a, b overlaidSet, id string) sheetPart {
	part := sheetPart{ID: "over-time", Title: "How fast was it over time, in A and in B?"}
	lines := [2]overTime{}
	for i, set := range []overlaidSet{a, b} {
		var err error
		if lines[i], err = newOverTime(set); err != nil {
			return withoutPlot(part, "Throughput over time is", err.Error())
		}
	}
	alikeWide(lines[0].bins, lines[1].bins)
	for i := range lines {
		lines[i].points = lines[i].bins.ratesFrom(lines[i].from)
		if top := highest(lines[i].points); len(lines[i].points) < 2 || !(top > 0) || math.IsInf(top, 0) {
			return withoutPlot(part, "Throughput over time is", fmt.Sprintf("%s of %s has too little of it to draw", lines[i].run.ID, lines[i].name))
		}
	}
	f := newFigure(id+"-time", "Throughput over time of A and B", timeOverlayDescription(lines), 240, func(c draw.Canvas, size frame) {
		drawOverTime(c, size, lines)
	})
	for _, l := range lines {
		f.Legend = append(f.Legend, l.legend(jobRate(l.run, l.rate())))
	}
	f.Caption = sentences(lines[0].why, lines[1].why, sentenceOf(lines[0].finding()+"; "+lines[1].finding()+"."), timeOverlayNotes(lines))
	part.Figure = &f
	return part
}

// newOverTime reads the raw data of the run that stands for a set. The error says in words
// why there is nothing to draw.
func newOverTime(set overlaidSet) (overTime, error) {
	typical, why, ok := set.typical()
	if !ok {
		return overTime{}, fmt.Errorf("no folder of a run of %s was found", set.name)
	}
	l := overTime{overlaidSet: set, run: typical.Run, why: why}
	if len(blockOf(typical.Run).Cells) > 0 {
		return l, errors.New("these runs are of several cells each, one after the other")
	}
	d, err := collect(typical.Run, typical.Source)
	if err != nil {
		return l, fmt.Errorf("%s of %s can't be read: %s", typical.Run.ID, set.name, plain(err.Error()))
	}
	if isBlock(typical.Run) {
		l.bins = d.moved.bins
	} else {
		l.bins, l.from = d.taken, d.firstStep()
	}
	if len(l.bins.sums) == 0 {
		return l, fmt.Errorf("the folder of %s of %s has none of it", typical.Run.ID, set.name)
	}
	return l, nil
}

// firstStep is when the first step began, in ns since the run did.
func (d *data) firstStep() int64 {
	first := int64(math.MaxInt64)
	for _, s := range d.spans {
		first = min(first, s.start)
	}
	return first
}

// alikeWide doubles the narrower bins until both are about as wide: the mean over a shorter
// time scatters more, which would pass for a difference.
func alikeWide(a, b *bins) {
	for a.width <= b.width/2 {
		a.double()
	}
	for b.width <= a.width/2 {
		b.double()
	}
}

// ratesFrom are the rates per second in the middle of each bin, in ns since from. The first
// and the last bin are as long as there were amounts; one of less than half a bin is left out.
func (b *bins) ratesFrom(from int64) []point {
	var points []point
	for i, sum := range b.sums {
		start, end := max(int64(i)*b.width, from), min(int64(i+1)*b.width, b.end)
		if end-start >= b.width/2 {
			points = append(points, point{(start+end)/2 - from, sum / (float64(end-start) / 1e9)})
		}
	}
	return points
}

func highest(points []point) float64 {
	top := 0.0
	for _, p := range points {
		top = max(top, p.value)
	}
	return top
}

// length is how long the run moved anything, in ns.
func (l overTime) length() int64 { return max(l.bins.end-l.from, 1) }

// rate is the mean over that time, per second.
func (l overTime) rate() float64 { return l.bins.total() / (float64(l.length()) / 1e9) }

// finding is what is seen of a line: "A took 22.0 GB in 4 min 3 s, 90.5 MB/s in the mean".
func (l overTime) finding() string {
	done := map[bool]string{true: "wrote ", false: "read "}[writes(l.run)] + units.Bytes(l.bins.total())
	switch {
	case isSmallWrite(l.run):
		done = "completed " + plural(int(l.bins.total()+0.5), "small write")
	case !isBlock(l.run):
		done = "took " + units.Bytes(l.bins.total())
	}
	low := l.points[0].value
	for _, p := range l.points {
		low = min(low, p.value)
	}
	return fmt.Sprintf("%s %s in %s, %s in the mean, with points from %s to %s", l.name, done, nanoseconds(l.length()),
		jobRate(l.run, l.rate()), jobRate(l.run, low), jobRate(l.run, highest(l.points)))
}

func timeOverlayNotes(lines [2]overTime) string {
	what := "step"
	if isBlock(lines[0].run) {
		what = "operation"
	}
	width := fmt.Sprintf("each point is the mean over %s", nanoseconds(lines[0].bins.width))
	if lines[0].bins.width != lines[1].bins.width {
		width += fmt.Sprintf(" of A and %s of B", nanoseconds(lines[1].bins.width))
	}
	return fmt.Sprintf("Time counts from the first %s of each run; %s.", what, width)
}

func timeOverlayDescription(lines [2]overTime) string {
	return fmt.Sprintf("Two lines over time, A with rings and B with triangles. %s; %s.", sentenceWithoutEnd(lines[0].finding()), lines[1].finding())
}

func drawOverTime(c draw.Canvas, size frame, lines [2]overTime) {
	top := max(highest(lines[0].points), highest(lines[1].points))
	y := rateTicks(top, 5)
	if isSmallWrite(lines[0].run) {
		y = niceTicks(0, top*1.12, 5, count)
		y[len(y)-1].Label += " /s"
	}
	end := float64(max(lines[0].length(), lines[1].length()))
	p := newPlot(size, timeTicks(end, size), y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, 0, top*1.12
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		var ends [2]ending
		for i, l := range lines {
			drawBrokenLine(c, p, [][]point{l.points}, l.ink, 1.6)
			ends[i] = l.drawMarks(c, p, vg.Length(i)*markRoom/2)
		}
		nameEndings(c, size, ends[0], ends[1])
	}))
	p.Draw(c)
}

// drawMarks draws marks along a line, the first one so far from its start, and returns its end.
func (l overTime) drawMarks(c draw.Canvas, p *plot.Plot, shift vg.Length) ending {
	toX, toY := p.Transforms(&c)
	next := toX(float64(l.points[0].at)) + shift
	var at vg.Point
	for _, pt := range l.points {
		at = vg.Point{X: toX(float64(pt.at)), Y: toY(pt.value)}
		if at.X >= next {
			l.mark.draw(c, l.ink, at, 4)
			next = at.X + markRoom
		}
	}
	return ending{l.overlaidSet, at}
}
