// Package compare says how two sets of runs of one benchmark differ, and what of that is
// more than noise:
//
//  1. Runs refuses sets that are not of one command and one workload, and leaves out, with
//     a warning, what isn't complete.
//  2. The settings come first: what is not the same in both sets, of the settings, the
//     shape of the run, lbench itself, the mount and the host. A difference of the figures
//     has its likeliest cause there.
//  3. Each metric that has a direction, and that all runs have, is compared by Metric, and
//     so is each cell of a matrix and each of compared mounts. The repeats that a suite made
//     of one entry in one night are one value, their mean; warm-ups are none.
//  4. Alike does that for sets of several benchmarks, like with like.
//
// One night against several is held against the interval in which one more of them is
// expected (stats.Predict), which two tests of two sets can't do for one value. Else a metric is called better or worse only where two tests agree:
//
//   - Welch's interval of the difference, widened for the number of metrics compared
//     (stats.Welch; for sets of different sizes stats.Pooled too), excludes 0. It says how large the difference is, and it is what keeps
//     twenty metrics from raising twenty chances of a false alarm. But it takes values to
//     scatter near normally, which single runs need not do, and of sets that don't scatter
//     at all it believes any difference.
//   - The Mann-Whitney U test (golang.org/x/perf/benchmath, AssumeNothing) gives p < 0.05.
//     It takes nothing for granted about how values scatter. But it knows no sizes, only
//     which value is above which; with five runs in each set its least p is 0.008, so
//     that it can't be corrected for many metrics: it would find nothing any more.
//
// So either one alone says too much of some data, and both together say less than each.
// Where the sets are so small that U can't come below 0.05 whatever the values are
// (three runs in each), the verdict is "too few", without an interval and without a p.
//
// The package is pure: runs come in as they were read, and nothing is read or printed.
package compare

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// The codes of a comparison's warnings.
const (
	warnDoubt    = result.NotAsClosed
	warnLeftOut  = "left_out"       // a run isn't complete, or stands twice in a set
	warnInBoth   = "in_both_sets"   // a run is compared with itself
	warnMissing  = "missing_metric" // some runs lack a metric
	warnMixed    = "mixed_settings" // the runs of one set were not made alike
	warnHasCells = "has_cells"      // a run's metrics are those of its best cell
	warnWarmups  = "warmups"        // warm-ups of suites are left out
	warnOneNight = "one_night"      // the runs of each set are repeats of one night
	warnSingle   = "single_night"   // one night, or run, against several
	warnOneSide  = "one_side"       // a benchmark that one set alone has
	warnNotAlike = "not_compared"   // a benchmark whose runs can't be compared
)

// Runs compares set b with the older set a. It is an error if a set is empty or has no
// complete run, and if not all runs are of one command and one workload.
func Runs(a, b []result.Run) (result.Comparison, error) { return runs(a, b, false) }

// Nights is Runs where the mean of a night is one value even if each set is one night: its
// repeats say nothing of how much nights differ.
func Nights(a, b []result.Run) (result.Comparison, error) { return runs(a, b, true) }

func runs(a, b []result.Run, onlyNights bool) (result.Comparison, error) {
	if err := oneBenchmark(a, b); err != nil {
		return result.Comparison{}, fmt.Errorf("compare runs: %w", err)
	}
	c := result.Comparison{}
	warn := func(code, format string, args ...any) {
		c.Warnings = append(c.Warnings, result.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	a, b = counting("A", a, warn), counting("B", b, warn)
	if len(a) == 0 || len(b) == 0 {
		return result.Comparison{}, fmt.Errorf("compare runs: no run is left in a set, since only complete ones can be compared: %s", leftOut(c.Warnings))
	}
	a, b = withoutWarmups("A", a, warn), withoutWarmups("B", b, warn)
	c.A, c.B, c.Command, c.Workload, c.Entry = ids(a), ids(b), a[0].Command, a[0].Workload, entryOf(slices.Concat(a, b))
	for _, run := range b {
		if slices.ContainsFunc(a, func(other result.Run) bool { return identity(other) == identity(run) }) {
			warn(warnInBoth, "run %q is in both sets: what it has in common with itself hides a difference", run.ID)
		}
	}
	var err error
	if c.Settings, err = changes(a, b, warn); err != nil {
		return result.Comparison{}, fmt.Errorf("compare runs: %w", err)
	}
	a, b = withCells(a), withCells(b)
	names := inAll(slices.Concat(a, b), warn)
	pointsA, pointsB := pointsOf(&c, a, b, onlyNights, warn)
	c.Metrics = metrics(names, pointsA, pointsB)
	if slices.ContainsFunc(slices.Concat(a, b), func(run result.Run) bool { return run.Block != nil && len(run.Block.Cells) > 0 }) {
		warn(warnHasCells, "some of these runs have several cells: each is compared with its like, and the metrics of a run are those of its best cell, which may be another in each run")
	}
	return c, nil
}

// leftOut says of a few runs why they are left out.
func leftOut(warnings []result.Warning) string {
	const few = 3
	var texts []string
	for _, w := range warnings[:min(few, len(warnings))] {
		texts = append(texts, w.Text)
	}
	if n := len(warnings) - few; n > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(texts, "; ")
}

// warner adds a warning to a comparison.
type warner func(code, format string, args ...any)

// oneBenchmark says what keeps two sets from being compared at all.
func oneBenchmark(a, b []result.Run) error {
	switch {
	case len(a) == 0:
		return errors.New("set A, the older one, is empty: give at least one run")
	case len(b) == 0:
		return errors.New("set B, the newer one, is empty: give at least one run")
	}
	for _, run := range slices.Concat(a, b) {
		if first := a[0]; run.Command != first.Command || run.Workload != first.Workload {
			return fmt.Errorf("run %q is %s of workload %q and run %q is %s of workload %q: only runs of one command and one workload can be compared",
				first.ID, first.Command, first.Workload, run.ID, run.Command, run.Workload)
		}
	}
	return nil
}

// counting are the runs of a set that count: complete, and each once.
func counting(set string, runs []result.Run, warn warner) []result.Run {
	var all []result.Run
	seen := map[runIdentity]bool{}
	for _, run := range runs {
		switch {
		case run.Status != result.Complete:
			warn(warnLeftOut, "run %q of set %s is left out: its status is %s", run.ID, set, run.Status)
		case seen[identity(run)]:
			warn(warnLeftOut, "run %q stands twice in set %s and counts once", run.ID, set)
		default:
			if doubt := run.Doubt(); doubt != "" {
				warn(warnDoubt, "run %q of set %s: %s", run.ID, set, doubt)
			}
			seen[identity(run)] = true
			all = append(all, run)
		}
	}
	return all
}

// runIdentity tells runs apart. An ID is only one among the runs of one results folder.
type runIdentity struct {
	id, host  string
	startedNS int64
}

func identity(run result.Run) runIdentity {
	return runIdentity{run.ID, run.Host.Name, run.Started.UnixNano()}
}

func ids(runs []result.Run) []string {
	var all []string
	for _, run := range runs {
		all = append(all, run.ID)
	}
	return all
}

// inAll lists the metrics that all runs have, the headline ones first.
func inAll(all []result.Run, warn warner) []string {
	var names []string
	for _, name := range comparedOf(all) {
		lacking := slices.DeleteFunc(slices.Clone(all), func(run result.Run) bool {
			v, ok := run.Metrics[name]
			return ok && usable(v)
		})
		if len(lacking) > 0 {
			warn(warnMissing, "%s isn't compared: %d of %d runs lack it, %q is the first", name, len(lacking), len(all), lacking[0].ID)
			continue
		}
		names = append(names, name)
	}
	return names
}

// metrics compares the metrics of those names over the points of both sets.
func metrics(names []string, a, b []result.Run) []result.MetricChange {
	changes := []result.MetricChange{}
	for _, name := range names {
		if len(b) == 1 && len(a) >= fewestNights {
			changes = append(changes, nightMetric(name, valuesOf(a, name), b[0].Metrics[name], len(names)))
		} else {
			changes = append(changes, Metric(name, valuesOf(a, name), valuesOf(b, name), len(names)))
		}
	}
	return changes
}

// comparedOf lists the metrics with a direction that at least one of the runs has.
func comparedOf(runs []result.Run) []string {
	has := map[string]bool{}
	for _, run := range runs {
		for name := range run.Metrics {
			if _, known := result.Direction(name); known {
				has[name] = true
			}
		}
	}
	headline := result.Headline(runs[0].Command)
	first := slices.DeleteFunc(headline, func(name string) bool { return !has[name] })
	if runs[0].Command == "find-max" { // its other metrics are those at its answer, whatever that is
		return first
	}
	rest := slices.DeleteFunc(slices.Sorted(maps.Keys(has)), func(name string) bool { return slices.Contains(first, name) })
	return append(first, rest...)
}

func valuesOf(runs []result.Run, name string) []float64 {
	var values []float64
	for _, run := range runs {
		values = append(values, run.Metrics[name])
	}
	return values
}

// joined prints names or values one after the other.
func joined(texts []string) string { return strings.Join(texts, ", ") }
