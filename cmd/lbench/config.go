package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/workloads"
)

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
