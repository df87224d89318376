package claims

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/workloads"
)

// form is what a file of claims looks like, for errors.
const form = "claims, such as runs: [{command: mlperf, figures: {au_mean_fraction: 90.7 %}}]"

// parser reads one file. Its errors begin with file:line.
type parser struct{ file string }

// Parse reads claims from the text of a YAML file, whose name is for errors.
func Parse(file string, text []byte) (File, error) {
	p := parser{file}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err == nil { // what is wrong otherwise, SuiteDocument says
		if len(document.Content) == 0 {
			return File{}, fmt.Errorf("%s:1: the file is empty, want %s", file, form)
		}
		if n := document.Content[0]; n.Kind != yaml.MappingNode {
			return File{}, p.errorf(n, "the file is %s, want %s", workloads.DescribeNode(n), form)
		}
	}
	root, err := workloads.SuiteDocument(file, text)
	if err != nil {
		return File{}, err
	}
	f := File{file: file}
	err = p.each(root, "the file", []string{"source", "runs"}, func(key, value *yaml.Node) (err error) {
		if key.Value == "source" {
			f.Source, err = p.text(key, value)
			return err
		}
		f.runs, err = p.runs(value)
		return err
	})
	if err == nil && f.runs == nil {
		err = p.errorf(root, "the file has no runs, want %s", form)
	}
	return f, err
}

func (p parser) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.file, n.Line, fmt.Sprintf(format, args...))
}

// each reads a map whose keys are among those allowed.
func (p parser) each(n *yaml.Node, what string, allowed []string, read func(key, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return p.errorf(n, "%s is %s, want a map with keys of [%s]", what, describe(n), strings.Join(allowed, ", "))
	}
	for i := 0; i < len(n.Content); i += 2 { // before any value: a number cut at its comma is a key too
		if key := n.Content[i]; !slices.Contains(allowed, key.Value) {
			return p.errorf(key, "%s has the unknown key %.60q: %s", what, key.Value, meant(key.Value, allowed))
		}
	}
	for i := 0; i < len(n.Content); i += 2 {
		if err := read(n.Content[i], n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func describe(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		return "an empty map"
	}
	return workloads.DescribeNode(n)
}

var threeDigits = regexp.MustCompile(`^[0-9]{3}\b`)

// meant says what an unknown name was probably meant to be, else what is allowed.
func meant(name string, allowed []string) string {
	if threeDigits.MatchString(name) {
		return "within {} and [] a number with commas needs quotes, such as '77,485'"
	}
	var near []string
	for _, a := range allowed {
		if workloads.EditDistance(name, a) <= max(2, len(a)/4) || len(name) >= 4 && strings.HasPrefix(a, name) {
			near = append(near, a)
		}
	}
	if len(near) == 0 {
		return "allowed are [" + strings.Join(allowed, ", ") + "]"
	}
	return "did you mean " + strings.Join(near, " or ") + "?"
}

func (p parser) text(key, n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || strings.TrimSpace(n.Value) == "" {
		return "", p.errorf(n, "%s is %s, want text", key.Value, workloads.DescribeNode(n))
	}
	return n.Value, nil
}

func (p parser) runs(n *yaml.Node) ([]entry, error) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return nil, p.errorf(n, "runs is %s, want a list of at least one: %s", describe(n), form)
	}
	var entries []entry
	for _, item := range n.Content {
		e := entry{line: item.Line}
		err := p.each(item, "a run", []string{"command", "workload", "figures", "epochs"}, func(key, value *yaml.Node) (err error) {
			switch key.Value {
			case "command":
				e.command, err = p.text(key, value)
			case "workload":
				e.workload, err = p.text(key, value)
			case "figures":
				err = p.figures(&e, value)
			case "epochs":
				err = p.epochs(&e, value)
			}
			return err
		})
		if err == nil && len(e.figures)+len(e.epochs) == 0 {
			err = p.errorf(item, "the run claims nothing, want figures: {METRIC: VALUE} or epochs: {METRIC: [VALUE, ...]}")
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func (p parser) figures(e *entry, n *yaml.Node) error {
	return p.each(n, "figures", names(), func(key, value *yaml.Node) error {
		v, err := p.value(key, value)
		e.figures = append(e.figures, figure{key.Value, v})
		return err
	})
}

func (p parser) epochs(e *entry, n *yaml.Node) error {
	return p.each(n, "epochs", epochNames(), func(key, value *yaml.Node) error {
		if value.Kind != yaml.SequenceNode || len(value.Content) == 0 {
			return p.errorf(value, "%s is %s, want a list with a value per epoch", key.Value, describe(value))
		}
		s := series{name: key.Value}
		for _, item := range value.Content {
			v, err := p.value(key, item)
			if err != nil {
				return err
			}
			s.values = append(s.values, v)
		}
		e.epochs = append(e.epochs, s)
		return nil
	})
}

func (p parser) value(key, n *yaml.Node) (Value, error) {
	if n.Kind != yaml.ScalarNode {
		return Value{}, p.errorf(n, "%s is %s, want one value", key.Value, workloads.DescribeNode(n))
	}
	v, err := parseValue(key.Value, n.Value)
	if err != nil {
		return v, p.errorf(n, "%s %v", key.Value, err)
	}
	return v, nil
}
