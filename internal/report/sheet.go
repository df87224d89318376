package report

import (
	"html/template"
	"strings"
	"unicode"

	"github.com/lbench/lbench/internal/result"
)

// sheet is a report of more than one run, or of one in a few lines: what is printed of a
// comparison, a history, a suite or a set of runs. One sheet is written as text for a
// terminal, as Markdown and as an HTML page, so that the three never disagree.
type sheet struct {
	Title  string
	Sub    string // when, and by which lbench
	Answer answer
	Facts  []keyFigure
	Parts  []sheetPart
	Notes  []footnote
	Ends   string // the last line: what this is not

	find func(code string) int // of the footnote of a warning; nil where no number has one
}

// sheetPart is one question with its answer; what it has no use for is empty.
type sheetPart struct {
	ID, Title string
	Lead      string
	Figure    *figure // on a page only
	Table     *table
	Links     map[place][]link // in cells of Table, on a page only
	List      []string
}

// link leads to a relative address. A cell with one link of no text is that link itself.
type link struct{ Text, Href string }

// place is a cell of a table, from 0.
type place struct{ row, column int }

func (s sheet) note(code string) int {
	if s.find == nil || code == "" {
		return 0
	}
	return s.find(code)
}

// warned sets the notes of a sheet from the warnings of what it reports.
func (s *sheet) warned(warnings []result.Warning) {
	s.Notes, s.find = footnotes(result.Run{Warnings: warnings})
}

// plain takes from a text what could act on a terminal or turn its letters around:
// control characters, line ends and marks of direction. Names of hosts, mounts and
// workloads may hold anything.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\ufeff':
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// plain is the sheet with every text plain, which is how it is written in each format.
func (s sheet) plain() sheet {
	s.Title, s.Sub, s.Ends, s.Answer = plain(s.Title), plain(s.Sub), plain(s.Ends), plainAnswer(s.Answer)
	facts := make([]keyFigure, len(s.Facts))
	for i, f := range s.Facts {
		facts[i] = keyFigure{Label: plain(f.Label), Value: plain(f.Value), Detail: plain(f.Detail), Code: f.Code}
	}
	notes := make([]footnote, len(s.Notes))
	for i, n := range s.Notes {
		notes[i] = footnote{n.Number, plain(n.Text)}
	}
	parts := make([]sheetPart, len(s.Parts))
	for i, p := range s.Parts {
		p.Title, p.Lead, p.List = plain(p.Title), plain(p.Lead), plainTexts(p.List)
		if p.Table != nil {
			t := plainTable(*p.Table)
			p.Table = &t
		}
		if p.Figure != nil {
			f := *p.Figure
			f.Wide, f.Narrow, f.Caption = template.HTML(plain(string(f.Wide))), template.HTML(plain(string(f.Narrow))), plain(f.Caption)
			p.Figure = &f
		}
		parts[i] = p
	}
	s.Facts, s.Notes, s.Parts = facts, notes, parts
	return s
}

func plainAnswer(a answer) answer {
	a.Word, a.Why, a.Quantity, a.Figure = plain(a.Word), plain(a.Why), plain(a.Quantity), plain(a.Figure)
	a.Beside, a.Alarm, a.Lines = plain(a.Beside), plain(a.Alarm), plainTexts(a.Lines)
	return a
}

func plainTexts(texts []string) []string {
	clean := make([]string, len(texts))
	for i, text := range texts {
		clean[i] = plain(text)
	}
	return clean
}

// plainTable is a table whose texts are plain.
func plainTable(t table) table {
	clean := table{Label: plain(t.Label), Columns: make([]column, len(t.Columns)), Rows: make([]row, len(t.Rows))}
	for i, c := range t.Columns {
		c.Head = plain(c.Head)
		clean.Columns[i] = c
	}
	for i, r := range t.Rows {
		cells := make([]cell, len(r.Cells))
		for j, c := range r.Cells {
			cells[j] = cell{Text: plain(c.Text), Bad: c.Bad}
		}
		clean.Rows[i] = row{Kind: r.Kind, Cells: cells}
	}
	return clean
}
