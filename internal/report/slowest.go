package report

import (
	"fmt"
	"strconv"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/units"
)

const (
	slowestListed = 10   // files, and ranks
	slowestPieces = 150  // of time, at most; half as many on a phone
	lostLittle    = 0.01 // of a second: who was last in it says nothing
)

// slowestSection shows second by second what the last rank into each barrier lost, and
// which rank that was; below it the files and ranks that it waited for.
func slowestSection(d *data) (section, bool) {
	if d.lost == nil {
		return section{}, false
	}
	s := section{ID: "slowest", Title: "Which rank and which file held the others up?", Figure: slowestFigure(d)}
	if t, ok := costTable("file", d.lost.Files(d.run)); ok {
		s.Table = &t
	}
	if t, ok := costTable("rank", d.lost.Ranks(d.run)); ok {
		if s.Table == nil {
			s.Table = &t
		} else {
			s.Folded = &t
		}
	}
	if s.Table != nil {
		s.Lead = "The tables count steps in which one rank waited for reads while the others did not."
	}
	return s, s.Figure != nil || s.Table != nil
}

// slowestFigure is the plot of the seconds; nil where no rank waited in any of them for so
// long that it would be drawn.
func slowestFigure(d *data) *figure {
	seconds := d.lost.Seconds().AtMost(slowestPieces)
	worst, found := worstSecond(seconds)
	if !found || len(seconds.All) < 2 {
		return nil
	}
	f := newFigureOf("slowest", "What was lost each second, and the rank that was last", slowestDescription(seconds, worst), func(frame) vg.Length { return 270 }, func(c draw.Canvas, size frame) {
		if size.narrow() {
			fewer := seconds.AtMost(slowestPieces / 2)
			worst, _ := worstSecond(fewer)
			drawSlowest(c, size, d, fewer, worst)
			return
		}
		drawSlowest(c, size, d, seconds, worst)
	})
	f.Legend = slowestLegend(seconds)
	f.Caption = fmt.Sprintf("Above: how much of each %s was lost, as the last rank into each barrier saw it. Below: the rank that waited longest then.", secondName(seconds.Width))
	w := seconds.All[worst]
	f.Caption += fmt.Sprintf(" The longest wait that is marked: rank %d, %s, at %s.", w.Rank, units.Duration(time.Duration(w.Wait)), units.Duration(time.Duration(int64(worst)*seconds.Width)))
	return &f
}

func secondName(width int64) string {
	if width == int64(time.Second) {
		return "second"
	}
	return units.Duration(time.Duration(width))
}

// worstSecond is the first of the longest wait of those in which drawLastRanks marks a rank;
// false where there is none.
func worstSecond(s losses.Seconds) (int, bool) {
	worst, found := 0, false
	for i, one := range s.All {
		if heldUp(one) && (!found || one.Wait > s.All[worst].Wait) {
			worst, found = i, true
		}
	}
	return worst, found
}

// heldUp says that enough was lost in a second for the rank that waited longest to matter.
func heldUp(s losses.Second) bool {
	return s.Wait > 0 && s.Lost() > 0 && float64(s.Lost()) >= lostLittle*float64(s.Time)
}

// slowestLegend names what there is of in the plot.
func slowestLegend(s losses.Seconds) []legendItem {
	var together, alone, own int64
	for _, one := range s.All {
		together, alone, own = together+one.Together, alone+one.Alone, own+one.Own
	}
	var items []legendItem
	for _, of := range []struct {
		ns   int64
		item legendItem
	}{{together, legendItem{inkRead, "reads, all ranks waited", ""}}, {alone, legendItem{inkBad, "reads, one rank waited", ""}}, {own, legendItem{inkLate, "own work and lateness", ""}}} {
		if of.ns > 0 {
			items = append(items, of.item)
		}
	}
	return items
}

// costTable lists the costliest; false where none cost anything that prints.
func costTable(what string, costs []losses.Cost) (table, bool) {
	t := table{Label: "The " + what + "s that cost most", Columns: []column{{Head: what}, {Head: "points of AU", Number: true}, {Head: "time lost", Number: true}, {Head: "epochs", Number: true}}}
	for _, c := range costs[:min(len(costs), slowestListed)] {
		if c.Lost <= 0 {
			break
		}
		name := cell{Text: c.File}
		if what == "rank" {
			name.Text = strconv.Itoa(c.Rank)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{name, {Text: points(c.Fraction)}, {Text: units.Duration(time.Duration(c.Lost))}, {Text: strconv.Itoa(c.Epochs)}}})
	}
	return t, len(t.Rows) > 0
}

// drawSlowest draws both panels, their axes of time aligned.
func drawSlowest(c draw.Canvas, size frame, d *data, s losses.Seconds, worst int) {
	c = draw.Canvas{Canvas: quiet{c.Canvas}, Rectangle: c.Rectangle}
	end := float64(len(s.All)) * float64(s.Width)
	y := niceTicks(0, 1, 2, trimPercent)
	y[len(y)-1].Label += " %"
	above := newPlot(size, nil, y)
	above.X.Min, above.X.Max, above.Y.Min, above.Y.Max = 0, end, 0, 1.2
	above.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		drawEpochMarks(c, p, size, d, true)
		drawLostSeconds(c, p, s)
	}))
	ranks := 1
	if d.run.Plan != nil {
		ranks = max(ranks, d.run.Plan.Accelerators)
	}
	below := newPlot(size, timeTicks(end, size), rankTicks(ranks))
	below.X.Min, below.X.Max, below.Y.Min, below.Y.Max = 0, end, -0.5, 1.25*float64(ranks)-0.5 // the label stands above the ranks
	below.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		drawEpochMarks(c, p, size, d, false)
		drawLastRanks(c, p, size, s, worst)
	}))
	rows := [][]*plot.Plot{{above}, {below}}
	for i, row := range plot.Align(rows, draw.Tiles{Rows: 2, Cols: 1, PadY: 14}, c) {
		rows[i][0].Draw(row[0])
	}
}

func rankTicks(ranks int) []plot.Tick {
	step := max(1, int(niceStep(float64(ranks)/5)))
	var ticks []plot.Tick
	for r := 0; r < ranks; r += step {
		ticks = append(ticks, plot.Tick{Value: float64(r), Label: strconv.Itoa(r)})
	}
	ticks[len(ticks)-1].Label = "rank " + ticks[len(ticks)-1].Label
	return ticks
}

// boxes are rectangles of one ink, drawn as one path: a page has many of them.
type boxes map[ink]*vg.Path

func (b boxes) add(color ink, x0, y0, x1, y1 vg.Length) {
	if b[color] == nil {
		b[color] = &vg.Path{}
	}
	*b[color] = append(*b[color], vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}.Path()...)
}

func (b boxes) fill(c draw.Canvas) {
	for _, color := range []ink{inkRead, inkBad, inkLate} {
		if path := b[color]; path != nil {
			c.SetColor(color)
			c.Fill(*path)
		}
	}
}

func drawLostSeconds(c draw.Canvas, p *plot.Plot, s losses.Seconds) {
	toX, toY := p.Transforms(&c)
	all := boxes{}
	for i, one := range s.All {
		if one.Time == 0 {
			continue
		}
		left, right := toX(float64(i)*float64(s.Width)), toX(float64(i+1)*float64(s.Width))
		if right-left > 4 {
			left, right = left+0.5, right-0.5
		}
		at := 0.0
		for _, part := range []struct {
			ink ink
			ns  int64
		}{{inkRead, one.Together}, {inkBad, one.Alone}, {inkLate, one.Own}} {
			share := min(float64(part.ns)/float64(one.Time), 1-at)
			if bottom, top := toY(at), toY(at+share); top-bottom > 0.2 {
				all.add(part.ink, left, bottom, right, top)
			}
			at += share
		}
	}
	all.fill(c)
}

// drawLastRanks marks the rank that waited longest in each second in which time was lost.
func drawLastRanks(c draw.Canvas, p *plot.Plot, size frame, s losses.Seconds, worst int) {
	toX, toY := p.Transforms(&c)
	half := max(1, min(4, (toY(1)-toY(0))*0.35))
	all := boxes{}
	for i, one := range s.All {
		if !heldUp(one) {
			continue
		}
		color := inkRead
		if one.Alone > one.Together {
			color = inkBad
		}
		y, left := toY(float64(one.Rank)), toX(float64(i)*float64(s.Width))
		all.add(color, left, y-half, max(toX(float64(i+1)*float64(s.Width)), left+2), y+half)
	}
	all.fill(c)
	if w := s.All[worst]; heldUp(w) {
		drawLongest(c, size, w, vg.Point{X: toX((float64(worst) + 0.5) * float64(s.Width)), Y: toY(float64(w.Rank)) + half})
	}
}

// drawLongest writes the longest wait above the ranks, with a line down to its place.
func drawLongest(c draw.Canvas, size frame, w losses.Second, place vg.Point) {
	style := bold(textStyle(inkText, size.text, draw.XLeft, draw.YTop))
	label := fmt.Sprintf("rank %d, %s", w.Rank, units.Duration(time.Duration(w.Wait)))
	at := vg.Point{X: place.X - 4, Y: c.Max.Y}
	if at.X+style.Width(label) > c.Max.X+size.margin {
		style.XAlign, at.X = draw.XRight, place.X+4
	}
	c.StrokeLine2(draw.LineStyle{Color: inkText, Width: 0.8, Dashes: []vg.Length{2, 2}}, place.X, c.Max.Y-size.text-2, place.X, place.Y)
	c.FillText(style, at, label)
}

func slowestDescription(s losses.Seconds, worst int) string {
	w := s.All[worst]
	return fmt.Sprintf("Bars over time of the share that was lost, and below them the rank that was last. The worst of %d: rank %d waited %s.",
		len(s.All), w.Rank, units.Duration(time.Duration(w.Wait)))
}
