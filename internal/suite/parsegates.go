package suite

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/rules"
	"github.com/lbench/lbench/workloads"
)

// mostRegression allows a latency to grow elevenfold, which nobody asks for.
const mostRegression = 10

// gates reads a list of rules and of {metric: NAME, max_regression: 5%}.
func (p parser) gates(n *yaml.Node, e Entry) ([]Gate, error) {
	if n == nil {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, p.errorf(n, "gates is %s, want a list of rules such as read_bytes_per_s >= 13GB/s", workloads.DescribeNode(n))
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
	r, err := rules.Parse(rule, nil)
	if err != nil {
		return Gate{}, p.errorf(n, "%v", err)
	}
	return Gate{Text: rule, Metric: r.Metric, Line: n.Line, Rule: &r}, nil
}

func (p parser) relative(n *yaml.Node) (Gate, error) {
	g := Gate{Line: n.Line}
	var most string
	err := p.fields(n, "gate", []field{
		{"metric", into(&g.Metric, text)},
		{"max_regression", func(n *yaml.Node) (err error) {
			if most, err = text(n); err != nil {
				return err
			}
			g.MaxRegression, err = rules.ReadFraction(most)
			switch {
			case err == nil && g.MaxRegression > 1 && !strings.HasSuffix(most, "%"):
				return fmt.Errorf("fraction %q is more than 1: write %s%% for percent", most, most)
			case err != nil || g.MaxRegression > mostRegression:
				return fmt.Errorf("fraction %q isn't between 0%% and %d%%, such as 5%% or 0.05", most, 100*mostRegression)
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
