package report

import (
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// ruleTable lists the checks; false where there are none.
func ruleTable(run result.Run) (table, bool) {
	t := table{Label: "One row per rule", Columns: []column{{Head: "rule"}, {Head: "wanted", Number: true}, {Head: "got", Number: true}, {}}}
	for _, c := range run.Checks {
		verdict := "ok"
		if !c.OK {
			verdict = "FAILED"
		}
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: c.Rule}, {Text: wanted(c)}, {Text: gotOf(run, c), Bad: !c.OK}, {Text: verdict, Bad: !c.OK},
		}})
	}
	return t, len(t.Rows) > 0
}

// ruleMetric is the metric that a rule such as "au_mean_fraction >= 0.9" is about.
func ruleMetric(rule string) string {
	if end := strings.IndexAny(rule, " <>="); end >= 0 {
		return rule[:end]
	}
	return rule
}

// wanted is the threshold of a check; the rule "cold" has none to print.
func wanted(c result.Check) string {
	if ruleMetric(c.Rule) == "cold" {
		return "nothing cached"
	}
	return printed(ruleMetric(c.Rule), c.Want)
}

// gotOf is got with what puts it in doubt; of the rule "cold" it is what was cached.
func gotOf(run result.Run, c result.Check) string {
	if ruleMetric(c.Rule) != "cold" {
		if c.Got == nil {
			return notMeasured
		}
		return got(c) + besideMetric(run, ruleMetric(c.Rule))
	}
	before, known := cachedBefore(run)
	switch {
	case known && c.OK:
		return residency(before) + " cached"
	case known:
		return notCold + ", " + residency(before) + " cached"
	}
	return "not known"
}

// got is what a check found, told apart from the threshold.
func got(c result.Check) string {
	metric := ruleMetric(c.Rule)
	switch {
	case c.Got == nil:
		return notMeasured
	case isFraction(metric):
		return percentBeside(*c.Got, c.Want)
	}
	return printedBeside(metric, *c.Got, c.Want)
}
