package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

// settings knows where the value of each flag came from. Order: flag, environment, config
// file, default; a workload's keys come between the config file and the default.
type settings struct {
	values map[string]result.Setting // by flag
	params []workloads.Override      // of --param, in the order of their weight, heaviest last
}

// from says where a flag's value came from: flag, environment, config or default.
func (s *settings) from(flag string) string { return s.values[flag].From }

// given says whether a flag was set at all.
func (s *settings) given(flag string) bool { return s.from(flag) != "default" }

// weight orders the places that a flag can come from: the heavier one counts.
func (s *settings) weight(flag string) int { return slices.Index(sources(), s.from(flag)) }

// sources lists the places that settings are given in, the heaviest last.
func sources() []string { return []string{"config", "environment", "flag"} }

// resolve fills the flags of a command that were not given from the environment, as
// LBENCH_<FLAG>, and from the file that --config names.
func (a *app) resolve(c *cobra.Command) (*settings, error) {
	s := &settings{values: map[string]result.Setting{}}
	if f := c.Flags().Lookup("config"); f != nil && !f.Changed {
		if v := a.getenv(envName(f)); v != "" {
			if err := f.Value.Set(v); err != nil {
				return nil, usagef("%s: %w", envName(f), err)
			}
		}
	}
	config, err := readConfig(c)
	if err != nil {
		return nil, usageError{err}
	}
	var fill error
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Name == "config" || fill != nil {
			return
		}
		if f.Name == "param" {
			fill = s.fillParams(f, a.getenv(envName(f)), config.params)
			return
		}
		from := "default"
		switch v, in := config.flags[f.Name]; {
		case f.Changed:
			from = "flag"
		case a.getenv(envName(f)) != "":
			from = "environment"
			fill = wrap(envName(f), f.Value.Set(a.getenv(envName(f))))
		case in:
			from = "config"
			fill = wrap(fmt.Sprintf("%s:%d: %s", config.file, v.line, f.Name), f.Value.Set(v.text))
		}
		s.values[f.Name] = result.Setting{Value: valueOf(f), From: from}
	})
	if fill != nil {
		return nil, usageError{fill}
	}
	return s, nil
}

// envName is the environment variable that stands for a flag.
func envName(f *pflag.Flag) string {
	return "LBENCH_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// valueOf is a flag's value as run.json holds it: a number or a truth value where it is one.
func valueOf(f *pflag.Flag) any {
	if v, ok := f.Value.(typed); ok {
		return v.typed()
	}
	return f.Value.String()
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// fillParams collects --param from all three places, so that the heaviest comes last.
func (s *settings) fillParams(f *pflag.Flag, env string, config []workloads.Override) error {
	s.params = config
	add := func(texts []string, from, name string) error {
		for _, text := range texts {
			key, value, ok := strings.Cut(text, "=")
			if !ok || key == "" {
				return fmt.Errorf("%s %q: want key=value, as reader.read_threads=16", name, text)
			}
			s.params = append(s.params, workloads.Override{Key: key, Value: value, From: from})
		}
		return nil
	}
	if err := add(strings.Fields(env), "environment", "LBENCH_PARAM"); err != nil {
		return err
	}
	return add(f.Value.(pflag.SliceValue).GetSlice(), "flag", "--param")
}
