package main

import (
	"fmt"
	"math"
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

// findMax holds the disk to five rates and searches at each. The number that passes is known:
// AU is the rate over what so many accelerators ask for, and has to be 90 %.
func findMax(b *bench) (outcome, error) {
	dir, err := b.dataset(searchFiles, searchSamples)
	if err != nil {
		return outcome{}, err
	}
	demand := searchBatch * float64(recordBytes) / searchCompute
	right, longest := 0, time.Duration(0)
	var told []string
	rates := []float64{120e6, 180e6, 240e6, 300e6, 360e6}
	for _, rate := range rates {
		group, release, err := hold(dir, int64(rate))
		if err != nil {
			return outcome{}, err
		}
		c, run, err := b.measured(group, "find-max", "--workload", "resnet50_demo", "--data-dir", dir, "--ceiling", "500ms", "--no-full-run", "--max-time", searchMost.String(),
			"--param", fmt.Sprintf("dataset.num_samples_per_file=%d", searchSamples), "--param", fmt.Sprintf("reader.batch_size=%d", searchBatch),
			"--param", fmt.Sprintf("train.computation_time=%g", searchCompute), "--param", "train.epochs=10")
		release()
		if err != nil {
			return outcome{}, err
		}
		edge := rate / demand / 0.9
		got := run.Metrics["accelerators_max"]
		if math.Abs(got-math.Floor(edge)) <= 1 && run.Limit != nil && run.Limit.Name == "storage" {
			right++
		}
		longest = max(longest, c.wall)
		told = append(told, fmt.Sprintf("%.0f MB/s: %.0f of %.2f (edge %.1f, %.0f probes, %.0f s)", rate/1e6, got, edge, run.Search.Edge, run.Metrics["probes"], c.wall.Seconds()))
	}
	return outcome{fmt.Sprintf("%d of %d, longest %.0f s", right, len(rates), longest.Seconds()), right == len(rates) && longest <= searchMost, strings.Join(told, "; ")}, nil
}
