package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
)

func newWrite(a *app) *cobra.Command {
	o := blockOptions{fsync: fsyncChoice()}
	c := &cobra.Command{
		Use: "write", Short: "How fast does this mount take large files, made durable?", Args: noArgs,
		Long: "write writes large files in order, as checkpoints are written, and counts the fsync within\n" +
			"the time. It writes in a new folder of its own and removes it; no other file is touched.",
		Example: "  lbench write --data-dir /mnt/lustre --size 64GB --jobs 8\n" +
			"  lbench write --data-dir /mnt/lustre --size 64GB --direct --depth 8 --fsync each --verify",
	}
	o.bindBlock(c)
	o.bindAuto(c)
	f := c.Flags()
	f.Var(&o.fsync, "fsync", "when writes are made durable; its time counts")
	o.overwrite.bind(f, "overwrite", "write into files that are there: they are written once before, untimed")
	o.verify.bind(f, "verify", "put a checksum into every block, read all back and check them")
	c.RunE = func(c *cobra.Command, _ []string) error { return a.write(c.Context(), c, &o) }
	return c
}

func (a *app) write(ctx context.Context, c *cobra.Command, o *blockOptions) error {
	setup, err := a.setUp(c, o, 1)
	if err == nil {
		err = o.needsDir("write", "a folder on the mount to be measured")
	}
	if err != nil {
		return err
	}
	if o.jobs.auto || o.opSize.auto {
		return usagef("write: auto is for reads: give --jobs and --op-size")
	}
	if err := o.check(fio.Write, setup.matrix); err != nil {
		return err
	}
	side := &side{dir: o.dataDir, layout: layout{spec: o.spec(), release: func() {}}}
	job := o.job(fio.Write, o.writtenFiles(side.spec))
	r := a.newBlockRun(o, setup, side)
	if !ioengine.Virtual(o.engine.value) {
		if err := roomFor(side.dir, r.run.Mount, job.Bytes()); err != nil {
			return err
		}
	}
	remove, err := r.openScratch(ctx, side)
	if err != nil {
		return err
	}
	defer remove()
	return r.runPlan(ctx, func(ctx context.Context) (plan, error) {
		if job.Overwrite {
			if err := r.writeFirst(ctx, side, job); err != nil {
				return plan{}, fmt.Errorf("write: %w", err)
			}
		}
		return o.planOf(job, side, setup.matrix, false)
	})
}

func fsyncChoice() choice {
	return choice{string(fio.FsyncEnd), []string{string(fio.FsyncNone), string(fio.FsyncEnd), string(fio.FsyncEach)}}
}
