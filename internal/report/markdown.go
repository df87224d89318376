package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

const (
	// markdownLimit is where details end: GitHub takes a job summary of at most 1 MiB.
	markdownLimit = 900 << 10
	// markdownEpochs is how many rows a table in Markdown has at most.
	markdownEpochs = 50
	// markdownRuns is how many runs are listed at most.
	markdownRuns = 1000
)

// Markdown writes runs in GitHub's Markdown, for a job summary: of each the verdict, the
// key figures, a table of epochs or cells, the rules, and the warnings as footnotes.
// Several runs get a table of their own first; past 900 KiB runs stand in that table
// only, which is said. The only errors are those of w.
func Markdown(w io.Writer, runs []result.Run) error { return markdownOf(w, runs, nil) }

// MarkdownFrom is Markdown with the account of each run's bytes, which takes the readings
// of those that something was attached to. Errors are those of the folders and w.
func MarkdownFrom(w io.Writer, folders []*result.Folder) error {
	runs, sources := make([]result.Run, len(folders)), make([]Source, len(folders))
	for i, f := range folders {
		runs[i], sources[i] = f.Run, f
	}
	return markdownOf(w, runs, sources)
}

func markdownOf(w io.Writer, runs []result.Run, sources []Source) error {
	var b bytes.Buffer
	if len(runs) == 0 {
		b.WriteString("No runs.\n")
	}
	if len(runs) > 1 {
		writeMarkdownRuns(&b, runs)
	}
	for i, run := range runs {
		var one bytes.Buffer
		var src Source
		if sources != nil {
			src = sources[i]
		}
		s, err := runSheet(run, src)
		if err != nil {
			return err
		}
		s.writeMarkdown(&one, 3)
		if i > 0 && b.Len()+one.Len() > markdownLimit {
			fmt.Fprintf(&b, "%s more left out here: a job summary holds 1 MiB.\n", plural(len(runs)-i, "run"))
			break
		}
		if len(runs) > 1 {
			b.WriteString("\n---\n\n")
		}
		b.Write(one.Bytes())
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeMarkdownRuns(b *bytes.Buffer, runs []result.Run) {
	fmt.Fprintf(b, "### %s: %s\n\n", plural(len(runs), "run"), verdictCounts(runs))
	t := table{Columns: []column{{Head: "verdict"}, {Head: "run"}, {Head: "result", Number: true}, {}}}
	for _, run := range runs[:min(len(runs), markdownRuns)] {
		value, what := runHeadline(run)
		t.Rows = append(t.Rows, row{Cells: []cell{qualifiedVerdict(run), {Text: run.ID}, {Text: value}, {Text: what}}})
	}
	writeMarkdownTable(b, t, func(string) int { return 0 })
	if more := len(runs) - markdownRuns; more > 0 {
		fmt.Fprintf(b, "%s more.\n\n", plural(more, "run"))
	}
}

// runSheet is one run in short: what Text says of it.
func runSheet(run result.Run, src Source) (sheet, error) {
	account, warnings, err := accountOf(run, src)
	if err != nil {
		return sheet{}, fmt.Errorf("report: %w", err)
	}
	run.Warnings = append(slices.Clip(run.Warnings), warnings...)
	s := sheet{Title: title(run), Sub: joined(mountFacts(run.Mount), subtitle(run)), Answer: newAnswer(run).withAccount(account, run), Ends: disclaimer(run)}
	s.warned(run.Warnings)
	if s.Answer.Figure != "" {
		s.Answer.Beside += ", one client"
	}
	s.Facts = append(keyFigures(run), append(waitFigure(run), jobFigure(run)...)...)
	for _, t := range textTables(run) {
		s.Parts = append(s.Parts, fewerRows(sheetPart{Lead: t.Lead, Table: &t.table}))
	}
	for _, p := range account.parts() {
		s.Parts = append(s.Parts, fewerRows(p.unsaid(s.Answer)))
	}
	return s, nil
}

// fewerRows keeps the first rows of a long table and its last ones, which are its mean
// and deviation.
func fewerRows(p sheetPart) sheetPart {
	more := 0
	if p.Table != nil {
		more = len(p.Table.Rows) - markdownEpochs
	}
	if more <= 0 {
		return p
	}
	t := *p.Table
	t.Rows = append(append([]row{}, t.Rows[:markdownEpochs-4]...), t.Rows[len(t.Rows)-4:]...)
	p.Table = &t
	p.Lead = joinedSentences(p.Lead, fmt.Sprintf("%s are left out before the last four", plural(more, "row")))
	return p
}
