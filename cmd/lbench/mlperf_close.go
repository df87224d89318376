package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// conclude computes what the run says, as far as it came.
func (r *mlperfRun) conclude(err error) {
	// By the monotonic clock: the wall clock may have been set meanwhile.
	ended := r.run.Started.Add(r.app.now().Sub(r.began))
	r.run.Ended = &ended
	r.run.Metrics, r.run.Epochs = dlio.Measure(r.plan, r.epochs, r.tally, r.cached)
	if r.run.Epochs == nil {
		r.run.Epochs = []result.Epoch{}
	}
	for name, v := range r.ceiling {
		r.run.Metrics[name] = v
	}
	r.mu.Lock()
	facts := dlio.Facts{Plan: r.plan, Epochs: r.epochs, Tally: r.tally, Metrics: r.run.Metrics, Started: r.began,
		Readings: r.readings, Host: r.run.Host, Remote: r.run.Mount != nil && (r.run.Mount.NFS != nil || r.run.Mount.Lustre != nil)}
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
	files[filepath.Join(configs, "config.yaml")] = r.load.HydraYAML()
	files[filepath.Join(configs, "overrides.yaml")] = overridesYAML(r.run.Settings)
	for name, content := range files {
		if err := r.writer.File(filepath.Join("dlio", name), content); err != nil {
			return err
		}
	}
	return nil
}
