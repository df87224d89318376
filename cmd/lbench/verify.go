package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/docs"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/verify"
)

func newVerify(a *app) *cobra.Command {
	var asJSON toggle
	var profile string
	c := &cobra.Command{
		Use: "verify PATH", Short: "Compute a result's figures again from its data",
		Long: "PATH is a run folder, a result folder of DLIO (summary.json), or a folder of such. Exit code 3: a\n" +
			"figure does not follow from its data, or a file is not what it was when the folder was closed. Exit\n" +
			"code 1: a file could not be read.\n" +
			"Runs that lie beside each other are also taken together: mean, deviation and interval, and for\n" +
			"training the rules of its round about sets of runs. A rule that is not met changes no exit code.",
		Example: "  lbench verify results/20260313T140200Z-mlperf-resnet50_h100\n  lbench verify results",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("verify: want one run folder, or a folder of run folders, not %d", len(args))
			}
			return nil
		},
	}
	asJSON.bind(c.Flags(), "json", "print one JSON document")
	c.Flags().StringVar(&profile, "profile", "", fmt.Sprintf("round whose formulas DLIO's results are by: %s (default: detected)", strings.Join(verify.Profiles(), ", ")))
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		if profile != "" && !slices.Contains(verify.Profiles(), profile) {
			return usagef("verify: --profile %q isn't one of [%s]", profile, strings.Join(verify.Profiles(), ", "))
		}
		v, err := verify.Path(args[0], verify.Options{Schema: docs.ResultSchema, Profile: profile})
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
