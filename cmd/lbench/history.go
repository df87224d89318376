package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/compare"
	"github.com/lbench/lbench/internal/history"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/result"
)

// historyOptions chooses runs and the metric to follow.
type historyOptions struct {
	resultsDir, command, workload, metric, last, page string
	warmups, json                                     toggle
}

func newHistory(a *app) *cobra.Command {
	o := historyOptions{resultsDir: "results"}
	c := &cobra.Command{
		Use: "history", Short: "Follow a metric over all runs, and find where it changed",
		Long:    "A point is a run, or of a suite a night: the mean of the repeats of one entry, without warm-ups.",
		Example: "  lbench history\n  lbench history --workload resnet50_h100 --metric au_mean_fraction --last 90d",
		Args:    noArgs,
	}
	f := c.Flags()
	f.StringVar(&o.resultsDir, "results-dir", "results", "`DIR` of run folders")
	f.StringVar(&o.command, "command", "", "runs of this `COMMAND` only")
	f.StringVar(&o.workload, "workload", "", "runs of this workload (`NAME`) only")
	f.StringVar(&o.metric, "metric", "", "`METRIC` to follow (default: what each command is known by)")
	f.StringVar(&o.last, "last", "", "runs of the last `TIME` only, as 90d, 12w or 36h, or last:N for the last N points")
	f.StringVarP(&o.page, "output", "o", "", "write a page with the trend to `FILE`")
	o.warmups.bind(f, "warmups", "list the warm-ups of suites too, which no level counts")
	o.json.bind(f, "json", "print one JSON document")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		h, err := a.history(c.Context(), &o)
		if err != nil {
			return err
		}
		if o.page != "" {
			if err := a.writeFile(o.page, func(w io.Writer) error { return report.HistoryHTML(w, h) }); err != nil {
				return err
			}
		}
		if o.json {
			return a.printJSON(h)
		}
		return report.HistoryText(a.stdout, h)
	}
	return c
}

func (a *app) openIndex(ctx context.Context, resultsDir string) (*history.Index, error) {
	index, err := history.Open(ctx, resultsDir)
	if err != nil {
		return nil, err
	}
	for _, w := range index.Warnings() {
		a.warn(w)
	}
	return index, nil
}

// history asks the index for the runs, and for where their metric changed.
func (a *app) history(ctx context.Context, o *historyOptions) (result.History, error) {
	filter, points := history.Filter{Command: o.command, Workload: o.workload}, 0
	if o.last != "" {
		last, err := history.ParseLast(o.last)
		if err != nil {
			return result.History{}, usagef("--last: %w", err)
		}
		points = last.Runs
		filter = history.Last{Age: last.Age}.Filter(filter, a.now())
	}
	index, err := a.openIndex(ctx, o.resultsDir)
	if err != nil {
		return result.History{}, err
	}
	defer index.Close()
	h := result.History{Metric: o.metric, Runs: []result.HistoryRun{}, Changes: []result.Change{}}
	runs, err := index.Runs(ctx, filter)
	if err == nil && len(runs) == 0 {
		err = a.noneOf(ctx, index, o)
	}
	if err != nil || len(runs) == 0 {
		return h, err
	}
	h.Runs = pointsOf(runs, points, bool(o.warmups))
	if err := knownMetric(h.Metric, h.Runs); err != nil {
		return h, err
	}
	load := func(dir string) (result.Run, error) { return result.ReadRun(filepath.Join(o.resultsDir, dir)) }
	for _, metric := range followed(h) {
		changes, err := history.Changes(ctx, h.Runs, metric, load, settingsBetween, result.Direction)
		if err != nil {
			return h, err
		}
		h.Changes = append(h.Changes, changes...)
	}
	return h, nil
}

// pointsOf is the nights and single runs, the last n of them where n isn't 0, and where they
// are asked for the warm-ups since then, oldest first.
func pointsOf(runs []result.HistoryRun, n int, warmups bool) []result.HistoryRun {
	points := history.Nights(runs)
	if n > 0 && len(points) > n {
		points = points[len(points)-n:]
	}
	if !warmups {
		return points
	}
	for _, run := range runs {
		if run.Suite.IsWarmup() && (n == 0 || len(points) > 0 && !run.Started.Before(points[0].Started)) {
			points = append(points, run)
		}
	}
	slices.SortStableFunc(points, func(a, b result.HistoryRun) int { return a.Started.Compare(b.Started) })
	return points
}

// followed are the metrics whose changes are looked for: the one that was asked for, or
// what each run is known by.
func followed(h result.History) []string {
	if h.Metric != "" {
		return []string{h.Metric}
	}
	var names []string
	for _, run := range h.Runs {
		if name := result.HeadlineOf(run.Command, run.Metrics); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// settingsBetween is what differs between two runs of one benchmark.
func settingsBetween(before, after result.Run) []result.SettingChange {
	comparison, err := compare.Runs([]result.Run{before}, []result.Run{after})
	if err != nil { // they are no two runs of one benchmark
		return nil
	}
	return comparison.Settings
}

// noneOf says which commands and workloads there are runs of, where those that were asked
// for have none. That there are no runs at all is no error.
func (a *app) noneOf(ctx context.Context, index *history.Index, o *historyOptions) error {
	all, err := index.Runs(ctx, history.Filter{})
	if err != nil || len(all) == 0 || o.command == "" && o.workload == "" {
		return err
	}
	has := map[string]bool{}
	known := false
	for _, run := range all {
		has[strings.TrimSpace(run.Command+" "+run.Workload)] = true
		known = known || (o.command == "" || run.Command == o.command) && (o.workload == "" || run.Workload == o.workload)
	}
	if known { // none in that time
		return nil
	}
	a.warn(result.Warning{Code: "no_such_run", Text: fmt.Sprintf("no run is of %q: there are runs of %v", strings.TrimSpace(o.command+" "+o.workload), slices.Sorted(maps.Keys(has)))})
	return nil
}

// knownMetric refuses a metric that no run has.
func knownMetric(metric string, runs []result.HistoryRun) error {
	names := map[string]bool{}
	for _, run := range runs {
		for name := range run.Metrics {
			names[name] = true
		}
	}
	if metric == "" || names[metric] {
		return nil
	}
	return usagef("--metric: %q isn't one of %v, which these %d runs have", metric, slices.Sorted(maps.Keys(names)), len(runs))
}
