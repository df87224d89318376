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
	open, end                    int64   // the ends of step 0 and of the last step
	read, work, late, barrier    int64   // over all ranks
	lastRead, lastWork, lastLate int64   // of the last rank into each barrier
	together                     int64   // of lastRead, what others waited too, and stalls
	alone                        []int64 // by rank, the rest of lastRead
	aloneSteps                   []int64 // by rank, the steps that count in it
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
	for _, s := range group {
		e.read += s.Read
		e.work += s.Work
		e.late += s.Wait - s.Read - s.Work + s.Compute - compute
		e.barrier += s.Barrier
	}
	e.lastRead += last.Read
	e.lastWork += last.Work
	e.lastLate += last.Wait + last.Compute + last.Barrier - compute - last.Read - last.Work
	alone := aloneOf(group, last)
	e.together += last.Read - alone
	if alone == 0 || len(group) == 1 {
		return
	}
	for len(e.alone) <= last.Rank {
		e.alone, e.aloneSteps = append(e.alone, 0), append(e.aloneSteps, 0)
	}
	e.alone[last.Rank] += alone
	if Counts(alone, compute) {
		e.aloneSteps[last.Rank]++
	}
}

// worthCounting is the part of a step's computation that a wait has to be longer than to
// count as one.
const worthCounting = 100

// Stall is how long a rank waits alone for reads in one step, in ns, until that is no file's
// and no rank's fault: who waits at the barrier has its batches and asks for none, so that
// nobody can tell whether the storage would have answered it.
const Stall = int64(time.Second)

// Alone is how much of what the last rank of a step waited for reads, in ns, is its own or a
// file's fault: the step would have ended by so much earlier without it. read is what it
// waited for reads, before by how much it came after the rank before it. A rank without
// others is always alone, and a Stall is nobody's fault.
func Alone(ranks int, read, before int64) int64 {
	if ranks == 1 {
		return read
	}
	if alone := min(read, before); alone < Stall {
		return alone
	}
	return 0
}

// Counts says whether a wait of so many ns is long enough, beside a step's computation, to
// be counted as one.
func Counts(ns, compute int64) bool { return ns > compute/worthCounting }

func aloneOf(group []result.Step, last result.Step) int64 {
	second := int64(0)
	for _, s := range group {
		if s.Rank != last.Rank {
			second = max(second, s.Wait)
		}
	}
	return Alone(len(group), last.Read, last.Wait-second)
}
