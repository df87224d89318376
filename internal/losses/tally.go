// Package losses says where the time of a training went that was not computation, and
// what is to blame for it.
//
//  1. Tally takes steps as they come and keeps sums, in a space that doesn't grow with them:
//     per epoch, per rank, and per second of the run.
//  2. Lost divides each epoch's window of AU into parts, without remainder: what each rank
//     lost, the mean over ranks.
//  3. It then blames the time on causes, by the critical path: what the last rank into each
//     barrier lost is what the epoch lost. A cause counts only by what it stands out with
//     over the average file, rank or second, and no time is counted for two causes.
//
// All of it follows from the steps and from run.json's plan, epochs and reads.
package losses

import (
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Tally sums up the steps of a run.
type Tally struct {
	compute int64 // of a step, nominal, ns
	warmup  int   // epochs
	epochs  map[int]*epoch
	seconds Seconds
	group   []result.Step // of one step, being collected
}

// epoch holds sums over the steps of an epoch after its first, in ns.
type epoch struct {
	steps                        int64
	ranks                        int64
	open, end                    int64 // the ends of step 0 and of the last step
	read, work, late, barrier    int64 // over all ranks
	lastRead, lastWork, lastLate int64 // of the last rank into each barrier
	together                     int64 // of lastRead, where no file or rank is to blame
	alone                        []int64
}

// New makes the tally of a run by its plan.
func New(plan result.Plan) *Tally {
	return &Tally{compute: plan.ComputationNS, warmup: plan.WarmupEpochs, epochs: map[int]*epoch{}, seconds: newSeconds()}
}

// Add takes steps of ranks. Those of all ranks come one after the other.
func (t *Tally) Add(steps ...result.Step) {
	for _, s := range steps {
		if n := len(t.group); n > 0 && (t.group[0].Epoch != s.Epoch || t.group[0].Step != s.Step) {
			t.flush()
		}
		t.group = append(t.group, s)
	}
}

// flush takes the step of all ranks that was collected.
func (t *Tally) flush() {
	if len(t.group) == 0 {
		return
	}
	number := t.group[0].Epoch
	e := t.epochs[number]
	if e == nil {
		e = &epoch{}
		t.epochs[number] = e
	}
	last := lastOf(t.group)
	e.end = last.StartNS + last.Wait + last.Compute + last.Barrier
	if last.Step == 0 {
		e.open = e.end
	} else {
		e.add(t.group, last, t.compute)
		if number > t.warmup {
			t.seconds.add(number, t.group, last, t.compute)
		}
	}
	t.group = t.group[:0]
}

// lastOf is the step of the rank that got its batch last.
func lastOf(group []result.Step) result.Step {
	last := group[0]
	for _, s := range group {
		if s.Wait > last.Wait {
			last = s
		}
	}
	return last
}

func (e *epoch) add(group []result.Step, last result.Step, compute int64) {
	e.steps++
	e.ranks = max(e.ranks, int64(len(group)))
	second := int64(0)
	for _, s := range group {
		e.read += s.Read
		e.work += s.Work
		e.late += s.Wait - s.Read - s.Work + s.Compute - compute
		e.barrier += s.Barrier
		if s.Rank != last.Rank {
			second = max(second, s.Wait)
		}
	}
	e.lastRead += last.Read
	e.lastWork += last.Work
	e.lastLate += last.Wait + last.Compute + last.Barrier - compute - last.Read - last.Work
	if NobodysFault(len(group), readSum(group), last.Read) {
		e.together += last.Read
	} else if last.Read > 0 && len(group) > 1 {
		for len(e.alone) <= last.Rank {
			e.alone = append(e.alone, 0)
		}
		e.alone[last.Rank] += min(last.Read, last.Wait-second) // without it the step would have ended by so much earlier
	}
}

// Stall is how long a rank waits for reads in one step, in ns, until it is no file's and no
// rank's fault: who waits at the barrier has its batches and asks for none, so that nobody
// can tell whether the storage would have answered it.
const Stall = int64(time.Second)

// NobodysFault says that no file or rank is to blame for what the last rank of a step waited
// for reads, of the sum that all waited: the others waited at least half as long on average,
// or it was a Stall. A rank that is alone never waits with others.
func NobodysFault(ranks int, sum, last int64) bool {
	others := int64(ranks - 1)
	return others > 0 && last > 0 && (last >= Stall || sum-last >= others*last/2)
}

// readSum is what all ranks of a step waited for reads.
func readSum(group []result.Step) (sum int64) {
	for _, s := range group {
		sum += s.Read
	}
	return sum
}
