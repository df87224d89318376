package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/compare"
	"github.com/lbench/lbench/internal/history"
	"github.com/lbench/lbench/internal/result"
)

// fewestNights is how many nights before it a single one is compared with at least.
const fewestNights = 3

// compareBaseline compares the night of a run, or a run of no suite, with the last ones
// before it. Where the argument names several runs, each benchmark of them is compared so.
func (a *app) compareBaseline(ctx context.Context, o compareOptions, args []string) (result.Comparisons, error) {
	all := result.Comparisons{}
	last, err := history.ParseLast(o.baseline)
	if err == nil && last.Runs == 0 {
		err = fmt.Errorf("%q isn't a number of nights, or runs, as last:10", o.baseline)
	}
	if err != nil {
		return all, usagef("--baseline: %w", err)
	}
	after, err := a.findRuns(o.resultsDir, args)
	if err != nil {
		return all, err
	}
	index, err := a.openIndex(ctx, o.resultsDir)
	if err != nil {
		return all, err
	}
	defer index.Close()
	var failed []error
	for _, of := range benchmarksOf(after) {
		c, err := a.againstLast(ctx, index, of, last.Runs, o)
		if err != nil {
			failed = append(failed, err)
			all.Warnings = append(all.Warnings, result.Warning{Code: "no_baseline", Text: err.Error()})
			continue
		}
		all.Comparisons = append(all.Comparisons, c)
	}
	if len(all.Comparisons) == 0 {
		return all, errors.Join(failed[0], ctx.Err())
	}
	return all, ctx.Err()
}

// benchmarksOf puts runs of one command, workload, suite and entry together, in the order in
// which they come.
func benchmarksOf(folders []*result.Folder) [][]*result.Folder {
	var all [][]*result.Folder
	at := map[[4]string]int{}
	for _, folder := range folders {
		key := [4]string{folder.Run.Command, folder.Run.Workload}
		if place := folder.Run.Suite; place != nil {
			key[2], key[3] = place.Name, place.Entry
		}
		if _, ok := at[key]; !ok {
			at[key] = len(all)
			all = append(all, nil)
		}
		all[at[key]] = append(all[at[key]], folder)
	}
	return all
}

// againstLast compares runs of one benchmark, with all repeats of their nights, with the last
// n nights or runs before the first of them.
func (a *app) againstLast(ctx context.Context, index *history.Index, named []*result.Folder, n int, o compareOptions) (result.Comparison, error) {
	after, err := a.nightsOf(ctx, index, named)
	if err != nil {
		return result.Comparison{}, err
	}
	first, apart := after[0].Run, map[string]bool{}
	points, left, err := index.Before(ctx, first, n, func(dir string) bool {
		run, err := result.ReadRun(dir)
		if err != nil {
			return false
		}
		names, err := compare.SettingsApart(run, first)
		for _, name := range names {
			apart[name] = true
		}
		return err == nil && len(names) == 0
	})
	if err != nil {
		return result.Comparison{}, err
	}
	what := "run"
	if first.Suite != nil {
		what = "night"
	}
	if len(points) == 0 {
		text := fmt.Sprintf("compare with --baseline last:%d: %q holds no complete run of %s before %s", n, o.resultsDir, benchmarkName(first), first.ID)
		if left > 0 {
			text += fmt.Sprintf(" with its settings, only %d %ss with others (%s)", left, what, namesOf(apart))
		}
		return result.Comparison{}, errors.New(text + fmt.Sprintf(": want %d or more", fewestNights))
	}
	c, err := compare.Nights(runsAlone(a.openAll(slices.Concat(points...))), runsAlone(after))
	if err != nil {
		return c, usageError{err}
	}
	if left > 0 {
		c.Warnings = append(c.Warnings, result.Warning{Code: "other_settings", Text: fmt.Sprintf("%d %ss before it are not in A, since their settings are others: %s", left, what, namesOf(apart))})
	}
	if len(points) < fewestNights {
		c.Warnings = append(c.Warnings, result.Warning{Code: "few_nights", Text: fmt.Sprintf("A is %d of the %d %ss that are needed to tell what one more %s differs by; the last %d were asked for", len(points), fewestNights, what, what, n)})
	}
	return c, nil
}

// nightsOf are the complete repeats of the nights that runs are of, the oldest first, and
// runs of no suite themselves.
func (a *app) nightsOf(ctx context.Context, index *history.Index, named []*result.Folder) ([]*result.Folder, error) {
	var all []*result.Folder
	seen := map[string]bool{}
	add := func(folders ...*result.Folder) {
		for _, folder := range folders {
			if path, err := filepath.Abs(folder.Dir); err == nil && !seen[path] {
				seen[path] = true
				all = append(all, folder)
			}
		}
	}
	for _, folder := range named {
		dirs, err := index.Night(ctx, folder.Run)
		if err != nil {
			return nil, err
		}
		add(a.openAll(dirs)...)
		if !folder.Run.Suite.IsWarmup() {
			add(folder)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("compare run %q: it is a warm-up, and its night has no complete repeat of %s", named[0].Run.ID, benchmarkName(named[0].Run))
	}
	slices.SortStableFunc(all, func(x, y *result.Folder) int { return x.Run.Started.Compare(y.Run.Started) })
	return all, nil
}

func benchmarkName(run result.Run) string {
	name := strings.TrimSpace(run.Command + " " + run.Workload)
	if run.Suite != nil {
		name += ", entry " + run.Suite.Entry + " of suite " + run.Suite.Name
	}
	return name
}

func namesOf(names map[string]bool) string {
	const few = 5
	all := slices.Sorted(maps.Keys(names))
	if more := len(all) - few; more > 0 {
		all = append(all[:few:few], fmt.Sprintf("%d more", more))
	}
	return strings.Join(all, ", ")
}
