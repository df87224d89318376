package compare

import (
	"math"
	"slices"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// fewestNights is how many points before it a single one is held against at least: the
// scatter of two says next to nothing.
const fewestNights = 3

// withoutWarmups leaves the warm-ups of suites out of a set, unless it holds nothing else:
// then they are what was asked for.
func withoutWarmups(set string, runs []result.Run, warn warner) []result.Run {
	kept := slices.DeleteFunc(slices.Clone(runs), func(run result.Run) bool { return run.Suite.IsWarmup() })
	if len(kept) == 0 {
		return runs
	}
	if n := len(runs) - len(kept); n > 0 {
		warn(warnWarmups, "%d of the %d runs of set %s are warm-ups of a suite and are left out", n, len(runs), set)
	}
	return kept
}

// points makes one of the repeats of an entry of a suite, with the means of their metrics;
// runs of no suite stay one each. What the repeats of a night share, such as a busy
// neighbour, would pass for agreement between them.
func points(runs []result.Run) []result.Run {
	type night struct{ id, entry string }
	var all [][]result.Run
	at := map[night]int{}
	for _, run := range runs {
		if run.Suite == nil {
			all = append(all, []result.Run{run})
			continue
		}
		key := night{run.Suite.ID, run.Suite.Entry}
		if _, ok := at[key]; !ok {
			at[key] = len(all)
			all = append(all, nil)
		}
		all[at[key]] = append(all[at[key]], run)
	}
	means := make([]result.Run, len(all))
	for i, of := range all {
		means[i] = of[0]
		means[i].Metrics = map[string]float64{}
		for name := range of[0].Metrics {
			means[i].Metrics[name], _ = stats.Mean(valuesOf(of, name)) // that all of them have it is seen to before
		}
	}
	return means
}

// pointsOf makes the points of both sets, and says what one night alone can't tell. Where
// each side is one night, its runs are all there is to compare, and are points themselves,
// but where only nights will do.
func pointsOf(c *result.Comparison, a, b []result.Run, onlyNights bool, warn warner) (pointsA, pointsB []result.Run) {
	pointsA, pointsB = points(a), points(b)
	ofSuite := func(run result.Run) bool { return run.Suite != nil }
	nightsA, nightsB := slices.ContainsFunc(a, ofSuite), slices.ContainsFunc(b, ofSuite)
	if len(pointsA) == 1 && len(pointsB) == 1 && !onlyNights {
		if nightsA && nightsB {
			warn(warnOneNight, "each set is one night, whose repeats share what it was like: a difference may be one that two nights have anyway, which --baseline last:10 knows")
		}
		return a, b
	}
	if nightsA {
		c.ANights = len(pointsA)
	}
	if nightsB {
		c.BNights = len(pointsB)
	}
	if len(pointsB) == 1 && len(pointsA) >= fewestNights {
		what := "run"
		if nightsB {
			what = "night"
		}
		warn(warnSingle, "B is a single %s: each metric is held against the interval in which one more %s is expected after the %d of A; what is worse may be so that once only", what, what, len(pointsA))
	}
	return pointsA, pointsB
}

// nightMetric compares a single new point with those before it, as one of m metrics, by the
// prediction interval for one more of them (stats.Predict). P is that of one metric. Where
// those before are all equal nothing is known of how they scatter, and the verdict is "too few".
func nightMetric(name string, a []float64, b float64, m int) result.MetricChange {
	c := result.MetricChange{Name: name, AValues: measured(a), BValues: measured([]float64{b}), B: b, Verdict: result.TooFewRuns}
	c.A, _ = stats.Mean(c.AValues)
	c.Difference = fraction(c.B-c.A, c.A)
	p, ok := stats.Predict(c.AValues, b, max(m, 1))
	if !ok || len(c.AValues) < fewestNights {
		return c
	}
	c.Difference, c.Low, c.High, c.P = &p.Difference, &p.Low, &p.High, &p.P
	c.Verdict = result.NoDifference
	if (p.Low > 0 || p.High < 0) && math.Abs(c.B-c.A) > negligible*math.Abs(c.A) {
		c.Verdict = direction(name, b > c.A)
	}
	return c
}
