package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/fio"
)

func newSustained(a *app) *cobra.Command {
	o := blockOptions{
		duration: span{value: 5 * time.Minute},
		pattern:  choice{string(fio.Random), []string{string(fio.Random), string(fio.Sequential), string(fio.ShuffledFiles)}},
	}
	c := &cobra.Command{
		Use: "sustained", Short: "How fast does this mount read for minutes, over more than its caches hold?", Args: noArgs,
		Long: "sustained reads for a time from files larger than the caches, finds where the rate becomes\n" +
			"steady, and reports that apart from the ramp.",
		Example: "  lbench sustained --data-dir /mnt/lustre/cold --duration 5m --jobs 24\n" +
			"  lbench sustained --data-dir /mnt/lustre/cold --pattern shuffled-files --rule 'steady_read_bytes_per_s>=10GB/s'",
	}
	o.bindBlock(c)
	o.bindAuto(c)
	f := c.Flags()
	f.Var(&o.duration, "duration", "how long to read")
	f.Var(&o.pattern, "pattern", "order of the reads")
	f.Var(&o.cellTime, "cell-time", "how long each run of a matrix, of --repeats or of --runner both reads")
	c.RunE = func(c *cobra.Command, _ []string) error { return a.sustained(c.Context(), c, &o) }
	return c
}

func (a *app) sustained(ctx context.Context, c *cobra.Command, o *blockOptions) error {
	setup, side, err := a.setUpRead(ctx, c, o)
	if err != nil {
		return err
	}
	defer side.release()
	r := a.newBlockRun(o, setup, side)
	return r.runPlan(ctx, func(ctx context.Context) (plan, error) {
		if err := r.searchJobs(ctx, side); err != nil {
			return plan{}, err
		}
		job := o.job(fio.Read, side.files)
		if setup.matrix != nil || o.runner.value == runBoth || o.repeats.value > 1 {
			job.Duration = o.cellTime.value
		}
		return o.planOf(job, side, setup.matrix, bool(o.dropCaches))
	})
}
