package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// printUsage is the part of a command's help below its description.
func printUsage(c *cobra.Command) error {
	w := c.OutOrStderr()
	line := c.UseLine()
	if c.HasAvailableSubCommands() {
		line = c.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(w, "Usage:\n  %s\n", line)
	if c.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", c.Example)
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprint(w, "\nCommands:\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(w, "  %-*s  %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	fmt.Fprintf(w, "\nFlags:\n%s", flagUsages(c.LocalFlags()))
	if c.Flags().Lookup("param") != nil {
		fmt.Fprint(w, "\nA flag can also come from the environment, as LBENCH_WORKLOAD for --workload, or from the\n"+
			"file of --config. The order is flag, environment, file, workload.\n")
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n`%s COMMAND --help` says more about a command.\n", c.CommandPath())
	}
	return nil
}

// flagUsages lists flags, those that are on or off without a value.
func flagUsages(flags *pflag.FlagSet) string {
	plain := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.VisitAll(func(f *pflag.Flag) {
		shown := *f
		if f.Value.Type() == "bool" {
			shown.Value = untyped{f.Value}
			shown.DefValue, shown.NoOptDefVal = "", "" // off, and on without a value
		}
		if shown.DefValue == "0s" && shown.Value.Type() != "duration" { // that one is left out anyway; its description says what that means
			shown.DefValue = ""
		}
		plain.AddFlag(&shown)
	})
	return plain.FlagUsages()
}

// untyped is a flag's value that has no name in the help.
type untyped struct{ pflag.Value }

func (untyped) Type() string { return "" }

// newHelp replaces cobra's `lbench help`, which finds no fault with a command that isn't.
func newHelp(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Explain a command",
		Example: "  lbench help mlperf",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("help: there is no command %q: see `lbench --help`", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}
