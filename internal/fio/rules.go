package fio

import (
	"math"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
)

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
		{rules.ColdMetric, "share of the files that lay in this client's cache before the first read"},
		{"nic_fraction", "share of its line rate that the busiest network interface carried"},
		{"job_balance_fraction", "mean over max of the jobs' rates"},
		{"runner_ratio", "rate of lbench's own runner over fio's, where both ran"},
		{"balance_fraction", "mean over max of the bytes that the buckets sent, from telemetry"},
	}
}

// ParseRule reads a rule about one of RuleMetrics.
func ParseRule(text string) (rules.Rule, error) { return rules.Parse(text, ruleNames()) }

func ruleNames() []string {
	var names []string
	for _, m := range RuleMetrics() {
		names = append(names, m.Name)
	}
	return names
}

// Judge holds the metrics of a complete run against rules. A metric that is missing fails
// its rule. Without rules there is no verdict.
func Judge(all []rules.Rule, metrics map[string]float64) ([]result.Check, result.Verdict) {
	checks := []result.Check{}
	verdict := result.None
	if len(all) > 0 {
		verdict = result.Pass
	}
	for _, r := range all {
		check := result.Check{Rule: r.String(), Want: r.Want}
		if got, ok := metrics[r.Metric]; ok && !math.IsNaN(got) && !math.IsInf(got, 0) {
			check.Got, check.OK = &got, r.Holds(got)
		}
		if !check.OK {
			verdict = result.Fail
		}
		checks = append(checks, check)
	}
	return checks, verdict
}
