package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// benchmark is what runs that can be compared have in common.
type benchmark struct{ command, workload, entry string }

func (b benchmark) String() string {
	name := strings.TrimSpace(b.command + " " + b.workload)
	if b.command == b.workload {
		name = b.command
	}
	if b.entry != "" {
		name += ", entry " + b.entry
	}
	return name
}

// Alike compares two sets of runs of several benchmarks, such as two nights of a suite, like
// with like: by command and workload, and by the suite's entry where a set has runs of more
// than one of these. What one set alone has is said in a warning. It is an error if no
// benchmark is in both sets.
func Alike(a, b []result.Run) (result.Comparisons, error) {
	all := result.Comparisons{Comparisons: []result.Comparison{}}
	if len(a) == 0 || len(b) == 0 {
		_, err := Runs(a, b)
		return all, err
	}
	entries := severalEntries(a, b)
	setA, namesA := byBenchmark(a, entries)
	setB, namesB := byBenchmark(b, entries)
	oneSide := func(name benchmark, set string, runs int) {
		all.Warnings = append(all.Warnings, result.Warning{Code: warnOneSide, Text: fmt.Sprintf("set %s alone has runs of %s (%d), which are not compared", set, name, runs)})
	}
	var failed []error
	for _, name := range namesA {
		if setB[name] == nil {
			oneSide(name, "A", len(setA[name]))
			continue
		}
		c, err := Runs(setA[name], setB[name])
		if err != nil {
			failed = append(failed, err)
			all.Warnings = append(all.Warnings, result.Warning{Code: warnNotAlike, Text: fmt.Sprintf("%s: %v", name, err)})
			continue
		}
		all.Comparisons = append(all.Comparisons, c)
	}
	for _, name := range namesB {
		if setA[name] == nil {
			oneSide(name, "B", len(setB[name]))
		}
	}
	switch {
	case len(all.Comparisons) > 0:
		return all, nil
	case len(failed) > 0:
		return all, failed[0]
	}
	return all, fmt.Errorf("compare runs: no run of A has its like in B: A is of [%s], B of [%s]; only runs of one command and one workload can be compared", listed(namesA), listed(namesB))
}

// severalEntries says of which commands and workloads a set has runs of more than one entry;
// runs of no suite are an entry, too.
func severalEntries(sets ...[]result.Run) map[benchmark]bool {
	several := map[benchmark]bool{}
	for _, runs := range sets {
		first := map[benchmark]string{}
		for _, run := range runs {
			of := benchmark{command: run.Command, workload: run.Workload}
			entry := entryOf([]result.Run{run})
			if known, ok := first[of]; ok && known != entry {
				several[of] = true
			}
			first[of] = entry
		}
	}
	return several
}

// byBenchmark puts runs of one benchmark together, and lists their names in the order in
// which they come.
func byBenchmark(runs []result.Run, entries map[benchmark]bool) (sets map[benchmark][]result.Run, names []benchmark) {
	sets = map[benchmark][]result.Run{}
	for _, run := range runs {
		of := benchmark{command: run.Command, workload: run.Workload}
		if entries[of] {
			of.entry = entryOf([]result.Run{run})
		}
		if sets[of] == nil {
			names = append(names, of)
		}
		sets[of] = append(sets[of], run)
	}
	return sets, names
}

// entryOf is the entry that all runs are of; "" where they are of several, or of no suite.
func entryOf(runs []result.Run) string {
	entry := ""
	for i, run := range runs {
		of := ""
		if run.Suite != nil {
			of = run.Suite.Entry
		}
		if i > 0 && of != entry {
			return ""
		}
		entry = of
	}
	return entry
}

func listed(names []benchmark) string {
	var texts []string
	for _, name := range names {
		texts = append(texts, name.String())
	}
	slices.Sort(texts)
	return strings.Join(texts, "; ")
}

// SettingsApart names the settings that make two runs another measurement: those that were
// given, or have another default, as "accelerators". What is about the output is none, and
// a setting that one lbench doesn't know, and that has its default in the other, neither.
func SettingsApart(a, b result.Run) ([]string, error) {
	sets := [2]facts{}
	for i, run := range []result.Run{a, b} {
		sets[i] = facts{}
		if err := sets[i].addSettings(run); err != nil {
			return nil, fmt.Errorf("read the settings of run %q: %w", run.ID, err)
		}
	}
	var names []string
	for name := range sectionsOf(sets[:]) {
		had, okA := sets[0][name]
		has, okB := sets[1][name]
		if had.text == has.text && okA == okB || !okA && has.byDefault || !okB && had.byDefault {
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}
