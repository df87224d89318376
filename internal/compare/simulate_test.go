package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// typical are the figures of a training run: all metrics of mlperf that have a direction.
func typical() map[string]float64 {
	return map[string]float64{
		"au_mean_fraction": 0.9072, "au_min_fraction": 0.879, "au_whole_fraction": 0.897, "au_stddev_fraction": 0.0176,
		"samples_per_s_mean": 77485, "samples_per_s_window_mean": 77900, "read_bytes_per_s_mean": 8.87e9, "nominal_bytes_per_s_mean": 8.88e9,
		"ceiling_au_fraction": 0.995, "wait_p50_ns": 1.2e6, "wait_p99_ns": 61e6, "wait_max_ns": 340e6, "cpu_ns_per_byte_mean": 0.31,
	}
}

// simulated makes n runs whose metrics scatter by noise, half of it in common; shift
// multiplies the rates and AU.
func simulated(random *rand.Rand, n int, noise, shift float64) []result.Run {
	var runs []result.Run
	for i := range n {
		common, metrics := random.NormFloat64(), map[string]float64{}
		for _, name := range comparedOf([]result.Run{{Command: "mlperf", Metrics: typical()}}) { // in one order, so that a seed is a series
			metrics[name] = typical()[name] * (1 + noise*math.Sqrt(0.5)*(common+random.NormFloat64()))
			if up, _ := result.Direction(name); up {
				metrics[name] *= shift
			}
		}
		runs = append(runs, result.Run{Command: "mlperf", Workload: "resnet50_h100", Status: result.Complete, Metrics: metrics,
			ID: fmt.Sprint("run", i), Started: time.Unix(random.Int64N(1e9), 0)})
	}
	return runs
}

// worse counts the metrics that are called worse.
func worse(t *testing.T, a, b []result.Run) int {
	t.Helper()
	c, err := Runs(a, b)
	if err != nil || len(c.Metrics) != 13 {
		t.Fatalf("%d metrics, %v", len(c.Metrics), err)
	}
	n := 0
	for _, m := range c.Metrics {
		if m.Verdict == result.Worse {
			n++
		}
	}
	return n
}

// Noise is called a regression in at most 5 % of pairs, and a true 10 % is found in at
// least 95 %; `go run ./bench -bars regression` does the same with more of them.
func TestNoiseAndRegressions(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 10))
	const pairs = 200
	alarms, found := 0, 0
	for range pairs {
		if worse(t, simulated(random, 5, 0.02, 1), simulated(random, 5, 0.02, 1)) > 0 {
			alarms++
		}
		c, err := Runs(simulated(random, 5, 0.02, 1), simulated(random, 5, 0.02, 0.9))
		if err != nil {
			t.Fatal(err)
		}
		if m := c.Metrics[0]; m.Name == "au_mean_fraction" && m.Verdict == result.Worse {
			found++
		}
	}
	if alarms > pairs*5/100 || found < pairs*95/100 {
		t.Errorf("%d of %d false alarms, %d of %d found", alarms, pairs, found, pairs)
	}
	t.Logf("%d of %d false alarms, %d of %d found", alarms, pairs, found, pairs)
}
