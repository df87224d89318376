package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lbench/lbench/workloads"
)

// shell is one that completion can be written for.
type shell struct {
	name  string
	write func(*cobra.Command, io.Writer) error
}

func shells() []shell {
	return []shell{
		{"bash", func(c *cobra.Command, w io.Writer) error { return c.GenBashCompletionV2(w, true) }},
		{"zsh", (*cobra.Command).GenZshCompletion},
		{"fish", func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, true) }},
	}
}

func newCompletion(a *app) *cobra.Command {
	var names []string
	for _, s := range shells() {
		names = append(names, s.name)
	}
	c := &cobra.Command{
		Use: "completion " + strings.Join(names, "|"), Short: "Print a script that completes commands and flags in a shell",
		Example:   "  lbench completion bash > /etc/bash_completion.d/lbench",
		ValidArgs: names,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("completion: want one shell of [%s]", strings.Join(names, " "))
			}
			return nil
		},
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		for _, s := range shells() {
			if s.name == args[0] {
				return s.write(c.Root(), a.stdout)
			}
		}
		return usagef("completion: shell %q isn't one of [%s]", args[0], strings.Join(names, " "))
	}
	return c
}

// complete lets a shell complete the values of a command's flags, from the lists that
// check them.
func complete(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		var words []cobra.Completion
		directive := cobra.ShellCompDirectiveNoFileComp
		switch value := f.Value.(type) {
		case *choice:
			words = value.allowed
		default:
			switch {
			case f.Name == "workload":
				words, directive = workloadNames(c.Name()), cobra.ShellCompDirectiveDefault
			case strings.HasSuffix(f.Name, "-dir"):
				directive = cobra.ShellCompDirectiveFilterDirs
			case f.Name == "config":
				directive = cobra.ShellCompDirectiveDefault
			}
		}
		_ = c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(words, directive)) // fails only for a flag that isn't
	})
	for _, sub := range c.Commands() {
		complete(sub)
	}
}

// workloadNames are those of a command; "" stands for all.
func workloadNames(command string) []string {
	if command == "datagen" || command == "datasize" {
		command = "mlperf"
	}
	var names []string
	for _, w := range workloads.List() {
		if command == "" || w.Command == command {
			names = append(names, w.Name)
		}
	}
	return names
}
