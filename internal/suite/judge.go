package suite

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
	"github.com/lbench/lbench/internal/stats"
	"github.com/lbench/lbench/internal/units"
)

// judge decides the gates of an entry, all of whose runs are over. An interruption leaves
// them to the next time.
func (x *execution) judge(ctx context.Context, e Entry) error {
	if len(e.Gates) == 0 {
		return nil
	}
	first := 0 // of the suite's gates, the first one of e
	for x.state.Gates[first].Entry != e.Name {
		first++
	}
	runs, missing := x.measured(e)
	for i, gate := range e.Gates {
		g := &x.state.Gates[first+i]
		if missing != "" {
			g.Why = missing
			continue
		}
		if doubt := x.doubted(runs); doubt != "" {
			x.refuse(g, gate, runs, doubt+"; a run in doubt satisfies no gate")
			continue
		}
		values, err := x.valuesOf(runs, gate.Metric)
		switch {
		case err != nil: // a metric that is not there fails its rule
			g.Decided, g.Why = true, oneLine(err.Error())
		case gate.Rule != nil:
			decideAbsolute(g, gate, values)
		default:
			if err := x.decideRelative(ctx, g, gate, e, runs, values); err != nil {
				return err
			}
		}
	}
	return x.save()
}

// measured gives the run folders of an entry's repeats, or says which of them is missing.
func (x *execution) measured(e Entry) (ids []string, missing string) {
	for _, r := range x.state.Entries {
		switch {
		case r.Entry != e.Name || r.Warmup:
		case r.State == result.Done:
			ids = append(ids, r.Run)
		case r.State == result.Skipped:
			return nil, fmt.Sprintf("repeat %d of %d was skipped", r.Repeat, e.Repeats)
		default:
			return nil, fmt.Sprintf("repeat %d of %d could not run", r.Repeat, e.Repeats)
		}
	}
	return ids, ""
}

// refuse fails a gate whatever its runs measured.
func (x *execution) refuse(g *result.Gate, gate Gate, runs []string, why string) {
	if values, err := x.valuesOf(runs, gate.Metric); err == nil && gate.Rule != nil {
		decideAbsolute(g, gate, values)
	}
	g.Decided, g.OK, g.Why = true, false, oneLine(why)
}

// doubted says which of some runs are in doubt, each with the reason; empty: none is.
func (x *execution) doubted(ids []string) string {
	var texts []string
	for _, id := range ids {
		delete(x.runs, id) // as it is now, not as it was at its end
		if run, err := x.open(id); err == nil && run.Doubt() != "" {
			texts = append(texts, inDoubt(id, run))
		}
	}
	return strings.Join(texts, "; ")
}

// inDoubt says of a run, by a name, why its folder isn't as the run left it.
func inDoubt(name string, run result.Run) string { return name + " is in doubt: " + run.Doubt() }

// valuesOf collects a metric of runs that must all have it.
func (x *execution) valuesOf(ids []string, metric string) ([]float64, error) {
	var values []float64
	for _, id := range ids {
		run, err := x.open(id)
		if err != nil {
			return nil, fmt.Errorf("%s can't be read: %w", id, err)
		}
		v, ok := run.Metrics[metric]
		if !ok || !finite(v) {
			return nil, fmt.Errorf("%s was not measured in %s", metric, id)
		}
		values = append(values, v)
	}
	return values, nil
}

// decideAbsolute holds the mean over the repeats against the threshold.
func decideAbsolute(g *result.Gate, gate Gate, values []float64) {
	mean, _ := stats.Mean(values)
	want := gate.Rule.Want
	g.Want, g.Got, g.Decided, g.OK = &want, &mean, true, gate.Rule.Holds(mean)
	g.Why = fmt.Sprintf("%s, the mean of %s", printed(gate.Metric, mean), count(len(values), "run"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// finite says whether a number can be judged and written as JSON.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// printed is a metric's value with the unit that its name ends in.
func printed(metric string, v float64) string {
	switch {
	case strings.HasSuffix(metric, "_bytes_per_s"), strings.HasSuffix(metric, "_bytes_per_s_mean"):
		return units.Rate(v)
	case strings.HasSuffix(metric, "_bytes"):
		return units.Bytes(v)
	case strings.HasSuffix(metric, "_ns"):
		return units.Duration(time.Duration(v))
	case strings.HasSuffix(metric, "_fraction"), metric == rules.ColdMetric:
		return fmt.Sprintf("%.4g %%", 100*v)
	}
	return fmt.Sprintf("%.4g", v)
}
