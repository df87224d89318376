package suite

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// mostRegression allows a latency to grow elevenfold, which nobody asks for.
const mostRegression = 10

// gates reads a list of rules and of {metric: NAME, max_regression: 5%}.
func (p parser) gates(n *yaml.Node, e Entry) ([]Gate, error) {
	if n == nil {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, p.errorf(n, "gates is %s, want a list of rules such as read_bytes_per_s >= 13GB/s", describe(n))
	}
	var gates []Gate
	for _, item := range n.Content {
		read := p.absolute
		if item.Kind == yaml.MappingNode {
			read = p.relative
		}
		g, err := read(item)
		if err != nil {
			return nil, err
		}
		if allowed := p.known.Metrics(e.Command); len(allowed) > 0 && !slices.Contains(allowed, g.Metric) {
			return nil, p.errorf(item, "gate %.80q: %s", g.Text, unknown("metric of "+e.Command, g.Metric, allowed))
		}
		gates = append(gates, g)
	}
	return gates, nil
}

func (p parser) absolute(n *yaml.Node) (Gate, error) {
	rule, err := text(n)
	if err != nil {
		return Gate{}, p.errorf(n, "a gate %v", err)
	}
	metric, r, err := parseRule(rule)
	if err != nil {
		return Gate{}, p.errorf(n, "%v", err)
	}
	return Gate{Text: rule, Metric: metric, Line: n.Line, Rule: &r}, nil
}

func (p parser) relative(n *yaml.Node) (Gate, error) {
	g := Gate{Line: n.Line}
	var most string
	err := p.fields(n, "gate", []field{
		{"metric", into(&g.Metric, text)},
		{"max_regression", func(n *yaml.Node) (err error) {
			if most, err = text(n); err == nil {
				g.MaxRegression, err = readFraction(most, mostRegression)
			}
			if err != nil {
				return fmt.Errorf("%w", err)
			}
			return nil
		}},
	})
	switch {
	case err != nil:
		return Gate{}, err
	case g.Metric == "" || most == "":
		return Gate{}, p.errorf(n, "a gate as a map needs metric and max_regression, such as {metric: read_bytes_per_s, max_regression: 5%%}")
	}
	g.Text = fmt.Sprintf("%s: max_regression %s", g.Metric, most)
	return g, nil
}
