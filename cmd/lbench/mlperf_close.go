package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// conclude computes what the run says, as far as it came.
func (r *mlperfRun) conclude(err error) {
	// By the monotonic clock: the wall clock may have been set meanwhile.
	ended := r.run.Started.Add(r.app.now().Sub(r.began))
	r.run.Ended = &ended
	r.compute()
	if n := len(r.epochs); err == nil && n < r.plan.Epochs {
		r.warn(result.Warning{Code: "stopped_early", Text: fmt.Sprintf("--duration %v ended the run after %d of %d epochs", r.o.duration.value, n, r.plan.Epochs)})
	}
	r.mu.Lock()
	facts := dlio.Facts{Plan: r.plan, Epochs: r.epochs, Tally: r.tally, Metrics: r.run.Metrics, Started: r.began,
		Readings: r.readings, Host: r.run.Host, Remote: r.run.Mount != nil && r.run.Mount.Network}
	r.mu.Unlock()
	if v, ok := dlio.CPUPerByte(facts); ok {
		r.run.Metrics["cpu_ns_per_byte_mean"] = v
	}
	switch {
	case err == nil:
		r.run.Status = result.Complete
		r.run.Checks, r.run.Verdict = dlio.Judge(r.run.Metrics, r.plan.MinAU)
		limit := dlio.NameLimit(facts)
		r.run.Limit = &limit
		r.run.DLIO = dlio.Rounds(r.plan, r.epochs, r.tally)
		r.warn(dlio.Doubts(r.plan, r.epochs, r.run.Metrics)...)
	case errors.Is(err, context.Canceled):
		r.run.Status = result.Interrupted
	default:
		r.run.Status, r.run.Error = result.Failed, err.Error()
	}
}

// compute brings the run's figures up to the epochs that are complete.
func (r *mlperfRun) compute() {
	r.run.Metrics, r.run.Epochs = dlio.Measure(r.plan, r.epochs, r.tally, r.cached)
	if r.run.Epochs == nil {
		r.run.Epochs = []result.Epoch{}
	}
	maps.Copy(r.run.Metrics, r.ceiling)
}

// close writes what a closed folder holds beside steps and readings.
func (r *mlperfRun) close() error {
	err := wrap("write the run folder", r.writer.Flush())
	folder := &result.Folder{Dir: r.writer.Dir(), Run: r.run}
	if err == nil && r.run.Status == result.Complete {
		err = r.writeDLIO(folder)
	}
	if err != nil {
		r.run.Status, r.run.Verdict, r.run.Error = result.Failed, result.None, err.Error()
	}
	if closeErr := r.writer.Close(r.run); err == nil {
		err = closeErr
	}
	folder.Run = r.run
	if htmlErr := r.app.writeHTML(folder); err == nil {
		err = htmlErr
	}
	if err == nil {
		err = r.writer.Seal()
	}
	return err
}

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
