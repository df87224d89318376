package dlio

import (
	"fmt"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// ProbeSource is the source of the readings that say when probes ran: "accelerators", how
// many, where one begins, and 0 where it ends.
const ProbeSource = "probe"

// ProbeEdge is the reading of a probe's beginning, or with 0 accelerators of its end.
func ProbeEdge(at time.Time, accelerators int) result.Reading {
	return result.Reading{T: at, Source: ProbeSource, Name: "accelerators", Value: float64(accelerators)}
}

// ProbeWindows is when the probes at so many accelerators ran, of a run that started then,
// from the readings of their edges in order. Bytes are not told: they are the probes'.
func ProbeWindows(edges []result.Reading, started time.Time, accelerators int) (all []Epoch) {
	for i, e := range edges[:max(len(edges)-1, 0)] {
		if to := edges[i+1]; e.Value == float64(accelerators) && to.Value == 0 {
			from := int64(e.T.Sub(started))
			all = append(all, Epoch{Epoch: len(all) + 1, Start: from, Open: from, End: int64(to.T.Sub(started))})
		}
	}
	return all
}

// SearchFacts is what the limit of a search is named from, beside its probes.
type SearchFacts struct {
	Started  time.Time
	Edges    []result.Reading // of ProbeEdge, in their order
	Readings []result.Reading // of the host
	Host     result.Host
	Remote   bool // the file system is reached over a network
}

// SearchLimit says what stopped the next accelerator, with the evidence: that of the
// probes, their rate at the fewest accelerators that fail, and what this client did
// meanwhile, by the readings taken during those probes. Storage that the probes name is the
// client where tasks waited for memory 10 % of that time or 85 % of the processors were
// busy, and the network behind a NIC that was 90 % full. nil: not known.
func SearchLimit(o SearchOptions, a Answer, probes []Probe, f SearchFacts) *result.Limit {
	if a.Limit == "" {
		return nil
	}
	limit := &result.Limit{Name: a.Limit, Evidence: []string{a.Evidence}}
	failing := slices.DeleteFunc(slices.Clone(probes), func(p Probe) bool { return p.Rate || p.Accelerators != a.MinFailing })
	if len(failing) == 0 {
		return limit
	}
	limit.Evidence = append(limit.Evidence, rateEvidence(failing, o.Demand))
	windows := ProbeWindows(f.Edges, f.Started, a.MinFailing)
	for i := range windows { // the probes of this sitting are the last ones
		if from := len(failing) - len(windows) + i; from >= 0 {
			windows[i].ReadBytes = failing[from].ReadBytes
		}
	}
	facts := Facts{Epochs: windows, Started: f.Started, Readings: f.Readings, Host: f.Host, Remote: f.Remote}
	if len(windows) == 0 || len(f.Readings) == 0 {
		return limit
	}
	u := measureUsage(facts)
	if limit.Name == "storage" {
		switch { // as NameLimit does
		case over(u.memory, busyMemory):
			limit.Name = "client-memory"
		case over(u.cpu, busyCPU):
			limit.Name = "client-cpu"
		case f.Remote && over(u.nic, busyNIC):
			limit.Name = "network"
		}
	}
	limit.Evidence = append(limit.Evidence, facts.clientEvidence(u)...)
	return limit
}

// rateEvidence is the mean rate of probes of one number of accelerators. demand is that of
// one accelerator, in bytes/s.
func rateEvidence(probes []Probe, demand float64) string {
	rate := 0.0
	for _, p := range probes {
		rate += p.BytesPerS / float64(len(probes))
	}
	n := probes[0].Accelerators
	return fmt.Sprintf("%s were read with %s, %s are asked for at full speed", units.Rate(rate), plural(n, "accelerator", "accelerators"), units.Rate(demand*float64(n)))
}
