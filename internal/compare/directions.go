package compare

import "slices"

// findMax is the command whose answer is a number of accelerators.
const findMax = "find-max"

// direction of a metric: what is better.
const (
	higher = iota
	lower
	neither // it says what was done, not how well
)

// metric is one row of the table of lbench's metrics.
type metric struct {
	name   string
	better int
}

// table lists every metric that a run of lbench may have.
func table() []metric {
	return []metric{
		// Training
		{"au_mean_fraction", higher},
		{"au_min_fraction", higher},
		{"au_whole_fraction", higher},
		{"au_stddev_fraction", lower},
		{"samples_per_s_mean", higher},
		{"samples_per_s_window_mean", higher},
		{"read_bytes_per_s_mean", higher},
		{"nominal_bytes_per_s_mean", higher},
		{"ceiling_au_fraction", higher},
		{"wait_p50_ns", lower},
		{"wait_p99_ns", lower},
		{"wait_max_ns", lower},
		{"cached_fraction_max", neither},
		// find-max
		{"accelerators_max", higher},
		{"accelerators_min_failing", higher},
		{"probes", neither},
		// Block commands
		{"read_bytes_per_s", higher},
		{"write_bytes_per_s", higher},
		{"steady_read_bytes_per_s", higher},
		{"ceiling_read_bytes_per_s", higher},
		{"ops_per_s", higher},
		{"latency_p50_ns", lower},
		{"latency_p90_ns", lower},
		{"latency_p99_ns", lower},
		{"latency_p99_9_ns", lower},
		{"latency_max_ns", lower},
		{"cpu_ns_per_byte_mean", lower}, // of training too
		{"job_balance_fraction", higher},
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
		{"balance_fraction", higher},
		{"sent_peak_bytes_per_s", higher},
		{"sent_mean_bytes_per_s", higher},
		{"sent_busy_mean_bytes_per_s", higher},
		{"sent_bytes", neither},
		{"received_bytes", neither},
		{"requests", neither},
		{"requests_peak_per_s", neither},
		{"bytes_per_request", neither},
		{"window_ns", neither},
		{"minutes_missing", neither},
	}
}

// Better says whether more of a metric is better; known is false for a metric that is
// neither better nor worse for being more, and for one that lbench doesn't have.
func Better(metric string) (up, known bool) {
	for _, m := range table() {
		if m.name == metric {
			return m.better == higher, m.better != neither
		}
	}
	return false, false
}

// Names lists every metric that a run of lbench may have, also those without a direction.
func Names() []string {
	var names []string
	for _, m := range table() {
		names = append(names, m.name)
	}
	return names
}

// Headline lists the metrics that answer a command's question, the first one first; none
// for a command without any. Not every run has them all.
func Headline(command string) []string {
	return slices.Clone(map[string][]string{
		"mlperf":         {"au_mean_fraction", "au_min_fraction", "samples_per_s_mean", "read_bytes_per_s_mean", "wait_p99_ns", "cpu_ns_per_byte_mean"},
		findMax:          {"accelerators_max", "accelerators_min_failing"},
		"cold-read":      {"read_bytes_per_s", "latency_p99_ns", "cpu_ns_per_byte_mean"},
		"sustained":      {"steady_read_bytes_per_s", "read_bytes_per_s", "latency_p99_ns", "cpu_ns_per_byte_mean"},
		"write":          {"write_bytes_per_s", "latency_p99_ns", "cpu_ns_per_byte_mean"},
		"small-write":    {"ops_per_s", "latency_p50_ns", "latency_p99_ns", "latency_max_ns"},
		"compare-mounts": {"read_bytes_per_s", "write_bytes_per_s", "latency_p99_ns"},
	}[command])
}
