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
// runs say at the same rate: the answer has to pass, or one less, and two more to fail. AU
// need not fall with each accelerator: where their number divides that of the files, all
// come to the ends of their files at once.
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
		var says []string
		for _, p := range []int{got, got - 1, got + 2} {
			if p < 1 || p == got-1 && au[got] >= 0.9 {
				continue
			}
			_, full, err := b.mlperf(group, append(load, "--accelerators", strconv.Itoa(p), "--drop-caches", "--param", "train.epochs="+fullEpochs)...)
			if err != nil {
				return outcome{}, err
			}
			au[p] = full.Metrics["au_mean_fraction"]
			says = append(says, fmt.Sprintf("%.1f %% at %d", 100*au[p], p))
		}
		release()
		passes := got == 0 || max(au[got], au[got-1]) >= 0.9
		if passes && au[got+2] < 0.9 && run.Limit != nil && run.Limit.Name == "storage" {
			right++
		}
		longest = max(longest, c.wall)
		told = append(told, fmt.Sprintf("%.0f MB/s: %d, edge %.1f, %.0f probes, %.0f s; full runs AU %s; by the rate %.1f",
			rate/1e6, got, run.Search.Edge, run.Metrics["probes"], c.wall.Seconds(), strings.Join(says, ", "), rate/demand/0.9))
	}
	return outcome{fmt.Sprintf("%d of %d, longest %.0f s", right, len(rates), longest.Seconds()), right == len(rates) && longest <= searchMost, strings.Join(told, "; ")}, nil
}
