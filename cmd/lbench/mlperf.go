package main

import (
	"context"
	"math"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

type mlperfOptions struct {
	common
	workload             string
	accelerators, epochs count
	warmup               count
	profile              choice
	duration, ceiling    span
	noVerify             toggle
	minAU                percent
}

func newMlperf(a *app) *cobra.Command {
	o := mlperfOptions{
		accelerators: count{1, 1, 1 << 16}, epochs: count{0, 1, 1 << 20}, warmup: count{0, 0, 1 << 20},
		profile: choice{"shuffled", dlio.Profiles()}, ceiling: span{value: 4 * time.Second, off: "off"},
	}
	c := &cobra.Command{
		Use: "mlperf", Short: "Can this storage feed N accelerators?", Args: noArgs,
		Long: "mlperf reads a dataset as MLPerf Storage's ResNet-50 does, with simulated accelerators, and\n" +
			"measures AU, the share of the time in which they computed. It passes at the workload's\n" +
			"threshold (90 %), and says whether the storage or this client was the limit.\n\n" +
			"The result is MLPerf-style; it is not an MLPerf result.",
		Example: "  lbench mlperf --workload resnet50_h100 --accelerators 48 --data-dir /mnt/lustre/resnet50\n" +
			"  lbench mlperf --workload resnet50_demo --accelerators 2 --engine null",
	}
	f := c.Flags()
	f.StringVar(&o.workload, "workload", "resnet50_h100", "`NAME|FILE` of the workload")
	f.Var(&o.accelerators, "accelerators", "accelerators to emulate")
	f.Var(&o.epochs, "epochs", "epochs to run (default: the workload's)")
	f.Var(&o.profile, "profile", "order and formulas: lbench's own, or a round's")
	f.Var(&o.duration, "duration", "start no epoch after this time (0s: run all)")
	f.Var(&o.warmup, "warmup-epochs", "epochs to run first that count for nothing")
	o.noVerify.bind(f, "no-verify", "do not check the CRC32C of the records")
	f.Var(&o.minAU, "min-au", "AU to pass at, in percent (default: the workload's)")
	f.Var(&o.ceiling, "ceiling", "measure this client's own ceiling for so long first")
	o.bind(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.mlperf(c.Context(), c, &o) }
	return c
}

func (a *app) mlperf(ctx context.Context, c *cobra.Command, o *mlperfOptions) error {
	s, err := a.resolve(c)
	if err != nil {
		return err
	}
	if err := o.needsDir("mlperf", "the folder that lbench datagen made"); err != nil {
		return err
	}
	w, err := o.load(s)
	if err != nil {
		return err
	}
	if from := w.Settings["train.seed"].From; !s.given("seed") && from != "default" {
		o.seed.value = w.Train.Seed
		s.values["seed"] = result.Setting{Value: w.Train.Seed, From: from}
	}
	data, err := prepare(ctx, w, o.engine.value, o.dataDir)
	if err != nil {
		return err
	}
	defer data.release()
	plan, err := dlio.NewPlan(w, data.files, data.spec.RecordBytes(), dlio.PlanOptions{
		Profile: o.profile.value, Accelerators: o.accelerators.value, WarmupEpochs: o.warmup.value,
		MinAU: w.Metric.AU, Seed: o.seed.value, Verify: !bool(o.noVerify),
	})
	if err != nil {
		return err
	}
	if err := openable(plan.Summary(), o.engine.value); err != nil {
		return err
	}
	// One processor more than there are: the loop of the accelerators never waits for
	// one that is busy reading.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	r := a.newMlperfRun(o, s, w, data, plan)
	return r.do(ctx, steps{measure: r.measure, conclude: r.conclude, files: r.writeDLIO})
}

// load reads the workload with the flags that stand for its keys.
func (o *mlperfOptions) load(s *settings) (workloads.Training, error) {
	flags := s.override("epochs", "train.epochs", o.epochs.String())
	flags = append(flags, s.override("min-au", "metric.au", fraction(o.minAU.fraction))...)
	return loadWorkload(o.workload, s, flags...)
}

// settings is what run.json says of flags and workload. Where the folder's files were
// counted, their number is the dataset's.
func (o *mlperfOptions) settings(s *settings, w workloads.Training, d data) map[string]result.Setting {
	all := s.record(w)
	standIn(all, "epochs", w.Train.Epochs, "train.epochs")
	standIn(all, "min-au", math.Round(w.Metric.AU*1e8)/1e6, "metric.au")
	if d.counted {
		all["dataset.num_files_train"] = result.Setting{Value: len(d.files), From: "dataset"}
	}
	return all
}
