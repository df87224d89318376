package report

import (
	"fmt"
	"math"
	"slices"
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
	a := answer{Tone: "open", Code: searchDoubt(run)}
	most, known := run.Metrics["accelerators_max"]
	switch {
	case !searchEnded(run):
		a.Word, a.Why = "NO ANSWER", "search "+string(run.Status)
		if s.Stopped == "time" {
			a.Why = "the search ran out of time"
		}
	case !known:
		a.Word, a.Why = "NO ANSWER", "no number of accelerators was shown to pass"
	case most < 1:
		a.Word, a.Why, a.Tone = "NONE", nonePasses(run), "bad"
	default:
		a.Word, a.Figure, a.Tone = "FOUND", plural(int(most), "accelerator"), "ok"
		a.Beside = " at " + short(s.MinAU) + " AU or more"
		if orMore(run) != "" {
			a.Figure, a.Beside = a.Figure+orMore(run), " at "+short(s.MinAU)+" AU"
		}
		if why := notConfirmed(run); why != "" {
			a.Word, a.Why, a.Beside, a.Tone = "FOUND, NOT CONFIRMED", why, " by short probes alone", "open"
		}
	}
	if run.Status == result.Complete {
		a.Alarm = noStorage(run)
	}
	a.Lines = slices.DeleteFunc(searchLines(run), func(line string) bool { return line == "" })
	return a
}

// orMore is " or more" where no number of accelerators was seen to fail: what was found is a
// lower bound then.
func orMore(run result.Run) string {
	if hasWarning(run, "search_few_files") {
		return " or more"
	}
	return orMoreOf(run.Metrics)
}

// orMoreOf says the same of the metrics alone; empty for those of no search.
func orMoreOf(metrics map[string]float64) string {
	_, fails := metrics["accelerators_min_failing"]
	if metrics["accelerators_max"] < 1 || fails {
		return ""
	}
	return " or more"
}

// searchEnded says whether a search asked for no more probes, whatever became of its full
// run and of --tune after that.
func searchEnded(run result.Run) bool {
	stopped := searchOf(run).Stopped
	return run.Status == result.Complete || stopped == "done" || stopped == "bytes"
}

// notConfirmed says why a search that ended may have found too many: its full run did not
// end or does not pass, or there is none and its probes were too short to stand for one.
func notConfirmed(run result.Run) string {
	s := searchOf(run)
	au, made := fullRunAU(run)
	switch {
	case !isSearch(run) || !searchEnded(run) || run.Metrics["accelerators_max"] < 1:
		return ""
	case run.Status != result.Complete:
		return "no full run ended"
	case made && au < s.MinAU:
		return "the full run reached " + percentBeside(au, s.MinAU) + " AU"
	case !made && hasWarning(run, "short_probes"):
		return "no full run was made"
	}
	return ""
}

// searchLines are the sentences under the answer; some may be empty.
func searchLines(run result.Run) []string {
	lines := []string{bracketLine(run), edgeLine(run)}
	if run.Status != result.Complete {
		return append(lines, unfinishedSearch(run))
	}
	return append(lines, searchLimitLine(run), fullRunLine(run), tunedLine(run))
}

// nonePasses says that the fewest accelerators that were allowed fail.
func nonePasses(run result.Run) string {
	reaches := " reaches " + short(searchOf(run).MinAU) + " AU"
	if least := int(run.Metrics["accelerators_min_failing"]); least > 1 {
		return fmt.Sprintf("not even %d accelerators, the fewest that were asked for,%s", least, strings.Replace(reaches, "reaches", "reach", 1))
	}
	return "not one accelerator" + reaches
}

// searchDoubt is the code of the warning that puts a search's answer most in doubt; empty: none.
func searchDoubt(run result.Run) string {
	for _, code := range []string{"search_not_falling", "search_drift", "short_probes", "search_few_files", "inflight_capped", "cached_before", "search_open", "search_bytes", "search_warm"} {
		if hasWarning(run, code) {
			return code
		}
	}
	return ""
}

// unfinishedSearch says how far a search came, and how it goes on.
func unfinishedSearch(run result.Run) string {
	line := fmt.Sprintf("The search ended after %s. With --resume and this folder it goes on.", plural(len(searchOf(run).Probes), "probe"))
	if run.Error != "" {
		line = sentence(run.Error) + " " + line
	}
	return line
}

// bracketLine is the two numbers of accelerators between which the answer lies, each with
// its AU and how sure that is.
func bracketLine(run result.Run) string {
	s := searchOf(run)
	var parts []string
	for _, end := range []struct{ metric, verb string }{{"accelerators_max", "passes"}, {"accelerators_min_failing", "fails"}} {
		n, ok := run.Metrics[end.metric]
		if p, found := pointAt(s, int(n)); ok && found {
			parts = append(parts, fmt.Sprintf("P = %d %s: %s", p.Accelerators, end.verb, pointText(p, s.MinAU)))
		}
	}
	if len(s.Open) > 0 && len(parts) > 0 && s.Stopped == "done" {
		parts = append(parts, fmt.Sprintf("%s too near the threshold to tell", openNumbers(s.Open)))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}

// pointText is the AU of a point, how sure it is and its worst probe: "92.4 % ± 1.0 (worst
// of 6 probes 90.6 %)".
func pointText(p result.SearchPoint, threshold float64) string {
	worst := fmt.Sprintf("worst of %s %s", plural(p.Probes, "probe"), percentBeside(p.Worst, threshold))
	if p.Probes == 1 {
		worst = "1 probe"
	}
	au := percentBeside(p.AU, threshold)
	if half, ok := evenHalf(p); ok {
		return fmt.Sprintf("%s ± %s (%s)", au, half, worst)
	}
	return fmt.Sprintf("%s (%s; %s)", au, pointInterval(p, threshold), worst)
}

// evenHalf is half of a point's interval in percentage points, the side that decides the
// point; false where the sides differ by a tenth or more: the interval is even in the
// logarithm of AU, and ends at 100 %.
func evenHalf(p result.SearchPoint) (string, bool) {
	below, above := p.AU-p.Low, p.High-p.AU
	even := math.Abs(above-below) < 0.001 && p.High < 1
	if p.Decided == "fail" {
		return points(above), even
	}
	return points(below), even
}

// pointInterval is a point's interval as two ends.
func pointInterval(p result.SearchPoint, threshold float64) string {
	return strings.TrimSuffix(percentBeside(p.Low, threshold), " %") + " to " + percentBeside(p.High, threshold)
}

// edgeLine is where AU crosses the threshold, by the law that was fitted.
func edgeLine(run result.Run) string {
	edge := edgeText(run)
	if edge == "" {
		return ""
	}
	return fmt.Sprintf("Accelerators that share one rate have an AU that falls as 1/P: by that law it crosses %s at %s.", short(searchOf(run).MinAU), edge)
}

// edgeText is the edge with half its 95 % interval; empty where there is none, where AU was
// seen not to follow the law, or where a point on one side of the interval was decided as
// if it lay on the other.
func edgeText(run result.Run) string {
	s := searchOf(run)
	if s.Edge == 0 || hasWarning(run, "search_not_falling") || hasWarning(run, "search_drift") {
		return ""
	}
	for _, p := range s.Points {
		at := float64(p.Accelerators)
		if p.Decided == "fail" && at < s.Edge-s.EdgeHalf || p.Decided == "pass" && at > s.Edge+s.EdgeHalf {
			return ""
		}
	}
	digits := 1
	if s.EdgeHalf < 0.1 {
		digits = 2
	}
	return fmt.Sprintf("%.*f ± %.*f", digits, s.Edge, digits, s.EdgeHalf)
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

// searchLimitLine names the limit with all that speaks for it.
func searchLimitLine(run result.Run) string {
	if run.Limit == nil {
		return ""
	}
	line, lines := limitLine(run), evidence(run)
	if run.Limit.Name == "none" && len(lines) > 0 { // that no probe failed is no word on the storage: the full run says more
		most, _, _ := strings.Cut(lines[0], ": the storage was never the limit")
		return "No number that was probed fails: " + most + "."
	}
	if len(lines) > 0 {
		line = strings.TrimSuffix(line, ".") + ": " + strings.Join(lines, "; ") + "."
	}
	return line
}

// fullRunAU is the mean AU of the full run at the answer; false where none came to its end.
func fullRunAU(run result.Run) (au float64, ok bool) {
	au, ok = run.Metrics["au_mean_fraction"]
	return au, ok && run.Status == result.Complete && searchOf(run).FullRun != ""
}

// fullRunLine is what the whole run at the answer gave.
func fullRunLine(run result.Run) string {
	s := searchOf(run)
	mean, ok := fullRunAU(run)
	if !ok {
		return ""
	}
	line := fmt.Sprintf("A full run at P = %d: %s AU", int(run.Metrics["accelerators_max"]), percentBeside(mean, s.MinAU))
	if worst, ok := run.Metrics["au_min_fraction"]; ok && worst < mean {
		line += fmt.Sprintf(", worst epoch %s", percentBeside(worst, s.MinAU))
	}
	line += " (" + s.FullRun + ")."
	if mean < s.MinAU {
		line += " It does not pass: plan with fewer."
	}
	return line
}

// searchFigures are what an engineer asks for after the answer of a search.
func searchFigures(run result.Run) []keyFigure {
	s := searchOf(run)
	var figures []keyFigure
	for i := len(s.Probes) - 1; i >= 0; i-- {
		if p := s.Probes[i]; p.Rate {
			figures = append(figures, keyFigure{Label: "no compute", Value: units.Rate(p.BytesPerS),
				Detail: fmt.Sprintf("= %s, to %s without a computation", units.BinaryRate(p.BytesPerS), plural(p.Accelerators, "accelerator"))})
			break
		}
	}
	if most := int(run.Metrics["accelerators_max"]); most > 0 {
		if rate, ok := probedRate(s, most); ok {
			figures = append(figures, keyFigure{Label: fmt.Sprintf("at P = %d", most), Value: units.Rate(rate),
				Detail: fmt.Sprintf("= %s, %s per accelerator", units.BinaryRate(rate), units.Rate(rate/float64(most)))})
		}
	}
	if au, ok := fullRunAU(run); ok {
		f := keyFigure{Label: "full run", Value: percentBeside(au, s.MinAU) + " AU"}
		if worst, ok := run.Metrics["au_min_fraction"]; ok {
			f.Detail = "worst epoch " + percentBeside(worst, s.MinAU)
		}
		figures = append(figures, f)
	}
	if read, ok := run.Metrics["read_bytes"]; ok && len(s.Probes) > 0 {
		f := keyFigure{Label: "probes", Value: fmt.Sprint(len(s.Probes)), Detail: units.Bytes(read) + " read", Code: "search_warm"}
		if s.Noise > 0 {
			f.Detail += ", AU varies by " + units.Percent(s.Noise, 1) + " from one to the next"
		}
		figures = append(figures, f)
	}
	return figures
}

// probedRate is the mean rate of the probes at one number of accelerators.
func probedRate(s result.Search, accelerators int) (bytesPerS float64, ok bool) {
	sum, n := 0.0, 0
	for _, p := range s.Probes {
		if p.Accelerators == accelerators && !p.Rate {
			sum, n = sum+p.BytesPerS, n+1
		}
	}
	return sum / float64(max(n, 1)), n > 0
}

// searchTables are those of a terminal.
func searchTables(run result.Run) []leadTable {
	var tables []leadTable
	if t, ok := pointTable(run); ok {
		tables = append(tables, leadTable{table: t})
	}
	if t, ok := tunedTable(run); ok {
		tables = append(tables, leadTable{Lead: tunedLead(run), table: t})
	}
	return tables
}
