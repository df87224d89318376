package dlio

import (
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// Tally sums up steps as they come, so that a run of any length is measured in memory
// that does not grow with its steps.
type Tally struct {
	plan   Plan
	epochs map[int]*epochTally
	waits  stats.Durations // of all steps that are not warm-up
}

// epochTally is what the formulas need of one epoch's steps.
type epochTally struct {
	steps int
	ranks []rankTally
	waits stats.Durations
	loss  Loss
}

// rankTally holds sums over the steps of one rank in one epoch, in ns.
type rankTally struct {
	first   int64 // wait + compute of step 0: DLIO's proc[0]
	compute int64 // measured compute of the later steps
}

// Loss is where the time of the steps after the first went that was not computation, as
// the last rank into each barrier saw it, in ns.
type Loss struct {
	Read int64 // its batch lacked a record whose read was in flight
	Work int64 // the bytes were there, our own code had not done with them
	Late int64 // timer, scheduler, barrier
}

// Total is all of the loss.
func (l Loss) Total() int64 { return l.Read + l.Work + l.Late }

func (l *Loss) add(m Loss) {
	l.Read += m.Read
	l.Work += m.Work
	l.Late += m.Late
}

// NewTally makes an empty tally for a run of plan.
func NewTally(plan Plan) *Tally {
	return &Tally{plan: plan, epochs: map[int]*epochTally{}}
}

// Add takes one step of all ranks, in the order of ranks.
func (t *Tally) Add(steps []result.Step) {
	number := steps[0].Epoch
	e := t.epochs[number]
	if e == nil {
		e = &epochTally{ranks: make([]rankTally, len(steps))}
		t.epochs[number] = e
	}
	e.steps++
	last := steps[0]
	for i, s := range steps {
		if s.Step == 0 {
			e.ranks[i].first = s.Wait + s.Compute
		} else {
			e.ranks[i].compute += s.Compute
		}
		e.waits.Record(s.Wait)
		if number > t.plan.WarmupEpochs {
			t.waits.Record(s.Wait)
		}
		if s.Wait > last.Wait {
			last = s
		}
	}
	if last.Step > 0 {
		lost := last.Wait + last.Compute + last.Barrier - int64(t.plan.ComputationTime)
		e.loss.add(Loss{Read: last.Read, Work: last.Work, Late: lost - last.Read - last.Work})
	}
}

// loss sums the losses of the epochs that are not warm-up.
func (t *Tally) loss() Loss {
	var sum Loss
	for number, e := range t.epochs {
		if number > t.plan.WarmupEpochs {
			sum.add(e.loss)
		}
	}
	return sum
}
