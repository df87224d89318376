package dlio

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/result"
)

// mostPlanFiles is how many files a plan that was read back may have: a few bytes of
// run.json must not ask for any amount of memory.
const mostPlanFiles = 1 << 24

// PlanOf is the plan that a run was made by, from what its run.json says of it, so that
// its figures can be computed again. Its files have a size and no names. The error names
// the first field that no plan can have.
func PlanOf(run result.Run) (Plan, error) {
	if run.Plan == nil {
		return Plan{}, errors.New("the run has no plan")
	}
	p := *run.Plan
	if !slices.Contains(Profiles(), p.Profile) {
		return Plan{}, fmt.Errorf("plan.profile %q isn't one of %q", p.Profile, Profiles())
	}
	for _, field := range []struct {
		name        string
		value, most int64
	}{
		{"accelerators", int64(p.Accelerators), 1 << 16}, {"files", int64(p.Files), mostPlanFiles},
		{"samples_per_file", int64(p.SamplesPerFile), 1 << 32}, {"batch_size", int64(p.BatchSize), 1 << 32},
		{"steps", int64(p.Steps), 1 << 40}, {"epochs", int64(p.Epochs), 1 << 32}, {"record_bytes", p.RecordBytes, 1 << 48},
	} {
		if field.value < 1 || field.value > field.most {
			return Plan{}, fmt.Errorf("plan.%s %d isn't between 1 and %d", field.name, field.value, field.most)
		}
	}
	if p.WarmupEpochs < 0 || p.ComputationNS < 0 {
		return Plan{}, fmt.Errorf("plan.warmup_epochs %d or plan.computation_time_ns %d is negative", p.WarmupEpochs, p.ComputationNS)
	}
	files := make([]dataset.File, p.Files)
	for i := range files {
		files[i].Bytes = p.RecordBytes * int64(p.SamplesPerFile)
	}
	return Plan{
		Profile: p.Profile, Accelerators: p.Accelerators, Files: files, SamplesPerFile: p.SamplesPerFile,
		RecordBytes: p.RecordBytes, NominalBytes: p.NominalBytes, BatchSize: p.BatchSize, Steps: p.Steps, Epochs: p.Epochs,
		WarmupEpochs: p.WarmupEpochs, ReadThreads: p.Streams / 3, TransferBytes: p.TransferBytes,
		ReadAheadBatches: p.ReadAheadBatches, ComputationTime: time.Duration(p.ComputationNS), MinAU: p.MinAU,
		Seed: run.Seed, Verify: p.Verify,
	}, nil
}
