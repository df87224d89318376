package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

// resolveBlock fills the flags of a block command: what neither flag, environment nor
// --config gives comes from the workload file, whose keys are the flags' names.
func (a *app) resolveBlock(c *cobra.Command, o *blockOptions) (*settings, workloads.Block, error) {
	s, err := a.resolve(c)
	if err != nil {
		return nil, workloads.Block{}, err
	}
	keys := slices.DeleteFunc(flagNames(c), func(name string) bool {
		return slices.Contains([]string{"workload", "param", "rule", "json", "quiet", "data-dir", "results-dir", "name", "yes", "prepare"}, name)
	})
	w, err := workloads.LoadBlock(o.workload, c.Name(), keys)
	if err != nil {
		return nil, w, usageError{err}
	}
	for _, from := range sources() { // of two params the heavier one counts
		for _, p := range s.params {
			if p.From == from {
				if err := s.setParam(c, p, keys); err != nil {
					return nil, w, err
				}
			}
		}
	}
	for key, v := range w.Values {
		if s.given(key) {
			continue
		}
		for _, text := range append(v.List, v.Text) {
			if text == "" {
				continue
			}
			if err := s.set(c, key, text, "workload"); err != nil {
				return nil, w, usagef("%s:%d: %s: %w", w.File, v.Line, key, err)
			}
		}
	}
	return s, w, nil
}

// set gives a flag a value from somewhere else than the command line.
func (s *settings) set(c *cobra.Command, flag, text, from string) error {
	f := c.Flags().Lookup(flag)
	if err := f.Value.Set(text); err != nil {
		return err
	}
	s.values[flag] = result.Setting{Value: valueOf(f), From: from}
	return nil
}

// setParam is --param of a block command: its keys are flags. The flag itself wins over
// a param from the same place.
func (s *settings) setParam(c *cobra.Command, p workloads.Override, keys []string) error {
	name := fmt.Sprintf("--param %s=%s", p.Key, p.Value)
	if !slices.Contains(keys, p.Key) {
		return usagef("%s: key %q isn't one of %v", name, p.Key, keys)
	}
	if s.given(p.Key) && s.weight(p.Key) >= slices.Index(sources(), p.From) {
		return nil
	}
	if err := s.set(c, p.Key, p.Value, p.From); err != nil {
		return usagef("%s: %w", name, err)
	}
	return nil
}
