package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
)

func newColdRead(a *app) *cobra.Command {
	o := blockOptions{}
	c := &cobra.Command{
		Use: "cold-read", Short: "How fast is one cold pass over files larger than memory?", Args: noArgs,
		Long: "cold-read lays out files, makes them cold, proves it, and reads every byte once with jobs\n" +
			"side by side. A run whose files were not cold fails its rule `cold`.\n\n" +
			"With auto, jobs and op size are searched for first, on files laid out for that alone.",
		Example: "  lbench cold-read --data-dir /mnt/lustre/cold --size 210GB\n" +
			"  lbench cold-read --data-dir /mnt/lustre/cold --jobs 24 --op-size 4MiB --rule 'read_bytes_per_s>=13GB/s'",
	}
	o.bindBlock(c)
	o.bindAuto(c)
	f := c.Flags()
	f.StringArrayVar(&o.beforeCold, "before-cold", nil, "`COMMAND` for the shell that makes the servers cold (repeatable)")
	o.prepare.bind(f, "prepare", "lay out the files and stop")
	c.RunE = func(c *cobra.Command, _ []string) error { return a.coldRead(c.Context(), c, &o) }
	return c
}

// bindAuto adds the flags of jobs and op size, which may be searched for.
func (o *blockOptions) bindAuto(c *cobra.Command) {
	f := c.Flags()
	f.Var(&o.jobs, "jobs", "streams side by side")
	f.Var(&o.opSize, "op-size", "bytes of one read")
}

func (a *app) coldRead(ctx context.Context, c *cobra.Command, o *blockOptions) error {
	setup, side, err := a.setUpRead(ctx, c, o)
	if err != nil {
		return err
	}
	defer side.release()
	if o.prepare {
		return a.prepared(ctx, o, side)
	}
	r := a.newBlockRun(o, setup, side)
	return r.runPlan(ctx, func(ctx context.Context) (plan, error) {
		if err := r.searchJobs(ctx, side); err != nil {
			return plan{}, err
		}
		return o.planOf(o.job(fio.Read, side.files), side, setup.matrix, true)
	})
}

// setUpRead reads the flags of a command that reads, and lays out its files.
func (a *app) setUpRead(ctx context.Context, c *cobra.Command, o *blockOptions) (blockSetup, *side, error) {
	setup, err := a.setUp(c, o, 1)
	if err == nil {
		err = o.needsDir(c.Name(), "a folder on the mount to be measured")
	}
	if err == nil && o.pattern.value != "" && o.duration.value == 0 {
		err = usagef("--duration 0s: want how long to read, as 5m")
	}
	if err == nil {
		err = o.check(fio.Read, setup.matrix)
	}
	if err != nil {
		return setup, nil, err
	}
	l, err := a.layOut(ctx, o, setup.s, o.dataDir)
	return setup, &side{dir: o.dataDir, layout: l}, err
}

// prepared says what --prepare has laid out: the files of the pass, and those that auto
// searches on.
func (a *app) prepared(ctx context.Context, o *blockOptions, s *side) error {
	sides := []*side{s}
	if (o.jobs.auto || o.opSize.auto) && !ioengine.Virtual(o.engine.value) {
		own, err := a.searchSide(ctx, o, s)
		if err != nil {
			return err
		}
		own.release()
		sides = append(sides, own)
	}
	if o.json {
		return json.NewEncoder(a.stdout).Encode(laidOut(sides))
	}
	for _, s := range sides {
		if _, err := fmt.Fprintln(a.stdout, s.describe(s.dir)); err != nil {
			return err
		}
	}
	return nil
}

// laidOut is what --prepare --json says.
func laidOut(sides []*side) any {
	type folder struct {
		Dir     string `json:"dir"`
		Files   int    `json:"files"`
		Bytes   int64  `json:"bytes"`
		Written int    `json:"files_written"`
	}
	var all []folder
	for _, s := range sides {
		all = append(all, folder{s.dir, len(s.files), s.bytes(), s.made.Written})
	}
	return map[string]any{"folders": all}
}
