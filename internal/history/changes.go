package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// Changes finds the runs from which on a metric is another than before, in the order of
// runs, which are oldest first and points as of Nights: by stats.SureChangePoints over the complete
// ones that have the metric, each command, workload and entry of a suite for itself. A warm-up
// is in no level. The settings are those that changed between
// the run before and the first of the new level; where none did, those that changed within
// the interval in which the change lies.
//
// load gives the run of a HistoryRun.Dir, settings what differs between two runs, and better
// whether more of a metric is better, if that is known.
func Changes(ctx context.Context, runs []result.HistoryRun, metric string, load func(dir string) (result.Run, error),
	settings func(a, b result.Run) []result.SettingChange, better func(metric string) (up, known bool)) ([]result.Change, error) {
	type placed struct {
		result.Change
		at int
	}
	var found []placed
	for _, group := range benchmarks(runs, metric) {
		values := make([]float64, len(group))
		for i, at := range group {
			values[i] = runs[at].Metrics[metric]
		}
		for _, point := range stats.SureChangePoints(values) {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			c := result.Change{
				Run: runs[group[point.At]].ID, Metric: metric, Before: point.Before, After: point.After,
				Low: group[point.Low], High: group[point.High], Verdict: verdict(point, metric, better),
			}
			var err error
			if c.Settings, err = settingsAt(runs, group, point, load, settings); err != nil {
				return nil, fmt.Errorf("find the settings that changed with run %q: %w", c.Run, err)
			}
			found = append(found, placed{c, group[point.At]})
		}
	}
	slices.SortStableFunc(found, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	changes := make([]result.Change, len(found)) // not nil: it is printed as JSON
	for i := range found {
		changes[i] = found[i].Change
	}
	return changes, nil
}

// benchmarks is the complete runs that have a metric, as indexes into runs, those of each
// benchmark together.
func benchmarks(runs []result.HistoryRun, metric string) [][]int {
	var groups [][]int
	known := map[benchmark]int{}
	for i, r := range runs {
		if _, ok := r.Metrics[metric]; !ok || r.Status != result.Complete || r.Suite.IsWarmup() {
			continue
		}
		key := benchmarkOf(r.Command, r.Workload, r.Suite)
		at, ok := known[key]
		if !ok {
			at, known[key] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	return groups
}

// verdict is empty for a metric of which more is neither better nor worse.
func verdict(point stats.ChangePoint, metric string, better func(string) (bool, bool)) string {
	up, known := better(metric)
	switch {
	case !known:
		return ""
	case up == (point.After > point.Before):
		return result.Better
	}
	return result.Worse
}

func settingsAt(runs []result.HistoryRun, group []int, point stats.ChangePoint,
	load func(string) (result.Run, error), settings func(a, b result.Run) []result.SettingChange) ([]result.SettingChange, error) {
	for i, pair := range [][2]int{{point.At - 1, point.At}, {point.Low, point.High}} {
		if i > 0 && pair == [2]int{point.At - 1, point.At} {
			break
		}
		before, err := load(runs[group[pair[0]]].Dir)
		if err != nil {
			return nil, err
		}
		after, err := load(runs[group[pair[1]]].Dir)
		if err != nil {
			return nil, err
		}
		if changes := settings(before, after); len(changes) > 0 {
			return changes, nil
		}
	}
	return []result.SettingChange{}, nil
}
