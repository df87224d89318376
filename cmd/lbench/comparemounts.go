package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
)

// compareFolder is where compare-mounts keeps its files on each mount.
const compareFolder = "lbench-compare"

func newCompareMounts(a *app) *cobra.Command {
	o := blockOptions{fsync: fsyncChoice()}
	c := &cobra.Command{
		Use: "compare-mounts A=DIR B=DIR", Short: "Which of two mounts is faster, and is the difference real?",
		Long: "compare-mounts runs the same jobs on two mounts in the order A B B A, so that drift cancels,\n" +
			"and says for each job by how much B differs from A and whether that is more than noise:\n" +
			"writes, reads through the page cache and reads past it, or the jobs of --matrix.",
		Example: "  lbench compare-mounts A=/mnt/nfs B=/mnt/lustre --size 4GB",
	}
	o.bindBlock(c)
	o.bindAuto(c)
	c.Flags().Var(&o.fsync, "fsync", "when writes are made durable; its time counts")
	c.RunE = func(c *cobra.Command, args []string) error { return a.compareMounts(c.Context(), c, &o, args) }
	return c
}

// mountName is what a mount may be called: it becomes part of file names.
var mountName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// mountArguments reads A=DIR B=DIR.
func mountArguments(args []string) (sides []*side, err error) {
	for _, arg := range args {
		name, dir, ok := strings.Cut(arg, "=")
		if !ok || !mountName.MatchString(name) || dir == "" {
			return nil, usagef("compare-mounts %q: want a name of letters, digits, dots, dashes and underscores, and a folder, as A=/mnt/nfs", arg)
		}
		sides = append(sides, &side{label: name, dir: filepath.Join(dir, compareFolder)})
	}
	if len(sides) != 2 || sides[0].label == sides[1].label {
		return nil, usagef("compare-mounts: want two mounts with two names, as A=/mnt/nfs B=/mnt/lustre")
	}
	return sides, nil
}

func (a *app) compareMounts(ctx context.Context, c *cobra.Command, o *blockOptions, args []string) error {
	sides, err := mountArguments(args)
	if err != nil {
		return err
	}
	setup, err := a.setUp(c, o, 2)
	if err != nil {
		return err
	}
	if err := o.fitsCompare(setup); err != nil {
		return err
	}
	for _, settings := range compareCells(setup.matrix) {
		if _, err := o.sideJob(settings, &side{layout: layout{spec: o.spec(), files: o.writtenFiles(o.spec())}}); err != nil {
			return err
		}
	}
	for _, s := range sides {
		if s.layout, err = a.layOut(ctx, o, setup.s, s.dir); err != nil {
			return fmt.Errorf("%s: %w", s.label, err)
		}
		defer s.release()
	}
	r := a.newBlockRun(o, setup, sides...)
	for _, s := range sides {
		remove, err := r.openScratch(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.label, err)
		}
		defer remove()
	}
	return r.runPlan(ctx, func(context.Context) (plan, error) { return o.planSides(sides, setup.matrix) })
}

func (o *blockOptions) fitsCompare(setup blockSetup) error {
	switch {
	case setup.s.given("data-dir"):
		return usagef("compare-mounts takes its folders as A=DIR B=DIR, not as --data-dir")
	case ioengine.Virtual(o.engine.value):
		return usagef("--engine %s has no mount to compare: leave it out", o.engine.value)
	case o.runner.value == runBoth:
		return usagef("--runner both compares runners, compare-mounts compares mounts: choose one runner")
	case o.jobs.auto || o.opSize.auto:
		return usagef("compare-mounts: auto could choose differently on each mount: give --jobs and --op-size")
	}
	return nil
}

// planSides runs every cell on both mounts, A B B A.
func (o *blockOptions) planSides(sides []*side, matrix *fio.Matrix) (plan, error) {
	p := plan{cells: compareCells(matrix), sides: []string{sides[0].label, sides[1].label}, axis: "mount"}
	p.order = fio.ABBA(len(p.cells), o.repeatsOr(defaultRepeats), o.seed.value)
	for _, t := range p.order {
		side := sides[t.Side]
		job, err := o.sideJob(p.cells[t.Cell], side)
		if err != nil {
			return p, err
		}
		p.add(t, job, side, o.runner.value, true)
	}
	return p, nil
}

// compareCells are what two mounts are compared by.
func compareCells(matrix *fio.Matrix) []fio.Settings {
	if matrix != nil {
		return matrix.Cells()
	}
	return []fio.Settings{
		{{Axis: "op", Value: string(fio.Write)}, {Axis: "mode", Value: "buffered"}},
		{{Axis: "op", Value: string(fio.Read)}, {Axis: "mode", Value: "buffered"}},
		{{Axis: "op", Value: string(fio.Read)}, {Axis: "mode", Value: "direct"}},
	}
}

// sideJob is a cell's job on a mount.
func (o *blockOptions) sideJob(settings fio.Settings, side *side) (fio.Job, error) {
	job := o.job(fio.Read, side.files)
	if settings.Map()["op"] == string(fio.Write) {
		job = o.job(fio.Write, o.writtenFiles(side.spec))
	}
	job, err := fio.Apply(job, settings)
	if err != nil {
		return job, usagef("--matrix: %w", err)
	}
	return job, o.checkJob(job)
}
