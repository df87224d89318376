package report

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

const (
	historyText  = 40  // runs that HistoryText lists
	historyPage  = 600 // and HistoryHTML
	historyPlots = 6   // metrics that HistoryHTML draws
	barWidth     = 20  // of the column that draws a value
)

// HistoryText writes the last 40 runs of a history for a terminal, the newest last, each
// with its place between the lowest and the highest value, and marks the runs from which
// on the metric is another with the settings that changed there. The only errors are
// those of w.
func HistoryText(w io.Writer, h result.History) error {
	s := historySheet(h)
	t, _ := historyTable(h, historyText, true)
	s.Parts = append(s.Parts, sheetPart{Lead: leftOut(h, historyText), Table: &t})
	return s.writeText(w)
}

// HistoryHTML writes a history as one page: the trend of each metric with its changes,
// and the last 600 runs with links to their reports, for a page that lies in the results
// folder. The only errors are those of w.
func HistoryHTML(w io.Writer, h result.History) error {
	s := historySheet(h)
	var plots []sheetPart
	for _, name := range historyMetrics(h) {
		if p, ok := trendPart(h, name, len(plots)); ok && len(plots) < historyPlots {
			plots = append(plots, p)
		}
	}
	s.Parts = append(plots, s.Parts...)
	t, links := historyTable(h, historyPage, false)
	if len(t.Rows) > 0 {
		s.Parts = append(s.Parts, sheetPart{ID: "runs", Title: "The runs, newest last", Lead: leftOut(h, historyPage), Table: &t, Links: links})
	}
	return s.writeHTML(w)
}

func leftOut(h result.History, shown int) string {
	if len(h.Runs) <= shown {
		return ""
	}
	return fmt.Sprintf("The last %d; %s before them.", shown, pointCount(h.Runs[:len(h.Runs)-shown]))
}

// historyMetrics are the metrics that a history is about: its own, or those that changed
// and the one that stands for most runs.
func historyMetrics(h result.History) []string {
	if h.Metric != "" {
		return []string{h.Metric}
	}
	counts := map[string]int{}
	for _, r := range h.Runs {
		if name := result.HeadlineOf(r.Command, r.Metrics); name != "" {
			counts[name]++
		}
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	for _, c := range h.Changes {
		if !slices.Contains(names, c.Metric) {
			names = append(names, c.Metric)
		}
	}
	return names
}

// metricOf is the metric that a run is listed with.
func metricOf(h result.History, r result.HistoryRun) string {
	if h.Metric != "" {
		return h.Metric
	}
	return result.HeadlineOf(r.Command, r.Metrics)
}

func historySheet(h result.History) sheet {
	s := sheet{Title: historyTitle(h), Answer: historyAnswer(h), Ends: "From the run folders, by lbench. A change is a level that noise does not explain; its cause is not proven by what changed at the same time."}
	if len(h.Runs) > 0 {
		first, last := h.Runs[0], h.Runs[len(h.Runs)-1]
		s.Sub = fmt.Sprintf("%s to %s", first.Started.UTC().Format("2006-01-02"), last.Started.UTC().Format("2006-01-02 15:04 UTC"))
	}
	s.warned(doubts(h.Runs))
	p := sheetPart{ID: "changes", Title: "What changed, and when?"}
	for _, c := range h.Changes {
		p.List = append(p.List, changePoint(h, c)...)
	}
	switch {
	case len(h.Changes) > 0:
	case len(h.Runs) == 0:
		p.Lead = "There is no run yet."
	default:
		p.Lead = "No change was found that noise does not explain."
	}
	s.Parts = []sheetPart{p}
	return s
}

// doubts are the warnings of the runs whose folders aren't as the runs left them: their
// verdicts don't count, and their figures may be anybody's.
func doubts(runs []result.HistoryRun) []result.Warning {
	const most = 10
	var all []result.Warning
	left := 0
	for _, r := range slices.Backward(runs) { // the newest are the ones that are looked at
		switch {
		case r.Doubt == "":
		case len(all) < most:
			all = append(all, result.Warning{Code: result.NotAsClosed, Text: fmt.Sprintf("%s: %s", r.ID, r.Doubt)})
		default:
			left++
		}
	}
	if left > 0 {
		all = append(all, result.Warning{Code: result.NotAsClosed, Text: plural(left, "older run") + " are not as they were closed either"})
	}
	return all
}

func historyTitle(h result.History) string {
	workloads := map[string]bool{}
	for _, r := range h.Runs {
		workloads[strings.TrimSpace(r.Command+" "+r.Workload)] = true
	}
	names := slices.Sorted(maps.Keys(workloads))
	if len(names) > 3 {
		names = []string{plural(len(names), "workload")}
	}
	about := strings.Join(append([]string{"History of " + pointCount(h.Runs)}, names...), ", ")
	if h.Metric != "" {
		about += ": " + h.Metric
	}
	return about
}

// historyAnswer is how the last run ended and what the last change was.
func historyAnswer(h result.History) answer {
	judged := withoutWarmups(h.Runs)
	if len(judged) == 0 {
		return answer{Word: "NO RUNS", Tone: "open"}
	}
	last, what := judged[len(judged)-1], "LAST RUN: "
	if len(last.Repeats) > 0 {
		what = "LAST NIGHT: "
	}
	a := answer{Word: what + strings.ToUpper(verdictOf(last.Status, last.Verdict, last.Doubt).Text), Tone: toneOf(last.Status, last.Verdict)}
	if last.Doubt != "" {
		a.Tone = "open"
	}
	if last.Engine != "" {
		a.Why = "no storage (engine " + last.Engine + ")"
		a.Alarm = fmt.Sprintf("No storage was read or written in the last %s: the engine %s makes the bytes in this client's memory.", map[bool]string{true: "night", false: "run"}[len(last.Repeats) > 0], last.Engine)
	}
	if name := metricOf(h, last); name != "" {
		if value, ok := headlineValue(name, last.Metrics); ok {
			a.Figure, a.Quantity = value, metricWords(name)
		}
	}
	counts := map[string]int{}
	for _, r := range judged {
		counts[verdictOf(r.Status, r.Verdict, r.Doubt).Text]++
	}
	a.Lines = []string{fmt.Sprintf("%s: %s.", sentenceWithoutEnd(pointCount(h.Runs)), countsText(counts))}
	if len(h.Changes) > 0 {
		c := h.Changes[len(h.Changes)-1]
		before, after := besideEachOther(c.Metric, c.Before, c.After)
		a.Lines = append(a.Lines, fmt.Sprintf("%s; the last: %s went from %s to %s, %s, at %s.",
			sentenceWithoutEnd(plural(len(h.Changes), "change")), c.Metric, before, after, c.Verdict, c.Run))
	}
	return a
}

func toneOf(status result.Status, verdict result.Verdict) string {
	switch {
	case status == result.Failed, status == result.Complete && verdict == result.Fail:
		return "bad"
	case status == result.Complete && verdict == result.Pass:
		return "ok"
	}
	return "open"
}

// changePoint is one change in a line, and what else changed there in another.
func changePoint(h result.History, c result.Change) []string {
	before, after := besideEachOther(c.Metric, c.Before, c.After)
	line := fmt.Sprintf("%s %s at %s: %s -> %s", c.Metric, c.Verdict, c.Run, before, after)
	if at := slices.IndexFunc(h.Runs, func(r result.HistoryRun) bool { return r.ID == c.Run }); at >= 0 && h.Runs[at].Suite != nil {
		line = fmt.Sprintf("%s, entry %s, %s at %s: %s -> %s", c.Metric, entryOf(h.Runs[at]), c.Verdict, c.Run, before, after)
	}
	if c.Before != 0 {
		line += fmt.Sprintf(" (%s)", signed((c.After-c.Before)/math.Abs(c.Before)))
	}
	if c.Low >= 0 && c.High < len(h.Runs) && c.Low < c.High {
		const form = "2006-01-02 15:04"
		line += fmt.Sprintf("; between %s and %s at 95 %%", h.Runs[c.Low].Started.UTC().Format(form), h.Runs[c.High].Started.UTC().Format(form))
	}
	if len(c.Settings) == 0 {
		return []string{line + "; nothing that lbench records changed there"}
	}
	return []string{line, "here: " + settingTexts(c.Settings)}
}

// historyTable lists the last runs. On a terminal, where drawn adds the column that draws
// their values, each line begins with the ID; on a page with what a phone has room for: when,
// the verdict and the value.
func historyTable(h result.History, last int, drawn bool) (table, map[place][]link) {
	t := table{Label: "One row per run, the newest last", Columns: historyColumns(h, drawn)}
	runColumn := slices.IndexFunc(t.Columns, func(c column) bool { return c.Head == "run" })
	shown := h.Runs[max(len(h.Runs)-last, 0):]
	remarks, ranges, links := changesByRun(h, !drawn), rangesOf(h, shown), map[place][]link{}
	for i, r := range shown {
		name := metricOf(h, r)
		text, ok := headlineValue(name, r.Metrics)
		bar := ""
		if ok && drawn {
			bar = barOf(r.Metrics[name], ranges[name])
		}
		cells := map[string]cell{
			"started (UTC)": {Text: r.Started.UTC().Format("2006-01-02 15:04")}, "run": {Text: r.ID}, "verdict": pointVerdict(r),
			"metric": {Text: name}, "value": {Text: text}, "mean of": {Text: repeatCount(r)}, "entry": {Text: entryOf(r)}, "low to high": {Text: bar}, "": {Text: remarks[r.ID]},
		}
		line := row{}
		for _, c := range t.Columns {
			line.Cells = append(line.Cells, cells[c.Head])
		}
		if remarks[r.ID] != "" {
			line.Kind = "change"
		}
		if r.Dir != "" {
			links[place{i, runColumn}] = []link{{Href: pathOf(r.Dir) + "/report.html"}}
		}
		t.Rows = append(t.Rows, line)
	}
	return t.dropEmptyLast(), links
}

// historyColumns are those of historyTable; the last one is for remarks.
func historyColumns(h result.History, drawn bool) []column {
	run, verdict, value := column{Head: "run"}, column{Head: "verdict", Code: result.NotAsClosed}, column{Head: "value", Number: true}
	var metric, nights []column
	if h.Metric == "" {
		metric = []column{{Head: "metric"}}
	}
	if slices.ContainsFunc(h.Runs, func(r result.HistoryRun) bool { return len(r.Repeats) > 0 }) {
		nights = []column{{Head: "mean of", Number: true}, {Head: "entry"}}
	}
	if drawn { // the IDs begin with the time
		return slices.Concat([]column{run, verdict}, metric, []column{value}, nights, []column{{Head: "low to high"}, {}})
	}
	return slices.Concat([]column{{Head: "started (UTC)"}, verdict, value}, metric, nights, []column{run, {}})
}

// dropEmptyLast leaves the last column out where no row has a text there, so that the
// places of links stay.
func (t table) dropEmptyLast() table {
	end := len(t.Columns) - 1
	if slices.ContainsFunc(t.Rows, func(r row) bool { return r.Cells[end].Text != "" }) {
		return t
	}
	t.Columns = t.Columns[:end]
	for i := range t.Rows {
		t.Rows[i].Cells = t.Rows[i].Cells[:end]
	}
	return t
}

// changesByRun is what to write beside the runs where something changed, with the settings
// that changed there or without: a terminal has no room for them.
func changesByRun(h result.History, settings bool) map[string]string {
	remarks := map[string]string{}
	for _, c := range h.Changes {
		text := c.Verdict + " from here on"
		if h.Metric == "" {
			text = c.Metric + " " + text
		}
		if settings && len(c.Settings) > 0 {
			text += ", here: " + settingTexts(c.Settings)
		}
		if remarks[c.Run] != "" {
			text = remarks[c.Run] + "; " + text
		}
		remarks[c.Run] = text
	}
	return remarks
}

// rangesOf is the lowest and highest value of each metric among the runs shown.
func rangesOf(h result.History, runs []result.HistoryRun) map[string][2]float64 {
	values := map[string][]float64{}
	for _, r := range runs {
		name := metricOf(h, r)
		if v, ok := r.Metrics[name]; ok {
			values[name] = append(values[name], v)
		}
	}
	ranges := map[string][2]float64{}
	for name, of := range values {
		least, _ := stats.Min(of)
		most, _ := stats.Max(of)
		ranges[name] = [2]float64{least, most}
	}
	return ranges
}

// barOf draws a value as its place between the lowest and the highest: "····●·······".
func barOf(value float64, of [2]float64) string {
	at := barWidth / 2
	if of[1] > of[0] {
		at = int(math.Round((value - of[0]) / (of[1] - of[0]) * (barWidth - 1)))
	}
	return strings.Repeat("·", at) + "●" + strings.Repeat("·", barWidth-1-at)
}
