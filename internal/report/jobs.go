package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
	"github.com/lbench/lbench/internal/units"
)

// jobBars is up to how many jobs each has a bar and a row of its own.
const jobBars = 64

// ratedJob is a job and its rate, in bytes per second or, of small writes, files per second.
type ratedJob struct {
	result.JobResult
	rate float64
}

// jobRates are the jobs of a run, the fastest first. A job that took no time is left out.
func jobRates(run result.Run) []ratedJob {
	var jobs []ratedJob
	for _, j := range blockOf(run).PerJob {
		if j.DurationNS <= 0 {
			continue
		}
		amount := j.Bytes
		if isSmallWrite(run) {
			amount = j.Ops
		}
		jobs = append(jobs, ratedJob{j, float64(amount) * 1e9 / float64(j.DurationNS)})
	}
	slices.SortStableFunc(jobs, func(a, b ratedJob) int { return cmp.Compare(b.rate, a.rate) })
	return jobs
}

// jobRate prints the rate of one job.
func jobRate(run result.Run, rate float64) string {
	if isSmallWrite(run) {
		return count(rate) + " files/s"
	}
	return units.Rate(rate)
}

// jobNoun is what the streams of a run are called.
func jobNoun(run result.Run) string {
	if isSmallWrite(run) {
		return "writer"
	}
	return "job"
}

func meanRate(jobs []ratedJob) float64 {
	rates := make([]float64, len(jobs))
	for i, j := range jobs {
		rates[i] = j.rate
	}
	mean, _ := stats.Mean(rates)
	return mean
}

// jobSection shows how far the jobs lie apart.
func jobSection(d *data) (section, bool) {
	jobs := jobRates(d.run)
	if len(jobs) < 2 {
		return section{}, false
	}
	s := section{ID: "jobs", Title: fmt.Sprintf("Did every %s get its share?", jobNoun(d.run))}
	slowest, mean := jobs[len(jobs)-1], meanRate(jobs)
	caption := ""
	if mean > 0 {
		caption = fmt.Sprintf("%s, the fastest first. The slowest, number %d, came to %s of the mean of %s.",
			plural(len(jobs), jobNoun(d.run)), slowest.Job, units.Percent(slowest.rate/mean, 0), jobRate(d.run, mean)+besideMetric(d.run, verb(d.run)+"_bytes_per_s"))
		if balance, ok := d.run.Metrics["job_balance_fraction"]; ok {
			caption += fmt.Sprintf(" Balance: %s.", units.Percent(balance, 1))
		}
		f := newFigure("jobs", "Rate of each job", caption, 200, func(c draw.Canvas, size frame) { drawJobs(c, size, d.run, jobs, mean) })
		f.Caption = caption
		s.Figure = &f
	}
	return s, s.Figure != nil
}

func jobTableSection(d *data) (section, bool) {
	jobs := jobRates(d.run)
	t := jobTable(d.run, jobs)
	return section{ID: "job-table", Title: sentenceWithoutEnd(jobNoun(d.run)) + "s", Table: &t}, len(jobs) > 0
}

// drawJobs draws a bar for each job, or a dot for each of many.
func drawJobs(c draw.Canvas, size frame, run result.Run, jobs []ratedJob, mean float64) {
	top := jobs[0].rate
	y := rateTicks(top, 4)
	if isSmallWrite(run) {
		y = niceTicks(0, top*1.12, 4, count)
		y[len(y)-1].Label += " /s"
	}
	p := newPlot(size, jobTicks(run, jobs, size), y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.6, float64(len(jobs))-0.4, 0, top*1.12
	p.Add(painter(func(c draw.Canvas, p *plot.Plot) {
		toX, toY := p.Transforms(&c)
		half := min((toX(1)-toX(0))*0.38, 24)
		for i, j := range jobs {
			x := toX(float64(i))
			if len(jobs) > jobBars {
				fillBox(c, inkAU, x-1.2, toY(j.rate)-1.2, x+1.2, toY(j.rate)+1.2)
				continue
			}
			fillBox(c, inkAU, x-half, c.Min.Y, x+half, toY(j.rate))
		}
		drawLevel(c, size, toY(mean), "mean", jobRate(run, mean))
	}))
	p.Draw(c)
}

// drawLevel draws a line across a plot, with its name and value at the right or, where
// there is no room, above its right end.
func drawLevel(c draw.Canvas, size frame, y vg.Length, name, value string) {
	c.StrokeLine2(draw.LineStyle{Color: inkText, Width: 1.2, Dashes: []vg.Length{5, 4}}, c.Min.X, y, c.Max.X, y)
	style := textStyle(inkText, size.text, draw.XLeft, draw.YCenter)
	if label := name + " " + value; style.Width(label)+5 < size.margin {
		c.FillText(style, vg.Point{X: c.Max.X + 5, Y: y + 2}, label)
		return
	}
	style = textStyle(inkText, size.text, draw.XRight, draw.YBottom)
	c.FillText(style, vg.Point{X: c.Max.X, Y: y + 3}, name+" "+value)
}

// jobTicks name the jobs under their bars, as many as there is room for; of many dots
// their number is counted instead.
func jobTicks(run result.Run, jobs []ratedJob, size frame) []plot.Tick {
	if len(jobs) > jobBars {
		return niceTicks(0, float64(len(jobs)), 5, count)
	}
	room := 26
	if len(jobs) <= 8 && !size.narrow() {
		room = 50
	}
	every := 1 + len(jobs)*room/int(size.width-size.margin-60)
	var ticks []plot.Tick
	for i, j := range jobs {
		if i%every != 0 {
			continue
		}
		label := strconv.Itoa(j.Job)
		if room == 50 {
			label = jobNoun(run) + " " + label
		}
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: label})
	}
	return ticks
}

// jobTable has a row per job or, of many, of those at some quantiles of the rate.
func jobTable(run result.Run, jobs []ratedJob) table {
	t := table{Label: "One row per job", Columns: []column{
		{Head: jobNoun(run)}, {Head: "rate", Number: true}, {Head: "bytes", Number: true}, {Head: "operations", Number: true}, {Head: "time", Number: true},
		{Head: "p50", Number: true}, {Head: "p99", Number: true}, {Head: "longest", Number: true},
	}}
	add := func(name string, j ratedJob) {
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: name}, {Text: jobRate(run, j.rate)}, {Text: units.Bytes(float64(j.Bytes))}, {Text: units.Count(j.Ops)}, {Text: nanoseconds(j.DurationNS)},
			latencyCell(j.P50NS), latencyCell(j.P99NS), latencyCell(j.MaxNS),
		}})
	}
	if len(jobs) == 0 {
		return t
	}
	if len(jobs) > jobBars {
		t.Label = "Jobs at some quantiles of the rate"
		for _, q := range []struct {
			name string
			at   float64
		}{{"fastest", 0}, {"1 in 10 is faster", 0.1}, {"middle", 0.5}, {"1 in 10 is slower", 0.9}, {"slowest", 1}} {
			j := jobs[int(q.at*float64(len(jobs)-1)+0.5)]
			add(fmt.Sprintf("%s (%d)", q.name, j.Job), j)
		}
		return t
	}
	byNumber := slices.Clone(jobs)
	slices.SortFunc(byNumber, func(a, b ratedJob) int { return cmp.Compare(a.Job, b.Job) })
	for _, j := range byNumber {
		add(strconv.Itoa(j.Job), j)
	}
	return t
}

// latencyCell is empty where a job did no operation.
func latencyCell(ns int64) cell {
	if ns == 0 {
		return cell{}
	}
	return cell{Text: nanoseconds(ns)}
}
