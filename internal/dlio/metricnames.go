package dlio

// MetricNames lists the metrics that a run of mlperf may have.
func MetricNames() []string {
	return []string{
		"au_mean_fraction", "au_min_fraction", "au_stddev_fraction", "au_whole_fraction",
		"samples_per_s_mean", "samples_per_s_window_mean", "read_bytes_per_s_mean", "nominal_bytes_per_s_mean", "read_bytes",
		"wait_p50_ns", "wait_p99_ns", "wait_max_ns",
		"latency_p50_ns", "latency_p90_ns", "latency_p99_ns", "latency_p99_9_ns", "latency_max_ns", "cached_fraction_max",
		"ceiling_au_fraction", "ceiling_read_bytes_per_s", "cpu_ns_per_byte_mean",
	}
}
