package dlio

import (
	"fmt"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// Measure computes a run's metrics, by the names of the result file, from its completed
// epochs and its steps. Under the profile "shuffled":
//
//	au_fraction          (n-1) c / (end of the last barrier - opening of step 0's barrier)
//	au_whole_fraction    n c / (end of the last barrier - start of the epoch's first read)
//	samples_per_s        n B P / duration, duration = first read to last barrier
//	samples_per_s_window (n-1) B P / (AU's denominator)
//	read_bytes_per_s     bytes returned by reads / duration
//
// c is the nominal computation time, so that a late timer or a starved client lowers AU.
// Under a round's profile au_fraction and samples_per_s are that round's. Means are plain
// means over epochs that are not warm-up; read_bytes of the run holds all epochs. cached holds the fraction of each epoch's files
// that lay in the page cache before it, where that is known.
func Measure(plan Plan, epochs []Epoch, tally *Tally, cached map[int]float64) (map[string]float64, []result.Epoch) {
	var all []result.Epoch
	for _, e := range epochs {
		m := measureEpoch(plan, e, tally.epochs[e.Epoch])
		if fraction, ok := cached[e.Epoch]; ok {
			m["cached_fraction_before"] = fraction
		}
		if r, ok := RoundOf(plan.Profile); ok {
			m["au_fraction"], m["samples_per_s"] = r.epoch(plan, e, tally.epochs[e.Epoch])
			m["nominal_bytes_per_s"] = m["samples_per_s"] * plan.NominalBytes
		}
		all = append(all, result.Epoch{Epoch: e.Epoch, Warmup: e.Warmup, Metrics: m})
	}
	return summarize(epochs, tally, all), all
}

func measureEpoch(plan Plan, e Epoch, t *epochTally) map[string]float64 {
	duration, window := seconds(e.End-e.Start), seconds(e.End-e.Open)
	n, c := float64(t.steps), plan.ComputationTime.Seconds()
	perStep := float64(plan.BatchSize) * float64(plan.Accelerators)
	m := map[string]float64{
		"au_fraction": (n - 1) * c / window, "au_whole_fraction": n * c / duration,
		"samples_per_s": n * perStep / duration, "samples_per_s_window": (n - 1) * perStep / window,
		"read_bytes": float64(e.ReadBytes), "read_bytes_per_s": float64(e.ReadBytes) / duration,
		"nominal_bytes_per_s": n * perStep * plan.NominalBytes / duration,
		"duration_ns":         float64(e.End - e.Start), "steps": n,
		"start_ns": float64(e.Start), "window_start_ns": float64(e.Open), "window_end_ns": float64(e.End),
		"first_step_ns": float64(e.Open - e.Start), "batches_ready_mean": e.ReadyBatches,
		"loss_read_ns": float64(t.loss.Read), "loss_work_ns": float64(t.loss.Work), "loss_late_ns": float64(t.loss.Late),
		"wait_p50_ns": float64(t.waits.Quantile(0.5)), "wait_p99_ns": float64(t.waits.Quantile(0.99)), "wait_max_ns": float64(t.waits.Max()),
	}
	if plan.Profile == "v3.0" {
		m["prewarm_bytes"] = float64(e.PrewarmBytes)
	}
	return m
}

func summarize(epochs []Epoch, tally *Tally, all []result.Epoch) map[string]float64 {
	m := map[string]float64{}
	mean := func(to, from string) {
		if v, ok := stats.Mean(scored(all, from)); ok {
			m[to] = v
		}
	}
	au := scored(all, "au_fraction")
	mean("au_mean_fraction", "au_fraction")
	mean("au_whole_fraction", "au_whole_fraction")
	mean("samples_per_s_mean", "samples_per_s")
	mean("samples_per_s_window_mean", "samples_per_s_window")
	mean("read_bytes_per_s_mean", "read_bytes_per_s")
	mean("nominal_bytes_per_s_mean", "nominal_bytes_per_s")
	if v, ok := stats.Min(au); ok {
		m["au_min_fraction"] = v
	}
	if v, ok := stats.PopulationStdev(au); ok {
		m["au_stddev_fraction"] = v
	}
	if v, ok := stats.Max(scored(all, "cached_fraction_before")); ok {
		m["cached_fraction_max"] = v
	}
	m["read_bytes"] = 0
	for _, e := range epochs {
		m["read_bytes"] += float64(e.ReadBytes)
	}
	if tally.waits.Count() > 0 {
		m["wait_p50_ns"] = float64(tally.waits.Quantile(0.5))
		m["wait_p99_ns"] = float64(tally.waits.Quantile(0.99))
		m["wait_max_ns"] = float64(tally.waits.Max())
	}
	return m
}

// scored collects one metric of the epochs that are not warm-up.
func scored(all []result.Epoch, name string) []float64 {
	var values []float64
	for _, e := range all {
		if v, ok := e.Metrics[name]; ok && !e.Warmup {
			values = append(values, v)
		}
	}
	return values
}

// Doubts are the warnings that a run's own figures call for.
func Doubts(plan Plan, epochs []Epoch, metrics map[string]float64) []result.Warning {
	var all []result.Warning
	var ahead, window float64
	scored := 0.0
	for _, e := range epochs {
		if !e.Warmup {
			ahead = max(ahead, e.ReadyBatches/float64(plan.Steps-1))
			window += float64(plan.Steps-1) * plan.ComputationTime.Seconds() / seconds(e.End-e.Open)
			scored++
		}
	}
	if ahead > 0.005 {
		all = append(all, result.Warning{Code: "head_start", Text: fmt.Sprintf("up to %.1f %% of the batches that AU counts lay ready when its window opened, "+
			"so AU may be that much too high: more files give more steps an epoch", 100*ahead)})
	}
	window /= scored
	whole := metrics["au_whole_fraction"]
	if window-whole > 0.02 || metrics["au_mean_fraction"] >= plan.MinAU && whole < plan.MinAU {
		all = append(all, result.Warning{Code: "whole_lower", Text: fmt.Sprintf("AU is %.1f %% in its window, but %.1f %% over whole epochs, first step included", 100*window, 100*whole)})
	}
	return all
}
