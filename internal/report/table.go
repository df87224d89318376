package report

// table is printed by Text and by HTML alike.
type table struct {
	Label   string // what it holds, for readers who can't see it
	Columns []column
	Rows    []row
}

// column is a heading; numbers are aligned right. Code is that of the warning that
// puts the column in doubt.
type column struct {
	Head   string
	Number bool
	Code   string
}

// row is a line of a table; Kind is empty, "warmup" or "mean".
type row struct {
	Kind  string
	Cells []cell
}

// cell is one text. Bad marks what failed or is worst.
type cell struct {
	Text string
	Bad  bool
}

// dropEmpty leaves out the columns in which no row has a text.
func (t table) dropEmpty() table {
	kept := table{Label: t.Label, Rows: make([]row, len(t.Rows))}
	for i, r := range t.Rows {
		kept.Rows[i].Kind = r.Kind
	}
	for c, head := range t.Columns {
		filled := false
		for _, r := range t.Rows {
			filled = filled || r.Cells[c].Text != ""
		}
		if !filled {
			continue
		}
		kept.Columns = append(kept.Columns, head)
		for i, r := range t.Rows {
			kept.Rows[i].Cells = append(kept.Rows[i].Cells, r.Cells[c])
		}
	}
	return kept
}
