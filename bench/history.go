package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

const (
	historyRuns   = 10_000
	historyRounds = 5               // warm ones
	historyLimit  = 2 * time.Second // of a warm one
	changeSeries  = 500             // with a step, and as many without
	changeRuns    = 60              // in each
)

// manyRuns makes 10,000 run folders and asks the built binary for their history: once
// without an index, then several times with it.
func manyRuns(b *bench) (outcome, error) {
	results, err := os.MkdirTemp(b.dir, "history-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(results)
	size, err := nightlyRuns(b, results)
	if err != nil {
		return outcome{}, err
	}
	var cold float64
	var warm []float64
	for i := range 1 + historyRounds {
		c, err := b.process("", b.lbench, "history", "--results-dir", results, "--metric", "au_mean_fraction", "--last", "3650d", "--json")
		if err != nil {
			return outcome{}, err
		}
		var history result.History
		if err := json.Unmarshal(c.stdout, &history); err != nil {
			return outcome{}, fmt.Errorf("read what history printed: %w", err)
		}
		if len(history.Runs) != historyRuns {
			return outcome{}, fmt.Errorf("history printed %d runs of %d", len(history.Runs), historyRuns)
		}
		if i == 0 {
			cold = c.wall.Seconds()
		} else {
			warm = append(warm, c.wall.Seconds())
		}
	}
	return outcome{got: fmt.Sprintf("%.2f s", median(warm)), met: median(warm) <= historyLimit.Seconds(),
		how: fmt.Sprintf("run.json of %d bytes; median of %d with the index, %.2f to %.2f s; the first, which makes it, %.2f s", size, len(warm), slices.Min(warm), slices.Max(warm), cold)}, nil
}

// nightlyRuns makes folders with the run.json of a real run of the null engine, each at
// another time and with another AU, and gives the size of one. It falls once, in the middle.
func nightlyRuns(b *bench, results string) (int, error) {
	_, run, err := b.mlperf("", "--engine", "null", "--accelerators", "2", "--epochs", "5", "--ceiling", "off",
		"--param", "dataset.num_files_train=8", "--param", "dataset.num_samples_per_file=200", "--param", "train.computation_time=0.001")
	if err != nil {
		return 0, err
	}
	random := rand.New(rand.NewPCG(18, 1))
	first := time.Now().Add(-historyRuns * time.Hour / 2)
	size := 0
	for i := range historyRuns {
		level := 0.95
		if i >= historyRuns/2 {
			level = 0.9
		}
		run.Started = first.Add(time.Duration(i) * time.Hour / 2)
		run.ID = result.ID(run.Started, run.Command, run.Workload)
		run.Metrics["au_mean_fraction"] = level + 0.01*random.NormFloat64()
		text, err := run.Encode()
		if err != nil {
			return 0, err
		}
		dir := filepath.Join(results, run.ID)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return 0, err
		}
		if err := os.WriteFile(filepath.Join(dir, result.RunFile), text, 0o644); err != nil {
			return 0, err
		}
		size = len(text)
	}
	return size, nil
}

// changePoints makes nightly series with a step and without, and counts where the step is
// located and how often one is seen that isn't there.
func changePoints(*bench) (outcome, error) {
	random := rand.New(rand.NewPCG(18, 2))
	located, wrong := 0, 0
	for range changeSeries {
		at := 5 + random.IntN(changeRuns-9)
		for _, c := range stats.ChangePoints(nightly(random, at, 0.05*sign(random))) {
			if math.Abs(float64(c.At-at)) <= 2 {
				located++
				break
			}
		}
		wrong += len(stats.ChangePoints(nightly(random, 0, 0)))
	}
	return outcome{got: fmt.Sprintf("%.1f %% located, %.2f false ones per 20 series", 100*float64(located)/changeSeries, 20*float64(wrong)/changeSeries),
		met: located >= changeSeries*95/100 && wrong*20 <= changeSeries,
		how: fmt.Sprintf("%d series of %d runs each way, noise 1.5 %%; steps of 5 %% up or down with 5 runs or more on each side", changeSeries, changeRuns)}, nil
}

// nightly is a rate that goes to another level at a run.
func nightly(random *rand.Rand, at int, step float64) []float64 {
	all := make([]float64, changeRuns)
	for i := range all {
		all[i] = 13e9 * (1 + 0.015*random.NormFloat64())
		if i >= at {
			all[i] *= 1 + step
		}
	}
	return all
}
