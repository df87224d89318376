package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// ComparisonText writes how two sets of runs differ for a terminal: what differs in their
// settings, then each metric with its difference and what to make of it. The only errors
// are those of w.
func ComparisonText(w io.Writer, c result.Comparison) error { return comparisonSheet(c).writeText(w) }

// ComparisonMarkdown writes the same in GitHub's Markdown. The only errors are those of w.
func ComparisonMarkdown(w io.Writer, c result.Comparison) error {
	var b bytes.Buffer
	comparisonSheet(c).writeMarkdown(&b, 3)
	_, err := w.Write(b.Bytes())
	return err
}

// ComparisonHTML writes the same as one page, with the values of both sets drawn over
// each other. The only errors are those of w.
func ComparisonHTML(w io.Writer, c result.Comparison) error {
	return comparisonPage(c, "overlay").writeHTML(w)
}

// comparisonPage is the sheet, with its plot of that ID as on a page; "" for none.
func comparisonPage(c result.Comparison, plot string) sheet {
	s := comparisonSheet(c)
	if plot == "" {
		return s
	}
	if p, ok := comparisonPlot(c, plot); ok {
		s.Parts = slices.Insert(s.Parts, 1, p)
	}
	s.Parts = append(s.Parts, sheetPart{ID: "runs", Title: "Which runs were compared?", List: []string{
		"A: " + strings.Join(c.A, ", ") + ".", "B: " + strings.Join(c.B, ", ") + ".",
	}})
	return s
}

const comparisonEnds = "Compared by lbench. Differences are of B against A; a difference that noise can explain is not called one."

func comparisonSheet(c result.Comparison) sheet {
	s := sheet{
		Title:  fmt.Sprintf("%s (A) against %s (B)", valueCount(c.A, c.ANights), valueCount(c.B, c.BNights)),
		Facts:  []keyFigure{{Label: "A", Value: setSize(c.A, c.ANights), Detail: setName(c.A)}, {Label: "B", Value: setSize(c.B, c.BNights), Detail: setName(c.B)}},
		Answer: comparisonAnswer(c),
		Ends:   comparisonEnds,
	}
	s.warned(c.Warnings)
	s.Parts = []sheetPart{settingChanges(c.Settings)}
	if t := changeTable(c.Metrics); len(t.Rows) > 0 {
		s.Parts = append(s.Parts, sheetPart{ID: "compared", Title: "What is different?", Table: &t,
			Lead: "Differences are shares of A. p is the probability that runs without any difference would lie so far apart. Intervals are at 95 %, widened for the number of metrics."})
	}
	return s
}

// setName is one run's ID, or the first and the last one of several.
func setName(ids []string) string {
	switch len(ids) {
	case 0:
		return ""
	case 1:
		return ids[0]
	}
	return fmt.Sprintf("%s to %s", ids[0], ids[len(ids)-1])
}

// comparisonAnswer counts what is better and what is worse. Worse is bad news, and where
// nothing could be told that is said rather than that nothing differs.
func comparisonAnswer(c result.Comparison) answer {
	counts := map[string]int{}
	var named []string
	for _, m := range c.Metrics {
		counts[m.Verdict]++
		if m.Verdict == result.Better || m.Verdict == result.Worse {
			if result.IsHeadline(m.Name) && len(named) < 6 {
				named = append(named, changeLine(m))
			}
		}
	}
	a := answer{Tone: "open", Lines: named}
	few := fmt.Sprintf("n is too small to tell for %s: %s against %s.", plural(counts[result.TooFewRuns], "metric"), valueCount(c.A, c.ANights), valueCount(c.B, c.BNights))
	switch better, worse := counts[result.Better], counts[result.Worse]; {
	case len(c.Metrics) == 0:
		a.Word = "NOTHING TO COMPARE"
		a.Lines = append(a.Lines, "The two sets have no metric in common.")
	case worse > 0:
		a.Word, a.Tone = "WORSE", "bad"
		a.Why = fmt.Sprintf("%d of %s", worse, plural(len(c.Metrics), "metric"))
		if better > 0 {
			a.Why += fmt.Sprintf(", %d better", better)
		}
	case better > 0:
		a.Word, a.Tone = "BETTER", "ok"
		a.Why = fmt.Sprintf("%d of %s, none worse", better, plural(len(c.Metrics), "metric"))
	case counts[result.TooFewRuns] == len(c.Metrics):
		a.Word, a.Why = "TOO FEW RUNS", "n is too small to tell"
	default:
		a.Word = "NO DIFFERENCE SHOWN"
		a.Why = fmt.Sprintf("in %s, beyond noise", plural(len(c.Metrics)-counts[result.TooFewRuns], "metric"))
	}
	if counts[result.TooFewRuns] > 0 {
		a.Lines = append(a.Lines, few)
	}
	return a
}

// changeLine is one real difference in a sentence.
func changeLine(m result.MetricChange) string {
	a, b := besideEachOther(m.Name, m.A, m.B)
	line := fmt.Sprintf("%s is %s: %s in A, %s in B", m.Name, m.Verdict, a, b)
	if m.Difference != nil {
		line += ", " + signed(*m.Difference)
	}
	if text := changeInterval(m); text != "" {
		line += fmt.Sprintf(" (%s at 95 %%)", text)
	}
	return line + "."
}

// settingChanges is the list of what differs, which stands first: two sets that were not
// run alike can differ for no other reason.
func settingChanges(settings []result.SettingChange) sheetPart {
	p := sheetPart{ID: "differs", Title: "What was set differently?"}
	if len(settings) == 0 {
		p.Lead = "Nothing that lbench records of settings, host and mount differs."
	}
	for _, s := range settings {
		p.List = append(p.List, "differs: "+settingChange(s))
	}
	return p
}

// settingChange is "mount.nfs.nconnect 4 -> 16".
func settingChange(s result.SettingChange) string {
	return fmt.Sprintf("%s %s -> %s", s.Name, s.A, s.B)
}

// settingTexts puts changes of settings in a row.
func settingTexts(settings []result.SettingChange) string {
	texts := make([]string, len(settings))
	for i, s := range settings {
		texts[i] = settingChange(s)
	}
	return strings.Join(texts, "; ")
}

// changeTable has a row per metric, those that readers look for first in bold.
func changeTable(metrics []result.MetricChange) table {
	t := table{Label: "One row per metric", Columns: []column{
		{Head: "metric"}, {Head: "A", Number: true}, {Head: "B", Number: true}, {Head: "difference", Number: true},
		{Head: "95 %", Number: true}, {Head: "p", Number: true}, {},
	}}
	for _, m := range metrics {
		a, b := besideEachOther(m.Name, m.A, m.B)
		r := row{Cells: []cell{{Text: m.Name}, {Text: a}, {Text: b}, {}, {Text: changeInterval(m)}, {}, changeWord(m.Verdict)}}
		if m.Difference != nil {
			r.Cells[3].Text = signed(*m.Difference)
		}
		if m.P != nil {
			r.Cells[5].Text = probability(*m.P)
		}
		if result.IsHeadline(m.Name) {
			r.Kind = "mean"
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func changeWord(verdict string) cell {
	if verdict == result.TooFewRuns {
		return cell{Text: "n is too small to tell"}
	}
	return cell{Text: verdict, Bad: verdict == result.Worse}
}

// changeInterval is "+1.2 to +5.4 %"; empty where there were too few runs for one.
func changeInterval(m result.MetricChange) string {
	if m.Low == nil || m.High == nil {
		return ""
	}
	return strings.TrimSuffix(signed(*m.Low), " %") + " to " + signed(*m.High)
}

// signed is a fraction in percent with its sign: "+3.2 %", "-0.04 %".
func signed(fraction float64) string {
	digits := 1
	if fraction > -0.001 && fraction < 0.001 {
		digits = 2
	}
	text := units.Percent(fraction, digits)
	switch {
	case strings.TrimLeft(text, "-0. %") == "":
		return "0 %"
	case fraction > 0:
		return "+" + text
	}
	return text
}

func probability(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return strconv.FormatFloat(p, 'f', 3, 64)
}
