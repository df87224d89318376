package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The load of the search: accelerators that ask for 60 MB/s each, in small batches, so that
// a second has many steps.
const (
	searchFiles   = 128
	searchSamples = 256
	searchCompute = 15.2e-3 // s
	searchBatch   = 8
	searchMost    = 3 * time.Minute
)

// fullEpochs is how long the full runs are that say what passes.
const fullEpochs = "3"

// findMax holds the disk to five rates and searches at each. What the right number is, full
// runs say at the same rate: one less than the answer has to pass, and two more to fail.
func findMax(b *bench) (outcome, error) {
	dir, err := b.dataset(searchFiles, searchSamples)
	if err != nil {
		return outcome{}, err
	}
	demand := searchBatch * float64(recordBytes) / searchCompute
	load := []string{"--workload", "resnet50_demo", "--data-dir", dir, "--ceiling", "500ms",
		"--param", fmt.Sprintf("dataset.num_samples_per_file=%d", searchSamples), "--param", fmt.Sprintf("reader.batch_size=%d", searchBatch),
		"--param", fmt.Sprintf("train.computation_time=%g", searchCompute)}
	right, longest := 0, time.Duration(0)
	var told []string
	rates := []float64{120e6, 180e6, 240e6, 300e6, 360e6}
	for _, rate := range rates {
		group, release, err := hold(dir, int64(rate))
		if err != nil {
			return outcome{}, err
		}
		defer release()
		c, run, err := b.measured(group, "find-max", append(load, "--no-full-run", "--max-time", searchMost.String(), "--param", "train.epochs=10")...)
		if err != nil {
			return outcome{}, err
		}
		got := int(run.Metrics["accelerators_max"])
		au := map[int]float64{}
		for _, p := range []int{got - 1, got + 2} {
			if p < 1 {
				continue
			}
			_, full, err := b.mlperf(group, append(load, "--accelerators", strconv.Itoa(p), "--drop-caches", "--param", "train.epochs="+fullEpochs)...)
			if err != nil {
				return outcome{}, err
			}
			au[p] = full.Metrics["au_mean_fraction"]
		}
		release()
		low, tried := au[got-1]
		if (!tried || low >= 0.9) && au[got+2] < 0.9 && run.Limit != nil && run.Limit.Name == "storage" {
			right++
		}
		longest = max(longest, c.wall)
		told = append(told, fmt.Sprintf("%.0f MB/s: %d, edge %.1f, %.0f probes, %.0f s; full runs AU %.1f %% at %d, %.1f %% at %d; by the rate %.1f",
			rate/1e6, got, run.Search.Edge, run.Metrics["probes"], c.wall.Seconds(), 100*low, got-1, 100*au[got+2], got+2, rate/demand/0.9))
	}
	return outcome{fmt.Sprintf("%d of %d, longest %.0f s", right, len(rates), longest.Seconds()), right == len(rates) && longest <= searchMost, strings.Join(told, "; ")}, nil
}
