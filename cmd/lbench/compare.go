package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/compare"
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
			"pattern in quotes. A is what was before. Like is compared with like: by command, workload and\n" +
			"the entry of a suite; warm-ups of suites are left out.\n\n" +
			"With --baseline there is one argument, and A is what was before it in --results-dir, with the\n" +
			"same settings: of a run of a suite, its own night (all repeats) against the last N nights of that\n" +
			"entry, a value per night; of another run, itself against the last N runs.",
		Example: "  lbench compare before after\n" +
			"  lbench compare results/20260313T140200Z-mlperf-resnet50_h100 --baseline last:10",
		Args: func(*cobra.Command, []string) error { return nil },
	}
	f := c.Flags()
	f.StringVar(&o.baseline, "baseline", "", "compare with the N nights, or runs, before: `last:N`")
	f.StringVar(&o.resultsDir, "results-dir", "results", "`DIR` of run folders")
	f.StringVarP(&o.output, "output", "o", "", "write compare.html, with plots of A and B over each other, and compare.md into `DIR`")
	o.json.bind(f, "json", "print one JSON document")
	o.md.bind(f, "md", "print Markdown")
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		if bool(o.json) && bool(o.md) {
			return usagef("compare: --json goes with no other form: leave --md out")
		}
		if want := map[bool]int{true: 2, false: 1}[o.baseline == ""]; len(args) != want {
			return usagef("compare: want two sets of runs, A and B, or one and --baseline last:N, not %d arguments", len(args))
		}
		if o.baseline != "" {
			comparisons, err := a.compareBaseline(c.Context(), o, args)
			if err != nil {
				return err
			}
			return a.printComparisons(o, comparisons, func(c result.Comparison) report.Overlaid { return overlaidByID(c, o.resultsDir, args) })
		}
		return a.compareSets(o, args)
	}
	return c
}

// compareSets compares A with B, like with like.
func (a *app) compareSets(o compareOptions, args []string) error {
	after, err := a.findRuns(o.resultsDir, args[1:])
	if err != nil {
		return err
	}
	before, err := a.findRuns(o.resultsDir, args[:1])
	if err != nil {
		return err
	}
	all, err := compare.Alike(runsAlone(before), runsAlone(after))
	if err != nil {
		return usageError{err}
	}
	return a.printComparisons(o, all, func(c result.Comparison) report.Overlaid {
		return report.Overlaid{A: membersOf(c, c.A, before), B: membersOf(c, c.B, after)}
	})
}

// printComparisons prints, and writes with -o, what was compared; runsOf finds the runs whose
// plots a page lays over each other.
func (a *app) printComparisons(o compareOptions, c result.Comparisons, runsOf func(result.Comparison) report.Overlaid) error {
	if o.output != "" {
		if err := os.MkdirAll(o.output, 0o755); err != nil {
			return fmt.Errorf("make the folder of -o %q (want a folder, or a name that is free): %w", o.output, err)
		}
		page := func(w io.Writer, c result.Comparisons) error {
			runs := make([]report.Overlaid, len(c.Comparisons))
			for i, one := range c.Comparisons {
				runs[i] = runsOf(one)
			}
			return report.ComparisonsHTMLOverlaid(w, c, runs)
		}
		for name, write := range map[string]func(io.Writer, result.Comparisons) error{"compare.html": page, "compare.md": report.ComparisonsMarkdown} {
			if err := a.writeFile(filepath.Join(o.output, name), func(w io.Writer) error { return write(w, c) }); err != nil {
				return err
			}
		}
	}
	switch {
	case bool(o.json) && len(c.Comparisons) == 1 && len(c.Warnings) == 0:
		return a.printJSON(c.Comparisons[0])
	case bool(o.json):
		return a.printJSON(c)
	case bool(o.md):
		return report.ComparisonsMarkdown(a.stdout, c)
	}
	return report.ComparisonsText(a.stdout, c)
}
