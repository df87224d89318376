package dlio

import (
	"fmt"
	"math/bits"
	"math/rand/v2"

	"github.com/lbench/lbench/workloads"
)

// Tunable is a key of a workload's reader that can be tried at another value: the value it
// has, and the one that is tried in its place.
type Tunable struct {
	Key  string
	Now  func(workloads.Training) int64
	Next func(int64) int64
}

// Tunables lists the keys that a search can tune.
func Tunables() []Tunable {
	double := func(v int64) int64 { return 2 * max(v, 1) }
	return []Tunable{
		{"reader.read_threads", func(w workloads.Training) int64 { return int64(w.Reader.ReadThreads) }, double},
		{"reader.transfer_size", func(w workloads.Training) int64 { return w.Reader.TransferSize }, func(v int64) int64 { return 4 * v }},
		{"reader.computation_threads", func(w workloads.Training) int64 { return int64(w.Reader.ComputationThreads) }, double},
		{"reader.prefetch_size", func(w workloads.Training) int64 { return int64(w.Reader.PrefetchSize) }, double},
	}
}

// Factor is one setting that Tune tries at two levels, for example "reader.read_threads"
// at "8" and "16".
type Factor struct{ Name, Base, Candidate string }

// MostFactors is how many settings one design takes.
const MostFactors = 8

// TuneRun is one run of a design: for each factor, in their order, whether it has its
// candidate's value.
type TuneRun struct {
	Block     int
	Candidate []bool
}

// TuneDesign lists the runs that tell what each factor does, in the order in which they are
// to be made, all at one number of accelerators: one at which AU is limited by storage, such
// as the lowest that fails, since at 100 % nothing can show.
//
// A block is a two-level fractional factorial of resolution IV (Box, Hunter and Hunter,
// Statistics for Experimenters, chapter 6): 8 runs for up to 4 factors, 16 for up to 8, in
// which each factor is at each level in half of the runs and no effect of one factor is
// mixed with that of another one or of any pair. So every run tells of all factors, where
// trying one after the other would use most runs for one of them. Blocks repeat that, each
// in an order of its own (from seed), so that a drift of the storage falls on all alike.
// At least 2 blocks.
func TuneDesign(factors, blocks int, seed int64) ([]TuneRun, error) {
	if factors < 1 || factors > MostFactors {
		return nil, fmt.Errorf("tune %d settings: want 1 to %d at a time", factors, MostFactors)
	}
	if blocks < 2 {
		return nil, fmt.Errorf("tune in %d blocks: want at least 2, since only repeats show the noise", blocks)
	}
	size := 8
	if factors > 4 {
		size = 16
	}
	var columns []uint // of a Hadamard matrix: those of odd weight make resolution IV
	for c := uint(1); c < uint(size); c++ {
		if bits.OnesCount(c)%2 == 1 {
			columns = append(columns, c)
		}
	}
	var runs []TuneRun
	for block := range blocks {
		order := rand.New(rand.NewPCG(uint64(seed), uint64(block))).Perm(size)
		for _, row := range order {
			run := TuneRun{Block: block, Candidate: make([]bool, factors)}
			for f := range run.Candidate {
				run.Candidate[f] = bits.OnesCount(uint(row)&columns[f])%2 == 1
			}
			runs = append(runs, run)
		}
	}
	return runs, nil
}
