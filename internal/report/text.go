package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/lbench/lbench/internal/result"
)

// textWidth is where sentences are broken on a terminal.
const textWidth = 96

// Text writes the verdict of a run for a terminal: the answer, the key figures, a
// table of epochs, the rules where there are several, and the doubts as footnotes.
// The only errors are those of w.
func Text(w io.Writer, run result.Run) error { return TextFrom(w, run, nil) }

// TextFrom is Text with the account of the run's bytes, which takes its readings from src
// where something was attached to the run. Errors are those of src and w.
func TextFrom(w io.Writer, run result.Run, src Source) error {
	account, warnings, err := accountOf(run, src)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	run.Warnings = append(slices.Clip(run.Warnings), warnings...)
	var b bytes.Buffer
	notes, find := footnotes(run)
	answer := newAnswer(run).withAccount(account, run)
	writeAnswer(&b, answer, find)
	writeHeading(&b, run)
	figures := slices.Concat(keyFigures(run), waitFigure(run), jobFigure(run))
	writeFigures(&b, figures, find)
	writeEvidence(&b, run, len(figures) == 0)
	for _, t := range textTables(run) {
		b.WriteString("\n")
		if t.Lead != "" {
			writeWrapped(&b, "  ", t.Lead)
			b.WriteString("\n")
		}
		if err := writeTable(&b, t.table, find); err != nil {
			return err
		}
	}
	for _, p := range account.parts() {
		if err := p.unsaid(answer).writeText(&b, find); err != nil {
			return err
		}
	}
	writeNotes(&b, notes, disclaimer(run))
	_, err = w.Write(plainLines(b.Bytes()))
	return err
}

// plainLines is a text whose lines are plain: names of hosts and mounts may hold anything.
func plainLines(text []byte) []byte {
	lines := strings.Split(string(text), "\n")
	return []byte(strings.Join(plainTexts(lines), "\n"))
}

// leadTable is a table with what is said above it.
type leadTable struct {
	Lead  string
	table table
}

// textTables are those that a terminal shows: of epochs, or every metric for commands
// that have none, and the rules where there are several.
func textTables(run result.Run) []leadTable {
	if isBlock(run) {
		return blockTables(run)
	}
	if isSearch(run) {
		return searchTables(run)
	}
	var tables []leadTable
	if t, ok := epochTable(run); ok {
		tables = append(tables, leadTable{table: t})
	} else if t, ok := metricTable(run); ok {
		tables = append(tables, leadTable{table: t})
	}
	if t, ok := ruleTable(run); ok && len(t.Rows) > 1 {
		tables = append(tables, leadTable{table: t})
	}
	return tables
}

func writeAnswer(b *bytes.Buffer, a answer, find func(string) int) {
	head := a.Head()
	if a.Figure != "" {
		head += fmt.Sprintf("   %s%s, one client", strings.TrimSpace(a.Quantity+" "+a.Figure)+mark(find(a.Code)), a.Beside)
	}
	fmt.Fprintf(b, "%s\n", head)
	if len(a.Lines) > 0 || a.Alarm != "" {
		b.WriteString("\n")
	}
	if a.Alarm != "" {
		writeWrapped(b, "  ", "!! "+a.Alarm)
	}
	for _, line := range a.Lines {
		writeWrapped(b, "  ", line)
	}
}

// writeHeading says what was run on what, with the facts of the mount that belong to it.
func writeHeading(b *bytes.Buffer, run result.Run) {
	fmt.Fprintf(b, "\n%s\n", title(run))
	if lines := mountsText(blockOf(run)); len(lines) > 0 {
		fmt.Fprintln(b, strings.Join(lines, "\n"))
	} else if facts := mountFacts(run.Mount); facts != "" {
		fmt.Fprintln(b, facts)
	}
	about := strings.ReplaceAll(subtitle(run), " · ", ", ")
	if isBlock(run) {
		writeWrapped(b, "", about)
		return
	}
	fmt.Fprintln(b, about)
}

// mark refers to a footnote; 0 is none.
func mark(note int) string {
	if note == 0 {
		return ""
	}
	return fmt.Sprintf(" [%d]", note)
}

func writeFigures(b *bytes.Buffer, figures []keyFigure, find func(string) int) {
	if len(figures) > 0 {
		b.WriteString("\n")
	}
	for _, f := range figures {
		detail := f.Detail
		if detail != "" {
			detail = " (" + strings.TrimPrefix(detail, "= ") + ")"
		}
		fmt.Fprintf(b, "  %-11s%s%s%s\n", f.Label, f.Value, detail, mark(find(f.Code)))
	}
}

func writeNotes(b *bytes.Buffer, notes []footnote, disclaimer string) {
	b.WriteString("\n")
	for _, n := range notes {
		writeWrapped(b, "      ", fmt.Sprintf("  [%d] %s", n.Number, n.Text))
	}
	b.WriteString(disclaimer + "\n")
}

// writeTable prints a table between light rules, without blanks at the ends of lines.
func writeTable(b *bytes.Buffer, t table, find func(string) int) error {
	var padded bytes.Buffer
	heads := make([]string, len(t.Columns))
	aligns := make([]tw.Align, len(t.Columns))
	for i, c := range t.Columns {
		heads[i], aligns[i] = c.Head+mark(find(c.Code)), tw.AlignLeft
		if c.Number {
			aligns[i] = tw.AlignRight
		}
	}
	alignment := tw.CellAlignment{PerColumn: aligns}
	plain := tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off}
	printer := tablewriter.NewTable(&padded,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.Lines{ShowHeaderLine: tw.On}},
			Symbols:  tw.NewSymbols(tw.StyleLight),
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: tw.CellConfig{Formatting: plain, Alignment: alignment},
			Row:    tw.CellConfig{Formatting: plain, Alignment: alignment},
		}))
	printer.Header(heads)
	for _, r := range t.Rows {
		cells := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			cells[i] = c.Text
		}
		if err := printer.Append(cells); err != nil {
			return fmt.Errorf("print table: %w", err)
		}
	}
	if err := printer.Render(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	for line := range strings.Lines(padded.String()) {
		fmt.Fprintln(b, strings.TrimRight(line, " \n"))
	}
	return nil
}

// writeWrapped breaks a sentence between words; indent is for the lines after the first.
func writeWrapped(b *bytes.Buffer, indent, text string) {
	line := strings.Repeat(" ", len(text)-len(strings.TrimLeft(text, " ")))
	if line == "" {
		line = indent
	}
	start := len(line)
	for _, word := range strings.Fields(text) {
		if len(line) > start && len(line)+1+len(word) > textWidth {
			fmt.Fprintln(b, line)
			line, start = indent, len(indent)
		}
		if len(line) > start {
			line += " "
		}
		line += word
	}
	fmt.Fprintln(b, line)
}
