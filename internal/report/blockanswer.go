package report

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// newBlockAnswer puts the verdict on a block command into words.
func newBlockAnswer(run result.Run) answer {
	a := claim(run)
	if a.Figure != "" {
		a.Sure = claimSure(run)
		if run.Status == result.Complete && !isMatrix(blockOf(run)) && run.Command != "compare-mounts" {
			a.Rule = claimRule(run)
		}
	}
	a.judge(run, failedNames)
	if run.Status != result.Complete {
		if of := partOf(run); of != "" && a.Figure != "" {
			a.Beside += ", of " + of
		}
		a.Lines = blockUnfinished(run)
		return a
	}
	if a.Alarm = noStorage(run); a.Alarm == "" {
		a.Alarm = coldAlarm(run)
	}
	for _, line := range append(blockRuleLines(run), commandLines(run)...) {
		if line != "" {
			a.Lines = append(a.Lines, line)
		}
	}
	if line := limitLine(run); line != "" {
		a.Lines = append(a.Lines, line)
	}
	return a
}

// claim is the number that a block command is run for, with what it is a number of.
func claim(run result.Run) answer {
	b := blockOf(run)
	switch {
	case run.Command == "compare-mounts":
		return comparisonClaim(b)
	case isMatrix(b):
		return matrixClaim(run)
	case isSmallWrite(run):
		p99, ok := run.Metrics["latency_p99_ns"]
		if !ok {
			return answer{}
		}
		return answer{Quantity: "p99", Figure: printed("_ns", p99), Beside: " for a durable " + smallFile(b), Code: doubt(run, "inflight_capped", "stopped_early")}
	}
	_, rate, ok := rateMetric(run)
	if !ok {
		return answer{}
	}
	return answer{
		Figure: units.Rate(rate), Beside: " (" + units.BinaryRate(rate) + ") " + rateOf(run),
		Code: doubt(run, "not_cold", "residency_unknown", "inflight_capped", "stopped_early"),
	}
}

// rateOf says what the rate of a run is one of, and that it isn't cold where it isn't.
func rateOf(run result.Run) string {
	b := blockOf(run)
	cold := coldOf(run)
	switch {
	case writes(run):
		return "write" + map[string]string{"end": ", fsync included", "each": ", fsync after each write included", "none": " without fsync"}[b.Fsync]
	case run.Command == "sustained" || b.Steady != nil:
		what := strings.TrimSpace(b.Pattern+" read") + cold.beside()
		switch {
		case b.Steady == nil:
			return what
		case !b.Steady.Found:
			return what + ", never steady"
		}
		return "steady " + what
	case cold == coldProven:
		return "cold read"
	}
	return "read" + cold.beside()
}

func smallFile(b result.Block) string {
	size := b.OpBytes
	if size == 0 {
		size = b.FileBytes
	}
	if size == 0 {
		return "small file"
	}
	return sizeName(size) + " file"
}

// failedNames lists what failed, by the metrics of the rules.
func failedNames(run result.Run) string {
	var names []string
	for _, c := range run.Checks {
		if !c.OK {
			names = append(names, ruleMetric(c.Rule))
		}
	}
	if more := len(names) - 3; more > 0 {
		names = append(names[:3], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// blockRuleLines name the rules that failed, and how far the rate is from its rule where
// that holds.
func blockRuleLines(run result.Run) []string {
	var failed, passed []string
	name, _, _ := rateMetric(run)
	for _, c := range run.Checks {
		switch {
		case !c.OK:
			failed = append(failed, fmt.Sprintf("Failed rule: %s (got: %s).", c.Rule, gotOf(run, c)))
		case c.Got != nil && c.Want > 0 && ruleMetric(c.Rule) == name:
			relation := "above"
			if *c.Got < c.Want {
				relation = "below"
			}
			line := fmt.Sprintf("The rate is %s %s the %s of its rule", percentApart(*c.Got, c.Want), relation, units.Rate(c.Want))
			passed = append(passed, line+besideMetric(run, name)+".")
		}
	}
	return append(failed, passed...)
}

// percentApart is by how much a value differs from a threshold, as a share of that.
func percentApart(value, want float64) string {
	apart := max(value/want-1, 1-value/want)
	if apart < 0.001 {
		return units.Percent(apart, 2)
	}
	return units.Percent(apart, 1)
}

// blockUnfinished says how far a run came that can't carry a verdict.
func blockUnfinished(run result.Run) []string {
	line := "A verdict is never computed from a part."
	if volume := volumeLine(run); volume != "" {
		if b := blockOf(run); b.SetBytes > 0 && b.DurationNS == 0 {
			volume += fmt.Sprintf(", of %s", units.Bytes(float64(b.SetBytes)))
		}
		line = "It came to " + volume + ". " + line
	}
	if run.Status == result.Incomplete {
		line = "Its end isn't in the run folder. " + line
	}
	if run.Error != "" {
		line = sentence(run.Error) + " " + line
	}
	lines := []string{line}
	if cold := coldOf(run); cold == coldNot {
		lines = append(lines, coldAlarm(run))
	}
	if len(run.Metrics) > 0 {
		lines = append(lines, fmt.Sprintf("All figures are those of %s.", partOf(run)))
	}
	return lines
}
