package report

import (
	"fmt"

	"github.com/lbench/lbench/internal/result"
)

// runHeadline is the number that a run is read for, with its unit, and what it is: what its
// report begins with, where that has one.
func runHeadline(run result.Run) (value, what string) {
	name := result.HeadlineOf(run.Command, run.Metrics)
	if a := newAnswer(run); a.Figure != "" && name != "accelerators_max" {
		return a.Figure, a.Unit()
	}
	if name == "" {
		return notMeasured, ""
	}
	value = printed(name, run.Metrics[name])
	if name == "accelerators_max" {
		value += orMore(run)
	}
	return value, joined(metricWords(name), ofPart(run))
}

// headlineValue is a metric that stands for a run or a night, of which only the metrics are
// known; false where it isn't among them.
func headlineValue(name string, metrics map[string]float64) (string, bool) {
	value, ok := metrics[name]
	if !ok {
		return "", false
	}
	if name == "accelerators_max" {
		return printed(name, value) + orMoreOf(metrics), true
	}
	return printed(name, value), true
}

// ofPart says that a figure is one of a run that came to no end.
func ofPart(run result.Run) string {
	if of := partOf(run); of != "" {
		return "of " + of
	}
	return ""
}

// metricWords is a metric's name for people, where it has one.
func metricWords(name string) string {
	words := map[string]string{
		"au_mean_fraction": "AU, mean", "au_min_fraction": "AU, worst epoch", "accelerators_max": "accelerators fed",
		"read_bytes_per_s": "read", "write_bytes_per_s": "write", "read_bytes_per_s_mean": "read, mean", "write_bytes_per_s_mean": "write, mean",
		"steady_read_bytes_per_s": "steady read", "steady_write_bytes_per_s": "steady write",
		"samples_per_s_mean": "samples, mean", "latency_p99_ns": "p99 latency", "ops_per_s": "operations",
		"sent_peak_bytes_per_s": "sent, best minute", "wait_p99_ns": "p99 wait", "cached_fraction_max": "cached, most",
	}
	if text, ok := words[name]; ok {
		return text
	}
	return name
}

// verdictCell is a verdict as a word; a run that came to no end says how it ended.
func verdictCell(status result.Status, verdict result.Verdict) cell {
	switch {
	case status != result.Complete:
		return cell{Text: string(status), Bad: status == result.Failed}
	case verdict == result.Pass:
		return cell{Text: "PASS"}
	case verdict == result.Fail:
		return cell{Text: "FAIL", Bad: true}
	}
	return cell{Text: "no rule"}
}

// doubted is the word for the verdict of a run whose folder isn't as the run left it.
const doubted = "in doubt"

// verdictOf is the verdict of a run as a word, which doesn't count where the folder isn't as
// the run left it.
func verdictOf(status result.Status, verdict result.Verdict, doubt string) cell {
	if doubt != "" {
		return cell{Text: doubted, Bad: true}
	}
	return verdictCell(status, verdict)
}

// pointVerdict is the verdict of a point of a history as a word, with what it can't be read
// without beside it.
func pointVerdict(r result.HistoryRun) cell {
	c := verdictOf(r.Status, r.Verdict, r.Doubt)
	if r.Engine != "" {
		c.Text += ", no storage (engine " + r.Engine + ")"
	}
	return c
}

// verdictCounts says how many runs passed, failed, had no rule or came to no end, and how
// many of them say nothing of any storage.
func verdictCounts(runs []result.Run) string {
	counts, virtual := map[string]int{}, 0
	for _, run := range runs {
		counts[verdictCell(run.Status, run.Verdict).Text]++
		if madeBytes(run) != "" {
			virtual++
		}
	}
	text := countsText(counts)
	if virtual > 0 {
		text += fmt.Sprintf("; %d on no storage", virtual)
	}
	return text
}

// countsText puts counts by the word of verdictCell in a row: "3 passed, 1 failed a rule".
func countsText(counts map[string]int) string {
	var parts []string
	for _, of := range [][2]string{
		{"PASS", "passed"}, {"FAIL", "failed a rule"}, {"no rule", "without a rule"}, {"failed", "could not run"},
		{"interrupted", "interrupted"}, {"incomplete", "incomplete"}, {doubted, doubted},
	} {
		if n := counts[of[0]]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, of[1]))
		}
	}
	return joined(parts...)
}
