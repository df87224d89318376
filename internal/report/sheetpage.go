package report

import (
	"bytes"
	_ "embed" // the page and its style
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

//go:embed sheet.html.tmpl
var sheetTemplate string

//go:embed sheet.css
var sheetStyle string

// sheetView is what the template of a sheet prints.
type sheetView struct {
	Policy                 string
	Style                  template.CSS
	Script                 template.JS
	Head, Title, Sub, Ends string
	Description            string
	Answer                 answer
	Facts                  []keyFigure
	Parts                  []partView
	Notes                  []footnote
}

// partView is a part with its table as the template prints it.
type partView struct {
	ID, Title, Lead, Label string
	List                   []string
	Figure                 *figure
	Columns                []column
	Rows                   []rowView
}

type rowView struct {
	Kind  string
	Cells []cellView
}

const (
	shortText  = 24 // up to how many letters a text isn't broken into lines
	nameText   = 48 // nor a name without blanks, on a wide screen,
	fewColumns = 5  // in a table of so many columns at most
)

// cellView is a cell; Name is what scripts call a metric whose Text is words.
type cellView struct {
	Text, Name, Class, Href string
	Links                   []link
}

// writeHTML writes the sheet as one page that fetches nothing. Links are relative, so
// that it works from a disk and from a web server. Its script is that of the page of one
// run, and the page reads the same without it. The only errors are those of w.
func (s sheet) writeHTML(w io.Writer) error {
	s = s.plain()
	script := shortened(pageScript)
	v := sheetView{
		Policy: policy(script), Style: template.CSS(pageStyle + blockStyle + sheetStyle), Script: template.JS(script),
		Head: strings.Join(strings.Fields(s.headline()), " ") + ": " + s.Title, Description: s.description(),
		Title: s.Title, Sub: s.Sub, Ends: s.Ends, Answer: s.Answer, Facts: s.Facts, Notes: s.Notes,
	}
	for _, p := range s.Parts {
		v.Parts = append(v.Parts, p.view())
	}
	t, err := template.New("sheet").Funcs(template.FuncMap{"note": s.note, "unbroken": unbroken, "wrappable": wrappable}).Parse(sheetTemplate)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// description is what a search engine or a chat shows of the page.
func (s sheet) description() string {
	text := s.Title + ". "
	if len(s.Answer.Lines) > 0 {
		text += s.Answer.Lines[0] + " "
	}
	return text + s.Ends
}

func (p sheetPart) view() partView {
	v := partView{ID: p.ID, Title: p.Title, Lead: p.Lead, List: p.List, Figure: p.Figure}
	if p.Table == nil || len(p.Table.Rows) == 0 {
		return v
	}
	t := *p.Table
	if len(p.Links) == 0 { // whose places are of all columns
		t = t.dropEmpty()
	}
	v.Label, v.Columns = t.Label, slices.Clone(t.Columns)
	for i := range v.Columns {
		if v.Columns[i].Head == "" { // what has no heading can't be sorted by
			v.Columns[i].Head = p.nameless()
		}
	}
	for i, r := range t.Rows {
		row := rowView{Kind: r.Kind}
		for j, c := range r.Cells {
			row.Cells = append(row.Cells, newCellView(c, v.Columns[j], len(v.Columns), p.Links[place{i, j}]))
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// nameless is what a page calls the column of a part that a terminal, where nothing is
// sorted by it, leaves without a heading.
func (p sheetPart) nameless() string {
	switch p.ID {
	case "gates", "compared":
		return "verdict"
	}
	return "remark"
}

// newCellView is a cell as it stands in one of so many columns.
func newCellView(c cell, in column, columns int, links []link) cellView {
	v := cellView{Text: c.Text, Links: links}
	length := utf8.RuneCountInString(c.Text)
	switch {
	case in.Number:
		v.Class = "n"
	case len(links) > 0 && links[0].Text != "":
		v.Class = "links"
	case in.Head == "verdict":
		v.Class = "word"
	case length <= shortText:
		v.Class = "short"
	case columns <= fewColumns && length <= nameText && !strings.ContainsAny(c.Text, " \u00a0"):
		v.Class = "name"
	}
	if c.Bad {
		v.Class = strings.TrimSpace(v.Class + " no")
	}
	if words := metricWords(c.Text); in.Head == "metric" && words != c.Text {
		v.Text, v.Name = words, c.Text
	}
	if len(links) == 1 && links[0].Text == "" {
		v.Href, v.Links = links[0].Href, nil
	}
	return v
}

// wrappable is a cell's text: a long word of it may go on in the next line after a point,
// an underscore or a slash; a short text, as a number with its unit, stays in one line.
func wrappable(text string) template.HTML {
	text = unbroken(text)
	if utf8.RuneCountInString(text) <= shortText {
		return template.HTML(template.HTMLEscapeString(text))
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		if utf8.RuneCountInString(word) > shortText {
			words[i] = string(breakable(word))
		} else {
			words[i] = template.HTMLEscapeString(word)
		}
	}
	return template.HTML(strings.Join(words, " "))
}
