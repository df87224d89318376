package verify

import (
	"fmt"
	"math"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// search computes again from its probes what a run of find-max says.
func (l *ledger) search(run result.Run) {
	s := run.Search
	least := 1
	if v, ok := toNumber(run.Settings["least"].Value); ok && v >= 1 && v < math.MaxInt32 {
		least = int(v)
	}
	// The most that were allowed depends on the dataset: it bounds no figure that is compared.
	a := dlio.Conclude(dlio.SearchOptions{MinAU: s.MinAU, Least: least, Most: math.MaxInt32, Guess: 1, StepBytes: 1, MaxBytes: math.MaxInt64}, s.Probes)
	const why = "from the probes"
	metrics := map[string]float64{"probes": float64(a.Probes), "read_bytes": float64(a.ReadBytes)}
	if a.Max > 0 || a.MinFailing == least {
		metrics["accelerators_max"] = float64(a.Max)
	}
	if a.MinFailing > 0 {
		metrics["accelerators_min_failing"] = float64(a.MinFailing)
	}
	if p, ok := a.At(a.Max); ok && s.FullRun == "" {
		metrics["au_mean_fraction"], metrics["au_min_fraction"] = p.AU, p.Worst
	}
	for _, name := range l.numbers(result.RunFile, "metrics.", run.Metrics, metrics, why) {
		if s.FullRun == "" || name != "au_mean_fraction" && name != "au_min_fraction" {
			l.find(result.RunFile, "metrics."+name, run.Metrics[name], nil, "no such figure follows from the probes")
		}
	}
	for name, v := range metrics {
		if _, has := run.Metrics[name]; !has {
			l.find(result.RunFile, "metrics."+name, nil, v, why)
		}
	}
	l.same(result.RunFile, "search.points", len(s.Points), len(a.Points), why)
	for i := range min(len(s.Points), len(a.Points)) {
		has, want, at := s.Points[i], a.Points[i], fmt.Sprintf("search.points[%d].", i)
		l.same(result.RunFile, at+"accelerators", has.Accelerators, want.Accelerators, why)
		l.same(result.RunFile, at+"probes", has.Probes, want.Probes, why)
		l.same(result.RunFile, at+"warm_probes", has.Warm, want.Warm, why)
		l.same(result.RunFile, at+"decided", has.Decided, string(want.Decided), why)
		l.numbers(result.RunFile, at, map[string]float64{"au_fraction": has.AU, "au_low_fraction": has.Low, "au_high_fraction": has.High, "au_worst_fraction": has.Worst, "ceiling_au_fraction": has.Ceiling},
			map[string]float64{"au_fraction": want.AU, "au_low_fraction": want.Low, "au_high_fraction": want.High, "au_worst_fraction": want.Worst, "ceiling_au_fraction": want.CeilingAU}, why)
	}
	l.same(result.RunFile, "search.edge_accelerators", s.Edge, a.Edge, why)
	if s.FullRun != "" {
		l.note("au_mean_fraction and au_min_fraction are those of the full run %s: verify that folder too", s.FullRun)
	}
}
