package suite

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/units"
	"github.com/lbench/lbench/workloads"
)

// The readers of values. Their errors continue a sentence that begins with the key:
// `repeats is "0", want a whole number from 1 to 1000`.

const nameForm = "letters, digits, dots, dashes and underscores, at most 64"

// safeName is what can stand in the name of a folder and in a label.
var safeName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)

func wrong(n *yaml.Node, want string, args ...any) error {
	return fmt.Errorf("is %s, want %s", workloads.DescribeNode(n), fmt.Sprintf(want, args...))
}

// text reads any single value as it is written.
func text(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || n.Value == "" || strings.ContainsRune(n.Value, 0) {
		return "", wrong(n, "text")
	}
	return n.Value, nil
}

// texts reads one value, or a list of them.
func texts(n *yaml.Node) ([]string, error) {
	if n.Kind != yaml.SequenceNode {
		v, err := text(n)
		return []string{v}, err
	}
	var all []string
	for _, item := range n.Content {
		v, err := text(item)
		if err != nil {
			return nil, fmt.Errorf("has a value that %w", err)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		return nil, wrong(n, "at least one value in it")
	}
	return all, nil
}

func name(n *yaml.Node) (string, error) {
	v, err := text(n)
	if err != nil || !safeName.MatchString(v) {
		return "", wrong(n, nameForm)
	}
	return v, nil
}

func whole(least int) func(*yaml.Node) (int, error) {
	return func(n *yaml.Node) (int, error) {
		v, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < least || v > manyRuns {
			return 0, wrong(n, "a whole number from %d to %d", least, manyRuns)
		}
		return v, nil
	}
}

func duration(n *yaml.Node) (time.Duration, error) {
	d, err := units.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || d == 0 {
		return 0, wrong(n, "a length of time, such as 90s, 5m or 1h30m")
	}
	return d, nil
}

// last reads "last:10".
func last(n *yaml.Node) (int, error) {
	number, ok := strings.CutPrefix(n.Value, "last:")
	v, err := strconv.Atoi(number)
	if n.Kind != yaml.ScalarNode || !ok || err != nil || v < 1 || v > manyRuns {
		return 0, wrong(n, "last:N, the N suites of this name before it, such as last:10")
	}
	return v, nil
}

// command reads a list that is a command and its arguments, or one text for the shell.
func command(n *yaml.Node) ([]string, error) {
	argv, err := texts(n)
	if err != nil {
		return nil, err
	}
	if n.Kind == yaml.ScalarNode {
		return []string{"/bin/sh", "-c", n.Value}, nil
	}
	return argv, nil
}
