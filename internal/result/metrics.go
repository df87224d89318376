package result

import (
	"maps"
	"slices"
	"strings"
)

// direction of a metric: what is better.
const (
	higherIsBetter = iota
	lowerIsBetter
	neither // it says what was done, not how well
)

// metric is one row of the table of lbench's metrics.
type metric struct {
	name   string
	better int
}

// metricTable lists every metric that a run of lbench may have.
func metricTable() []metric {
	return []metric{
		// Training
		{"au_mean_fraction", higherIsBetter},
		{"au_min_fraction", higherIsBetter},
		{"au_whole_fraction", higherIsBetter},
		{"au_stddev_fraction", lowerIsBetter},
		{"samples_per_s_mean", higherIsBetter},
		{"samples_per_s_window_mean", higherIsBetter},
		{"read_bytes_per_s_mean", higherIsBetter},
		{"nominal_bytes_per_s_mean", higherIsBetter},
		{"ceiling_au_fraction", higherIsBetter},
		{"wait_p50_ns", lowerIsBetter},
		{"wait_p99_ns", lowerIsBetter},
		{"wait_max_ns", lowerIsBetter},
		{"cached_fraction_max", neither},
		// find-max
		{"accelerators_max", higherIsBetter},
		{"accelerators_min_failing", higherIsBetter},
		{"probes", neither},
		// Block commands
		{"read_bytes_per_s", higherIsBetter},
		{"write_bytes_per_s", higherIsBetter},
		{"steady_read_bytes_per_s", higherIsBetter},
		{"ceiling_read_bytes_per_s", higherIsBetter},
		{"ops_per_s", higherIsBetter},
		{"latency_p50_ns", lowerIsBetter},
		{"latency_p90_ns", lowerIsBetter},
		{"latency_p99_ns", lowerIsBetter},
		{"latency_p99_9_ns", lowerIsBetter},
		{"latency_max_ns", lowerIsBetter},
		{"cpu_ns_per_byte_mean", lowerIsBetter}, // of training too
		{"job_balance_fraction", higherIsBetter},
		{"read_bytes", neither}, // of training too
		{"write_bytes", neither},
		{"verified_bytes", neither},
		{"passes", neither},
		{"duration_ns", neither}, // as it was asked for, or the rate said in another way
		{"inflight_mean", neither},
		{"steady_from_ns", neither},
		{"grid_period_ns", neither},
		{"cached_fraction_before", neither},
		{"nic_fraction", neither}, // rises with the rate, and is a limit too
		{"runner_ratio", neither},
		// Telemetry of buckets
		{"balance_fraction", higherIsBetter},
		{"sent_peak_bytes_per_s", higherIsBetter},
		{"sent_mean_bytes_per_s", higherIsBetter},
		{"sent_busy_mean_bytes_per_s", higherIsBetter},
		{"sent_bytes", neither},
		{"received_bytes", neither},
		{"requests", neither},
		{"requests_peak_per_s", neither},
		{"bytes_per_request", neither},
		{"window_ns", neither},
		{"minutes_missing", neither},
	}
}

// Direction says whether more of a metric is better; known is false for a metric that is
// neither better nor worse for being more, and for one that lbench doesn't have. A metric of
// one cell has the cell's settings behind its name, as "read_bytes_per_s[depth=4]".
func Direction(metric string) (up, known bool) {
	metric, _, _ = strings.Cut(metric, "[")
	for _, m := range metricTable() {
		if m.name == metric {
			return m.better == higherIsBetter, m.better != neither
		}
	}
	return false, false
}

// MetricNames lists every metric that a run of lbench may have, also those without a direction.
func MetricNames() []string {
	var names []string
	for _, m := range metricTable() {
		names = append(names, m.name)
	}
	return names
}

// headlines lists the metrics that answer a command's question, the first one first.
func headlines() map[string][]string {
	return map[string][]string{
		"mlperf":         {"au_mean_fraction", "au_min_fraction", "samples_per_s_mean", "read_bytes_per_s_mean", "wait_p99_ns", "cpu_ns_per_byte_mean"},
		"find-max":       {"accelerators_max", "accelerators_min_failing"},
		"cold-read":      {"read_bytes_per_s", "latency_p99_ns", "cpu_ns_per_byte_mean"},
		"sustained":      {"steady_read_bytes_per_s", "read_bytes_per_s", "latency_p99_ns", "cpu_ns_per_byte_mean"},
		"write":          {"write_bytes_per_s", "latency_p99_ns", "cpu_ns_per_byte_mean"},
		"small-write":    {"latency_p99_ns", "latency_p50_ns", "latency_max_ns", "ops_per_s"},
		"compare-mounts": {"read_bytes_per_s", "write_bytes_per_s", "latency_p99_ns"},
	}
}

// Headline lists the metrics that answer a command's question, the first one first; none
// for a command without any. Not every run has them all.
func Headline(command string) []string { return headlines()[command] }

// IsHeadline says whether a metric answers the question of some command.
func IsHeadline(metric string) bool {
	for _, names := range headlines() {
		if slices.Contains(names, metric) {
			return true
		}
	}
	return false
}

// HeadlineOf names the metric that stands for a run where there is room for one only:
// the first headline that it has, else the first metric of the table; empty where it has
// none.
func HeadlineOf(command string, metrics map[string]float64) string {
	for _, name := range append(Headline(command), MetricNames()...) {
		if _, ok := metrics[name]; ok {
			return name
		}
	}
	if len(metrics) == 0 {
		return ""
	}
	return slices.Min(slices.Collect(maps.Keys(metrics)))
}
