package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/compare"
	"github.com/lbench/lbench/internal/result"
)

const (
	comparedPairs = 1000 // pairs of sets, of each kind
	comparedRuns  = 5    // in a set
	comparedNoise = 0.02 // standard deviation over mean
)

// figure is a metric of a simulated run.
type figure struct {
	name string
	mean float64
}

// figures are all metrics of a training that have a direction, so that as many as there
// can be have a chance of a false alarm. The mean of each is that of a run of 48
// accelerators.
func figures() []figure {
	return []figure{
		{"au_mean_fraction", 0.9072}, {"au_min_fraction", 0.879}, {"au_whole_fraction", 0.897}, {"au_stddev_fraction", 0.0176},
		{"samples_per_s_mean", 77485}, {"samples_per_s_window_mean", 77900}, {"read_bytes_per_s_mean", 8.87e9}, {"nominal_bytes_per_s_mean", 8.88e9},
		{"ceiling_au_fraction", 0.995}, {"wait_p50_ns", 1.2e6}, {"wait_p99_ns", 61e6}, {"wait_max_ns", 340e6}, {"cpu_ns_per_byte_mean", 0.31},
	}
}

// regressions makes pairs of sets of runs without a difference, and with one of 10 %, and
// counts in how many a regression is said.
func regressions(*bench) (outcome, error) {
	random := rand.New(rand.NewPCG(20, 26))
	quiet := func() float64 { return random.NormFloat64() }
	disturbed := func() float64 { // one run in ten is slower by five standard deviations
		if random.Float64() < 0.1 {
			return random.NormFloat64() - 5
		}
		return random.NormFloat64()
	}
	alarms, disturbedAlarms, unevenAlarms, found := 0, 0, 0, 0
	for _, c := range []struct {
		scatter func() float64
		before  int // runs of the baseline
		change  float64
		metric  string // that must be worse; "" for any
		count   *int
	}{
		{quiet, comparedRuns, 1, "", &alarms},
		{disturbed, comparedRuns, 1, "", &disturbedAlarms},
		{quiet, 2 * comparedRuns, 1, "", &unevenAlarms},
		{quiet, comparedRuns, 0.9, "read_bytes_per_s_mean", &found},
	} {
		for range comparedPairs {
			compared, err := compare.Runs(simulatedRuns(random, c.before, c.scatter, 1), simulatedRuns(random, comparedRuns, c.scatter, c.change))
			if err != nil {
				return outcome{}, err
			}
			if slices.ContainsFunc(compared.Metrics, func(m result.MetricChange) bool {
				return m.Verdict == result.Worse && (c.metric == "" || m.Name == c.metric)
			}) {
				*c.count++
			}
		}
	}
	most, least := comparedPairs*5/100, comparedPairs*95/100
	return outcome{
		got: fmt.Sprintf("said in %d of %d without a difference (%d of %d with disturbed runs, %d of %d against ten runs); 10 %% found in %d of %d",
			alarms, comparedPairs, disturbedAlarms, comparedPairs, unevenAlarms, comparedPairs, found, comparedPairs),
		met: max(alarms, disturbedAlarms, unevenAlarms) <= most && found >= least,
		how: fmt.Sprintf("sets of %d runs, %d metrics with noise of %.0f %%, half of its variance in common; said: any metric is worse; found: read_bytes_per_s_mean is worse",
			comparedRuns, len(figures()), 100*comparedNoise),
	}, nil
}

// simulatedRuns makes n runs of one training. change multiplies AU and rates.
func simulatedRuns(random *rand.Rand, n int, scatter func() float64, change float64) []result.Run {
	runs := make([]result.Run, n)
	for i := range runs {
		metrics, common := map[string]float64{}, scatter()
		for _, f := range figures() {
			value := f.mean * (1 + comparedNoise*math.Sqrt(0.5)*(common+scatter()))
			if up, _ := result.Direction(f.name); up {
				value *= change
			}
			metrics[f.name] = value
		}
		runs[i] = result.Run{Command: "mlperf", Workload: "resnet50_h100", Status: result.Complete, Metrics: metrics,
			ID: fmt.Sprint("run ", i), Started: time.Unix(0, random.Int64())}
	}
	return runs
}
