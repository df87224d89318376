package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/history"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/result"
)

func newResults(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "results", Short: "List, show, remove or export the runs of a results folder",
		Example: "  lbench results ls\n  lbench results export --csv runs.csv",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("results: command %q isn't one of [ls show rm export]", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newResultsLs(a), newResultsShow(a), newResultsRm(a), newResultsExport(a))
	return c
}

// onResults gives a command the results folder that it is about. run is called with it
// once the flags are complete.
func (a *app) onResults(c *cobra.Command, run func(ctx context.Context, dir string, args []string) error) *cobra.Command {
	dir := c.Flags().String("results-dir", "results", "`DIR` of run folders")
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		return run(c.Context(), *dir, args)
	}
	return c
}

func newResultsLs(a *app) *cobra.Command {
	var asJSON toggle
	c := &cobra.Command{Use: "ls", Short: "List runs, oldest first", Example: "  lbench results ls", Args: noArgs}
	asJSON.bind(c.Flags(), "json", "print one JSON document")
	return a.onResults(c, func(ctx context.Context, dir string, _ []string) error {
		index, err := a.openIndex(ctx, dir)
		if err != nil {
			return err
		}
		defer index.Close()
		runs, err := index.Runs(ctx, history.Filter{})
		if err != nil {
			return err
		}
		if asJSON {
			return a.printJSON(runs)
		}
		return report.ListText(a.stdout, runs)
	})
}

func newResultsShow(a *app) *cobra.Command {
	var asJSON toggle
	c := &cobra.Command{
		Use: "show RUN", Short: "Print a run's result", Example: "  lbench results show results/20260313T140200Z-mlperf-resnet50_h100",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("results show: want one run, by ID or folder: see `lbench results ls`")
			}
			return nil
		},
	}
	asJSON.bind(c.Flags(), "json", "print run.json instead of tables")
	return a.onResults(c, func(_ context.Context, dir string, args []string) error {
		folders, err := a.findRuns(dir, args)
		if err != nil {
			return err
		}
		if len(folders) != 1 {
			return usagef("results show: %q names %d runs: see `lbench results ls`", args[0], len(folders))
		}
		return a.printRun(folders[0].Run, folders[0], bool(asJSON))
	})
}

func newResultsRm(a *app) *cobra.Command {
	var dryRun toggle
	c := &cobra.Command{
		Use: "rm RUN...", Short: "Remove run folders", Example: "  lbench results rm results/20260313T140200Z-mlperf-resnet50_h100 --dry-run",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("results rm: want runs, by ID or folder: see `lbench results ls`")
			}
			return nil
		},
	}
	dryRun.bind(c.Flags(), "dry-run", "say what would be removed")
	return a.onResults(c, func(_ context.Context, dir string, args []string) error {
		var dirs []string
		for _, arg := range args { // all are looked at before one is removed
			found, err := runFolders(dir, arg)
			if err != nil {
				return err
			}
			dirs = append(dirs, found...)
		}
		for _, dir := range dirs {
			if dryRun {
				fmt.Fprintf(a.stdout, "would remove %s\n", dir)
				continue
			}
			if err := os.RemoveAll(dir); err != nil {
				return fmt.Errorf("remove a run: %w", err)
			}
			fmt.Fprintf(a.stdout, "removed %s\n", dir)
		}
		return nil
	})
}

// runFolders are the run folders that an argument of rm names: an ID, a folder or a
// pattern, never a folder of run folders. A broken run can be removed too, what is no run
// can't.
func runFolders(resultsDir, arg string) ([]string, error) {
	for _, pattern := range []string{arg, filepath.Join(resultsDir, arg)} {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			return nil, usagef("results rm: pattern %q: %w", arg, err)
		}
		var runs []string
		for _, dir := range dirs {
			if isRun(dir) {
				runs = append(runs, filepath.Clean(dir))
			}
		}
		if len(runs) > 0 {
			return runs, nil
		}
	}
	return nil, fmt.Errorf("results rm: %q is no run folder, nor the ID of one in %q: see `lbench results ls`", arg, resultsDir)
}

func newResultsExport(a *app) *cobra.Command {
	var csv, parquet string
	c := &cobra.Command{
		Use: "export", Short: "Write all runs and their metrics as a table", Args: noArgs,
		Example: "  lbench results export --csv runs.csv\n  lbench results export --parquet runs.parquet",
	}
	c.Flags().StringVar(&csv, "csv", "", "`FILE` to write, a line per run")
	c.Flags().StringVar(&parquet, "parquet", "", "`FILE` to write, a row per run")
	return a.onResults(c, func(_ context.Context, dir string, _ []string) error {
		if csv == "" && parquet == "" {
			return usagef("results export: want --csv FILE or --parquet FILE")
		}
		folders, err := a.findRuns(dir, []string{dir})
		if err != nil {
			return err
		}
		for _, form := range []struct {
			file  string
			write func(io.Writer, []result.Run) error
		}{{csv, report.CSV}, {parquet, report.Parquet}} {
			if form.file == "" {
				continue
			}
			if err := a.writeFile(form.file, func(w io.Writer) error { return form.write(w, runsAlone(folders)) }); err != nil {
				return err
			}
			what := fmt.Sprintf("%d runs", len(folders))
			if len(folders) == 1 {
				what = "1 run"
			}
			fmt.Fprintf(a.stderr, "%s in %s\n", what, form.file) // the table itself may go to stdout
		}
		return nil
	})
}
