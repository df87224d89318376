package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

type smallWriteOptions struct {
	blockOptions
	writers  count
	fileSize size
}

func newSmallWrite(a *app) *cobra.Command {
	o := smallWriteOptions{writers: count{1, 1, fio.MaxJobs}, fileSize: size{10 << 10}}
	o.duration = span{value: time.Minute}
	c := &cobra.Command{
		Use: "small-write", Short: "How long does a small durable file take, and does it wait for a group?", Args: noArgs,
		Long: "small-write creates small files, writes them, syncs and renames them, and looks for a grid\n" +
			"on which they complete: a server that syncs by transaction groups makes each of them wait\n" +
			"for the next one.",
		Example: "  lbench small-write --data-dir /mnt/lustre\n" +
			"  lbench small-write --data-dir /mnt/lustre --writers 16 --rule 'latency_p99_ns<=50ms'",
	}
	o.bindCommon(c)
	f := c.Flags()
	f.Var(&o.writers, "writers", "writers side by side")
	f.Var(&o.fileSize, "file-size", "bytes of each file")
	f.Var(&o.duration, "duration", "how long to write")
	c.RunE = func(c *cobra.Command, _ []string) error { return a.smallWrite(c.Context(), c, &o) }
	return c
}

func (a *app) smallWrite(ctx context.Context, c *cobra.Command, o *smallWriteOptions) error {
	setup, err := a.setUp(c, &o.blockOptions, 1)
	if err == nil {
		err = o.needsDir("small-write", "a folder on the mount to be measured")
	}
	if err != nil {
		return err
	}
	switch engine := o.engine.value; {
	case o.duration.value == 0:
		return usagef("--duration 0s: want how long to write, as 1m")
	case (engine == "direct" || engine == "uring") && o.fileSize.bytes%directBlock != 0:
		return usagef("--engine %s: --file-size %d has to be a multiple of %d bytes past the page cache: choose one, or --engine posix", engine, o.fileSize.bytes, directBlock)
	}
	side := &side{dir: o.dataDir, layout: layout{release: func() {}}}
	r := a.newBlockRun(&o.blockOptions, setup, side)
	remove, err := r.openScratch(ctx, side)
	if err != nil {
		return err
	}
	defer remove()
	var outcome fio.SmallOutcome
	return r.do(ctx, steps{
		measure:  func(ctx context.Context) (err error) { outcome, err = r.writeSmall(ctx, o, side); return err },
		conclude: func(err error) { r.concludeSmall(o, outcome, err) },
	})
}

// writeSmall writes small files beside the sampler.
func (r *blockRun) writeSmall(ctx context.Context, o *smallWriteOptions, side *side) (fio.SmallOutcome, error) {
	sampler, stop := r.sample(ctx)
	defer stop()
	if err := r.openLog(); err != nil {
		return fio.SmallOutcome{}, err
	}
	maker, ok := r.app.open(o.engine.value, side.scratch, side.spec).(ioengine.Maker)
	if !ok {
		return fio.SmallOutcome{}, fmt.Errorf("small-write: the engine %s can't write", o.engine.value)
	}
	began := time.Since(r.began)
	live := &fio.Live{}
	line := r.app.newBlockLine("small-write", fio.Job{Op: fio.Write, Duration: o.duration.value}, live, bool(o.quiet))
	defer line.finish()
	sampler.Now()
	out, err := fio.SmallWrites(ctx, maker, fio.SmallOptions{
		Writers: o.writers.value, FileBytes: o.fileSize.bytes, Duration: o.duration.value, Prefix: smallPrefix, Seed: o.seed.value, IOTimeout: o.ioTimeout.value, Live: live,
		Sample: func(s fio.Sample) {
			_ = r.writer.Readings(r.readingsOf(doneTurn{turn: turn{job: fio.Job{Op: fio.Write}}, began: began}, s))
		},
	})
	sampler.Now()
	err = onTarget(err)
	if out.Ops > 0 {
		err = errors.Join(err, wrap("write "+result.OpsFile, r.log.Write("writers", began, began+out.Duration, out.Latencies)))
	}
	return out, errors.Join(err, r.closeLog())
}

// concludeSmall computes what the run says.
func (r *blockRun) concludeSmall(o *smallWriteOptions, out fio.SmallOutcome, err error) {
	if out.Ops == 0 {
		return
	}
	outcome := fio.Outcome{Runner: runNative, Engine: o.engine.value, Began: out.Began, Duration: out.Duration, Bytes: out.Bytes, Ops: out.Ops,
		Total: out.Latencies, Sync: out.Sync, CPU: out.CPU}
	job := fio.Job{Op: fio.Write, Jobs: o.writers.value, Depth: 1, OpBytes: o.fileSize.bytes, Fsync: fio.FsyncEach}
	r.run.Metrics = fio.Measure(job, outcome)
	grid := stats.Grid(out.Done, out.Took)
	r.run.Block = &result.Block{
		Runner: runNative, Engine: o.engine.value, Op: "small-write", FileBytes: o.fileSize.bytes, OpBytes: o.fileSize.bytes, Jobs: o.writers.value, Depth: 1,
		Fsync: string(fio.FsyncEach), DurationNS: int64(o.duration.value), Latencies: fio.Latencies(outcome),
		Grid: &result.Grid{Found: grid.Found, PeriodNS: int64(grid.Period), Why: grid.Why},
	}
	if grid.Found {
		r.run.Metrics["grid_period_ns"] = float64(grid.Period)
	}
	if err == nil {
		limit := fio.NameLimit(r.facts(doneTurn{turn: turn{job: job, side: r.sides[0]}, outcome: outcome}))
		r.run.Limit = &limit
		r.run.Checks, r.run.Verdict = fio.Judge(r.rules, r.run.Metrics)
	}
}
