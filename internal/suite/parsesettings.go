package suite

import (
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/workloads"
)

// reserved says why a flag can't stand among settings, or nothing.
func reserved(flag string) string {
	switch flag {
	case "results-dir", "json", "quiet", "help":
		return "the suite gives it to its runs itself"
	case "workload":
		return "write workload: NAME in the run"
	case "param":
		return "write params: {KEY: VALUE} in the run"
	}
	return ""
}

// settings reads flags. allowed lists those that there are.
func (p parser) settings(n *yaml.Node, allowed []string) ([]Setting, error) {
	return p.pairs(n, "settings", func(key *yaml.Node) error {
		if reason := reserved(key.Value); reason != "" {
			return p.errorf(key, "%q can't be among settings: %s", key.Value, reason)
		}
		if !slices.Contains(allowed, key.Value) {
			return p.errorf(key, "%s", unknown("flag", key.Value, allowed))
		}
		return nil
	}, texts)
}

var paramKey = regexp.MustCompile(`^[A-Za-z0-9_.+-]+$`)

func (p parser) params(n *yaml.Node, e Entry) ([]Setting, error) {
	return p.pairs(n, "params", func(key *yaml.Node) error {
		if !slices.Contains(e.flags, "param") {
			return p.errorf(key, "%s takes no params", e.Command)
		}
		if !paramKey.MatchString(key.Value) {
			return p.errorf(key, "the key %.60q isn't one of a workload, such as reader.read_threads", key.Value)
		}
		return nil
	}, func(n *yaml.Node) ([]string, error) {
		v, err := text(n)
		return []string{v}, err
	})
}

func (p parser) pairs(n *yaml.Node, what string, check func(key *yaml.Node) error, read func(*yaml.Node) ([]string, error)) ([]Setting, error) {
	if n == nil {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, p.errorf(n, "%s is %s, want a map of names and values", what, workloads.DescribeNode(n))
	}
	var all []Setting
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if err := check(key); err != nil {
			return nil, err
		}
		values, err := read(value)
		if err != nil {
			return nil, p.errorf(value, "%s %v", key.Value, err)
		}
		all = append(all, Setting{key.Value, values, key.Line})
	}
	return all, nil
}

// references checks that a value is made of flags that the suite may set, and that those
// of the suite are made of nothing.
func (p parser) references(s Suite) error {
	for _, o := range s.Settings {
		for _, v := range o.Values {
			if len(references(v)) > 0 {
				return fmt.Errorf("%s:%d: %s is %.60q: only the settings of a run can be made of those of the suite", p.file, o.Line, o.Name, v)
			}
		}
	}
	flags := s.flags()
	for _, e := range s.Entries {
		for _, o := range slices.Concat(e.Settings, e.Params) {
			for _, v := range o.Values {
				for _, name := range references(v) {
					if !slices.Contains(flags, name) || reserved(name) != "" {
						return fmt.Errorf("%s:%d: %s is %.60q: %s", p.file, o.Line, o.Name, v, unknown("flag", name, flags))
					}
				}
			}
		}
	}
	return nil
}

// flags lists what any command of the suite has.
func (s Suite) flags() (all []string) {
	for _, e := range s.Entries {
		all = append(all, e.flags...)
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}
