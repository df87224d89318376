package compare

import (
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// Members finds, among the runs that a set was made of, those that a comparison counted,
// which it names by IDs (c.A or c.B): their indexes, in the order of runs. A run that stands
// there twice is found once.
func Members(c result.Comparison, ids []string, runs []result.Run) []int {
	var at []int
	seen := map[runIdentity]bool{}
	for i, run := range runs {
		if run.Status != result.Complete || run.Command != c.Command || run.Workload != c.Workload || !slices.Contains(ids, run.ID) || seen[identity(run)] {
			continue
		}
		seen[identity(run)] = true
		at = append(at, i)
	}
	return at
}
