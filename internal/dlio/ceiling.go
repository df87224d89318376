package dlio

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
)

// ceilingBytes is about how long the resident file is that stands in for the dataset:
// larger than a processor's caches, so that the copy out of memory is paid.
const ceilingBytes = 64 << 20

// Ceiling measures what this client could reach on infinitely fast storage: the plan's
// accelerators, streams, batches and checks for duration d, reading a memory file. It
// returns "ceiling_au_fraction", or "ceiling_read_bytes_per_s" for a computation time of
// 0, over the second half of the steps that were run. try says whether the dataset's
// file system serves cached bytes without a blocking call. What a network or file-system
// client costs beyond the copy is not in it.
func Ceiling(ctx context.Context, plan Plan, spec dataset.Spec, try bool, o TrainOptions, d time.Duration) (map[string]float64, error) {
	record := spec.Record(0, 0, nil)
	copies := int(max(1, ceilingBytes/plan.RecordBytes))
	size := plan.RecordBytes * int64(plan.SamplesPerFile)
	engine, err := ioengine.NewResident(record, copies, func(string) (int64, bool) { return size, true }, try)
	if err != nil {
		return nil, fmt.Errorf("measure the ceiling: %w", err)
	}
	defer engine.Close()

	plan.Profile, plan.Epochs, plan.WarmupEpochs, plan.endless = "shuffled", 1, 0, true
	var ends []int64
	o.Engine, o.Before, o.After, o.Edge, o.Live, o.IOTimeout = engine, nil, nil, nil, nil, 0
	o.Emit = func(steps []result.Step) error {
		s := steps[0]
		ends = append(ends, s.StartNS+s.Wait+s.Compute+s.Barrier)
		return nil
	}
	timed, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if _, _, err := Train(timed, plan, o); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("measure the ceiling: %w", err)
	}
	return ceilingOf(plan, ends)
}

// ceilingOf computes the ceiling from the times at which steps ended.
func ceilingOf(plan Plan, ends []int64) (map[string]float64, error) {
	from := len(ends) / 2
	steps := len(ends) - 1 - from
	if steps < 1 {
		return nil, fmt.Errorf("measure the ceiling: %d steps were made, at least 3 are needed: give a longer --ceiling", len(ends))
	}
	elapsed := seconds(ends[len(ends)-1] - ends[from])
	if plan.ComputationTime == 0 {
		records := float64(steps) * float64(plan.BatchSize) * float64(plan.Accelerators)
		return map[string]float64{"ceiling_read_bytes_per_s": records * float64(plan.RecordBytes) / elapsed}, nil
	}
	return map[string]float64{"ceiling_au_fraction": float64(steps) * plan.ComputationTime.Seconds() / elapsed}, nil
}
