package report

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// mountsSection sets the mounts of compare-mounts side by side.
func mountsSection(d *data) (section, bool) {
	b := blockOf(d.run)
	labels := labelsOf(b)
	if len(b.Mounts) == 0 {
		return section{}, false
	}
	t := table{Label: "One column per mount", Columns: []column{{Head: "setting"}}}
	var names []string
	values := map[string]map[string]string{}
	for _, label := range labels {
		t.Columns = append(t.Columns, column{Head: label})
		m := b.Mounts[label]
		for _, line := range mountLines(&m) {
			if values[line[0]] == nil {
				names = append(names, line[0])
				values[line[0]] = map[string]string{}
			}
			values[line[0]][label] = line[1]
		}
	}
	for _, name := range names {
		r := row{Cells: []cell{{Text: name}}}
		for _, label := range labels {
			r.Cells = append(r.Cells, cell{Text: values[name][label]})
		}
		t.Rows = append(t.Rows, r)
	}
	return section{ID: "mounts", Title: "Which mounts were compared?", Table: &t}, len(t.Rows) > 0
}

// mountsText is one line for each compared mount, for a terminal.
func mountsText(b result.Block) []string {
	var lines []string
	width := 0
	for _, label := range labelsOf(b) {
		width = max(width, len(label))
	}
	for _, label := range labelsOf(b) {
		m, ok := b.Mounts[label]
		if !ok {
			continue
		}
		about := joined(strings.TrimPrefix(onMount(&m), ", on "), mountFacts(&m))
		if m.NFS != nil && m.NFS.Wsize > 0 {
			about += ", wsize " + plainBinary(m.NFS.Wsize)
		}
		lines = append(lines, fmt.Sprintf("%-*s  %s", width, label, about))
	}
	return lines
}

// mountNames is "A=/mnt/nfs and B=/mnt/lustre".
func mountNames(b result.Block) string {
	var names []string
	for _, label := range labelsOf(b) {
		name := label
		if path := b.Mounts[label].Path; path != "" {
			name += "=" + path
		}
		names = append(names, name)
	}
	return strings.Join(names, " and ")
}
