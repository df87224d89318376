package dlio

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/result"
)

func plannedRun() result.Run {
	files := make([]dataset.File, 7)
	p := Plan{Profile: "shuffled", Accelerators: 3, Files: files, SamplesPerFile: 50, RecordBytes: 114, NominalBytes: 100.5, BatchSize: 4,
		Steps: 29, Epochs: 5, WarmupEpochs: 1, ReadThreads: 8, TransferBytes: 4096, ReadAheadBatches: 6, ComputationTime: 17, MinAU: 0.9, Seed: 11, Verify: true}
	return result.Run{Plan: p.Summary(), Seed: p.Seed}
}

// TestPlanOf: what a run records of its plan gives the same plan again.
func TestPlanOf(t *testing.T) {
	run := plannedRun()
	p, err := PlanOf(run)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run.Plan, p.Summary()); diff != "" {
		t.Errorf("the plan's summary (-recorded +again):\n%s", diff)
	}
	if p.Seed != 11 || p.Files[6].Bytes != 50*114 {
		t.Errorf("seed %d, last file of %d bytes; want 11 and 5700", p.Seed, p.Files[6].Bytes)
	}
}

func TestPlanOfRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*result.Run)
		want   string
	}{
		{"no plan", func(r *result.Run) { r.Plan = nil }, "no plan"},
		{"unknown profile", func(r *result.Run) { r.Plan.Profile = "v9.0" }, `"v9.0" isn't one of`},
		{"no accelerators", func(r *result.Run) { r.Plan.Accelerators = 0 }, "plan.accelerators 0"},
		{"absurd files", func(r *result.Run) { r.Plan.Files = 1 << 40 }, "plan.files"},
		{"negative batch", func(r *result.Run) { r.Plan.BatchSize = -1 }, "plan.batch_size -1"},
		{"negative warm-up", func(r *result.Run) { r.Plan.WarmupEpochs = -1 }, "plan.warmup_epochs -1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			run := plannedRun()
			test.change(&run)
			if _, err := PlanOf(run); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
		})
	}
}
