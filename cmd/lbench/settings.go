package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

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
	env := func(f *pflag.Flag) string { return "LBENCH_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")) }
	if f := c.Flags().Lookup("config"); f != nil && !f.Changed {
		if v := a.getenv(env(f)); v != "" {
			if err := f.Value.Set(v); err != nil {
				return nil, usagef("%s: %w", env(f), err)
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
			fill = s.fillParams(f, a.getenv(env(f)), config.params)
			return
		}
		from := "default"
		switch v, in := config.flags[f.Name]; {
		case f.Changed:
			from = "flag"
		case a.getenv(env(f)) != "":
			from = "environment"
			fill = wrap(env(f), f.Value.Set(a.getenv(env(f))))
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

// configFile is what --config holds: flags by name, and under param the workload's keys.
type configFile struct {
	file   string
	flags  map[string]configValue
	params []workloads.Override
}

type configValue struct {
	text string
	line int
}

func readConfig(c *cobra.Command) (configFile, error) {
	config := configFile{flags: map[string]configValue{}}
	f := c.Flags().Lookup("config")
	if f == nil || f.Value.String() == "" {
		return config, nil
	}
	config.file = f.Value.String()
	text, err := os.ReadFile(config.file)
	if err != nil {
		return config, fmt.Errorf("read --config: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return config, fmt.Errorf("read --config %s: %w", config.file, err)
	}
	if len(doc.Content) == 0 {
		return config, nil
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return config, fmt.Errorf("%s:%d: want a mapping of flags, as `accelerators: 48`", config.file, doc.Content[0].Line)
	}
	return config, config.read(doc.Content[0], c)
}

func (config *configFile) read(mapping *yaml.Node, c *cobra.Command) error {
	lines := map[string]int{}
	for i := 0; i < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		if first := lines[key.Value]; first != 0 {
			return fmt.Errorf("%s:%d: key %q is there twice, first in line %d", config.file, key.Line, key.Value, first)
		}
		lines[key.Value] = key.Line
		if key.Value == "param" {
			if err := config.readParams(value); err != nil {
				return err
			}
			continue
		}
		if c.Flags().Lookup(key.Value) == nil || key.Value == "config" || key.Value == "help" {
			return fmt.Errorf("%s:%d: key %q isn't one of [%s]", config.file, key.Line, key.Value, strings.Join(flagNames(c), " "))
		}
		if value.Kind != yaml.ScalarNode {
			return fmt.Errorf("%s:%d: %s: want one value", config.file, value.Line, key.Value)
		}
		config.flags[key.Value] = configValue{value.Value, key.Line}
	}
	return nil
}

// readParams takes the workload's keys, flat (reader.read_threads: 16) or in sections.
func (config *configFile) readParams(mapping *yaml.Node) error {
	if mapping.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: param: want keys of the workload, as `reader.read_threads: 16`", config.file, mapping.Line)
	}
	for i := 0; i < len(mapping.Content); i += 2 {
		value := mapping.Content[i+1]
		value.Style |= yaml.FlowStyle // one line, for errors
		text, err := yaml.Marshal(value)
		if err != nil {
			return fmt.Errorf("%s:%d: param: %w", config.file, value.Line, err)
		}
		config.params = append(config.params, workloads.Override{
			Key: mapping.Content[i].Value, Value: strings.TrimSpace(string(text)), From: "config",
		})
	}
	return nil
}

func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "config" && f.Name != "help" {
			names = append(names, f.Name)
		}
	})
	slices.Sort(names)
	return names
}
