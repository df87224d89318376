package main

import (
	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/ioengine"
)

// checkRun says what is wrong with the command line of a run of a suite, as far as that can
// be told without the storage: a flag's value; and of the whole line what comes from the
// environment and --config, a folder that is missing, and the workload with its keys.
func (a *app) checkRun(args []string, whole bool) error {
	c, rest, err := newRoot(a).Find(args)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return flagError(c, err)
	}
	if !whole {
		return nil
	}
	s, err := a.resolve(c)
	if err != nil {
		return err
	}
	if err := hasDir(c); err != nil {
		return err
	}
	if c.Name() != "mlperf" {
		return nil
	}
	_, err = loadWorkload(c.Flag("workload").Value.String(), s)
	return err
}

// hasDir says that a command which reads or writes real files is told where.
func hasDir(c *cobra.Command) error {
	dir, engine := c.Flag("data-dir"), c.Flag("engine")
	if dir == nil || engine == nil || dir.Value.String() != "" || ioengine.Virtual(engine.Value.String()) {
		return nil
	}
	return usagef("%s: --data-dir is needed with --engine %s: give it to the suite, as --data-dir DIR", c.Name(), engine.Value)
}
