package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/workloads"
)

func newWorkloads(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "workloads", Short: "List the workloads, or show one",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("workloads: command %q isn't one of [show]: to see a workload, `lbench workloads show %s`", args[0], args[0])
			}
			return nil
		},
		Example: "  lbench workloads\n  lbench workloads show resnet50_h100",
		RunE: func(*cobra.Command, []string) error {
			t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			for _, w := range workloads.List() {
				fmt.Fprintf(t, "%s\t%s\n", w.Name, w.Description)
			}
			return t.Flush()
		},
	}
	c.AddCommand(newWorkloadsShow(a))
	return c
}

func newWorkloadsShow(a *app) *cobra.Command {
	var config string
	var params []string
	c := &cobra.Command{
		Use: "show NAME|FILE", Short: "Print a workload with its defaults resolved",
		Example:   "  lbench workloads show resnet50_h100 --param reader.read_threads=16",
		ValidArgs: workloadNames(""),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("workloads show: want one workload, by name or file")
			}
			return nil
		},
	}
	bindConfig(c, &config, &params)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := a.resolve(c)
		if err != nil {
			return err
		}
		if workloads.CommandOf(args[0]) != "mlperf" {
			return a.showBlock(args[0], len(params) > 0)
		}
		w, err := loadWorkload(args[0], s)
		if err != nil {
			return err
		}
		for _, text := range w.Warnings {
			fmt.Fprintf(a.stderr, "warning: %s\n", text)
		}
		_, err = a.stdout.Write(w.YAML())
		return err
	}
	return c
}

// showBlock prints a workload of a block command. Its keys are that command's flags, which
// check them.
func (a *app) showBlock(name string, params bool) error {
	b, err := workloads.LoadBlock(name, "", nil)
	if err != nil {
		return usageError{err}
	}
	if params {
		return usagef("workloads show: --param sets a key of a training, but %q is a workload of %s: give its flags to `lbench %s`", name, b.Command, b.Command)
	}
	_, err = a.stdout.Write(b.YAML())
	return err
}
