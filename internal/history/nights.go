package history

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// benchmark is what runs have in common that are one series: a name that another suite has
// too is another entry.
type benchmark struct{ command, workload, suite, entry string }

func benchmarkOf(command, workload string, place *result.SuitePlace) benchmark {
	b := benchmark{command: command, workload: workload}
	if place != nil {
		b.suite, b.entry = place.Name, place.Entry
	}
	return b
}

// night is what the repeats of a night have in common.
type night struct {
	benchmark
	suiteID string
}

// Nights makes of runs, oldest first, the points of a history: the complete repeats of one
// entry of one suite are one point, with the means of their metrics, since they share what
// that night was like and look more alike than two nights are. Warm-ups are left out; what
// is of no suite, or isn't complete, stays a point each. A metric is averaged over the
// repeats that have it.
func Nights(runs []result.HistoryRun) []result.HistoryRun {
	points := []result.HistoryRun{} // not nil: it is printed as JSON
	repeats := map[int][]result.HistoryRun{}
	known := map[night]int{}
	for _, run := range runs {
		switch {
		case run.Suite.IsWarmup():
		case run.Suite == nil || run.Status != result.Complete:
			points = append(points, run)
		default:
			key := night{benchmarkOf(run.Command, run.Workload, run.Suite), run.Suite.ID}
			at, ok := known[key]
			if !ok {
				at, known[key] = len(points), len(points)
				points = append(points, run)
			}
			repeats[at] = append(repeats[at], run)
		}
	}
	for at, of := range repeats {
		points[at] = nightOf(of)
	}
	return points
}

// nightOf is the point of one night's repeats. It failed where one of them did.
func nightOf(repeats []result.HistoryRun) result.HistoryRun {
	point := repeats[0]
	point.Metrics, point.Bytes, point.Repeats = meansOf(repeats), 0, nil
	var doubts []string
	for _, run := range repeats {
		point.Bytes += run.Bytes
		point.Repeats = append(point.Repeats, run.Dir)
		if run.Verdict == result.Fail || point.Verdict == result.None {
			point.Verdict = run.Verdict
		}
		if run.Engine != "" {
			point.Engine = run.Engine
		}
		if run.Doubt != "" {
			doubts = append(doubts, "repeat "+run.Dir+": "+run.Doubt)
		}
	}
	point.Doubt = strings.Join(doubts, "; ")
	return point
}

func meansOf(runs []result.HistoryRun) map[string]float64 {
	sums, counts := map[string]float64{}, map[string]float64{}
	for _, run := range runs {
		for name, v := range run.Metrics {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				sums[name] += v
				counts[name]++
			}
		}
	}
	for name := range sums {
		sums[name] /= counts[name]
	}
	return sums
}

// Night is the folders of a complete run's own night, oldest first: the complete repeats of
// its entry in its suite, which a warm-up is none of. There is none for a run of no suite.
func (ix *Index) Night(ctx context.Context, run result.Run) ([]string, error) {
	if run.Suite == nil {
		return nil, nil
	}
	points, err := ix.points(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, p := range points {
		if sameSuite(p.Suite, run.Suite) {
			return ix.dirs(p), nil
		}
	}
	return nil, nil
}

// Before is the folders of the last n points before a night, or a single run, oldest first:
// of the same command and workload, of the same entry of the suite of that name, in other
// executions of it, and for which same, asked of one folder each, holds. Each point is a
// list of its repeats. left counts the points that same refused on the way.
func (ix *Index) Before(ctx context.Context, first result.Run, n int, same func(dir string) bool) (points [][]string, left int, err error) {
	if n < 1 {
		return nil, 0, fmt.Errorf("find the baseline of run %q: the last %d nights aren't 1 or more", first.ID, n)
	}
	all, err := ix.points(ctx, first)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range slices.Backward(all) {
		if p.ID == first.ID || sameSuite(p.Suite, first.Suite) || !p.Started.Before(first.Started) {
			continue
		}
		if len(points) == n || ctx.Err() != nil {
			break
		}
		dirs := ix.dirs(p)
		if !same(dirs[0]) {
			left++
			continue
		}
		points = append(points, dirs)
	}
	slices.Reverse(points)
	return points, left, ctx.Err()
}

// sameSuite says whether two runs are of one execution of a suite.
func sameSuite(a, b *result.SuitePlace) bool { return a != nil && b != nil && a.ID == b.ID }

// points are those of a run's benchmark, oldest first.
func (ix *Index) points(ctx context.Context, run result.Run) ([]result.HistoryRun, error) {
	runs, err := ix.Runs(ctx, Filter{Command: run.Command, Workload: run.Workload, Status: string(result.Complete)})
	if err != nil {
		return nil, err
	}
	of := benchmarkOf(run.Command, run.Workload, run.Suite)
	return slices.DeleteFunc(Nights(runs), func(p result.HistoryRun) bool {
		return benchmarkOf(p.Command, p.Workload, p.Suite) != of // also where the run's own are empty
	}), nil
}

func (ix *Index) dirs(p result.HistoryRun) []string {
	var dirs []string
	for _, dir := range p.Repeats {
		dirs = append(dirs, filepath.Join(ix.dir, dir))
	}
	if len(dirs) == 0 {
		dirs = []string{filepath.Join(ix.dir, p.Dir)}
	}
	return dirs
}
