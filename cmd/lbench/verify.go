package main

import (
	"github.com/spf13/cobra"

	"github.com/lbench/lbench/docs"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/verify"
)

func newVerify(a *app) *cobra.Command {
	var asJSON toggle
	c := &cobra.Command{
		Use: "verify PATH", Short: "Compute a result's figures again from its data",
		Long: "PATH is a run folder, or a folder of run folders. Exit code 3: a figure does not follow from\n" +
			"its data, or a file is not what it was when the folder was closed.",
		Example: "  lbench verify results/20260313T140200Z-mlperf-resnet50_h100\n  lbench verify results",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("verify: want one run folder, or a folder of run folders, not %d", len(args))
			}
			return nil
		},
	}
	asJSON.bind(c.Flags(), "json", "print one JSON document")
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		v, err := verify.Path(args[0], verify.Options{Schema: docs.ResultSchema})
		if err != nil {
			return err
		}
		if asJSON {
			err = a.printJSON(v)
		} else {
			err = report.VerificationText(a.stdout, v)
		}
		if err == nil && !v.OK {
			err = errFailed
		}
		return err
	}
	return c
}
