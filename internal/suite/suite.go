// Package suite runs benchmarks in order, with gates: the nightly job.
//
//  1. Load reads a suite's file. Every mistake in it is an error with its line: an unknown
//     command, flag, metric or key is found before the night, not in it.
//  2. Suite.Set adds settings of the command line; Suite.Plan lists the runs, one for each
//     warm-up and repeat, with the arguments of the lbench that does it.
//  3. Execute takes the lock of the results folder, goes on with a suite that was cut off
//     or makes the folder of a new one, and does run after run. Its state is saved after
//     every change, so that a reboot costs no more than the run that it hit.
//  4. After the last repeat of an entry its gates are judged: on the mean over the repeats,
//     against a threshold or against earlier suites of the same name.
//  5. What the whole means is in result.Suite: its verdict, ExitCode, and OpenMetrics.
//
// The package starts nothing itself and prints nothing: what starts lbench, opens a run
// folder or compares comes with Options.
package suite

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
	"github.com/lbench/lbench/workloads"
)

// Suite is a suite's file, read and checked.
type Suite struct {
	Name        string
	Description string // the comment on the file's first line
	File        string // as it was given
	SHA256      string // of its text
	Budget      time.Duration
	Last        int // earlier suites that relative gates compare with
	Settings    []Setting
	Entries     []Entry
	OnFinish    []string // a command and its arguments; empty: none
}

// Entry is one line of the suite: a command with its settings, done Warmup + Repeats times.
type Entry struct {
	Name     string
	Command  string
	Workload string // "": the command's own
	Settings []Setting
	Params   []Setting // of --param
	Warmup   int
	Repeats  int
	CoolDown time.Duration // after each of its runs, before the next start
	Timeout  time.Duration // of one run; 0: none
	Gates    []Gate
	Line     int

	flags []string // that the command has
}

// Setting is a flag, or a key of --param, and its values: several where a flag is given
// several times.
type Setting struct {
	Name   string
	Values []string
	Line   int // in the file; 0: from the command line
}

// Gate is one condition on a metric of an entry: Rule, or at most MaxRegression worse than
// the baseline, as a fraction.
type Gate struct {
	Text          string
	Metric        string
	Line          int
	Rule          *rules.Rule // nil: relative
	MaxRegression float64
}

// Known says what the commands of lbench are called, and their flags and metrics, without
// dashes. No metrics: any is allowed.
type Known struct {
	Commands []string
	Flags    func(command string) []string
	Metrics  func(command string) []string
}

// Load reads the suite of that name, or the file if the name holds a path separator or
// ends in .yaml or .yml.
func Load(nameOrFile string, known Known) (Suite, error) {
	file, text, err := workloads.SuiteText(nameOrFile)
	if err != nil {
		return Suite{}, err
	}
	return Parse(file, text, known)
}

func sumOf(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

// Set gives a flag of all runs that have it, as if it stood in the file's settings. It
// replaces what the entries say themselves, but for values that are made of it, such as
// "{data-dir}/cold". No run has the flag: an error.
func (s *Suite) Set(flag, value string) error {
	if reason := reserved(flag); reason != "" {
		return fmt.Errorf("set --%s of suite %q: %s", flag, s.Name, reason)
	}
	if !slices.Contains(s.flags(), flag) {
		return fmt.Errorf("set --%s of suite %q: none of its commands has that flag", flag, s.Name)
	}
	s.Settings = put(s.Settings, Setting{Name: flag, Values: []string{value}})
	s.Entries = slices.Clone(s.Entries)
	for i, e := range s.Entries {
		s.Entries[i].Settings = slices.DeleteFunc(slices.Clone(e.Settings), func(own Setting) bool {
			return own.Name == flag && !refersTo(own, flag)
		})
	}
	return nil
}

func refersTo(s Setting, flag string) bool {
	return slices.ContainsFunc(s.Values, func(v string) bool { return strings.Contains(v, "{"+flag+"}") })
}

// put replaces the setting of that name, or adds it at the end. It changes a copy.
func put(all []Setting, s Setting) []Setting {
	all = slices.Clone(all)
	if i := slices.IndexFunc(all, func(o Setting) bool { return o.Name == s.Name }); i >= 0 {
		all[i] = s
		return all
	}
	return append(all, s)
}

// Check finds values made of a setting, such as "{data-dir}/cold", that nobody has given.
func (s Suite) Check() error {
	for _, e := range s.Entries {
		for _, own := range slices.Concat(e.Settings, e.Params) {
			for _, v := range own.Values {
				for _, name := range references(v) {
					if s.find(name) == nil {
						return fmt.Errorf("%s:%d: %s is %q, and %s has no value: give it as --%s, or under settings of the suite",
							s.File, own.Line, own.Name, v, name, name)
					}
				}
			}
		}
	}
	return nil
}

func (s Suite) find(name string) *Setting {
	for i := range s.Settings {
		if s.Settings[i].Name == name {
			return &s.Settings[i]
		}
	}
	return nil
}

// Plan lists the runs in their order, warm-ups first in each entry. It leaves out
// --results-dir, which Execute adds.
func (s Suite) Plan() []result.SuiteRun {
	var runs []result.SuiteRun
	for _, e := range s.Entries {
		args := s.args(e)
		for n := range e.Warmup + e.Repeats {
			run := result.SuiteRun{Entry: e.Name, Command: e.Command, Args: slices.Clone(args), Repeat: n + 1, Warmup: n < e.Warmup, State: result.Waiting}
			if !run.Warmup {
				run.Repeat = n - e.Warmup + 1
			}
			runs = append(runs, run)
		}
	}
	return runs
}

// args is how lbench is started for an entry. With --json it prints the run's ID.
func (s Suite) args(e Entry) []string {
	args := []string{e.Command}
	if e.Workload != "" {
		args = append(args, "--workload="+e.Workload)
	}
	for _, o := range s.settingsOf(e) {
		for _, v := range o.Values {
			args = append(args, flag(o.Name, s.expand(v)))
		}
	}
	for _, p := range e.Params {
		args = append(args, "--param="+p.Name+"="+s.expand(p.Values[0]))
	}
	return append(args, "--quiet", "--json")
}
