package report

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// isSearch says that a run looked for the largest number of accelerators that passes.
func isSearch(run result.Run) bool { return run.Command == "find-max" }

// searchOf is what a search found; empty where the folder doesn't say.
func searchOf(run result.Run) result.Search {
	if run.Search == nil {
		return result.Search{}
	}
	return *run.Search
}

// newSearchAnswer puts what a search found into words.
func newSearchAnswer(run result.Run) answer {
	s := searchOf(run)
	most, known := run.Metrics["accelerators_max"]
	a := answer{Word: "NO ANSWER", Tone: "open"}
	switch {
	case run.Status != result.Complete:
		a.Why = "search " + string(run.Status)
	case !known:
		a.Why = "no number of accelerators was shown to pass"
	case most < 1:
		a.Word, a.Why, a.Tone = "NONE", "not one accelerator reaches "+short(s.MinAU)+" AU", "bad"
	default:
		a.Word, a.Figure, a.Tone = "FOUND", plural(int(most), "accelerator"), "ok"
		a.Beside = " at " + short(s.MinAU) + " AU or more"
	}
	for _, line := range []string{bracketLine(run), edgeLine(s)} {
		if line != "" {
			a.Lines = append(a.Lines, line)
		}
	}
	if run.Status != result.Complete {
		a.Lines = append(a.Lines, unfinished(run)...)
		return a
	}
	a.Alarm = noStorage(run)
	for _, line := range []string{searchLimitLine(run), fullRunLine(run), tunedLine(s)} {
		if line != "" {
			a.Lines = append(a.Lines, line)
		}
	}
	return a
}

// bracketLine is the two numbers of accelerators between which the answer lies, each with
// its AU and how sure that is.
func bracketLine(run result.Run) string {
	var parts []string
	for _, end := range []struct{ metric, verb string }{{"accelerators_max", "passes"}, {"accelerators_min_failing", "fails"}} {
		n, ok := run.Metrics[end.metric]
		if p, found := pointAt(searchOf(run), int(n)); ok && found {
			parts = append(parts, fmt.Sprintf("P = %d %s: %s (%s to %s, %s; worst %s)", p.Accelerators, end.verb, units.Percent(p.AU, 1),
				units.Percent(p.Low, 1), units.Percent(p.High, 1), plural(p.Probes, "probe"), units.Percent(p.Worst, 1)))
		}
	}
	if open := searchOf(run).Open; len(open) > 0 && len(parts) > 0 && searchOf(run).Stopped == "done" {
		parts = append(parts, fmt.Sprintf("%s too near the threshold to tell", openNumbers(open)))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}

// edgeLine is where AU crosses the threshold, by the law that was fitted.
func edgeLine(s result.Search) string {
	if s.Edge == 0 {
		return ""
	}
	return fmt.Sprintf("By the law that AU falls as 1/P it crosses %s at %.1f ± %.1f accelerators.", short(s.MinAU), s.Edge, s.EdgeHalf)
}

// openNumbers names numbers that follow each other.
func openNumbers(open []int) string {
	if len(open) == 1 {
		return fmt.Sprintf("P = %d is", open[0])
	}
	return fmt.Sprintf("P = %d to %d are", open[0], open[len(open)-1])
}

func pointAt(s result.Search, accelerators int) (result.SearchPoint, bool) {
	for _, p := range s.Points {
		if p.Accelerators == accelerators {
			return p, true
		}
	}
	return result.SearchPoint{}, false
}

func searchLimitLine(run result.Run) string {
	if run.Limit == nil {
		return ""
	}
	line := limitLine(run)
	if len(run.Limit.Evidence) > 0 {
		line = strings.TrimSuffix(line, ".") + ": " + run.Limit.Evidence[0] + "."
	}
	return line
}

// fullRunLine is what the whole run at the answer gave.
func fullRunLine(run result.Run) string {
	s := searchOf(run)
	mean, ok := run.Metrics["au_mean_fraction"]
	if s.FullRun == "" || !ok {
		return ""
	}
	line := fmt.Sprintf("A full run at %s: %s AU", plural(int(run.Metrics["accelerators_max"]), "accelerator"), percentBeside(mean, s.MinAU))
	if worst, ok := run.Metrics["au_min_fraction"]; ok && worst < mean {
		line += fmt.Sprintf(", worst epoch %s", percentBeside(worst, s.MinAU))
	}
	if mean < s.MinAU {
		line += ": it does not pass, so that fewer are to be planned with"
	}
	return line + " (" + s.FullRun + ")."
}

// tunedLine is which reader settings mattered.
func tunedLine(s result.Search) string {
	if len(s.Settings) == 0 {
		return ""
	}
	var mattered []string
	for _, t := range s.Settings {
		if t.Mattered {
			mattered = append(mattered, fmt.Sprintf("%s %s instead of %s changes AU by %s (%s to %s)", t.Name, t.To, t.From, signed(t.Change), signed(t.Low), signed(t.High)))
		}
	}
	if len(mattered) == 0 {
		return "None of the reader settings that were tried mattered."
	}
	return sentence(strings.Join(mattered, "; "))
}

// pointTable is the numbers of accelerators that were probed.
func pointTable(run result.Run) (table, bool) {
	s := searchOf(run)
	t := table{Label: "probes", Columns: []column{{Head: "accelerators", Number: true}, {Head: "AU", Number: true}, {Head: "interval", Number: true}, {Head: "worst", Number: true},
		{Head: "this client's ceiling", Number: true}, {Head: "probes", Number: true}, {Head: "against " + short(s.MinAU)}}}
	for _, p := range s.Points {
		r := row{Cells: []cell{{Text: fmt.Sprint(p.Accelerators)}, {Text: units.Percent(p.AU, 1)}, {Text: units.Percent(p.Low, 1) + " to " + units.Percent(p.High, 1)},
			{Text: units.Percent(p.Worst, 1)}, {}, {Text: fmt.Sprint(p.Probes)}, {Text: p.Decided}}}
		if p.Ceiling > 0 {
			r.Cells[4].Text = units.Percent(p.Ceiling, 1)
		}
		if p.Warm > 0 {
			r.Cells[5].Text += fmt.Sprintf(", %d warm", p.Warm)
		}
		t.Rows = append(t.Rows, r)
	}
	return t, len(t.Rows) > 0
}

// tunedTable is what each reader setting changed.
func tunedTable(run result.Run) (table, bool) {
	t := table{Label: "settings", Columns: []column{{Head: "setting"}, {Head: "from"}, {Head: "to"}, {Head: "change of AU", Number: true}, {Head: "interval", Number: true}, {Head: "mattered"}}}
	for _, s := range searchOf(run).Settings {
		mattered := "no"
		if s.Mattered {
			mattered = "yes"
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: s.Name}, {Text: s.From}, {Text: s.To}, {Text: signed(s.Change)}, {Text: signed(s.Low) + " to " + signed(s.High)}, {Text: mattered}}})
	}
	return t, len(t.Rows) > 0
}

// searchTables are those of a terminal.
func searchTables(run result.Run) []leadTable {
	var tables []leadTable
	if t, ok := pointTable(run); ok {
		tables = append(tables, leadTable{table: t})
	}
	if t, ok := tunedTable(run); ok {
		tables = append(tables, leadTable{Lead: "Reader settings that were tried in turn with the others as they were:", table: t})
	}
	return tables
}
