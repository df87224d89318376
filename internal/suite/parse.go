package suite

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/workloads"
)

// defaultLast is how many earlier suites a relative gate compares with.
const defaultLast = 10

// manyRuns is far above what a night holds, and keeps a slip of the keyboard from filling
// memory.
const manyRuns = 1000

// parser reads one suite's file. Its errors begin with file:line.
type parser struct {
	file  string
	known Known
}

// field is a key that a map may have, and what reads its value.
type field struct {
	name string
	read func(*yaml.Node) error
}

// Parse reads a suite from the text of a YAML file. file is its name, for errors and where
// the file has no name of its own.
func Parse(file string, text []byte, known Known) (Suite, error) {
	root, err := workloads.SuiteDocument(file, text)
	if err != nil {
		return Suite{}, err
	}
	p := parser{file, known}
	s := Suite{
		Name: workloads.SuiteName(file), Description: workloads.SuiteDescription(text),
		File: file, SHA256: sumOf(text), Last: defaultLast,
	}
	var settings, runs *yaml.Node
	err = p.fields(root, "suite", []field{
		{"name", into(&s.Name, name)},
		{"time_budget", into(&s.Budget, duration)},
		{"baseline", into(&s.Last, last)},
		{"settings", keep(&settings)},
		{"runs", keep(&runs)},
		{"on_finish", into(&s.OnFinish, command)},
	})
	if err != nil {
		return Suite{}, err
	}
	if !safeName.MatchString(s.Name) {
		return Suite{}, p.errorf(root, "the file's name gives the suite's name %q, want %s: write name: NAME", s.Name, nameForm)
	}
	if s.Entries, err = p.entries(root, runs); err != nil {
		return Suite{}, err
	}
	s.Settings, err = p.settings(settings, s.flags())
	if err != nil {
		return Suite{}, err
	}
	return s, p.references(s)
}

func (p parser) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.file, n.Line, fmt.Sprintf(format, args...))
}

// fields reads the map n, in the order in which its keys stand.
func (p parser) fields(n *yaml.Node, what string, fields []field) error {
	if n.Kind != yaml.MappingNode {
		return p.errorf(n, "the %s is %s, want a map", what, workloads.DescribeNode(n))
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := slices.IndexFunc(fields, func(f field) bool { return f.name == key.Value })
		if at < 0 {
			var allowed []string
			for _, f := range fields {
				allowed = append(allowed, f.name)
			}
			return p.errorf(key, "%s", unknown("key of a "+what, key.Value, allowed))
		}
		if err := fields[at].read(value); err != nil {
			return p.errorf(value, "%s %v", key.Value, err)
		}
	}
	return nil
}

// into makes the reader of a value that goes into target. keep leaves it for later.
func into[T any](target *T, read func(*yaml.Node) (T, error)) func(*yaml.Node) error {
	return func(n *yaml.Node) (err error) {
		*target, err = read(n)
		return err
	}
}

func keep(target **yaml.Node) func(*yaml.Node) error {
	return func(n *yaml.Node) error { *target = n; return nil }
}

func (p parser) entries(root, runs *yaml.Node) ([]Entry, error) {
	switch {
	case runs == nil:
		return nil, p.errorf(root, "the suite has no runs, want runs: [{command: ...}, ...]")
	case runs.Kind != yaml.SequenceNode:
		return nil, p.errorf(runs, "runs is %s, want a list", workloads.DescribeNode(runs))
	case len(runs.Content) == 0:
		return nil, p.errorf(runs, "runs is an empty list, want at least one run")
	}
	var entries []Entry
	total := 0
	for _, n := range runs.Content {
		e, err := p.entry(n)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(entries, func(o Entry) bool { return o.Name == e.Name }); i >= 0 {
			return nil, p.errorf(n, "a second run is called %q, first in line %d: give it a name of its own", e.Name, entries[i].Line)
		}
		if total += e.Warmup + e.Repeats; total > manyRuns {
			return nil, p.errorf(n, "the suite has more than %d runs, warm-ups and repeats counted", manyRuns)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func (p parser) entry(n *yaml.Node) (Entry, error) {
	e := Entry{Repeats: 1, Line: n.Line}
	var commandAt, workload, settings, params, gates *yaml.Node
	err := p.fields(n, "run", []field{
		{"name", into(&e.Name, name)},
		{"command", keep(&commandAt)},
		{"workload", keep(&workload)},
		{"settings", keep(&settings)},
		{"params", keep(&params)},
		{"warmup", into(&e.Warmup, whole(0))},
		{"repeats", into(&e.Repeats, whole(1))},
		{"cool_down", into(&e.CoolDown, duration)},
		{"timeout", into(&e.Timeout, duration)},
		{"gates", keep(&gates)},
	})
	if err != nil {
		return e, err
	}
	if commandAt == nil {
		return e, p.errorf(n, "the run has no command, want one of [%s]", strings.Join(p.known.Commands, ", "))
	}
	if e.Command = commandAt.Value; !slices.Contains(p.known.Commands, e.Command) {
		return e, p.errorf(commandAt, "%s", unknown("command", e.Command, p.known.Commands))
	}
	e.flags = p.known.Flags(e.Command)
	if err := p.workload(&e, workload); err != nil {
		return e, err
	}
	if e.Settings, err = p.settings(settings, e.flags); err != nil {
		return e, err
	}
	if e.Params, err = p.params(params, e); err != nil {
		return e, err
	}
	e.Gates, err = p.gates(gates, e)
	return e, err
}

// workload checks the workload of a run, and names the run after it where it has no name.
func (p parser) workload(e *Entry, n *yaml.Node) error {
	defer func() {
		if e.Name == "" {
			e.Name = e.Command
			if base := workloads.SuiteName(e.Workload); e.Workload != "" && safeName.MatchString(base) {
				e.Name = base
			}
		}
	}()
	if n == nil {
		return nil
	}
	var err error
	if e.Workload, err = text(n); err != nil {
		return p.errorf(n, "workload %v", err)
	}
	if !slices.Contains(e.flags, "workload") {
		return p.errorf(n, "%s takes no workload", e.Command)
	}
	if strings.ContainsAny(e.Workload, "/.{") {
		return nil // a file: the run reads it
	}
	var names []string
	for _, w := range workloads.List() {
		if w.Command == e.Command {
			names = append(names, w.Name)
		}
	}
	if !slices.Contains(names, e.Workload) {
		return p.errorf(n, "%s", unknown("workload of "+e.Command, e.Workload, names))
	}
	return nil
}
