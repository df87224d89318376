package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/lbench/lbench/internal/claims"
	"github.com/lbench/lbench/internal/result"
)

// Claims are published figures beside those of the runs that they speak of.
type Claims struct {
	Source string // who claims them; may be empty
	Held   []claims.Held
}

// Good says that every figure follows. One that isn't in the run doesn't.
func (c Claims) Good() bool { return c.count(claims.Follows) == c.count("") }

// count is how many figures ended so; empty: all.
func (c Claims) count(status claims.Status) int {
	n := 0
	for _, h := range c.Held {
		for _, r := range h.Rows {
			if status == "" || r.Status == status {
				n++
			}
		}
	}
	return n
}

// ClaimsText writes for a terminal which of the claimed figures follow: per run a table of
// what was claimed and what the run has, and the reasons as footnotes. The only errors are
// those of w.
func ClaimsText(w io.Writer, c Claims) error { return claimSheet(c).writeText(w) }

// ClaimsMarkdown writes the same in GitHub's Markdown. The only errors are those of w.
func ClaimsMarkdown(w io.Writer, c Claims) error {
	var b bytes.Buffer
	claimSheet(c).writeMarkdown(&b, 3)
	_, err := w.Write(b.Bytes())
	return err
}

// ClaimsHTML writes the same as one page. The only errors are those of w.
func ClaimsHTML(w io.Writer, c Claims) error { return claimSheet(c).writeHTML(w) }

func claimSheet(c Claims) sheet {
	s := sheet{
		Title: "Does what was claimed follow?", Answer: claimAnswer(c),
		Ends: "A note says what is true by arithmetic. What was meant, lbench can't know.",
	}
	if c.Source != "" {
		s.Sub = "claimed by " + c.Source
	}
	for i, h := range c.Held {
		part := sheetPart{ID: fmt.Sprintf("claims-%d", i+1), Title: strings.TrimSpace(h.Run.Command + " " + h.Run.Workload), Lead: claimLead(h.Run)}
		t := claimTable(h.Rows, len(s.Notes))
		part.Table, part.Links = &t, linksOf(t)
		s.Notes = append(s.Notes, claimNotes(h.Rows, len(s.Notes))...)
		s.Parts = append(s.Parts, part)
	}
	return s
}

func claimAnswer(c Claims) answer {
	all := plural(c.count(""), "figure")
	if c.Good() {
		return answer{Word: "FOLLOWS", Why: all, Tone: "ok"}
	}
	var wrong, missing string
	if n := c.count(claims.DoesNotFollow); n > 0 {
		wrong = fmt.Sprintf("%d of %s", n, all)
	}
	if n := c.count(claims.NotInRun); n > 0 {
		missing = fmt.Sprintf("%d not in the run", n)
	}
	return answer{Word: "DOES NOT FOLLOW", Why: joined(wrong, missing), Tone: "bad"}
}

func claimLead(run result.Run) string {
	lead := run.ID + ": " + title(run) + "."
	if run.Status != result.Complete {
		lead += fmt.Sprintf(" The run is %s: it has no figures that could be claimed of it.", run.Status)
	}
	return lead
}

// claimTable has a row per figure; where it leads to is its first note. Notes are numbered from first+1.
func claimTable(rows []claims.Row, first int) table {
	t := table{Label: "One row per claimed figure", Columns: []column{{Head: "figure"}, {Head: "claimed", Number: true}, {Head: "the run has", Number: true}, {}}}
	for _, r := range rows {
		verdict, bad, link := string(r.Status), r.Status != claims.Follows, ""
		if len(r.Notes) > 0 {
			link = fmt.Sprintf("#note-%d", first+1)
		}
		for range r.Notes {
			first++
			verdict += mark(first)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: r.Figure}, {Text: r.Claimed, Bad: bad}, {Text: r.Got}, {Text: verdict, Bad: bad, Link: link}}})
	}
	return t
}

// linksOf takes the links of a table's cells to where a sheet has them.
func linksOf(t table) map[place][]link {
	links := map[place][]link{}
	for i, r := range t.Rows {
		for j, c := range r.Cells {
			if c.Link != "" {
				links[place{i, j}] = []link{{Href: c.Link}}
			}
		}
	}
	return links
}

// claimNotes are the notes of rows, numbered from first+1.
func claimNotes(rows []claims.Row, first int) []footnote {
	var notes []footnote
	for _, r := range rows {
		for _, text := range r.Notes {
			notes = append(notes, footnote{first + len(notes) + 1, sentence(text)})
		}
	}
	return notes
}

// of are the rows about one run.
func (c Claims) of(run result.Run) []claims.Row {
	var rows []claims.Row
	for _, h := range c.Held {
		if h.Run.ID == run.ID {
			rows = append(rows, h.Rows...)
		}
	}
	return rows
}

// claimSection is for the page of a run. Its notes come after those of the run's warnings.
func claimSection(d *data) (section, bool) {
	t := claimTable(d.claims, len(d.run.Warnings))
	return section{ID: "claims", Title: "Does what was claimed follow?", Table: &t}, len(d.claims) > 0
}
