package main

import (
	"fmt"
	"path/filepath"

	"runtime"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// recordBytes is a resnet50 record as stored.
const recordBytes = 114303

func null48(b *bench) (outcome, error) {
	best, bytes := 0.0, 0.0
	for range 3 {
		_, run, err := b.mlperf("", "--engine", "null", "--accelerators", "48", "--epochs", "2", "--param", "dataset.num_files_train=768")
		if err != nil {
			return outcome{}, err
		}
		best, bytes = max(best, run.Metrics["au_mean_fraction"]), run.Metrics["read_bytes"]
	}
	want := 2 * 50 * 48 * 400 * float64(recordBytes)
	return outcome{fmt.Sprintf("%.3f %%", 100*best), best >= 0.999 && bytes >= want,
		fmt.Sprintf("read_bytes %.0f of at least %.0f", bytes, want)}, nil
}

func null512(b *bench) (outcome, error) {
	c, run, err := b.mlperf("", "--engine", "null", "--accelerators", "512", "--no-verify", "--epochs", "2", "--param", "dataset.num_files_train=1664")
	au := run.Metrics["au_mean_fraction"]
	return outcome{fmt.Sprintf("%.3f %%, %d MiB", 100*au, c.maxBytes>>20), au >= 0.99 && c.maxBytes <= 2<<30,
		fmt.Sprintf("%.0f steps an epoch, 12,288 streams", run.Epochs[0].Metrics["steps"])}, err
}

func short(b *bench) (outcome, error) {
	_, run, err := b.mlperf("", "--engine", "null", "--accelerators", "8", "--epochs", "2", "--param", "dataset.num_files_train=16",
		"--param", "reader.batch_size=1", "--param", "train.computation_time=0.0005")
	if err != nil {
		return outcome{}, err
	}
	e := run.Epochs[0].Metrics
	window := e["window_end_ns"] - e["window_start_ns"]
	timer, err := b.timerLateness(run)
	return outcome{fmt.Sprintf("%.2f %%", 100*run.Metrics["au_mean_fraction"]), run.Metrics["au_mean_fraction"] >= 0.9,
		fmt.Sprintf("epoch 1, AU %.2f %%; lost: read %.2f %%, own work %.2f %%, timer %.2f %%, barrier %.2f %%", 100*e["au_fraction"],
			100*e["loss_read_ns"]/window, 100*e["loss_work_ns"]/window, 100*timer/window, 100*(e["loss_late_ns"]-timer)/window)}, err
}

// timerLateness is by how much the computations of epoch 1 ended late, in ns, without the
// first step's.
func (b *bench) timerLateness(run result.Run) (float64, error) {
	folder, err := result.Open(filepath.Join(b.dir, "results", run.ID))
	if err != nil {
		return 0, err
	}
	late := 0.0
	err = folder.Steps(func(s result.Step) error {
		if s.Epoch == 1 && s.Step > 0 && s.Rank == 0 {
			late += float64(s.Compute - run.Plan.ComputationNS)
		}
		return nil
	})
	return late, err
}

// start measures from exec to the first read's end of start-up: what the user waits for.
func start(b *bench) (outcome, error) {
	dir, err := b.dataset(10000, 1)
	if err != nil {
		return outcome{}, err
	}
	var all []float64
	for range b.rounds {
		c, run, err := b.mlperf("", "--data-dir", dir, "--accelerators", "4", "--ceiling", "off", "--epochs", "1",
			"--param", "dataset.num_samples_per_file=1", "--param", "train.computation_time=0.01")
		if err != nil {
			return outcome{}, err
		}
		first := run.Started.Add(time.Duration(run.Epochs[0].Metrics["start_ns"]))
		all = append(all, first.Sub(c.started).Seconds())
	}
	got := median(all)
	return outcome{fmt.Sprintf("%.2f s", got), got <= 1, "from exec to the first epoch's first read, median"}, nil
}

func controls(b *bench) (outcome, error) {
	dir, err := b.cached()
	if err != nil {
		return outcome{}, err
	}
	_, cached, err := b.mlperf("", "--data-dir", dir, "--accelerators", "4", "--epochs", "3", "--param", "train.computation_time=0")
	if err != nil {
		return outcome{}, err
	}
	stop := burn(8 * runtime.NumCPU())
	_, burned, err := b.mlperf("", "--engine", "null", "--accelerators", "48", "--epochs", "1", "--param", "dataset.num_files_train=768")
	stop()
	if err != nil {
		return outcome{}, err
	}
	a, c := limitName(cached), limitName(burned)
	return outcome{a + "; " + c, a != "storage" && c == "client-cpu",
		fmt.Sprintf("AU beside the burner %.1f %%", 100*burned.Metrics["au_mean_fraction"])}, nil
}

func limitName(run result.Run) string {
	if run.Limit == nil {
		return "unnamed"
	}
	return run.Limit.Name
}

// cached is a dataset that lies in the page cache.
func (b *bench) cached() (string, error) {
	dir, err := b.dataset(64, 1251)
	if err == nil {
		err = warm(dir)
	}
	return dir, err
}
