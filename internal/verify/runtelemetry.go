package verify

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// readings gives those that figures are made of, and the io totals of block commands.
func (l *ledger) readings(folder *result.Folder) []result.Reading {
	var all []result.Reading
	err := folder.Readings(func(r result.Reading) error {
		if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
			return errors.New("a value is no number")
		}
		switch r.Source {
		case "cpu", "process", "pressure", "nic", "infiniband", "io":
			all = append(all, r)
		}
		return nil
	})
	if err != nil {
		if !l.unread(err) {
			l.find(result.ReadingsFile, "", nil, nil, "%v", err)
		}
		return nil
	}
	return all
}

// telemetry computes the CPU time per byte again, and keeps the facts for the limit.
func (t *training) telemetry(metrics map[string]float64) {
	t.facts = dlio.Facts{Plan: t.plan, Epochs: t.epochs, Tally: t.tally, Metrics: metrics, Started: t.run.Started,
		Readings: t.readings(t.folder), Host: t.run.Host, Remote: t.run.Mount != nil && t.run.Mount.Network}
	published, ok := t.run.Metrics["cpu_ns_per_byte_mean"]
	again, can := dlio.CPUPerByte(t.facts)
	if can && t.run.Status != result.Incomplete {
		metrics["cpu_ns_per_byte_mean"] = again
	}
	switch {
	case !ok:
	case !can:
		t.note("metrics.cpu_ns_per_byte_mean can't be computed again: %s has no CPU times of the process", result.ReadingsFile)
	default:
		t.near("metrics.cpu_ns_per_byte_mean", published, again, t.clockError(), "from the CPU times of the process in "+result.ReadingsFile)
	}
}

// clockError is by how much, as a fraction, the wall clock of the readings may differ from
// the run's own over the shortest epoch: a clock is read some 100 ns after the other.
func (t *training) clockError() float64 {
	shortest := int64(math.MaxInt64)
	for _, e := range t.epochs {
		shortest = min(shortest, e.End-e.Start)
	}
	return 500 / float64(max(shortest, 1))
}

// near compares a figure that is only known to a fraction.
func (l *ledger) near(figure string, published, recomputed, fraction float64, why string) bool {
	l.v.Checked++
	if math.Abs(published-recomputed) <= fraction*math.Max(math.Abs(published), math.Abs(recomputed)) {
		return true
	}
	l.find(result.RunFile, figure, published, recomputed, "%s", why)
	return false
}

// limit names the limit again.
func (t *training) limit(metrics map[string]float64) {
	published := t.run.Limit
	if published == nil {
		t.note("no limit was named")
		return
	}
	t.facts.Metrics = metrics
	if most, ok := toNumber(t.run.Settings["max-inflight"].Value); ok && hasWarning(t.run, "inflight_capped") {
		t.facts.MaxInflight = int(most)
	}
	again := dlio.NameLimit(t.facts)
	if t.facts.MaxInflight > 0 && len(published.Evidence) == len(again.Evidence)-1 {
		t.note("an older lbench took waits for --max-inflight for work of this client when it named the limit")
		t.facts.MaxInflight = 0
		again = dlio.NameLimit(t.facts)
	}
	if len(t.facts.Readings) == 0 {
		t.note("the limit can't be named again in full: there is no telemetry of the host")
		return
	}
	t.same(result.RunFile, "limit.name", published.Name, again.Name, "from the steps, the ceiling and %s", result.ReadingsFile)
	t.same(result.RunFile, "limit.evidence", len(published.Evidence), len(again.Evidence), "lines of evidence")
	for i, text := range published.Evidence {
		if t.v.Checked++; !slices.Contains(again.Evidence, text) && i < len(again.Evidence) {
			t.find(result.RunFile, fmt.Sprintf("limit.evidence[%d]", i), text, again.Evidence[i], "from the steps, the ceiling and %s", result.ReadingsFile)
		}
	}
}
