package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// SuiteText writes what became of a suite for a terminal: its verdict, its gates, its
// runs and what was skipped. runs are those of its runs whose folders can be read, by ID.
// The only errors are those of w.
func SuiteText(w io.Writer, s result.Suite, runs map[string]result.Run) error {
	page := suiteSheet(s, runs)
	for i, p := range page.Parts {
		if p.ID == "gates" { // the reasons stand in lines of their own, so that the table isn't too wide
			t := p.Table.withoutColumn("why")
			page.Parts[i].Table = &t
		}
	}
	return page.writeText(w)
}

// SuiteMarkdown writes the same in GitHub's Markdown, for a job summary; 1,000 rows of
// each table at most. The only errors are those of w.
func SuiteMarkdown(w io.Writer, s result.Suite, runs map[string]result.Run) error {
	page := suiteSheet(s, runs)
	for i, p := range page.Parts {
		if p.Table != nil && len(p.Table.Rows) > markdownRuns {
			t := *p.Table
			page.Parts[i].Lead = joinedSentences(p.Lead, fmt.Sprintf("The first %d of %d", markdownRuns, len(t.Rows)))
			t.Rows = t.Rows[:markdownRuns]
			page.Parts[i].Table = &t
		}
	}
	var b bytes.Buffer
	page.writeMarkdown(&b, 3)
	_, err := w.Write(b.Bytes())
	return err
}

// SuiteHTML writes the same as one page with links to the reports of the runs, for a
// page in a folder beside theirs. The only errors are those of w.
func SuiteHTML(w io.Writer, s result.Suite, runs map[string]result.Run) error {
	return suiteSheet(s, runs).writeHTML(w)
}

func suiteSheet(s result.Suite, runs map[string]result.Run) sheet {
	page := sheet{
		Title:  fmt.Sprintf("Suite %s: %s, %s", s.Name, plural(len(s.Gates), "gate"), plural(len(s.Entries), "run")),
		Sub:    suiteSub(s),
		Answer: suiteAnswer(s, runs),
		Ends:   suiteEnds(s),
	}
	page.warned(slices.Concat(s.Warnings, suiteWarnings(s, runs)))
	if t := gateTable(s.Gates); len(t.Rows) > 0 {
		page.Parts = append(page.Parts, sheetPart{ID: "gates", Title: "Which gates held?", Table: &t,
			Lead: "A change is against the baseline, with its 95 % interval; a gate that cannot be decided fails nothing."})
	}
	if t, links := suiteRunTable(s, runs); len(t.Rows) > 0 {
		page.Parts = append(page.Parts, sheetPart{ID: "runs", Title: "What was run?", Table: &t, Links: links})
	}
	if lines := suiteLeftOut(s); len(lines) > 0 {
		page.Parts = append(page.Parts, sheetPart{ID: "left-out", Title: "What was not run, and why?", List: lines})
	}
	return page
}

func suiteSub(s result.Suite) string {
	parts := []string{s.Started.UTC().Format("2006-01-02 15:04 UTC")}
	if s.Ended != nil {
		parts = append(parts, units.Duration(s.Ended.Sub(s.Started)))
	}
	if s.BudgetNS > 0 {
		parts = append(parts, "budget "+nanoseconds(s.BudgetNS))
	}
	if n := len(s.Resumed); n > 0 {
		parts = append(parts, fmt.Sprintf("resumed %s, last at %s", plural(n, "time"), s.Resumed[n-1].UTC().Format("2006-01-02 15:04 UTC")))
	}
	return strings.Join(append(parts, s.File, s.ID, "lbench "+s.Lbench.Version), " · ")
}

// suiteEnds is the disclaimer, where any of the runs emulated training.
func suiteEnds(s result.Suite) string {
	for _, e := range s.Entries {
		if e.Command == "mlperf" || e.Command == "find-max" {
			return disclaimer(result.Run{Command: e.Command})
		}
	}
	return disclaimer(result.Run{Block: &result.Block{}})
}

func suiteAnswer(s result.Suite, runs map[string]result.Run) answer {
	failed, lines := failedGates(s.Gates), failedRuns(s, runs)
	a := answer{Tone: "open"}
	switch {
	case s.Status != result.Complete:
		a.Word, a.Why = "NO VERDICT", "suite "+string(s.Status)
	case s.Verdict == result.Pass:
		a.Word, a.Why, a.Tone = "PASS", suiteWords(s, runs, verdictWords), "ok"
		if n := runsInDoubt(s, runs); n > 0 { // spoiled since
			a.Why, a.Tone = joined(plural(n, "run")+" "+doubted, a.Why), "open"
		}
	case s.Verdict == result.Fail:
		a.Word, a.Tone = "FAIL", "bad"
		var parts []string
		if failed > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s", failed, plural(len(s.Gates), "gate")))
		}
		if n := len(lines); n > 0 {
			parts = append(parts, plural(n, "run")+" by "+oneOrMore(n, "its", "their")+" own rules")
		}
		if n := runsInDoubt(s, runs); n > 0 {
			parts = append(parts, plural(n, "run")+" "+doubted)
		}
		a.Why = joined(parts...)
	default:
		a.Word, a.Why = "NO VERDICT", "no gate was decided"
	}
	a.Alarm = suiteAlarm(s, runs)
	if s.Error != "" {
		a.Lines = append(a.Lines, sentence(s.Error))
	}
	a.Lines = append(a.Lines, firstLines(lines)...)
	for _, g := range s.Gates {
		if g.Decided && !g.OK {
			a.Lines = append(a.Lines, gateLine(g))
		}
	}
	for _, g := range s.Gates {
		if !g.Decided {
			a.Lines = append(a.Lines, gateLine(g))
		}
	}
	a.Lines = append(a.Lines, runCounts(s))
	return a
}

// runsInDoubt counts the runs that count whose folders aren't as the runs left them.
func runsInDoubt(s result.Suite, runs map[string]result.Run) (n int) {
	for _, r := range countedRuns(s, runs) {
		if r.run.Doubt() != "" {
			n++
		}
	}
	return n
}

// verdictWords are what a verdict on several runs can't be read without.
func verdictWords(runs ...result.Run) string {
	return joined(engineWords(runs...), cacheWords(runs...))
}

// suiteAlarm says why a suite's figures may say nothing of the storage, or not of it alone.
func suiteAlarm(s result.Suite, runs map[string]result.Run) string {
	var texts []string
	all := countedRuns(s, runs)
	switch virtual := suiteWords(s, runs, engineWords); {
	case virtual == "":
	case slices.ContainsFunc(all, func(r warnedRun) bool { return madeBytes(r.run) == "" }):
		texts = append(texts, "Not all runs read or wrote a storage ("+virtual+").")
	default:
		texts = append(texts, "No storage was read or written: each run's engine makes the bytes in this client's memory.")
	}
	if s.Status == result.Complete && s.Verdict == result.Pass && suiteWords(s, runs, cacheWords) != "" {
		texts = append(texts, "Some of what was read came, or could come, from this client's memory: the verdict is not on the storage alone.")
	}
	return strings.Join(texts, " ")
}

// failedRuns says of each run that failed rules of its own which they are, with figures.
// A warm-up fails nothing.
func failedRuns(s result.Suite, runs map[string]result.Run) []string {
	var lines []string
	for _, e := range s.Entries {
		run := runs[e.Run] // empty where it can't be read
		byExit := e.Exit != nil && *e.Exit == exitFailed
		if e.State != result.Done || e.Warmup || !byExit && run.Verdict != result.Fail {
			continue
		}
		name := fmt.Sprintf("%s, repeat %d", e.Entry, e.Repeat)
		rules := rulesMissed(run)
		switch {
		case len(rules) > 0:
			lines = append(lines, fmt.Sprintf("%s failed %s: %s.", name, oneOrMore(len(rules), "its own rule", "rules of its own"), strings.Join(rules, "; ")))
		case e.Error != "":
			lines = append(lines, fmt.Sprintf("%s: %s.", name, strings.TrimSuffix(e.Error, ".")))
		default:
			lines = append(lines, name+" failed a rule of its own; its folder can't be read to say which.")
		}
	}
	return lines
}

// rulesMissed are the rules that a run failed, each with what it wanted and got.
func rulesMissed(run result.Run) []string {
	var rules []string
	for _, c := range run.Checks {
		if !c.OK {
			rules = append(rules, fmt.Sprintf("%s: wanted %s, got %s", c.Rule, wanted(c), gotOf(run, c)))
		}
	}
	return rules
}

// exitFailed is the exit code of a run that failed a rule of its own.
const exitFailed = 3

func oneOrMore(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// firstLines keeps as many lines as a reader takes in and counts the others.
func firstLines(lines []string) []string {
	const most = 5
	if more := len(lines) - most; more > 0 {
		return append(slices.Clone(lines[:most]), fmt.Sprintf("%s more failed rules of their own.", units.Count(int64(more))))
	}
	return lines
}

func failedGates(gates []result.Gate) int {
	failed := 0
	for _, g := range gates {
		if g.Decided && !g.OK {
			failed++
		}
	}
	return failed
}

// runCounts says how far the suite came: "8 runs: 5 done, 1 could not run, 2 skipped."
func runCounts(s result.Suite) string {
	counts := map[result.RunState]int{}
	for _, e := range s.Entries {
		counts[e.State]++
	}
	var parts []string
	for _, of := range []struct {
		state result.RunState
		words string
	}{{result.Done, "done"}, {result.Broken, "could not run"}, {result.Skipped, "skipped"}, {result.Running, "running"}, {result.Waiting, "waiting"}} {
		if n := counts[of.state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, of.words))
		}
	}
	if len(parts) == 0 {
		return "It has no runs."
	}
	return fmt.Sprintf("%s: %s.", plural(len(s.Entries), "run"), joined(parts...))
}

// gateTable has a row per gate, those that failed first.
func gateTable(gates []result.Gate) table {
	t := table{Label: "One row per gate", Columns: []column{
		{Head: "entry"}, {}, {Head: "gate"}, {Head: "wanted", Number: true}, {Head: "got", Number: true},
		{Head: "baseline", Number: true}, {Head: "change", Number: true}, {Head: "95 %", Number: true}, {Head: "why"},
	}}
	sorted := slices.Clone(gates)
	order := func(g result.Gate) int {
		return slices.Index([]string{"FAILED", "not decided", "ok"}, gateWord(g).Text)
	}
	slices.SortStableFunc(sorted, func(a, b result.Gate) int { return cmp.Compare(order(a), order(b)) })
	for _, g := range sorted {
		word := gateWord(g)
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: g.Entry}, word, {Text: g.Rule}, {Text: gateWant(g)}, {Text: gateGot(g), Bad: word.Bad}, {Text: gateBaseline(g)},
			{Text: gateChange(g)}, {Text: changeInterval(result.MetricChange{Low: g.Low, High: g.High})}, {Text: g.Why},
		}})
	}
	return t.dropEmpty()
}

func gateWord(g result.Gate) cell {
	switch {
	case !g.Decided:
		return cell{Text: "not decided"}
	case g.OK:
		return cell{Text: "ok"}
	}
	return cell{Text: "FAILED", Bad: true}
}

func gateWant(g result.Gate) string {
	switch {
	case g.Want == nil:
		return ""
	case g.Relative:
		return "at most " + short(*g.Want) + " lost"
	}
	return printed(g.Metric, *g.Want)
}

func gateGot(g result.Gate) string {
	switch {
	case g.Got == nil:
		return notMeasured
	case g.Relative && g.Baseline != nil:
		text, _ := besideEachOther(g.Metric, *g.Got, *g.Baseline)
		return text
	case g.Want != nil && !g.Relative:
		return printedBeside(g.Metric, *g.Got, *g.Want)
	}
	return printed(g.Metric, *g.Got)
}

func gateBaseline(g result.Gate) string {
	if g.Baseline == nil {
		return ""
	}
	text := printed(g.Metric, *g.Baseline)
	if g.Got != nil {
		_, text = besideEachOther(g.Metric, *g.Got, *g.Baseline)
	}
	if g.Runs > 0 {
		text += " (" + plural(g.Runs, "run") + ")"
	}
	return text
}

func gateChange(g result.Gate) string {
	if g.Change == nil {
		return ""
	}
	return signed(*g.Change)
}

// suiteRunTable has a row per run that was begun.
func suiteRunTable(s result.Suite, runs map[string]result.Run) (table, map[place][]link) {
	t := table{Label: "One row per run", Columns: []column{
		{Head: "entry"}, {Head: "verdict", Code: "fits_in_memory"}, {Head: "result"}, {Head: "repeat", Number: true}, {Head: "time", Number: true}, {Head: "run"}, {},
	}}
	links := map[place][]link{}
	for _, e := range s.Entries {
		if e.State == result.Waiting || e.State == result.Skipped {
			continue
		}
		run, known := runs[e.Run]
		r := row{Cells: []cell{{Text: e.Entry}, suiteVerdict(e, run, known), {}, {Text: fmt.Sprint(e.Repeat)}, {}, {Text: e.Run}, {Text: suiteRemark(e)}}}
		if e.Warmup {
			r.Kind = "warmup"
		}
		if known {
			value, what := runHeadline(run)
			r.Cells[2].Text = strings.TrimSpace(value + " " + what)
		}
		if e.Started != nil && e.Ended != nil {
			r.Cells[4].Text = units.Duration(e.Ended.Sub(*e.Started))
		}
		if e.Run != "" {
			links[place{len(t.Rows), 5}] = []link{{Href: reportLink(e.Run)}}
		}
		t.Rows = append(t.Rows, r)
	}
	return t.dropEmptyLast(), links
}

// suiteVerdict is the run's own where its folder can be read, else what the suite knows.
func suiteVerdict(e result.SuiteRun, run result.Run, known bool) cell {
	switch {
	case e.State == result.Broken:
		return cell{Text: "could not run", Bad: true}
	case e.State == result.Running:
		return cell{Text: "running"}
	case known:
		return qualifiedVerdict(run)
	}
	return cell{Text: "done, folder not read"}
}

func suiteRemark(e result.SuiteRun) string {
	var parts []string
	if e.Warmup {
		parts = append(parts, "warm-up, in no gate")
	}
	if e.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", e.Attempts))
	}
	if e.Exit != nil && *e.Exit != 0 {
		parts = append(parts, fmt.Sprintf("exit %d", *e.Exit))
	}
	return joined(append(parts, e.Error)...)
}

// suiteLeftOut lists the entries of which runs were skipped or still wait, with the
// reasons.
func suiteLeftOut(s result.Suite) []string {
	type group struct{ entry, why string }
	counts, order := map[group]int{}, map[group]int{}
	for i, e := range s.Entries {
		why := ""
		switch e.State {
		case result.Skipped:
			why = "skipped"
		case result.Waiting:
			why = "still waiting"
		default:
			continue
		}
		if e.Error != "" {
			why += ": " + strings.TrimSuffix(e.Error, ".")
		}
		g := group{e.Entry, why}
		if counts[g] == 0 {
			order[g] = i
		}
		counts[g]++
	}
	groups := slices.SortedFunc(maps.Keys(counts), func(a, b group) int { return cmp.Compare(order[a], order[b]) })
	var lines []string
	for _, g := range groups {
		lines = append(lines, fmt.Sprintf("%s, %s: %s.", g.entry, plural(counts[g], "run"), g.why))
	}
	return lines
}

// withoutColumn leaves out the column of a heading.
func (t table) withoutColumn(head string) table {
	at := slices.IndexFunc(t.Columns, func(c column) bool { return c.Head == head })
	if at < 0 {
		return t
	}
	kept := table{Label: t.Label, Columns: slices.Delete(slices.Clone(t.Columns), at, at+1)}
	for _, r := range t.Rows {
		kept.Rows = append(kept.Rows, row{Kind: r.Kind, Cells: slices.Delete(slices.Clone(r.Cells), at, at+1)})
	}
	return kept
}

// gateLine is a gate that did not hold or wasn't decided, with the reason where there is one.
func gateLine(g result.Gate) string {
	return joinedWith(": ", g.Entry, g.Rule, strings.TrimSuffix(g.Why, ".")) + "."
}
