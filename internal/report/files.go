package report

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// fileSource is a Source that knows the files of its run folder; *result.Folder is one.
type fileSource interface {
	Files() ([]result.FileSum, error)
}

// sumsOf are the files of the run folder; none where the source has no folder.
func sumsOf(src Source) ([]result.FileSum, error) {
	folder, ok := src.(fileSource)
	if !ok {
		return nil, nil
	}
	return folder.Files()
}

// fileSection links the raw data beside the page, with sizes and checksums. Those of
// each rank, which may be hundreds, are folded.
func fileSection(files []result.FileSum) func(*data) (section, bool) {
	return func(d *data) (section, bool) { return newFileSection(d.run, files), len(files) > 0 }
}

func newFileSection(run result.Run, files []result.FileSum) section {
	var shown, folded []row
	total := 0.0
	for _, f := range files {
		total += float64(f.Bytes)
		if r := fileRow(f); strings.Contains(f.Name, "/") && f.Name != "dlio/summary.json" {
			folded = append(folded, r)
		} else {
			shown = append(shown, r)
		}
	}
	lead := fmt.Sprintf("%s, %s, beside this page. The checksums are of the files as they were when it was made", sentenceWithoutEnd(plural(len(files), "file")), bothBytes(total))
	if run.Status != result.Incomplete {
		lead += ", as " + result.SumsFile + " has them"
		shown = append(shown, row{Cells: []cell{{Text: result.SumsFile, Link: result.SumsFile}, {Text: "the checksums, for sha256sum -c"}, {}, {}}})
	}
	t := fileTable("One row per file", shown)
	s := section{ID: "files", Title: "Raw data and checksums", Lead: lead + ".", Table: &t}
	if len(folded) > 0 {
		more := fileTable(plural(len(folded), "more file"), folded)
		s.Folded = &more
	}
	return s
}

func fileTable(label string, rows []row) table {
	return table{Label: label, Rows: rows, Columns: []column{{Head: "file"}, {Head: "holds"}, {Head: "size", Number: true}, {Head: "SHA-256"}}}
}

func fileRow(f result.FileSum) row {
	size := units.Bytes(float64(f.Bytes))
	if f.Bytes >= 1000 {
		size = bothBytes(float64(f.Bytes))
	}
	link := (&url.URL{Path: f.Name}).String()
	return row{Cells: []cell{{Text: f.Name, Link: link}, {Text: holds(f.Name)}, {Text: size}, {Text: f.SHA256, Code: true}}}
}

// holds says what a file of a run folder is for; empty for one that lbench doesn't know.
func holds(name string) string {
	switch {
	case name == result.RunFile:
		return "every figure and setting"
	case name == result.StepsFile:
		return "each step of each accelerator"
	case name == result.ReadingsFile:
		return "the client's counters"
	case name == result.OpsFile:
		return "latencies by second"
	case name == "dlio/summary.json":
		return "the result as DLIO writes it"
	case strings.HasPrefix(name, "dlio/"):
		return "DLIO's form"
	}
	return ""
}
