package fio

import (
	"cmp"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// Measure computes a run's metrics, by the names of the result file, from what became of
// its job:
//
//	read_bytes_per_s      bytes / duration, fsync included; write_bytes_per_s of writes
//	ops_per_s             operations / duration
//	latency_*_ns          of the intended latencies under a rate, where they are measured, so
//	                      that a stall isn't hidden (coordinated omission); else of the total
//	inflight_mean         ops_per_s x mean total latency (Little, Operations Research 9, 1961)
//	cpu_ns_per_byte_mean  CPU time of the jobs / bytes
//	passes                bytes / size of all files, of reads that end after a time
//	job_balance_fraction  mean / max of the jobs' bytes over their own durations
//	verified_bytes        of writes, once all of them were read back and found right
//
// What was not measured is absent.
func Measure(job Job, o Outcome) map[string]float64 {
	m := map[string]float64{string(job.Op) + "_bytes": float64(o.Bytes)}
	seconds := o.Duration.Seconds()
	if seconds > 0 {
		m["duration_ns"] = float64(o.Duration)
		m[rateMetric(job.Op)] = float64(o.Bytes) / seconds
		m["ops_per_s"] = float64(o.Ops) / seconds
	}
	if l, ok := ruledLatency(o); ok {
		m["latency_p50_ns"], m["latency_p90_ns"] = float64(l.P50NS), float64(l.P90NS)
		m["latency_p99_ns"], m["latency_p99_9_ns"] = float64(l.P99NS), float64(l.P999NS)
		m["latency_max_ns"] = float64(l.MaxNS)
	}
	if l, ok := latencyOf(o.Total); ok && seconds > 0 { // one that is due but hasn't begun isn't in flight
		m["inflight_mean"] = float64(o.Ops) / float64(o.Duration) * l.MeanNS
	}
	if o.CPU > 0 && o.Bytes > 0 {
		m["cpu_ns_per_byte_mean"] = float64(o.CPU) / float64(o.Bytes)
	}
	if set := job.Bytes(); job.Op == Read && job.Duration > 0 && set > 0 {
		m["passes"] = float64(o.Bytes) / float64(set)
	}
	if balance, ok := jobBalance(o.Jobs); ok {
		m["job_balance_fraction"] = balance
	}
	if job.Op == Write && job.Verify && o.Verified > 0 {
		m["verified_bytes"] = float64(o.Verified)
	}
	return m
}

// rateMetric is the name of the metric of bytes per second.
func rateMetric(op Op) string { return string(op) + "_bytes_per_s" }

// jobBalance is the mean over the max of the jobs' rates: 1 is even. A job that had
// nothing to do counts as 0.
func jobBalance(jobs []result.JobResult) (float64, bool) {
	var rates []float64
	for _, j := range jobs {
		switch {
		case j.Bytes == 0:
			rates = append(rates, 0)
		case j.DurationNS <= 0:
			return 0, false
		default:
			rates = append(rates, float64(j.Bytes)/float64(j.DurationNS))
		}
	}
	mean, _ := stats.Mean(rates)
	most, ok := stats.Max(rates)
	return mean / most, ok && most > 0
}

// Latencies are the distributions that were measured, by kind: submit, complete, total,
// intended and sync.
func Latencies(o Outcome) map[string]result.Latency {
	all := map[string]result.Latency{}
	for kind, d := range map[string]*stats.Durations{
		"submit": o.Submit, "complete": o.Complete, "total": o.Total, "intended": o.Intended, "sync": o.Sync,
	} {
		if l, ok := latencyOf(d); ok {
			all[kind] = l
		}
	}
	return all
}

// ruledLatency is the latency that metrics, and so rules, are about.
func ruledLatency(o Outcome) (result.Latency, bool) {
	if l, ok := latencyOf(o.Intended); ok {
		return l, true
	}
	return latencyOf(o.Total)
}

func latencyOf(d *stats.Durations) (result.Latency, bool) {
	if d == nil || d.Count() == 0 {
		return result.Latency{}, false
	}
	return result.Latency{
		Count: d.Count(), MeanNS: d.Mean(),
		P50NS: d.Quantile(0.5), P90NS: d.Quantile(0.9), P99NS: d.Quantile(0.99), P999NS: d.Quantile(0.999),
		MaxNS: d.Max(),
	}, true
}

// Windows are the bytes per second in equal windows from the start of a run on, from
// cumulative samples; between two of them the rate counts as even. A last window that
// isn't whole is left out.
func Windows(samples []Sample, width time.Duration) []float64 {
	if width <= 0 {
		return nil
	}
	series := slices.Clone(samples)
	slices.SortStableFunc(series, func(a, b Sample) int { return cmp.Compare(a.At, b.At) })
	var rates []float64
	var from Sample // the last sample at or before the edge of a window; at first the start
	edge, atEdge := width, 0.0
	for _, to := range series {
		for ; edge <= to.At; edge += width {
			at := float64(to.Bytes)
			if to.At > from.At {
				at = float64(from.Bytes) + float64(to.Bytes-from.Bytes)*float64(edge-from.At)/float64(to.At-from.At)
			}
			rates = append(rates, (at-atEdge)/width.Seconds())
			atEdge = at
		}
		from = to
	}
	return rates
}
