package fio

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

const (
	coldRule   = "cold"
	coldMetric = "cached_fraction_before"
	ruleForms  = "allowed: METRIC followed by >=, <=, > or < and a value, such as read_bytes_per_s>=13GB/s, or cold"
)

// Rule holds one metric of a run against a threshold.
type Rule struct {
	Metric   string  // of RuleMetrics
	Operator string  // >=, <=, > or <; "" is the rule "cold": Metric is exactly 0
	Want     float64 // in the metric's unit: bytes, bytes per second, ns, a fraction 0..1 or a number
}

// RuleMetric is a metric that a rule may be about.
type RuleMetric struct{ Name, Means string }

// RuleMetrics lists the metrics that a rule may be about. Not every run has them all.
func RuleMetrics() []RuleMetric {
	return []RuleMetric{
		{"read_bytes_per_s", "bytes read over the whole time"},
		{"write_bytes_per_s", "bytes written over the whole time, fsync included"},
		{"steady_read_bytes_per_s", "bytes read per second from where the rate no longer changes"},
		{"ceiling_read_bytes_per_s", "what this client reads from its own memory"},
		{"read_bytes", "bytes read"},
		{"write_bytes", "bytes written"},
		{"verified_bytes", "bytes written, read back and found right"},
		{"ops_per_s", "reads or writes per second"},
		{"passes", "bytes read over the size of all files"},
		{"inflight_mean", "operations in flight on average"},
		{"duration_ns", "from the first operation's start to the last one's end"},
		{"steady_from_ns", "where the rate no longer changes, from the start"},
		{"latency_p50_ns", "half of the operations took no longer; all latencies count, under a rate, from when an operation was due"},
		{"latency_p90_ns", "90 % of the operations took no longer"},
		{"latency_p99_ns", "99 % of the operations took no longer"},
		{"latency_p99_9_ns", "99.9 % of the operations took no longer"},
		{"latency_max_ns", "the longest operation"},
		{"grid_period_ns", "period of the grid on which small durable writes end"},
		{"cpu_ns_per_byte_mean", "CPU time of the jobs per byte (1 ns per byte is 1 s per GB)"},
		{coldMetric, "share of the files that lay in this client's cache before the first read"},
		{"nic_fraction", "share of its line rate that the busiest network interface carried"},
		{"job_balance_fraction", "mean over max of the jobs' rates"},
		{"runner_ratio", "rate of lbench's own runner over fio's, where both ran"},
		{"balance_fraction", "mean over max of the bytes that the buckets sent, from telemetry"},
	}
}

// ParseRule reads "read_bytes_per_s>=13GB/s", "latency_p99_ns <= 50ms",
// "balance_fraction>=95%", "passes>=3" or "cold". The metric's suffix says what the value
// is: a rate, a size, a duration (or a bare number of ns), a fraction, else a number.
func ParseRule(text string) (Rule, error) {
	trimmed := strings.TrimSpace(text)
	start := strings.IndexAny(trimmed, "<>=")
	switch {
	case trimmed == coldRule:
		return Rule{Metric: coldMetric}, nil
	case trimmed == "":
		return Rule{}, fmt.Errorf("rule %q is empty; %s", text, ruleForms)
	case start < 0:
		return Rule{}, fmt.Errorf("rule %q has no operator; %s", text, ruleForms)
	}
	after := strings.TrimLeft(trimmed[start:], "<>=")
	r := Rule{
		Metric:   strings.TrimSpace(trimmed[:start]),
		Operator: trimmed[start : len(trimmed)-len(after)],
	}
	if err := r.check(strings.TrimSpace(after)); err != nil {
		return Rule{}, fmt.Errorf("rule %q %w; %s", text, err, ruleForms)
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
func (r Rule) check(value string) error {
	switch {
	case r.Metric == "":
		return fmt.Errorf("has no metric before %q", r.Operator)
	case r.Metric == coldRule:
		return fmt.Errorf("compares %q, which takes no value", coldRule)
	case !slices.ContainsFunc(RuleMetrics(), func(m RuleMetric) bool { return m.Name == r.Metric }):
		return fmt.Errorf("is about the unknown metric %q: not one of [%s]", r.Metric, strings.Join(ruleNames(), ", "))
	case !slices.Contains([]string{">=", "<=", ">", "<"}, r.Operator):
		return fmt.Errorf("has the unknown operator %q", r.Operator)
	case value == "":
		return fmt.Errorf("has no value after %q", r.Operator)
	case strings.ContainsAny(value, "<>="):
		return fmt.Errorf("has more than one operator")
	}
	return nil
}

func ruleNames() []string {
	var names []string
	for _, m := range RuleMetrics() {
		names = append(names, m.Name)
	}
	return names
}

// String is the rule as ParseRule reads it, with its units: "read_bytes_per_s >= 13 GB/s".
func (r Rule) String() string {
	if r.Operator == "" {
		return coldRule
	}
	return r.Metric + " " + r.Operator + " " + valueOf(r.Metric).print(r.Want)
}

// holds says whether a metric's value keeps the rule.
func (r Rule) holds(got float64) bool {
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

// Judge holds the metrics of a complete run against rules. A metric that is missing fails
// its rule. Without rules there is no verdict.
func Judge(rules []Rule, metrics map[string]float64) ([]result.Check, result.Verdict) {
	checks := []result.Check{}
	verdict := result.None
	if len(rules) > 0 {
		verdict = result.Pass
	}
	for _, r := range rules {
		check := result.Check{Rule: r.String(), Want: r.Want}
		if got, ok := metrics[r.Metric]; ok && !math.IsNaN(got) && !math.IsInf(got, 0) {
			check.Got, check.OK = &got, r.holds(got)
		}
		if !check.OK {
			verdict = result.Fail
		}
		checks = append(checks, check)
	}
	return checks, verdict
}
