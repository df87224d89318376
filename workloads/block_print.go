package workloads

import (
	"cmp"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// YAML is the run as a workload file: the keys in the order in which they stood, then
// those that were added. What isn't from the file has a comment that says where it comes
// from. Loading it again gives the same run.
func (b Block) YAML() []byte {
	body := mapping()
	put(body, commandKey, asWritten(b.Command))
	names := slices.SortedFunc(maps.Keys(b.Values), func(x, y string) int {
		p, q := b.Values[x].Line, b.Values[y].Line
		if (p == 0) != (q == 0) {
			return cmp.Compare(q, p) // line 0 comes last
		}
		return cmp.Or(cmp.Compare(p, q), cmp.Compare(x, y))
	})
	for _, name := range names {
		v := b.Values[name]
		node := asWritten(v.Text)
		lines := []*yaml.Node{node}
		if len(v.List) > 0 {
			node = sequence(v.List)
			lines = node.Content // a comment of the list itself would be printed at the next key
		}
		if v.From != "" && v.From != "workload" {
			for _, line := range lines {
				line.LineComment = v.From
			}
		}
		put(body, name, node)
	}
	if len(b.Rules) > 0 {
		var rules []string
		for _, r := range b.Rules {
			rules = append(rules, r.Text)
		}
		put(body, rulesKey, sequence(rules))
	}
	return encode(b.Description, body)
}

func sequence(texts []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, text := range texts {
		n.Content = append(n.Content, asWritten(text))
	}
	return n
}

// asWritten is a value that prints without quotes wherever it can: 24, not "24".
func asWritten(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: text}
	switch tag := n.ShortTag(); tag {
	case "!!int", "!!float", "!!bool", "!!timestamp":
		n.Tag = tag
	default: // with quotes where without them it would be something else, such as null
		n.SetString(text)
	}
	return n
}
