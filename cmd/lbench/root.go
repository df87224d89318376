package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// run executes one command line and returns the exit code.
func run(ctx context.Context, a *app, args []string) int {
	root := newRoot(a)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errFailed) {
		fmt.Fprintf(a.stderr, "lbench: %s\n", oneLine(err))
	}
	return exitCode(err)
}

// commands is the command table.
func commands(a *app) []*cobra.Command {
	return []*cobra.Command{
		newMlperf(a), newFindMax(a), newDatasize(a), newDatagen(a), newColdRead(a), newSustained(a), newWrite(a), newSmallWrite(a), newCompareMounts(a),
		newReport(a), newVerify(a), newCompare(a), newHistory(a), newResults(a), newSuite(a), newTelemetry(a), newWorkloads(a), newVersion(a), newCompletion(a),
	}
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "lbench",
		Short: "How many accelerators can this mount feed?",
		Long: "lbench tells how many accelerators a Lustre or NFS mount can feed. It makes the dataset,\n" +
			"reads it as MLPerf Storage's ResNet-50 does, with simulated accelerators, and says\n" +
			"whether they were kept busy, and if not, whether the storage or this client was the limit.",
		Example: "  lbench datagen --workload resnet50_h100 --files 64 --data-dir /mnt/lustre/resnet50\n" +
			"  lbench mlperf --workload resnet50_h100 --accelerators 4 --data-dir /mnt/lustre/resnet50",
		SilenceUsage: true, SilenceErrors: true,
		Args: unknownCommand, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(printUsage)
	root.SetHelpCommand(newHelp(a))
	root.AddCommand(commands(a)...)
	complete(root)
	return root
}

// flagError is a mistake in a flag, told as one in the environment or in --config is.
func flagError(c *cobra.Command, err error) error {
	var bad *pflag.InvalidValueError
	if errors.As(err, &bad) {
		err = fmt.Errorf("--%s: %w", bad.GetFlag().Name, bad.Unwrap())
	}
	return usagef("%w: see `%s --help`", err, c.CommandPath())
}

func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return usagef("command %q isn't one of [%s]: see `lbench --help`", args[0], strings.Join(names, " "))
}

// noArgs refuses arguments of a command that takes flags only.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument %q: see `%s --help`", c.CommandPath(), args[0], c.CommandPath())
	}
	return nil
}
