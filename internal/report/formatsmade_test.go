package report

import (
	"fmt"
	"math"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Made comparisons, histories, suites and verifications: no two fields hold the same
// number, so that a swapped column shows in a golden.

func madeComparison() result.Comparison {
	return result.Comparison{
		A:        []string{"20260301T010000Z-mlperf-resnet50_h100", "20260302T010000Z-mlperf-resnet50_h100", "20260303T010000Z-mlperf-resnet50_h100"},
		B:        []string{"20260304T010000Z-mlperf-resnet50_h100", "20260305T010000Z-mlperf-resnet50_h100"},
		Settings: []result.SettingChange{{Name: "mount.nfs.nconnect", A: "4", B: "16"}, {Name: "host.kernel", A: "6.8.0-1021-gcp", B: "6.8.0-1022-gcp, 6.9.1"}},
		Metrics: []result.MetricChange{
			{Name: "au_mean_fraction", A: 0.9102, B: 0.8713, AValues: []float64{0.9088, 0.9101, 0.9117}, BValues: []float64{0.8699, 0.8727},
				Difference: ptr(-0.0427), Low: ptr(-0.0561), High: ptr(-0.0293), P: ptr(0.0041), Verdict: result.Worse},
			{Name: "read_bytes_per_s_mean", A: 8.81e9, B: 9.42e9, AValues: []float64{8.79e9, 8.8e9, 8.84e9}, BValues: []float64{9.38e9, 9.46e9},
				Difference: ptr(0.0692), Low: ptr(0.0414), High: ptr(0.0971), P: ptr(0.0002), Verdict: result.Better},
			{Name: "wait_p99_ns", A: 43.81e6, B: 43.84e6, AValues: []float64{43.1e6, 43.7e6, 44.6e6}, BValues: []float64{43.5e6, 44.2e6},
				Difference: ptr(0.0007), Low: ptr(-0.0312), High: ptr(0.0333), P: ptr(0.612), Verdict: result.NoDifference},
			{Name: "cached_fraction_max", A: 0, B: 0.0013, AValues: []float64{0, 0, 0}, BValues: []float64{0.0012, 0.0014}, Verdict: result.TooFewRuns},
		},
		Warnings: []result.Warning{{Code: "few_runs", Text: "fewer than 5 runs in B: only large differences can be told"}},
	}
}

func madeComparisonFew() result.Comparison {
	c := madeComparison()
	c.A, c.B, c.Settings, c.Warnings = c.A[:1], c.B[:1], nil, nil
	for i := range c.Metrics {
		m := &c.Metrics[i]
		m.AValues, m.BValues, m.Low, m.High, m.P, m.Verdict = m.AValues[:1], m.BValues[:1], nil, nil, nil, result.TooFewRuns
	}
	return c
}

// madeHistory is 60 nightly runs whose AU falls at run 33 and rises again at run 51.
func madeHistory(n int) result.History {
	h := result.History{Metric: "au_mean_fraction"}
	for i := range n {
		started := time.Date(2026, 1, 5, 1, 30, 0, 0, time.UTC).AddDate(0, 0, i)
		value := 0.912 + 0.006*math.Sin(float64(i)*2.3)
		if i >= 33 && i < 51 {
			value -= 0.047
		}
		r := result.HistoryRun{Command: "mlperf", Workload: "resnet50_h100", ID: result.ID(started, "mlperf", "resnet50_h100"), Started: started,
			Status: result.Complete, Verdict: result.Pass, Metrics: map[string]float64{"au_mean_fraction": value, "read_bytes_per_s_mean": 8.8e9 * value}}
		r.Dir = r.ID
		if value < 0.9 {
			r.Verdict = result.Fail
		}
		if i == 47 {
			r.Status, r.Verdict, r.Metrics = result.Interrupted, result.None, nil
		}
		h.Runs = append(h.Runs, r)
	}
	if n > 51 {
		h.Changes = []result.Change{
			{Run: h.Runs[33].ID, Metric: "au_mean_fraction", Before: 0.9121, After: 0.8647, Low: 32, High: 34, Verdict: result.Worse,
				Settings: []result.SettingChange{{Name: "mount.nfs.nconnect", A: "16", B: "4"}, {Name: "host.kernel", A: "6.8.0-1021-gcp", B: "6.8.0-1022-gcp"}}},
			{Run: h.Runs[51].ID, Metric: "au_mean_fraction", Before: 0.8647, After: 0.9134, Low: 50, High: 52, Verdict: result.Better},
		}
	}
	return h
}

func madeSuite() (result.Suite, map[string]result.Run) {
	started := time.Date(2026, 3, 13, 1, 0, 0, 0, time.UTC)
	after := func(minutes int) *time.Time { t := started.Add(time.Duration(minutes) * time.Minute); return &t }
	s := result.Suite{
		Schema: result.SuiteSchema, Lbench: result.Build{Version: "1.0.0"}, Name: "nightly", File: "workloads/suites/nightly.yaml",
		ID: "20260313T010000Z-suite-nightly", Started: started, Ended: after(97), Resumed: []time.Time{*after(41)},
		Status: result.Complete, Verdict: result.Fail, BudgetNS: int64(2 * time.Hour),
		Warnings: []result.Warning{{Code: "resumed", Text: "the host was started again after the second run"}},
	}
	runs := map[string]result.Run{}
	for i, au := range []float64{0.9287, 0.8713, 0.8741} {
		run := newMadeShort(au)
		run.ID = fmt.Sprintf("20260313T01%02d00Z-mlperf-resnet50_h100", 10*i+1)
		runs[run.ID] = run
		s.Entries = append(s.Entries, result.SuiteRun{Entry: "train", Command: "mlperf", Repeat: max(i, 1), Warmup: i == 0, State: result.Done, Attempts: 1 + i/2,
			Run: run.ID, Exit: ptr(3 * min(i, 1)), Started: after(11 * i), Ended: after(11*i + 9)})
	}
	s.Entries = append(s.Entries,
		result.SuiteRun{Entry: "cold", Command: "cold-read", Repeat: 1, State: result.Broken, Attempts: 2, Exit: ptr(1), Started: after(50), Ended: after(51), Error: `read "/mnt/zettafs/block/7": input/output error`},
		result.SuiteRun{Entry: "small", Command: "small-write", Repeat: 1, State: result.Skipped, Error: "the time budget of 2 h was used up"},
		result.SuiteRun{Entry: "small", Command: "small-write", Repeat: 2, State: result.Skipped, Error: "the time budget of 2 h was used up"})
	s.Gates = []result.Gate{
		{Entry: "train", Rule: "au_mean_fraction >= 0.85", Metric: "au_mean_fraction", Line: 17, Want: ptr(0.85), Got: ptr(0.8727), OK: true, Decided: true, Why: "mean of 2 repeats"},
		{Entry: "train", Rule: "au_mean_fraction: max_regression 3%", Relative: true, Metric: "au_mean_fraction", Line: 18, Want: ptr(0.03), Got: ptr(0.8727), Baseline: ptr(0.9121), Runs: 10,
			Change: ptr(-0.0432), Low: ptr(-0.0519), High: ptr(-0.0345), Decided: true, Why: "the whole interval lies beyond 3 % lost"},
		{Entry: "cold", Rule: "read_bytes_per_s >= 13GB/s", Metric: "read_bytes_per_s", Line: 24, Want: ptr(13e9), Decided: true, Why: "no run of cold came to its end"},
		{Entry: "small", Rule: "latency_p99_ns: max_regression 10%", Relative: true, Metric: "latency_p99_ns", Line: 31, Want: ptr(0.1), Runs: 4, Why: "not decided: no repeat was run"},
	}
	return s, runs
}

func newMadeShort(au float64) result.Run { return newMade([]float64{au}, 0).run }

func madeVerification() result.Verification {
	return result.Verification{
		Checked: 214, Runs: []string{"results/20260313T140200Z-mlperf-resnet50_h100"},
		Findings: []result.Finding{
			{File: "run.json", Figure: "metrics.au_mean_fraction", Published: 0.9172, Recomputed: 0.9072000000000001, Why: "mean of au_fraction over 5 epochs"},
			{File: "run.json", Figure: "epochs[3].read_bytes", Published: 3.0464e12, Recomputed: 3.0464000001e12, Why: "bytes of 692 steps"},
			{File: "steps.ndjson", Figure: "sha256", Published: "9f2c1e", Recomputed: "77ab03", Why: "the file is not what it was when the folder was closed"},
			{File: "dlio/summary.json", Why: "empty file"},
		},
		Notes: []string{"dlio/0_output.json is missing: per-rank figures could not be computed again", "._summary.json was passed over (AppleDouble)"},
	}
}

func madeSetVerification() result.Verification {
	return result.Verification{
		OK: true, Checked: 1380, Round: "v1.0", Runs: []string{"run_1", "run_2"},
		Sets: []result.RunSet{{
			Runs:   5,
			Means:  map[string]float64{"train_au_mean_percentage": 90.88, "train_throughput_mean_samples_per_second": 77485.125},
			Stdevs: map[string]float64{"train_au_mean_percentage": 1.7577, "train_throughput_mean_samples_per_second": 312.5},
			Half95: map[string]float64{"train_au_mean_percentage": 2.4401, "train_throughput_mean_samples_per_second": 433.75},
			Rules: []result.SetRule{
				{Rule: "five runs in a row", OK: true, Why: "run_1 to run_5 follow each other within 41 s"},
				{Rule: "each run's AU is at least 90 %", OK: false, Why: "run_5 came to 87.9 %"},
			},
		}},
	}
}
