package report

import (
	"maps"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// metricTable lists every metric of a run by name; false where there are none.
func metricTable(run result.Run) (table, bool) {
	t := table{Label: "One row per metric", Columns: []column{{Head: "metric"}, {Head: "value", Number: true}}}
	for _, name := range slices.Sorted(maps.Keys(run.Metrics)) {
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: name}, {Text: printed(name, run.Metrics[name]) + besideMetric(run, name)}}})
	}
	return t, len(t.Rows) > 0
}
