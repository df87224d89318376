package workloads

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// entry is the value of one key, and where it stands.
type entry struct {
	node *yaml.Node
	at   string // "file:line: " or "--param key=value: "
	from string // as Setting.From
}

// entries holds what the file and the overrides say, by canonical key.
type entries map[string]entry

// readEntries collects a workload file.
func readEntries(file string, text []byte) (entries, error) {
	at := func(n *yaml.Node) string { return fmt.Sprintf("%s:%d: ", file, n.Line) }
	root, err := readDocument(file, text, at)
	if err != nil {
		return nil, err
	}
	found := entries{}
	return found, found.collect("", root, "workload", at)
}

// collect stores an entry for every key of a mapping. prefix is the path to it,
// with its dot.
func (e entries) collect(prefix string, mapping *yaml.Node, from string, at place) error {
	for i := 0; i < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		if section, name, dotted := strings.Cut(key.Value, "."); dotted {
			return fmt.Errorf("%sthe key %q has a dot: write %q under %q", at(key), key.Value, name, section)
		}
		if err := e.add(prefix+key.Value, value, from, at(key), at); err != nil {
			return err
		}
	}
	return nil
}

// add stores one key, or walks on where it is a section. Within one source a key
// stands once, also under its two names.
func (e entries) add(path string, value *yaml.Node, from, here string, at place) error {
	name := canonical(path, value)
	if isKey(name) {
		if earlier, twice := e[name]; twice && from == "workload" {
			return fmt.Errorf("%s%s is there twice, first at %s", here, name, strings.TrimSuffix(earlier.at, ": "))
		}
		e[name] = entry{value, here, from}
		return nil
	}
	switch {
	case !isSection(name):
		return fmt.Errorf("%s%w", here, unknownKey(path, name))
	case value.Kind == yaml.MappingNode:
		return e.collect(name+".", value, from, at)
	case value.ShortTag() == "!!null": // a section with nothing under it
		return nil
	}
	return fmt.Errorf("%s%s is %s, want a section with [%s]", here, path, DescribeNode(value), strings.Join(children(name), ", "))
}

// override replaces entries by what one override says.
func (e entries) override(o Override) error {
	here := fmt.Sprintf("%s=%s (%s): ", o.Key, o.Value, o.From)
	if o.From == "flag" {
		here = fmt.Sprintf("--param %s=%s: ", o.Key, o.Value)
	}
	at := func(*yaml.Node) string { return here }
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(o.Value), &document); err != nil {
		return fmt.Errorf("%sthe value isn't YAML: %s", here, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(document.Content) > 0 {
		value = document.Content[0]
	}
	if err := checkNodes(value, at); err != nil {
		return err
	}
	path := strings.TrimPrefix(strings.TrimLeft(strings.TrimSpace(o.Key), "+"), "workload.")
	return e.add(path, value, o.From, here, at)
}

// canonical gives a key its name of today: DLIO has renamed some, and `model` may
// be a plain name.
func canonical(path string, value *yaml.Node) string {
	section, rest, nested := strings.Cut(path, ".")
	switch {
	case section == "data_reader":
		section = "reader"
	case path == "model" && value.Kind == yaml.ScalarNode && value.ShortTag() != "!!null":
		return "model.name"
	case section == "dataset" && slices.Contains([]string{"record_length", "record_length_stdev", "record_length_resize"}, rest):
		rest = strings.Replace(rest, "record_length", "record_length_bytes", 1)
	}
	if !nested {
		return section
	}
	return section + "." + rest
}
