package report

import (
	"bytes"
	_ "embed" // the page and its style
	"fmt"
	"html/template"
	"io"

	"github.com/lbench/lbench/internal/result"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

//go:embed block.css
var blockStyle string

// section is one question of a report with its answer; what it has no use for is empty.
type section struct {
	ID, Title string
	Lead      string
	Figure    *figure
	Table     *table
	List      []string
}

// sections are the parts of a run's page in their order. One without data returns false.
func sections(run result.Run) []func(*data) (section, bool) {
	if isBlock(run) {
		return []func(*data) (section, bool){
			movedSection, latencySection, jobSection, mountsSection, cellSection, limitSection,
			coldSection, searchSection, ruleSection, jobTableSection, mountSection, settingSection, metricSection, blockMethodSection,
		}
	}
	return []func(*data) (section, bool){
		busySection, spentSection, throughputSection, stallSection, waitSection, limitSection,
		epochSection, ruleSection, roundSection, mountSection, settingSection, metricSection, methodSection,
	}
}

// page is everything that the template prints.
type page struct {
	Style      template.CSS
	Head       string
	Title      string
	Subtitle   string
	Answer     answer
	Keys       []keyFigure
	Sections   []section
	Notes      []footnote
	Disclaimer string
}

// HTML writes a run as one page that needs nothing else: no network, no script, no
// font. It reads src once. Errors are those of src and w.
func HTML(w io.Writer, run result.Run, src Source) error {
	d, err := collect(run, src)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	notes, find := footnotes(run)
	p := page{
		Style: template.CSS(style(run)), Title: title(run), Subtitle: subtitle(run), Answer: newAnswer(run),
		Keys: keyFigures(run), Notes: notes, Disclaimer: disclaimer(run),
	}
	p.Head = p.Answer.Head() + ": " + p.Title
	if p.Answer.Figure != "" {
		p.Head = fmt.Sprintf("%s, %s %s: %s", p.Answer.Head(), p.Answer.Figure, p.Answer.Unit(), p.Title)
	}
	for _, ask := range sections(run) {
		if s, ok := ask(d); ok {
			p.Sections = append(p.Sections, s)
		}
	}
	t, err := template.New("page").Funcs(template.FuncMap{"note": find, "unbroken": unbroken, "breakable": breakable}).Parse(pageTemplate)
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
