// Package rules is the grammar of what a metric is held against: the --rule of the
// benchmark commands, and the gates of suites.
package rules

import (
	"fmt"
	"slices"
	"strings"
)

// The rule "cold" is short for: nothing of the files lay in this client's cache.
const (
	coldRule   = "cold"
	ColdMetric = "cached_fraction_before"
)

// Forms says what a rule may look like, for an error.
const Forms = "allowed: METRIC followed by >=, <=, > or < and a value, such as read_bytes_per_s>=13GB/s, or cold"

// Rule holds one metric of a run against a threshold.
type Rule struct {
	Metric   string
	Operator string  // >=, <=, > or <; "" is the rule "cold": Metric is exactly 0
	Want     float64 // in the metric's unit: bytes, bytes per second, ns, a fraction 0..1 or a number
}

// Parse reads "read_bytes_per_s>=13GB/s", "latency_p99_ns <= 50ms", "balance_fraction>=95%",
// "passes>=3" or "cold". The metric's suffix says what the value is: a rate, a size, a
// duration (or a bare number of ns), a fraction, else a number. The metric is one of
// metrics; nil: any.
func Parse(text string, metrics []string) (Rule, error) {
	trimmed := strings.TrimSpace(text)
	start := strings.IndexAny(trimmed, "<>=")
	switch {
	case trimmed == coldRule:
		return Rule{Metric: ColdMetric}, nil
	case trimmed == "":
		return Rule{}, fmt.Errorf("rule %q is empty; %s", text, Forms)
	case start < 0:
		return Rule{}, fmt.Errorf("rule %q has no operator; %s", text, Forms)
	}
	after := strings.TrimLeft(trimmed[start:], "<>=")
	r := Rule{
		Metric:   strings.TrimSpace(trimmed[:start]),
		Operator: trimmed[start : len(trimmed)-len(after)],
	}
	if err := r.check(strings.TrimSpace(after), metrics); err != nil {
		return Rule{}, fmt.Errorf("rule %q %w; %s", text, err, Forms)
	}
	want, err := valueOf(r.Metric).read(strings.TrimSpace(after))
	if err != nil {
		return Rule{}, fmt.Errorf("rule %q: %w", text, err)
	}
	r.Want = want
	return r, nil
}

// check looks at all of a rule but its number. Its errors continue the sentence that
// starts with the rule.
func (r Rule) check(value string, metrics []string) error {
	switch {
	case r.Metric == "":
		return fmt.Errorf("has no metric before %q", r.Operator)
	case r.Metric == coldRule:
		return fmt.Errorf("compares %q, which takes no value", coldRule)
	case metrics != nil && !slices.Contains(metrics, r.Metric):
		return fmt.Errorf("is about the unknown metric %q: not one of [%s]", r.Metric, strings.Join(metrics, ", "))
	case strings.ContainsFunc(r.Metric, func(c rune) bool { return c <= ' ' }):
		return fmt.Errorf("has a blank in the metric %q", r.Metric)
	case !slices.Contains([]string{">=", "<=", ">", "<"}, r.Operator):
		return fmt.Errorf("has the unknown operator %q", r.Operator)
	case value == "":
		return fmt.Errorf("has no value after %q", r.Operator)
	case strings.ContainsAny(value, "<>="):
		return fmt.Errorf("has more than one operator")
	}
	return nil
}

// String is the rule as Parse reads it, with its units: "read_bytes_per_s >= 13 GB/s".
func (r Rule) String() string {
	if r.Operator == "" {
		return coldRule
	}
	return r.Metric + " " + r.Operator + " " + valueOf(r.Metric).print(r.Want)
}

// Holds says whether a metric's value keeps the rule. NaN keeps none.
func (r Rule) Holds(got float64) bool {
	switch r.Operator {
	case ">=":
		return got >= r.Want
	case "<=":
		return got <= r.Want
	case ">":
		return got > r.Want
	case "<":
		return got < r.Want
	}
	return got == 0
}
