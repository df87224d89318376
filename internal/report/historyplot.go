package report

import (
	"fmt"
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
)

// trend is one metric over the runs that have it.
type trend struct {
	metric  string
	points  []trendPoint
	changes []result.Change
	runs    []result.HistoryRun // all, which the changes' bounds are indexes of
}

type trendPoint struct {
	at    time.Time
	value float64
	ink   ink
}

// trendColumns is how many columns a plot of many runs is thinned to; each keeps its
// lowest and its highest value.
const trendColumns = 330

func newTrend(h result.History, metric string) trend {
	t := trend{metric: metric, runs: h.Runs}
	for _, r := range withoutWarmups(h.Runs) {
		v, ok := r.Metrics[metric]
		if !ok || r.Status != result.Complete || h.Metric == "" && result.HeadlineOf(r.Command, r.Metrics) != metric && !changed(h, metric) {
			continue
		}
		color := inkAU
		switch r.Verdict {
		case result.Fail:
			color = inkBad
		case result.None:
			color = inkMuted
		}
		t.points = append(t.points, trendPoint{r.Started, v, color})
	}
	for _, c := range h.Changes {
		if c.Metric == metric {
			t.changes = append(t.changes, c)
		}
	}
	return t
}

func changed(h result.History, metric string) bool {
	return slices.ContainsFunc(h.Changes, func(c result.Change) bool { return c.Metric == metric })
}

// trendPart plots a metric over time with its levels and changes; n tells the plots of a
// page apart.
func trendPart(h result.History, metric string, n int) (sheetPart, bool) {
	t := newTrend(h, metric)
	if len(t.points) == 0 {
		return sheetPart{}, false
	}
	id := "trend-" + strconv.Itoa(n+1)
	words := metricWords(metric)
	f := newFigure(id+"-plot", words+" over time", t.describe(), 260, t.draw)
	f.nameDots(t.dotNames())
	f.Legend = t.legend()
	f.Caption = t.caption(len(withoutWarmups(h.Runs)))
	return sheetPart{ID: id, Title: words + ": how did it go over time?", Figure: &f}, true
}

// dotNames says of each dot, in the order in which they are drawn, when its run began.
func (t trend) dotNames() []string {
	var names []string
	for _, p := range t.thinned() {
		names = append(names, p.at.UTC().Format("2006-01-02 15:04"))
	}
	return names
}

// nameDots leaves with the drawing of a page what its dots are called, in the order in
// which they are drawn, for the page's script: a dot has no label of its own.
func (f *figure) nameDots(names []string) {
	texts := make([]string, len(names))
	for i, name := range names {
		if name != "" {
			texts[i] = strings.ReplaceAll(plain(name), "|", "/") + ": "
		}
	}
	attribute := `<svg data-dots="` + html.EscapeString(strings.Join(texts, "|")) + `" `
	f.Wide = template.HTML(strings.Replace(string(f.Wide), "<svg ", attribute, 1))
}

func (t trend) legend() []legendItem {
	var items []legendItem
	for _, of := range []legendItem{{inkAU, "passed", ""}, {inkBad, "failed a rule", ""}, {inkMuted, "had no rule", ""}} {
		n := 0
		for _, p := range t.points {
			if p.ink == of.Ink {
				n++
			}
		}
		if n > 0 {
			of.Value = count(float64(n))
			items = append(items, of)
		}
	}
	return items
}

func (t trend) describe() string {
	last := t.points[len(t.points)-1]
	return fmt.Sprintf("%s over time, with %s. The last value is %s.", sentenceWithoutEnd(plural(len(t.points), "run")), plural(len(t.changes), "change"), printed(t.metric, last.value))
}

func (t trend) caption(runs int) string {
	text := "One dot is one run."
	if slices.ContainsFunc(t.runs, func(r result.HistoryRun) bool { return len(r.Repeats) > 0 }) {
		text = "One dot is one night, the mean of its repeats, or a run of no suite."
	}
	if len(t.thinned()) < len(t.points) {
		text = fmt.Sprintf("Of %s the lowest and the highest of each stretch of time are drawn.", plural(len(t.points), "run"))
	}
	if len(t.changes) > 0 {
		text += " Lines are the means between changes; a dashed line marks the first run of a new level, the band where it lies with 95 % confidence."
	}
	if missing := runs - len(t.points); missing > 0 {
		text += fmt.Sprintf(" %s left out: unfinished, or without this metric.", plural(missing, "run"))
	}
	if low, _ := t.bounds(); low > 0 {
		text += " The axis does not start at 0."
	}
	return text
}

// thinned keeps of many points the lowest and the highest of each of trendColumns
// stretches of runs, and by that every extreme.
func (t trend) thinned() []trendPoint {
	if len(t.points) <= 3*trendColumns {
		return t.points
	}
	var kept []trendPoint
	for i := range trendColumns {
		part := t.points[i*len(t.points)/trendColumns : (i+1)*len(t.points)/trendColumns]
		low, high := 0, 0
		for j, p := range part {
			if p.value < part[low].value {
				low = j
			}
			if p.value > part[high].value {
				high = j
			}
		}
		kept = append(kept, part[min(low, high)])
		if low != high {
			kept = append(kept, part[max(low, high)])
		}
	}
	return kept
}

// bounds is the part of the axis of values that is drawn.
func (t trend) bounds() (low, high float64) {
	low, high = t.points[0].value, t.points[0].value
	reach := func(v float64) { low, high = min(low, v), max(high, v) }
	for _, p := range t.points {
		reach(p.value)
	}
	for _, c := range t.changes {
		reach(c.Before)
		reach(c.After)
	}
	room := (high - low) * 0.12
	if room == 0 {
		room = max(high*0.05, -high*0.05, 1e-6)
	}
	if low >= 0 {
		return max(low-room, 0), high + room
	}
	return low - room, high + room
}

func (t trend) draw(c draw.Canvas, size frame) {
	first, last := t.points[0].at, t.points[len(t.points)-1].at
	length := max(last.Sub(first).Seconds(), 60)
	low, high := t.bounds()
	y := trendTicks(t.metric, low, high)
	p := newPlot(size, dateTicks(first, length, size), y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -length*0.02, length*1.02, low, high
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		toX, toY := p.Transforms(&c)
		x := func(at time.Time) vg.Length { return toX(at.Sub(first).Seconds()) }
		t.drawChanges(c, size, x, toY)
		points := t.thinned()
		radius := vg.Length(3.2)
		if len(points) > 200 {
			radius = 1.8
		}
		for _, pt := range points { // in the order of dotNames
			fillCircle(c, pt.ink, vg.Point{X: x(pt.at), Y: toY(pt.value)}, radius)
		}
	}))
	p.Draw(c)
}

// drawChanges draws the levels, and at each change where it may lie, its line and number.
func (t trend) drawChanges(c draw.Canvas, size frame, x func(time.Time) vg.Length, toY func(float64) vg.Length) {
	from := c.Min.X
	for i, change := range t.changes {
		at := slices.IndexFunc(t.runs, func(r result.HistoryRun) bool { return r.ID == change.Run })
		if at < 0 {
			continue
		}
		line := x(t.runs[at].Started)
		if change.Low >= 0 && change.High < len(t.runs) && change.Low < change.High {
			fillBox(c, inkBand, max(x(t.runs[change.Low].Started), c.Min.X), c.Min.Y, min(x(t.runs[change.High].Started), c.Max.X), c.Max.Y)
		}
		level := draw.LineStyle{Color: inkText, Width: 1.6}
		c.StrokeLine2(level, from, toY(change.Before), line, toY(change.Before))
		end := c.Max.X
		if i+1 < len(t.changes) {
			if next := slices.IndexFunc(t.runs, func(r result.HistoryRun) bool { return r.ID == t.changes[i+1].Run }); next > at {
				end = x(t.runs[next].Started)
			}
		}
		c.StrokeLine2(level, line, toY(change.After), end, toY(change.After))
		c.StrokeLine2(draw.LineStyle{Color: inkLimit, Width: 1.4, Dashes: []vg.Length{5, 4}}, line, c.Min.Y, line, c.Max.Y)
		from = line
	}
	free := c.Min.X
	for _, change := range t.changes {
		at := slices.IndexFunc(t.runs, func(r result.HistoryRun) bool { return r.ID == change.Run })
		if at < 0 {
			continue
		}
		line, room := x(t.runs[at].Started), vg.Length(240)
		for _, other := range t.changes {
			if i := slices.IndexFunc(t.runs, func(r result.HistoryRun) bool { return r.ID == other.Run }); i > at {
				room = min(room, x(t.runs[i].Started)-line-24)
			}
		}
		free = t.drawChangeLabel(c, size, change, line, max(room, 40), free)
	}
}

// drawChangeLabel writes what was set differently beside the line of a change, where
// there is room, and returns where the next one may begin.
func (t trend) drawChangeLabel(c draw.Canvas, size frame, change result.Change, line, room, free vg.Length) vg.Length {
	label := change.Verdict
	if change.Before != 0 {
		label = signed((change.After - change.Before) / max(change.Before, -change.Before))
	}
	style := bold(textStyle(inkLimit, size.text, draw.XLeft, draw.YTop))
	if len(change.Settings) > 0 && !size.narrow() {
		label += ": " + settingTexts(change.Settings)
	}
	label = fitted(label, size, room)
	at := vg.Point{X: line + 5, Y: c.Max.Y}
	if width := style.Width(label); at.X+width > c.Max.X+size.margin-4 {
		at.X = line - 5 - width
	}
	if at.X < free {
		return free
	}
	c.FillText(style, at, label)
	return at.X + style.Width(label) + 8
}

// trendTicks are marks with the metric's unit; the highest names it.
func trendTicks(metric string, low, high float64) []plot.Tick {
	unit, name := trendUnit(metric, high)
	ticks := niceTicks(low/unit, high/unit, 5, func(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) })
	for i := range ticks {
		ticks[i].Value *= unit
	}
	if len(ticks) > 0 && name != "" {
		ticks[len(ticks)-1].Label += " " + name
	}
	return ticks
}

// farAway is a little less than the longest time.Duration in seconds, at which Sub stays.
const farAway = 9e9

// dateTicks are marks at round times of UTC, in seconds since first: at midnights where
// there are more than two days. The first mark of a day names it, others within a day have
// their time; no two labels are the same.
func dateTicks(first time.Time, seconds float64, size frame) []plot.Tick {
	const day = 24 * time.Hour
	marks := 6.0
	if size.narrow() {
		marks = 3
	}
	step := time.Duration(niceTime(seconds * 1e9 / marks))
	if seconds > 2*day.Seconds() {
		step = (max(step, day) + day - 1).Truncate(day)
	}
	at := first.UTC().Truncate(min(step, day))
	if at.Before(first) {
		at = at.Add(min(step, day))
	}
	var ticks []plot.Tick
	seen, last := map[string]bool{}, ""
	for ; at.Sub(first).Seconds() <= min(seconds, farAway); at = at.Add(step) {
		label := dateLabel(at, step, last)
		if seen[label] { // this time of another day
			label = dateLabel(at, step, "")
		}
		seen[label], last = true, at.Format(time.DateOnly)
		ticks = append(ticks, plot.Tick{Value: at.Sub(first).Seconds(), Label: label})
	}
	if len(ticks) == 0 {
		ticks = []plot.Tick{{Value: 0, Label: dateLabel(first.UTC(), step, "")}}
	}
	return ticks
}

// dateLabel is what a mark is called after one of the day last: by its date, its time, or
// both.
func dateLabel(at time.Time, step time.Duration, last string) string {
	const day = 24 * time.Hour
	clock := "15:04"
	if step < time.Minute {
		clock = "15:04:05"
	}
	switch {
	case step >= 90*day:
		return at.Format("2006-01")
	case at.Equal(at.Truncate(day)):
		return at.Format("Jan 2")
	case at.Format(time.DateOnly) == last:
		return at.Format(clock)
	}
	return at.Format("Jan 2 " + clock)
}
