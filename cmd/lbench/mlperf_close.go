package main

import (
	"fmt"
	"maps"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// conclude computes what the run says, as far as it came.
func (r *mlperfRun) conclude(err error) {
	r.compute()
	if n := len(r.epochs); err == nil && n < r.plan.Epochs {
		r.warn(dlio.StoppedEarly(r.o.duration.value, n, r.plan.Epochs))
	}
	facts := dlio.Facts{Plan: r.plan, Epochs: r.epochs, Tally: r.tally, Metrics: r.run.Metrics, Started: r.began,
		Readings: r.kept(), Host: r.run.Host, Remote: r.run.Mount != nil && r.run.Mount.Network}
	if r.capped {
		facts.MaxInflight = r.o.maxInflight.value
	}
	if v, ok := dlio.CPUPerByte(facts); ok {
		r.run.Metrics["cpu_ns_per_byte_mean"] = v
	}
	if err != nil {
		return
	}
	maps.Copy(r.run.Metrics, r.reads.metrics())
	r.run.Checks, r.run.Verdict = dlio.Judge(r.run.Metrics, r.plan.MinAU)
	limit := dlio.NameLimit(facts)
	r.run.Limit = &limit
	r.run.Lost = r.lost.Lost(r.run, r.targets)
	r.run.DLIO = dlio.Rounds(r.plan, r.epochs, r.tally)
	r.warn(dlio.Doubts(r.plan, r.epochs, r.run.Metrics)...)
}

// compute brings the run's figures up to the epochs that are complete.
func (r *mlperfRun) compute() {
	r.run.Metrics, r.run.Epochs = dlio.Measure(r.plan, r.epochs, r.tally, r.cached)
	if r.run.Epochs == nil {
		r.run.Epochs = []result.Epoch{}
	}
	r.doubtMemory()
	maps.Copy(r.run.Metrics, r.ceiling)
	r.run.Reads = nil
	for _, e := range r.epochs {
		r.run.Reads = append(r.run.Reads, e.Reads)
	}
}

// writeDLIO writes the files that a DLIO run leaves.
func (r *mlperfRun) writeDLIO(folder *result.Folder) error {
	files, err := dlio.Output(r.run, r.plan, r.epochs, folder.Steps)
	if err != nil {
		return err
	}
	configs := "dlio_config"
	if r.plan.Profile == "v1.0" {
		configs = "configs"
	}
	asRun := r.load
	asRun.Dataset.NumFilesTrain, asRun.Dataset.DataFolder, asRun.Train.Seed = len(r.plan.Files), r.o.dataDir, r.plan.Seed
	overrides := overridesOf(r.run.Settings)
	files[filepath.Join(configs, "config.yaml")] = asRun.HydraYAML()
	for name, content := range map[string]any{"overrides.yaml": overrides, "hydra.yaml": hydra(r.run, overrides)} {
		if files[filepath.Join(configs, name)], err = yaml.Marshal(content); err != nil {
			return fmt.Errorf("encode %s: %w", name, err)
		}
	}
	for name, content := range files {
		if err := r.writer.File(filepath.Join("dlio", name), content); err != nil {
			return err
		}
	}
	return nil
}
