package workloads

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// place says where a node stands, for the beginning of an error: "file:line: ".
type place func(*yaml.Node) string

// readDocument parses a workload file to the mapping of its sections. Where the
// file is what hydra leaves behind (config.yaml), that is the part under
// "workload".
func readDocument(file string, text []byte, at place) (*yaml.Node, error) {
	root, err := parseMapping(file, text, "sections ["+strings.Join(children(""), ", ")+"]")
	if err != nil {
		return nil, err
	}
	if err := checkNodes(root, at); err != nil {
		return nil, err
	}
	if command, line := commandOf(root); command != "" {
		return nil, fmt.Errorf("%s:%d: this is %s", file, line, misplaced(command, trainingCommand, file))
	}
	return unwrap(root, at)
}

// parseMapping parses exactly one YAML document, a mapping. want says of what.
func parseMapping(file string, text []byte, want string) (*yaml.Node, error) {
	var document, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s:1: the file is empty, want %s", file, want)
	case err != nil:
		return nil, syntaxError(file, err)
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: the document is %s, want %s", file, root.Line, DescribeNode(root), want)
	}
	switch err := decoder.Decode(&more); {
	case errors.Is(err, io.EOF):
		return root, nil
	case err != nil:
		return nil, syntaxError(file, err)
	}
	return nil, fmt.Errorf("%s:%d: a second YAML document, want one", file, more.Line)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s).*)$`)

// syntaxError puts the line that the YAML parser names where our errors have it.
func syntaxError(file string, err error) error {
	line, what := "1", err.Error()
	if parts := yamlLine.FindStringSubmatch(what); parts != nil {
		what = parts[2]
		if parts[1] != "" {
			line = parts[1]
		}
	}
	return fmt.Errorf("%s:%s: not YAML: %s", file, line, what)
}

// checkNodes refuses, at any depth, what YAML has and a workload must not: keys
// that aren't names, a key twice (of which loaders take the last in silence), and
// aliases, a few lines of which can stand for billions of values.
func checkNodes(n *yaml.Node, at place) error {
	if n.Kind == yaml.AliasNode {
		return fmt.Errorf("%sthe YAML alias *%s isn't allowed: write the value out", at(n), n.Value)
	}
	if n.Kind == yaml.MappingNode {
		if err := checkKeys(n, at); err != nil {
			return err
		}
	}
	for _, child := range n.Content {
		if err := checkNodes(child, at); err != nil {
			return err
		}
	}
	return nil
}

func checkKeys(mapping *yaml.Node, at place) error {
	seen := map[string]*yaml.Node{}
	for i := 0; i < len(mapping.Content); i += 2 {
		key := mapping.Content[i]
		switch first := seen[key.Value]; {
		case key.Kind == yaml.AliasNode: // has its own message
		case key.Kind != yaml.ScalarNode:
			return fmt.Errorf("%sa key is %s, want a name", at(key), DescribeNode(key))
		case first != nil:
			return fmt.Errorf("%sthe key %q is there twice, first in line %d", at(key), key.Value, first.Line)
		}
		seen[key.Value] = key
	}
	return nil
}

// unwrap steps into "workload" where the file has it.
func unwrap(root *yaml.Node, at place) (*yaml.Node, error) {
	var inner, other *yaml.Node
	for i := 0; i < len(root.Content); i += 2 {
		switch key, value := root.Content[i], root.Content[i+1]; {
		case key.Value == "workload" && value.Kind == yaml.MappingNode:
			inner = value
		case key.Value != "hydra" && key.Value != "defaults":
			other = key
		}
	}
	if inner == nil {
		return root, nil
	}
	if other != nil {
		return nil, fmt.Errorf("%sthe key %q stands beside \"workload\", want it inside", at(other), other.Value)
	}
	return inner, nil
}

// DescribeNode names what a node of YAML is, for an error.
func DescribeNode(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a map"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!null":
		return "empty"
	}
	return fmt.Sprintf("%.60q", n.Value)
}
