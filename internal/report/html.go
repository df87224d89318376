package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page, its style and its script
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

//go:embed block.css
var blockStyle string

//go:embed page.js
var pageScript string

// page is everything that the template prints.
type page struct {
	Policy      string
	Style       template.CSS
	Script      template.JS
	Version     string
	Head        string
	Description string
	Title       string
	Subtitle    string
	Answer      answer
	Keys        []keyFigure
	Sections    []section
	Notes       []footnote
	Disclaimer  string
}

// HTML writes a run as one page that needs nothing else: no network and no font. Its
// script shows values, zooms and sorts, and the page reads the same without it. It
// reads src once. Errors are those of src and w.
func HTML(w io.Writer, run result.Run, src Source) error { return HTMLClaimed(w, run, src, Claims{}) }

// HTMLClaimed is HTML with what was claimed of the run, if anything was.
func HTMLClaimed(w io.Writer, run result.Run, src Source, c Claims) error {
	d, err := collect(run, src)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	run = d.run // with what was found out on the way
	files, err := sumsOf(src)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	notes, find := footnotes(run)
	d.claims = c.of(run)
	notes = append(notes, claimNotes(d.claims, len(notes))...)
	script := shortened(pageScript)
	p := page{
		Policy: policy(script), Style: template.CSS(style(run)), Script: template.JS(script), Version: run.Lbench.Version,
		Title: title(run), Subtitle: subtitle(run), Answer: newAnswer(run).withAccount(d.account, run), Keys: keyFigures(run), Notes: notes, Disclaimer: disclaimer(run),
	}
	p.Head, p.Description = headline(p.Answer, p.Title), description(p.Answer, p.Disclaimer)
	for _, ask := range sections(run, files) {
		if s, ok := ask(d); ok {
			p.Sections = append(p.Sections, s)
		}
	}
	t, err := template.New("page").Funcs(template.FuncMap{"note": find, "unbroken": unbroken, "breakable": breakable, "classes": classes}).Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// style is the page's, with that of the plots which only block commands have.
func style(run result.Run) string {
	if isBlock(run) {
		return pageStyle + blockStyle
	}
	return pageStyle
}

// shortened is a script without its comments and indentation. Both stand in lines of
// their own.
func shortened(script string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// policy lets a browser run this script and no other, and fetch nothing.
func policy(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; script-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// headline is the answer and what it is about, in one line.
func headline(a answer, title string) string {
	if a.Figure == "" {
		return a.Head() + ": " + title
	}
	return fmt.Sprintf("%s, %s %s: %s", a.Head(), a.Figure, a.Unit(), title)
}

// description is what a search engine or a chat shows of the page.
func description(a answer, disclaimer string) string {
	parts := []string{}
	if a.Figure != "" {
		parts = append(parts, joined(strings.TrimSpace(a.Figure+" "+a.Unit()), a.Rule, a.Sure)+".")
	}
	if len(a.Lines) > 0 {
		parts = append(parts, a.Lines[0])
	}
	return strings.Join(append(parts, disclaimer), " ")
}
