package report

// table is printed by Text and by HTML alike.
type table struct {
	Label   string // what it holds, for readers who can't see it
	Columns []column
	Rows    []row
	Foot    int // how many of the last rows sum up those above, and stay below them
}

// column is a heading; numbers are aligned right. Code is that of the warning that
// puts the column in doubt.
type column struct {
	Head   string
	Number bool
	Code   string
}

// row is a line of a table; Kind is empty, "warmup", "mean", "chosen" or "default".
type row struct {
	Kind  string
	Cells []cell
}

// cell is one text. Bad marks what failed or is worst; a Link is relative to the run
// folder, and Code is set in letters of one width.
type cell struct {
	Text string
	Bad  bool
	Link string
	Code bool
}

// tableRow is a row with the columns that it stands in, as the page's template needs it.
type tableRow struct {
	row
	Columns []column
}

// classes are the style of a cell.
func classes(in column, c cell) string {
	switch {
	case in.Number && c.Bad:
		return "n no"
	case in.Number:
		return "n"
	case c.Bad:
		return "no"
	}
	return ""
}

// Body are the rows that can be sorted.
func (t table) Body() []row { return t.Rows[:len(t.Rows)-t.Foot] }

// Feet are the rows below them.
func (t table) Feet() []row { return t.Rows[len(t.Rows)-t.Foot:] }

// Of sets a row into the table's columns.
func (t table) Of(r row) tableRow { return tableRow{r, t.Columns} }

// dropEmpty leaves out the columns in which no row has a text.
func (t table) dropEmpty() table {
	kept := table{Label: t.Label, Foot: t.Foot, Rows: make([]row, len(t.Rows))}
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
