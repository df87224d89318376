package main

import (
	"fmt"
	"os"
	"path/filepath"
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
		Use: "verify PATH...", Short: "Compute a result's figures again from its data",
		Long: "PATH is a run folder, a result folder of DLIO (summary.json), a folder of such, or a pattern of\n" +
			"these. Exit code 3: a figure does not follow from its data, or a file is not what it was when the\n" +
			"folder was closed. Exit code 1: a file could not be read.\n" +
			"Runs that are a set are also taken together: the repeats of a suite's entry, runs that are named\n" +
			"one by one or by a pattern, or a folder of exactly five alike runs. Then there are mean, deviation\n" +
			"and interval, and for training the rules of its round. A rule that is not met changes no exit code.",
		Example: "  lbench verify results/20260313T140200Z-mlperf-resnet50_h100\n  lbench verify results\n" +
			"  lbench verify 'results/*-mlperf-*'",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("verify: want a run folder, or a folder of run folders, or several of these")
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
		folders, err := foldersOf(args)
		if err != nil {
			return err
		}
		v, err := verify.Paths(folders, verify.Options{Schema: docs.ResultSchema, Profile: profile})
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

// foldersOf gives what is named, and of a pattern the folders that it fits.
func foldersOf(args []string) ([]string, error) {
	var all []string
	for _, arg := range args {
		_, err := os.Lstat(arg)
		if err == nil || !strings.ContainsAny(arg, "*?[") {
			all = append(all, arg)
			continue
		}
		found, err := filepath.Glob(arg)
		if err != nil {
			return nil, usagef("verify: pattern %q: %w", arg, err)
		}
		found = slices.DeleteFunc(found, func(name string) bool {
			info, err := os.Stat(name)
			return err != nil || !info.IsDir()
		})
		if len(found) == 0 {
			return nil, fmt.Errorf("verify: the pattern %q fits no folder: see `lbench results ls`", arg)
		}
		all = append(all, found...)
	}
	return all, nil
}
