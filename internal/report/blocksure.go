package report

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// oneRun stands beside a figure that is a single value.
const oneRun = "one run: no interval"

// claimRule is the threshold of the claimed figure where a rule is about it: "rule: at
// least 13.0 GB/s". Every other rule has its line below.
func claimRule(run result.Run) string {
	name, _, _ := rateMetric(run)
	if isSmallWrite(run) {
		name = "latency_p99_ns"
	}
	for _, c := range run.Checks {
		if ruleMetric(c.Rule) != name {
			continue
		}
		relation := "at least"
		if strings.Contains(c.Rule, "<") {
			relation = "at most"
		}
		return fmt.Sprintf("rule: %s %s", relation, wanted(c))
	}
	return ""
}

// claimSure is how sure the claimed figure is. The rate of one run is one value, however
// long the run was; the band of a steady part says how far that varied within it.
func claimSure(run result.Run) string {
	b := blockOf(run)
	switch {
	case run.Status != result.Complete:
		return ""
	case run.Command == "compare-mounts":
		least, _ := repeats(b.Cells)
		return plural(least, "repeat") + " on each; intervals below"
	case isMatrix(b):
		top := b.Cells[best(b.Cells)]
		if top.Half == nil {
			return plural(len(top.Values), "repeat") + ": too few for an interval"
		}
		unit, name := rateUnit(top.Mean)
		return fmt.Sprintf("± %s %s at 95 %%, %s", fixed(*top.Half/unit), name, plural(len(top.Values), "repeat"))
	case steady(run) != nil && steady(run).HighBytesPerS > 0:
		s := steady(run)
		return fmt.Sprintf("nine in ten windows from %s to %s; %s", units.Rate(s.LowBytesPerS), units.Rate(s.HighBytesPerS), oneRun)
	}
	return oneRun
}
