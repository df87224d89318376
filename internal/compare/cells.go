package compare

import (
	"maps"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// cellMetrics is a run's cells as metrics: of each the mean over the run's repeats, by a
// name as "read_bytes_per_s[depth=4 mode=direct]".
func cellMetrics(run result.Run) map[string]float64 {
	if run.Block == nil {
		return nil
	}
	all := map[string]float64{}
	for _, cell := range run.Block.Cells {
		if len(cell.Values) == 0 {
			continue
		}
		var settings []string
		for _, axis := range slices.Sorted(maps.Keys(cell.Settings)) {
			settings = append(settings, axis+"="+cell.Settings[axis])
		}
		all[cell.Metric+"["+strings.Join(settings, " ")+"]"] = cell.Mean
	}
	return all
}

// withCells are the runs with their cells among their metrics. Those of a run as a whole
// are those of its best cell, which another one may be in the next run.
func withCells(runs []result.Run) []result.Run {
	all := slices.Clone(runs)
	for i, run := range all {
		if cells := cellMetrics(run); len(cells) > 0 {
			all[i].Metrics = maps.Clone(run.Metrics)
			if all[i].Metrics == nil {
				all[i].Metrics = map[string]float64{}
			}
			maps.Copy(all[i].Metrics, cells)
		}
	}
	return all
}
