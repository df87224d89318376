package report

import (
	"bytes"
	_ "embed" // the page and its style
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"
)

//go:embed sheet.html.tmpl
var sheetTemplate string

//go:embed sheet.css
var sheetStyle string

// sheetView is what the template of a sheet prints.
type sheetView struct {
	Style                  template.CSS
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

// shortText is up to how many letters a text isn't broken into lines.
const shortText = 24

type cellView struct {
	Text, Class, Href string
	Links             []link
}

// writeHTML writes the sheet as one page that fetches nothing. Links are relative, so
// that it works from a disk and from a web server. The only errors are those of w.
func (s sheet) writeHTML(w io.Writer) error {
	s = s.plain()
	v := sheetView{
		Style: template.CSS(pageStyle + blockStyle + sheetStyle), Head: strings.Join(strings.Fields(s.headline()), " ") + ": " + s.Title,
		Title: s.Title, Sub: s.Sub, Ends: s.Ends, Description: s.Title + ". " + s.Ends, Answer: s.Answer, Facts: s.Facts, Notes: s.Notes,
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

func (p sheetPart) view() partView {
	v := partView{ID: p.ID, Title: p.Title, Lead: p.Lead, List: p.List, Figure: p.Figure}
	if p.Table == nil || len(p.Table.Rows) == 0 {
		return v
	}
	v.Label, v.Columns = p.Table.Label, p.Table.Columns
	for i, r := range p.Table.Rows {
		row := rowView{Kind: r.Kind}
		for j, c := range r.Cells {
			class := ""
			if v.Columns[j].Number {
				class = "n"
			}
			if !v.Columns[j].Number && utf8.RuneCountInString(c.Text) <= shortText {
				class = "short"
			}
			if c.Bad {
				class = strings.TrimSpace(class + " no")
			}
			view := cellView{Text: c.Text, Class: class, Links: p.Links[place{i, j}]}
			if len(view.Links) == 1 && view.Links[0].Text == "" {
				view.Href, view.Links = view.Links[0].Href, nil
			}
			row.Cells = append(row.Cells, view)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// wrappable is a cell's text: a long one may go on in the next line after a point, an
// underscore or a slash; a short one, as a number with its unit, stays in one.
func wrappable(text string) template.HTML {
	if utf8.RuneCountInString(text) <= shortText {
		return template.HTML(template.HTMLEscapeString(unbroken(text)))
	}
	return breakable(unbroken(text))
}
