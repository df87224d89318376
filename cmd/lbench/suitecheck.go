package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/workloads"
)

// checkRun says what is wrong with the command line of a run of a suite, as far as that can
// be told without the storage: a flag's value; and of the whole line what comes from the
// environment and --config, a folder that is missing, the workload with its keys, rules, a
// matrix, and flags that exclude each other.
func (a *app) checkRun(args []string, whole bool) error {
	c, rest, err := newRoot(a).Find(args)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return flagError(c, err)
	}
	switch {
	case !whole:
		return nil
	case c.Name() == "mlperf":
		return a.checkTraining(c)
	}
	return a.checkBlock(c)
}

// checkTraining reads the workload with its keys, and plans a training whose files are made.
func (a *app) checkTraining(c *cobra.Command) error {
	s, err := a.resolve(c)
	if err != nil {
		return err
	}
	o := mlperfOptions{workload: c.Flag("workload").Value.String()}
	o.dataDir = c.Flag("data-dir").Value.String()
	readFlag(c, "engine", &o.engine)
	readFlag(c, "epochs", &o.epochs)
	readFlag(c, "min-au", &o.minAU)
	readFlag(c, "accelerators", &o.accelerators)
	readFlag(c, "warmup-epochs", &o.warmup)
	readFlag(c, "profile", &o.profile)
	if err := needsSuiteDir(c.Name(), o.dataDir, o.engine.value); err != nil {
		return err
	}
	w, err := o.load(s)
	if err != nil || !ioengine.Virtual(o.engine.value) {
		return err
	}
	data, err := prepare(context.Background(), w, o.engine.value, "")
	if err != nil {
		return err
	}
	defer data.release()
	_, err = dlio.NewPlan(w, data.files, data.spec.RecordBytes(), dlio.PlanOptions{
		Profile: o.profile.value, Accelerators: o.accelerators.value, WarmupEpochs: o.warmup.value, MinAU: w.Metric.AU,
	})
	return err
}

// checkBlock reads the flags and the workload of a block command, and refuses what it refuses
// before it lays out a file.
func (a *app) checkBlock(c *cobra.Command) error {
	o := blockOptions{workload: c.Flag("workload").Value.String(), rules: c.Flag("rule").Value.(pflag.SliceValue).GetSlice()}
	s, w, err := a.resolveBlock(c, &o)
	if err != nil {
		return err
	}
	if f := c.Flag("prepare"); f != nil && f.Value.String() == "true" {
		return usagef("%s: --prepare lays out files and measures nothing: run it once, before the suite", c.Name())
	}
	o.readFlags(c)
	if c.Flag("mode") != nil {
		if err := o.settle(s); err != nil {
			return err
		}
	}
	if _, err := o.parseRules(w); err != nil {
		return err
	}
	matrix, err := o.parseMatrix(1)
	if err != nil {
		return err
	}
	if err := needsSuiteDir(c.Name(), o.dataDir, o.engine.value); err != nil {
		return err
	}
	switch c.Name() {
	case "small-write":
		return o.checkSmall(c)
	case "write":
		if o.jobs.auto || o.opSize.auto {
			return usagef("write: auto is for reads: give --jobs and --op-size")
		}
		return o.check(fio.Write, matrix)
	}
	if o.pattern.value != "" && o.duration.value == 0 {
		return usagef("--duration 0s: want how long to read, as 5m")
	}
	return o.check(fio.Read, matrix)
}

// readFlags reads what the flags of a block command were set to.
func (o *blockOptions) readFlags(c *cobra.Command) {
	o.dataDir = c.Flag("data-dir").Value.String()
	if f := c.Flag("matrix"); f != nil {
		o.matrix = f.Value.String()
	}
	readFlag(c, "engine", &o.engine)
	readFlag(c, "seed", &o.seed)
	readFlag(c, "size", &o.size)
	readFlag(c, "files", &o.files)
	readFlag(c, "op-size", &o.opSize)
	readFlag(c, "jobs", &o.jobs)
	readFlag(c, "depth", &o.depth)
	readFlag(c, "mode", &o.mode)
	readFlag(c, "direct", &o.direct)
	readFlag(c, "buffered", &o.buffered)
	readFlag(c, "runner", &o.runner)
	readFlag(c, "rate", &o.rate)
	readFlag(c, "pattern", &o.pattern)
	readFlag(c, "duration", &o.duration)
	readFlag(c, "fsync", &o.fsync)
	readFlag(c, "overwrite", &o.overwrite)
	readFlag(c, "verify", &o.verify)
	readFlag(c, "repeats", &o.repeats)
	readFlag(c, "cell-time", &o.cellTime)
	readFlag(c, "yes", &o.yes)
}

// readFlag copies the value of a flag that checks itself, where the command has it.
func readFlag[T any](c *cobra.Command, name string, to *T) {
	if f := c.Flag(name); f != nil {
		if value, ok := any(f.Value).(*T); ok {
			*to = *value
		}
	}
}

// checkSmall is what small-write refuses.
func (o *blockOptions) checkSmall(c *cobra.Command) error {
	var fileSize size
	readFlag(c, "file-size", &fileSize)
	switch engine := o.engine.value; {
	case o.duration.value == 0:
		return usagef("--duration 0s: want how long to write, as 1m")
	case (engine == "direct" || engine == "uring") && fileSize.bytes%directBlock != 0:
		return usagef("--engine %s: --file-size %d has to be a multiple of %d bytes past the page cache: choose one, or --engine posix", engine, fileSize.bytes, directBlock)
	}
	return nil
}

// needsSuiteDir says that a command which reads or writes real files is told where.
func needsSuiteDir(command, dir, engine string) error {
	if dir != "" || ioengine.Virtual(engine) {
		return nil
	}
	return usagef("%s: --data-dir is needed with --engine %s: give it to the suite, as --data-dir DIR", command, engine)
}

// gateMetrics lists the metrics that a command can give: a gate on another one could never
// hold. What depends on a setting (verified_bytes on --verify) is among them.
func gateMetrics(command string) []string {
	if !slices.Contains(workloads.BlockCommands(), command) {
		return dlio.MetricNames()
	}
	var names []string
	for _, m := range fio.RuleMetrics() {
		if !slices.Contains(neverOf(command), m.Name) {
			names = append(names, m.Name)
		}
	}
	return names
}

// neverOf lists the rules' metrics that a block command has not when its suite judges it. That
// of balance comes from telemetry, which is attached later.
func neverOf(command string) []string {
	read := []string{"write_bytes_per_s", "write_bytes", "verified_bytes", "grid_period_ns", "balance_fraction"}
	written := []string{"read_bytes_per_s", "read_bytes", "steady_read_bytes_per_s", "steady_from_ns", "passes", "balance_fraction"}
	switch command {
	case "cold-read":
		return append(read, "steady_read_bytes_per_s", "steady_from_ns", "passes")
	case "sustained":
		return read
	case "write":
		return append(written, "grid_period_ns", "cached_fraction_before")
	}
	return append(written, "verified_bytes", "ceiling_read_bytes_per_s", "cached_fraction_before", "nic_fraction", "job_balance_fraction", "runner_ratio")
}
