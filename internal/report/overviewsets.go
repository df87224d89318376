package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
	"github.com/lbench/lbench/internal/units"
)

// likeness is what runs have in common that may be summed up: the same command, workload and
// plan on the same mount. A mean over two storage systems would be no one's.
type likeness struct {
	command, workload, mount string
	plan                     result.Plan // of training
	op, pattern, fsync       string      // of block commands, and what follows
	files, jobs, depth       int
	fileBytes, opBytes       int64
	direct, overwrite        bool
	duration                 int64
}

func likenessOf(run result.Run) likeness {
	b := blockOf(run)
	k := likeness{
		command: run.Command, workload: run.Workload, mount: mountName(run),
		op: b.Op, pattern: b.Pattern, fsync: b.Fsync, files: b.Files, jobs: b.Jobs, depth: b.Depth,
		fileBytes: b.FileBytes, opBytes: b.OpBytes, direct: b.Direct, overwrite: b.Overwrite, duration: b.DurationNS,
	}
	if run.Plan != nil {
		k.plan = *run.Plan
	}
	return k
}

// set is runs of one kind that came to their end and have its metric.
type set struct {
	metric string
	runs   []published
	values []float64
}

// setsOf are the kinds of which there are two runs or more that count, in the order of the runs.
func setsOf(all []published) []set {
	at := map[likeness]int{}
	var sets []set
	for _, p := range all {
		metric := result.HeadlineOf(p.run.Command, p.run.Metrics)
		if p.run.Status != result.Complete || metric == "" || !p.counts() {
			continue
		}
		k := likenessOf(p.run)
		i, known := at[k]
		if !known {
			i = len(sets)
			at[k] = i
			sets = append(sets, set{metric: metric})
		}
		if value, ok := p.run.Metrics[sets[i].metric]; ok {
			sets[i].runs, sets[i].values = append(sets[i].runs, p), append(sets[i].values, value)
		}
	}
	return slices.DeleteFunc(sets, func(s set) bool { return len(s.runs) < 2 })
}

// worst is the run with the least of what is wanted.
func (s set) worst() int {
	at := 0
	up, known := result.Direction(s.metric)
	up = up || !known
	for i, v := range s.values {
		if up && v < s.values[at] || !up && v > s.values[at] {
			at = i
		}
	}
	return at
}

// setTable has a row per set: how many runs, their mean with deviation and interval, and
// the worst of them; the mount where not all runs have the same.
func setTable(all []published) (table, map[place][]link) {
	t := table{Label: "One row per set of runs", Columns: []column{
		{Head: "runs of"}, {Head: "n", Number: true}, {Head: "passed", Number: true}, {Head: "metric"}, {Head: "mean", Number: true},
		{Head: "deviation", Number: true}, {Head: "95 %", Number: true}, {Head: "worst", Number: true}, {Head: "mount"},
	}}
	links := map[place][]link{}
	for _, s := range setsOf(all) {
		mean, _ := stats.Mean(s.values)
		deviation, _ := stats.PopulationStdev(s.values)
		interval := ""
		if half, ok := stats.Interval95(s.values); ok {
			interval = "± " + spreadText(s.metric, half)
		}
		worst := s.worst()
		first := s.runs[0].run
		if s.runs[worst].report {
			links[place{len(t.Rows), 7}] = []link{{Href: pathOf(s.runs[worst].name) + ".html"}}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: joined(append([]string{workloadName(first)}, planText(first)...)...)}, {Text: fmt.Sprint(len(s.runs))}, {Text: s.passed()},
			{Text: metricWords(s.metric)}, {Text: meanText(s.metric, mean)}, {Text: spreadText(s.metric, deviation)}, {Text: interval},
			{Text: meanText(s.metric, s.values[worst])}, {Text: mountName(first)},
		}})
	}
	if inCommon(all, mountName) != "" {
		t = t.withoutColumn("mount")
	}
	return t.dropEmptyLast(), links
}

// passed says how many runs of a set passed, of those that had a rule.
func (s set) passed() string {
	passed, judged := 0, 0
	for _, p := range s.runs {
		switch p.run.Verdict {
		case result.Pass:
			passed, judged = passed+1, judged+1
		case result.Fail:
			judged++
		}
	}
	if judged == 0 {
		return "no rule"
	}
	return fmt.Sprint(passed)
}

// planText is what a kind of run is told from others by, in a few words.
func planText(run result.Run) []string {
	if run.Plan != nil {
		return []string{plural(run.Plan.Accelerators, "accelerator"), plural(run.Plan.Epochs, "epoch")}
	}
	shape := shapeOf(run)
	return shape[:min(len(shape), 3)]
}

// meanText is a mean over runs, with one digit more than a run's own figure.
func meanText(metric string, value float64) string {
	switch {
	case isFraction(metric):
		return units.Percent(value, 2)
	case strings.HasSuffix(metric, "_bytes_per_s"):
		return bothRates(value)
	}
	return printed(metric, value)
}

// spreadText is a deviation or half an interval: points of a fraction have no sign of
// percent, which would be one of the mean.
func spreadText(metric string, value float64) string {
	if isFraction(metric) {
		return strings.TrimSuffix(units.Percent(value, 2), " %") + " points"
	}
	return printed(metric, value)
}
