package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/compare"
	"github.com/lbench/lbench/internal/history"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/result"
)

// compareOptions says what is compared with what, and where it goes.
type compareOptions struct {
	baseline, output, resultsDir string
	json, md                     toggle
}

func newCompare(a *app) *cobra.Command {
	var o compareOptions
	c := &cobra.Command{
		Use: "compare A B", Short: "Say what changed between two sets of runs, and whether that is more than noise",
		Long: "A and B are each a run folder, a folder of run folders, the ID of a run in --results-dir, or a\n" +
			"pattern in quotes. A is what was before. With --baseline there is one argument, and A is the\n" +
			"runs of the same command and workload before it.",
		Example: "  lbench compare before after\n" +
			"  lbench compare results/20260313T140200Z-mlperf-resnet50_h100 --baseline last:10",
		Args: func(*cobra.Command, []string) error { return nil },
	}
	f := c.Flags()
	f.StringVar(&o.baseline, "baseline", "", "compare with the runs before: `last:N`")
	f.StringVar(&o.resultsDir, "results-dir", "results", "`DIR` of run folders")
	f.StringVarP(&o.output, "output", "o", "", "write compare.html and compare.md into `DIR`")
	o.json.bind(f, "json", "print one JSON document")
	o.md.bind(f, "md", "print Markdown")
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		if bool(o.json) && bool(o.md) {
			return usagef("compare: --json goes with no other form: leave --md out")
		}
		before, after, err := a.sides(c.Context(), o, args)
		if err != nil {
			return err
		}
		comparison, err := compare.Runs(runsAlone(before), runsAlone(after))
		if err != nil {
			return usageError{err}
		}
		return a.printComparison(o, comparison)
	}
	return c
}

// sides are the runs of A and B.
func (a *app) sides(ctx context.Context, o compareOptions, args []string) (before, after []*result.Folder, err error) {
	if want := map[bool]int{true: 2, false: 1}[o.baseline == ""]; len(args) != want {
		return nil, nil, usagef("compare: want two sets of runs, A and B, or one and --baseline last:N, not %d arguments", len(args))
	}
	var last history.Last
	if o.baseline != "" {
		last, err = history.ParseLast(o.baseline)
		if err == nil && last.Runs == 0 {
			err = fmt.Errorf("%q isn't a number of runs, as last:10", o.baseline)
		}
		if err != nil {
			return nil, nil, usagef("--baseline: %w", err)
		}
	}
	after, err = a.findRuns(o.resultsDir, args[len(args)-1:])
	if err != nil {
		return nil, nil, err
	}
	if o.baseline == "" {
		before, err = a.findRuns(o.resultsDir, args[:1])
		return before, after, err
	}
	before, err = a.baseline(ctx, o.resultsDir, after[0].Run, last.Runs)
	if err == nil && len(before) == 0 {
		err = fmt.Errorf("compare with --baseline %s: %q holds no complete run of %s %s before %s", o.baseline, o.resultsDir, after[0].Run.Command, after[0].Run.Workload, after[0].Run.ID)
	}
	return before, after, err
}

// baseline are the last n runs of the same command and workload before a run.
func (a *app) baseline(ctx context.Context, resultsDir string, run result.Run, n int) ([]*result.Folder, error) {
	index, err := a.openIndex(ctx, resultsDir)
	if err != nil {
		return nil, err
	}
	defer index.Close()
	dirs, err := index.Baseline(ctx, run, n)
	if err != nil {
		return nil, err
	}
	return a.openAll(dirs), nil
}

func (a *app) printComparison(o compareOptions, c result.Comparison) error {
	if o.output != "" {
		if err := os.MkdirAll(o.output, 0o755); err != nil {
			return fmt.Errorf("make the folder of -o %q (want a folder, or a name that is free): %w", o.output, err)
		}
		for name, write := range map[string]func(io.Writer, result.Comparison) error{"compare.html": report.ComparisonHTML, "compare.md": report.ComparisonMarkdown} {
			if err := a.writeFile(filepath.Join(o.output, name), func(w io.Writer) error { return write(w, c) }); err != nil {
				return err
			}
		}
	}
	switch {
	case bool(o.json):
		return a.printJSON(c)
	case bool(o.md):
		return report.ComparisonMarkdown(a.stdout, c)
	}
	return report.ComparisonText(a.stdout, c)
}
