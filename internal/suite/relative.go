package suite

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// fewestSuites is from how many earlier suites on their spread is looked at.
const fewestSuites = 3

// baseline is the runs that a relative gate compares with, by the suite that they are of.
type baseline struct {
	values  []float64   // of all runs
	suites  [][]float64 // the same, one list for each suite
	doubted int         // runs that don't count, since they are in doubt
}

// decideRelative holds the loss against the baseline. A gate fails where three things come
// together: Compare finds the repeats worse, the loss of the means is more than is allowed,
// and the repeats' mean lies outside the 95 % band in which the next suite is expected, by
// the spread of the earlier suites' own means. The last one is there because the repeats of
// one night share what that night was like: they look more alike than two nights are.
func (x *execution) decideRelative(ctx context.Context, g *result.Gate, gate Gate, e Entry, ids []string, values []float64) error {
	mean, _ := stats.Mean(values)
	most := gate.MaxRegression
	g.Want, g.Got = &most, &mean
	base, err := x.baseline(ctx, gate, e)
	switch {
	case err != nil && ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		g.Why = "not decided: the baseline can't be read: " + oneLine(err.Error())
		return nil
	case len(base.values) == 0:
		g.Why = "not decided: there is no earlier run of it with these settings to compare with" + base.leftOut()
		return nil
	}
	c := x.o.Compare(gate.Metric, base.values, values, x.relativeGates())
	g.Baseline, g.Runs, g.Change, g.Low, g.High = &c.A, len(base.values), c.Difference, c.Low, c.High
	loss := 0.0
	if c.Difference != nil {
		loss = math.Abs(*c.Difference)
	}
	against := fmt.Sprintf("%s against %s of %s before%s", printed(gate.Metric, mean), printed(gate.Metric, c.A), count(len(base.values), "run"), base.leftOut())
	g.Decided, g.OK = true, true
	switch {
	case c.Verdict == result.TooFewRuns:
		g.Decided, g.OK = false, false
		g.Why = fmt.Sprintf("not decided: %s: too few runs to tell", against)
	case c.Difference == nil:
		g.Decided, g.OK = false, false
		g.Why = fmt.Sprintf("not decided: the baseline of %s is 0", count(len(base.values), "run"))
	case c.Verdict != result.Worse:
		g.Why = fmt.Sprintf("%s%s: %s", against, interval(c), c.Verdict)
	case loss <= most:
		g.Why = fmt.Sprintf("%s%s: worse, by no more than is allowed", against, interval(c))
	case base.expects(mean):
		g.Why = fmt.Sprintf("%s%s: the %s before it differ by as much", against, interval(c), count(len(base.suites), "suite"))
	default:
		g.OK = false
		g.Why = fmt.Sprintf("%s%s: worse by more than %.4g %%", against, interval(c), 100*most)
	}
	return nil
}

// leftOut says how many earlier runs don't count.
func (b baseline) leftOut() string {
	if b.doubted == 0 {
		return ""
	}
	return fmt.Sprintf(" (without %s in doubt)", count(b.doubted, "run"))
}

func interval(c result.MetricChange) string {
	if c.Low == nil || c.High == nil {
		return fmt.Sprintf(" (%+.1f %%)", 100**c.Difference)
	}
	return fmt.Sprintf(" (%+.1f %%, 95 %% interval %+.1f to %+.1f %%)", 100**c.Difference, 100**c.Low, 100**c.High)
}

// relativeGates counts the comparisons of the suite, for which intervals are widened.
func (x *execution) relativeGates() (m int) {
	for _, e := range x.suite.Entries {
		for _, g := range e.Gates {
			if g.Rule == nil {
				m++
			}
		}
	}
	return m
}

// expects says whether the next suite's mean is no surprise, by the earlier suites' means:
// the 95 % prediction interval, mean +- t(n-1) s sqrt(1 + 1/n).
func (b baseline) expects(next float64) bool {
	var means []float64
	for _, values := range b.suites {
		mean, _ := stats.Mean(values)
		means = append(means, mean)
	}
	if len(means) < fewestSuites {
		return false
	}
	mean, _ := stats.Mean(means)
	half, ok := stats.Interval95(means) // t(n-1) s / sqrt(n)
	return ok && math.Abs(next-mean) <= half*math.Sqrt(float64(len(means)+1))
}

// baseline collects a metric over the earlier runs of an entry.
func (x *execution) baseline(ctx context.Context, gate Gate, e Entry) (baseline, error) {
	suites, err := x.earlierRuns(e)
	if err != nil {
		return baseline{}, err
	}
	var b baseline
	for _, runs := range suites {
		var values []float64
		for _, run := range runs {
			v, ok := run.Metrics[gate.Metric]
			switch {
			case !ok || !finite(v) || run.Status != result.Complete:
			case run.Doubt() != "":
				b.doubted++
			default:
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			b.values = append(b.values, values...)
			b.suites = append(b.suites, values)
		}
	}
	return b, ctx.Err()
}

// earlierRuns gives the repeats of an entry in the last suites of this name that have any,
// one list for each suite, the oldest suite first. A run with other settings is another
// measurement; one whose folder is gone is left out.
func (x *execution) earlierRuns(e Entry) (suites [][]result.Run, err error) {
	now := x.state.Entries[slices.IndexFunc(x.state.Entries, func(r result.SuiteRun) bool { return r.Entry == e.Name })]
	err = Earlier(x.o.ResultsDir, x.suite.Name, func(old result.Suite) bool {
		if old.ID == x.state.ID || old.Started.After(x.state.Started) {
			return true
		}
		var runs []result.Run
		for _, r := range old.Entries {
			now.Repeat, now.Warmup = r.Repeat, false
			if r.State != result.Done || !sameRun(r, now) {
				continue
			}
			if run, err := x.open(r.Run); err == nil {
				runs = append(runs, run)
			}
		}
		if len(runs) > 0 {
			suites = append(suites, runs)
		}
		return len(suites) < x.suite.Last
	})
	slices.Reverse(suites)
	return suites, err
}
