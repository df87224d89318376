package losses

import (
	"github.com/lbench/lbench/internal/result"
)

// The names of parts. The first is what was not lost; those of reads are one where the run
// doesn't keep what its reads took.
const (
	AU         = "au_fraction"          // (n-1) c / window, by lbench's own formula under any profile
	FirstReads = "first_reads_fraction" // waiting for the first read of a file
	SlowReads  = "slow_reads_fraction"  // for another that took longer than 90 % of the run's reads
	Reads      = "reads_fraction"       // for the rest of them
	Barrier    = "barrier_fraction"     // waiting for the slowest rank
	Work       = "work_fraction"        // the bytes were there, our own code had not done with them
	Late       = "late_fraction"        // timers, the scheduler
	After      = "after_fraction"       // after the last step: the batch more that v3.0 fetches
)

// PartNames are the names of parts in the order of a bar.
func PartNames() []string {
	return []string{AU, FirstReads, SlowReads, Reads, Barrier, Work, Late, After}
}

// windowOf is the length of an epoch's window of AU and when it opened, in ns: as the run
// says it where it does, and never shorter than the steps took.
func (e *epoch) windowOf(says result.Epoch) int64 {
	window := int64(says.Metrics["window_end_ns"]) - int64(says.Metrics["window_start_ns"])
	return max(window, e.end-e.open)
}

// parts divides the window of an epoch. Of each rank and step,
//
//	length - c = read + work + (wait - read - work) + (compute - c) + barrier
//
// so that the sums over ranks and steps make the window less (n-1) c, to the nanosecond.
func (e *epoch) parts(window, compute int64, split *readSplit) map[string]float64 {
	all := float64(window) * float64(e.ranks)
	busy := e.steps * compute * e.ranks
	after := window*e.ranks - busy - e.read - e.work - e.late - e.barrier
	parts := map[string]float64{
		AU: float64(busy) / all, Reads: float64(e.read) / all, Barrier: float64(e.barrier) / all,
		Work: float64(e.work) / all, Late: float64(e.late) / all,
	}
	if after != 0 {
		parts[After] = float64(after) / all
	}
	if split != nil {
		first, slow := split.shares()
		parts[FirstReads], parts[SlowReads] = parts[Reads]*first, parts[Reads]*slow
		parts[Reads] *= 1 - first - slow
	}
	return parts
}

// readSplit is what an epoch's table of latencies says, in ns.
type readSplit struct{ all, first, slow float64 }

// shares are the fractions of the waits that were for first reads and for slow ones.
func (s *readSplit) shares() (first, slow float64) {
	if s.all == 0 {
		return 0, 0
	}
	return s.first / s.all, s.slow / s.all
}

// split sums up a table. Slow are reads that took longer than slowFrom.
func split(r result.EpochReads, slowFrom int64) *readSplit {
	s := &readSplit{}
	for _, row := range r.Latencies {
		s.all += float64(row.Wait)
		s.first += float64(row.FirstWait)
		if row.UpTo > slowFrom {
			s.slow += float64(row.Wait - row.FirstWait)
		}
	}
	return s
}

// slowFrom is the 90 % quantile of all reads of the epochs that count, in ns: the longest
// latency of the row that holds it.
func slowFrom(reads []result.EpochReads) int64 {
	all, row := int64(0), map[int64]int64{}
	most := int64(0)
	for _, r := range reads {
		for _, l := range r.Latencies {
			row[l.UpTo] += l.Reads
			all += l.Reads
			most = max(most, l.UpTo)
		}
	}
	seen := int64(0)
	for _, upTo := range sortedKeys(row) {
		if seen += row[upTo]; 10*seen >= 9*all {
			return upTo
		}
	}
	return most
}
