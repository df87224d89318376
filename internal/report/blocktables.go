package report

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// blockTables are the tables that a terminal shows of a block command.
func blockTables(run result.Run) []leadTable {
	b := blockOf(run)
	var tables []leadTable
	if t, ok := comparisonTable(b); ok {
		tables = append(tables, leadTable{table: t})
	} else if len(b.Cells) > 0 {
		tables = append(tables, leadTable{table: matrixTable(b)})
	}
	if lines := latencyLines(run); len(lines) > 0 {
		tables = append(tables, leadTable{table: latencyTable(lines), Lead: intendedLine(run)})
	}
	if len(tables) == 0 {
		if t, ok := metricTable(run); ok {
			tables = append(tables, leadTable{table: t})
		}
	}
	if t, ok := searchTable(b); ok {
		tables = append(tables, leadTable{table: t, Lead: searchLead(b)})
	}
	if t, ok := ruleTable(run); ok {
		tables = append(tables, leadTable{table: t})
	}
	return tables
}

// searchTable lists the tries of the search for jobs and op size.
func searchTable(b result.Block) (table, bool) {
	t := table{Label: "One row per try", Columns: []column{
		{Head: "jobs", Number: true}, {Head: "op size", Number: true}, {Head: "read", Number: true}, {Head: "rate", Number: true}, {Head: "binary", Number: true}, {},
	}}
	for _, s := range b.Search {
		r := row{Cells: []cell{
			{Text: strconv.Itoa(s.Jobs)}, {Text: sizeName(s.OpBytes)}, {Text: units.Bytes(float64(s.Bytes))}, {Text: units.Rate(s.BytesPerS)}, {Text: units.BinaryRate(s.BytesPerS)}, {},
		}}
		if s.Chosen {
			r.Kind, r.Cells[5].Text = "mean", "chosen"
		}
		t.Rows = append(t.Rows, r)
	}
	return t, len(t.Rows) > 0
}

func searchLead(b result.Block) string {
	tries := "one short try"
	if n := len(b.Search); n > 1 {
		tries = fmt.Sprintf("%d short tries", n)
	}
	return fmt.Sprintf("Jobs and op size were found by %s on files laid out for that alone, never those of the run.", tries)
}

func searchSection(d *data) (section, bool) {
	b := blockOf(d.run)
	t, ok := searchTable(b)
	return section{ID: "search", Title: "How were jobs and op size found?", Lead: searchLead(b), Table: &t}, ok
}

// writeEvidence lists on a terminal what speaks for the limit of a block command; apart
// from what stands above where no key figures lead to it.
func writeEvidence(b *bytes.Buffer, run result.Run, apart bool) {
	lines := evidence(run)
	if !isBlock(run) || len(lines) == 0 {
		return
	}
	if apart {
		b.WriteString("\n")
	}
	name := run.Limit.Name
	if engine := madeBytes(run); engine != "" && name == "storage" {
		name = "engine " + engine
	}
	fmt.Fprintf(b, "  %-11s%s\n", "limit", name)
	for _, line := range lines {
		writeWrapped(b, "               ", "             - "+line)
	}
}
