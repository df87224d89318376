package main

import (
	"bytes"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/result"
)

func newReport(a *app) *cobra.Command {
	var asJSON toggle
	c := &cobra.Command{
		Use: "report RUN...", Short: "Print a run's result again and write its report.html",
		Example: "  lbench report results/20260313T140200Z-mlperf-resnet50_h100",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("report: want run folders, as results/20260313T140200Z-mlperf-resnet50_h100")
			}
			if bool(asJSON) && len(args) > 1 {
				return usagef("report: --json prints one document, so it takes one run folder, not %d", len(args))
			}
			return nil
		},
	}
	asJSON.bind(c.Flags(), "json", "print run.json instead of tables")
	c.RunE = func(_ *cobra.Command, args []string) error {
		for _, dir := range args {
			folder, err := result.Open(dir)
			if err != nil {
				return err
			}
			if err := a.printRun(folder.Run, bool(asJSON)); err != nil {
				return err
			}
			if err := a.writeHTML(folder); err != nil {
				return err
			}
			fmt.Fprintf(a.stderr, "report: %s\n", filepath.Join(dir, result.ReportFile))
		}
		return nil
	}
	return c
}

// writeHTML makes report.html of a run folder, from that folder alone.
func (a *app) writeHTML(folder *result.Folder) error {
	var page bytes.Buffer
	if err := report.HTML(&page, folder.Run, folder); err != nil {
		return err
	}
	return result.Replace(a.create, filepath.Join(folder.Dir, result.ReportFile), page.Bytes())
}

func (a *app) printRun(run result.Run, asJSON bool) error {
	if !asJSON {
		return report.Text(a.stdout, run)
	}
	text, err := run.Encode()
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(text)
	return err
}
