package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// accountDoc is the account of one run's bytes, for programs.
type accountDoc struct {
	Run      string       `json:"run"`
	Says     string       `json:"says,omitempty"` // what is claimed of it, or why nothing is
	Rows     []accountRow `json:"rows"`
	Warnings []string     `json:"warnings,omitempty"`
}

// accountRow is what was counted at one place in an epoch, or in "all" of the run. Bytes
// are absent where only bounds are known, and high_bytes where more may have passed.
type accountRow struct {
	Epoch       string   `json:"epoch"`
	Stage       string   `json:"stage"`
	Bytes       *float64 `json:"bytes,omitempty"`
	Low         *float64 `json:"low_bytes,omitempty"`
	High        *float64 `json:"high_bytes,omitempty"`
	Source      string   `json:"source"`
	Uncertainty string   `json:"uncertainty"`
}

// AccountJSON writes the accounts of runs' bytes as one document: of each run what is
// claimed, and a row per epoch and stage, from the client to the buckets. Errors are those
// of the folders and w.
func AccountJSON(w io.Writer, folders []*result.Folder) error {
	docs, err := accountDocs(folders)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{"accounts": docs})
}

// AccountCSV writes the rows of AccountJSON, with the run of each.
func AccountCSV(w io.Writer, folders []*result.Folder) error {
	docs, err := accountDocs(folders)
	if err != nil {
		return err
	}
	lines := [][]string{{"run", "epoch", "stage", "bytes", "low_bytes", "high_bytes", "source", "uncertainty"}}
	number := func(v *float64) string {
		if v == nil {
			return ""
		}
		return csvNumber(*v, true)
	}
	for _, d := range docs {
		for _, r := range d.Rows {
			lines = append(lines, []string{csvText(d.Run), csvText(r.Epoch), r.Stage, number(r.Bytes), number(r.Low), number(r.High), csvText(r.Source), csvText(r.Uncertainty)})
		}
	}
	return writeCSV(w, lines)
}

func accountDocs(folders []*result.Folder) ([]accountDoc, error) {
	docs := []accountDoc{}
	for _, f := range folders {
		doc := accountDoc{Run: f.Run.ID, Rows: []accountRow{}}
		if a := newAccount(f.Run); a != nil {
			recordings, warnings := readRecordings(f)
			more, err := a.read(f, recordings)
			if err != nil {
				return nil, fmt.Errorf("report: %w", err)
			}
			doc.Says, doc.Rows = plain(a.sentence()), a.rows()
			for _, w := range slices.Concat(f.Run.Warnings, warnings, more) {
				if strings.HasPrefix(w.Code, "attached_") || strings.HasPrefix(w.Code, "telemetry_") {
					doc.Warnings = append(doc.Warnings, plain(w.Text))
				}
			}
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// rows are those of each period: what was read, and each stage with data.
func (a *account) rows() (rows []accountRow) {
	for i, p := range a.tally.periods {
		read := a.asked[i]
		rows = append(rows, accountRow{Epoch: p.name, Stage: "read", Bytes: &read, Low: &read, High: &read, Source: "what the client's reads returned", Uncertainty: "none: to the byte"})
		for _, s := range a.stages() {
			rows = append(rows, s.row(p.name, s.amounts[i]))
		}
	}
	return rows
}

func (s *stage) row(epoch string, a amount) accountRow {
	r := accountRow{Epoch: epoch, Stage: s.head, Low: &a.low, Source: plain(s.source), Uncertainty: plain(s.doubt)}
	if !a.open() {
		r.High = &a.high
	} else {
		r.Uncertainty = s.gap() + "; " + r.Uncertainty
	}
	if !a.open() && !s.bound {
		r.Bytes = &a.at
	}
	if s.loose {
		r.Uncertainty = "by a clock that was not compared, or an estimate: no claim rests on it; " + r.Uncertainty
	}
	return r
}
