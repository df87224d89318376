package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// overviewSheet is the index page over published runs: sets of alike runs, every run,
// and where the files are. The newest run stands first.
func overviewSheet(all []published, version string) sheet {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b published) int {
		return cmp.Or(b.run.Started.Compare(a.run.Started), cmp.Compare(a.name, b.name))
	})
	runs := make([]result.Run, len(sorted))
	for i, p := range sorted {
		runs[i] = p.run
	}
	counted := slices.DeleteFunc(slices.Clone(sorted), published.warmup)
	s := sheet{Title: "Storage benchmarks: " + plural(len(counted), "run"), Answer: overviewAnswer(sorted), Ends: overviewEnds(runs)}
	s.Sub = "lbench " + version
	if n := len(runs); n > 0 {
		s.Sub = fmt.Sprintf("%s to %s · lbench %s", runs[n-1].Started.UTC().Format("2006-01-02"), runs[0].Started.UTC().Format("2006-01-02"), version)
	}
	s.warned(runWarnings(publishedRuns(counted)))
	if t, links := setTable(sorted); len(t.Rows) > 0 {
		s.Parts = append(s.Parts, sheetPart{ID: "sets", Title: "What do runs of one kind give together?", Table: &t, Links: links,
			Lead: "Runs of the same command, workload, plan and mount, where two or more came to their end. The deviation is that of the population, as DLIO's; the interval is that of the mean. Warm-ups and runs in doubt are in none."})
	}
	if t, links := runTable(sorted); len(t.Rows) > 0 {
		s.Parts = append(s.Parts, sheetPart{ID: "runs", Title: "Every run, the newest first", Table: &t, Links: links})
	}
	t, links := publishedTable(sorted)
	s.Parts = append(s.Parts, sheetPart{ID: "files", Title: "The plots to show elsewhere, and the data to plot again", Table: &t, Links: links,
		Lead: "results.csv has a row per run and a column per metric, results-long.csv a row per run, epoch and metric. The files of a run are what its plots are drawn from."})
	return s
}

// warmup says whether a run is a suite's warm-up, which is in no count and no mean.
func (p published) warmup() bool { return p.run.Suite.IsWarmup() }

// counts says whether a run's verdict and figures count.
func (p published) counts() bool { return !p.warmup() && p.run.Doubt() == "" }

// verdict is the word for a run in the index.
func (p published) verdict() cell {
	c := qualifiedVerdict(p.run)
	if p.warmup() {
		c.Text = joined("warm-up", c.Text)
	}
	return c
}

// overviewAnswer counts the runs by their verdicts; those that don't count, by what they are.
func overviewAnswer(all []published) answer {
	var counted []result.Run
	inDoubt, warmups := 0, 0
	for _, p := range all {
		switch {
		case p.counts():
			counted = append(counted, p.run)
		case p.warmup():
			warmups++
		default:
			inDoubt++
		}
	}
	a := answer{Word: strings.ToUpper(plural(len(counted)+inDoubt, "run")), Tone: "open"}
	counts := []string{verdictCounts(counted)}
	if inDoubt > 0 {
		counts = append(counts, fmt.Sprintf("%d %s", inDoubt, doubted))
	}
	if warmups > 0 {
		counts = append(counts, plural(warmups, "warm-up"))
	}
	if len(all) > 0 {
		a.Lines = []string{sentenceWithoutEnd(joined(counts...)) + "."}
	}
	if line := inAllRuns(all); line != "" {
		a.Lines = append(a.Lines, line)
	}
	return a
}

func overviewEnds(runs []result.Run) string {
	for _, run := range runs {
		if !isBlock(run) {
			return disclaimer(run)
		}
	}
	return disclaimer(result.Run{Block: &result.Block{}})
}

// runTable has a row per run, unfinished ones and those whose data can't be read too. What
// is the same in all of them has no column: inAllRuns says it.
func runTable(all []published) (table, map[place][]link) {
	t := table{Label: "One row per run", Columns: []column{
		{Head: "run"}, {Head: "verdict", Code: "fits_in_memory"}, {Head: "result", Number: true}, {Head: "of what"}, {Head: "started (UTC)"}, {Head: "workload"}, {Head: "mount"},
	}}
	links := map[place][]link{}
	for i, p := range all {
		value, what := runHeadline(p.run)
		verdict, remark := p.verdict(), p.run.Error
		if p.broken != "" {
			verdict = cell{Text: verdict.Text + ", data broken", Bad: true}
			remark = joined(remark, "its data can't be read: "+strings.TrimPrefix(p.broken, "report: "))
		}
		if p.report {
			links[place{i, 0}] = []link{{Href: pathOf(p.name) + ".html"}}
		}
		kind := ""
		if p.warmup() {
			kind = "warmup"
		}
		t.Rows = append(t.Rows, row{Kind: kind, Cells: []cell{
			{Text: p.name}, verdict, {Text: value}, {Text: joined(what, remark)},
			{Text: p.run.Started.UTC().Format("2006-01-02 15:04")}, {Text: workloadName(p.run)}, {Text: mountName(p.run)},
		}})
	}
	for head, of := range map[string]func(result.Run) string{"workload": workloadName, "mount": mountName} {
		if inCommon(all, of) != "" {
			t = t.withoutColumn(head)
		}
	}
	return t, links
}

// inAllRuns says which workload and which mount all runs have in common.
func inAllRuns(all []published) string {
	workload, mount := inCommon(all, workloadName), inCommon(all, mountName)
	if mount != "" {
		mount = "on " + mount
	}
	if text := joined(workload, mount); text != "" {
		return "All of them: " + text + "."
	}
	return ""
}

// inCommon is a text that all of two runs or more have, else empty.
func inCommon(all []published, of func(result.Run) string) string {
	if len(all) < 2 || slices.ContainsFunc(all, func(p published) bool { return of(p.run) != of(all[0].run) }) {
		return ""
	}
	return of(all[0].run)
}

// workloadName is command and workload, once where they are called the same.
func workloadName(run result.Run) string {
	if run.Workload == run.Command {
		return run.Command
	}
	return strings.TrimSpace(run.Command + " " + run.Workload)
}

// mountName is where a run's data came from.
func mountName(run result.Run) string {
	if names := mountNames(blockOf(run)); names != "" {
		return names
	}
	return strings.TrimPrefix(onStorage(run), ", on ")
}

// publishedTable lists the files of each run, those of all runs first.
func publishedTable(all []published) (table, map[place][]link) {
	t := table{Label: "One row per run", Columns: []column{{Head: "of"}, {Head: "SVG"}, {Head: "PNG"}, {Head: "data"}}}
	links := map[place][]link{{0, 3}: {{"results.csv", "results.csv"}, {"results-long.csv", "results-long.csv"}}}
	t.Rows = append(t.Rows, row{Cells: []cell{{Text: "all runs"}, {}, {}, {}}})
	for i, p := range all {
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: p.name}, {}, {}, {}}})
		add := func(column int, text, address string) {
			at := place{i + 1, column}
			links[at] = append(links[at], link{text, address})
		}
		for _, name := range p.plots {
			base := "plots/" + pathOf(p.name+"-"+name)
			add(1, name, base+".svg")
			add(2, name, base+".png")
		}
		base := "data/" + pathOf(p.name) + "/"
		add(3, result.RunFile, base+result.RunFile)
		for _, file := range p.points {
			add(3, file, base+file)
		}
	}
	return t, links
}
