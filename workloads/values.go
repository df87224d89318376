package workloads

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/units"
)

// The parsers of values. Their errors continue a sentence that begins with the key:
// `reader.batch_size is "0", want a whole number from 1`.

func wrong(n *yaml.Node, want string, args ...any) error {
	return fmt.Errorf("is %s, want %s", DescribeNode(n), fmt.Sprintf(want, args...))
}

// integer reads a whole number in [least, most].
func integer(n *yaml.Node, least, most int64) (int64, error) {
	var v int64
	if n.ShortTag() != "!!int" || n.Decode(&v) != nil || v < least || v > most {
		return 0, wrong(n, "a whole number from %d to %d", least, most)
	}
	return v, nil
}

func whole(least, most int64) func(*yaml.Node) (int, error) {
	return func(n *yaml.Node) (int, error) {
		v, err := integer(n, least, most)
		return int(v), err
	}
}

func seed(n *yaml.Node) (int64, error) { return integer(n, 0, math.MaxInt64) }

// stepLimit reads total_training_steps, where -1 stands for no limit.
func stepLimit(n *yaml.Node) (int, error) {
	v, err := integer(n, -1, manySteps)
	if err != nil || v == 0 {
		return 0, wrong(n, "-1 (all steps) or a whole number from 1 to %d", manySteps)
	}
	return int(v), nil
}

// size reads bytes: a whole number as in DLIO, or with a unit as on the command line.
func size(least, most int64) func(*yaml.Node) (int64, error) {
	return func(n *yaml.Node) (int64, error) {
		v, err := integer(n, least, most)
		if err != nil && n.ShortTag() == "!!str" {
			v, err = units.ParseBytes(n.Value)
		}
		if err != nil || v < least || v > most {
			return 0, wrong(n, "a size from %d to %d bytes, such as 262144 or 1MiB", least, most)
		}
		return v, nil
	}
}

// decimal reads a number; ok is false for anything else, inf and nan included.
func decimal(n *yaml.Node) (v float64, ok bool) {
	if tag := n.ShortTag(); tag != "!!int" && tag != "!!float" {
		return 0, false
	}
	if n.Decode(&v) != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

func number(least, most float64) func(*yaml.Node) (float64, error) {
	return func(n *yaml.Node) (float64, error) {
		v, ok := decimal(n)
		if !ok || v < least || v > most {
			return 0, wrong(n, "a number from %g to %g", least, most)
		}
		return v, nil
	}
}

func fraction(n *yaml.Node) (float64, error) {
	v, ok := decimal(n)
	if ok && v > 1 && v <= 100 {
		return 0, wrong(n, "a fraction from 0 to 1: write %.2f for %g %%", v/100, v)
	}
	if !ok || v < 0 || v > 1 {
		return 0, wrong(n, "a fraction from 0 to 1, such as 0.90")
	}
	return v, nil
}

// computationTime reads seconds, as a number or as {mean: seconds}. DLIO draws
// other maps from a distribution; lbench needs a constant, since its AU is
// measured against it.
func computationTime(n *yaml.Node) (time.Duration, error) {
	mean := n
	if n.Kind == yaml.MappingNode {
		mean = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "0", Line: n.Line} // DLIO's default is {}
		for i := 0; i < len(n.Content); i += 2 {
			name, value := n.Content[i].Value, n.Content[i+1]
			spread, isNumber := decimal(value)
			switch {
			case name == "mean":
				mean = value
			case name == "stdev" && isNumber && spread == 0:
			default:
				return 0, fmt.Errorf("has %s: %s, want a constant: seconds, or {mean: seconds}", name, DescribeNode(value))
			}
		}
	}
	v, ok := decimal(mean)
	if !ok || v < 0 || v > aDay.Seconds() {
		return 0, wrong(mean, "seconds from 0 to %g, such as 0.224", aDay.Seconds())
	}
	return time.Duration(math.Round(v * 1e9)), nil
}

// anyText reads any single value as text, so that a folder may be named 2024.
func anyText(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return "", wrong(n, "text")
	}
	return n.Value, nil
}

func someText(n *yaml.Node) (string, error) {
	text, err := anyText(n)
	if err != nil || text == "" || strings.ContainsRune(text, 0) {
		return "", wrong(n, "a path")
	}
	return text, nil
}

func fileName(n *yaml.Node) (string, error) {
	text, err := anyText(n)
	if err != nil || text == "" || strings.ContainsAny(text, "/\x00\n") {
		return "", wrong(n, "the start of a file name, without a slash")
	}
	return text, nil
}

func oneOf(allowed ...string) func(*yaml.Node) (string, error) {
	return func(n *yaml.Node) (string, error) {
		if n.Kind != yaml.ScalarNode || !slices.Contains(allowed, n.Value) {
			return "", wrong(n, "one of [%s]", strings.Join(allowed, ", "))
		}
		return n.Value, nil
	}
}
