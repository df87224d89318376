package dlio

import (
	"context"
	"runtime"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// accelerate is the training loop of all ranks. Ranks meet in a barrier after each step,
// so a step ends when the slowest rank has computed: one loop that waits for every batch
// and then until the last computation ends is the same as a loop per rank, and its cost
// in timers and wake-ups does not grow with the ranks.
//
// The clock is read where a step opens, where each rank gets its batch (by whoever
// completes it), where the sleep ends and where the step's bookkeeping ends, which is
// where the next step opens: no nanosecond falls between two steps.
func (t *training) accelerate(ctx context.Context, e *Epoch) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tightTimer()
	open := e.Start
	for step := 0; step < t.plan.Steps || t.plan.endless; step++ {
		t.o.Live.Step.Store(int64(step))
		last, err := t.takeAll(ctx, open)
		if err != nil {
			return err
		}
		wake := last + int64(t.plan.ComputationTime)
		if err := t.sleep(ctx, wake); err != nil {
			return err
		}
		end := t.clock.Now()
		t.record(e.Epoch, step, open, end, end-wake)
		if step > 0 {
			t.blameStep()
		} else {
			t.edge(e, end)
		}
		if t.o.Step != nil {
			t.o.Step(step, end)
		}
		open, e.End = end, end
		t.o.Live.Compute.Store(int64(step) * int64(t.plan.ComputationTime))
		t.o.Live.Window.Store(end - e.Open)
	}
	e.Reads = t.reads(e.Epoch)
	if t.plan.Profile == "v3.0" {
		if err := t.surplus(ctx, e); err != nil {
			return err
		}
	}
	if t.o.Edge != nil {
		t.o.Edge()
	}
	return nil
}

// nap is how long the loop sleeps before it looks whether the run is to end.
const nap = int64(100 * time.Millisecond)

func (t *training) sleep(ctx context.Context, wake int64) error {
	for now := t.clock.Now(); ; now = t.clock.Now() {
		t.clock.SleepUntil(min(wake, now+nap))
		err := ctx.Err()
		if err == nil {
			err = t.lanes.err()
		}
		if err != nil || now+nap >= wake {
			return err
		}
	}
}

// edge notes where the window of AU opens, and how much had been read ahead by then.
func (t *training) edge(e *Epoch, now int64) {
	e.Open = now
	var ready int64
	for _, r := range t.readers {
		r.mu.Lock()
		ready += r.batches()
		r.waits = waits{charged: r.waits.charged[:0]}
		r.mu.Unlock()
	}
	t.blame = blame{compute: int64(t.plan.ComputationTime), files: map[int]result.FileWait{}}
	e.ReadyBatches = float64(ready) / float64(len(t.readers))
	if t.o.Edge != nil {
		t.o.Edge()
	}
}

// takeAll waits until every rank has its next batch and returns when the last got it.
func (t *training) takeAll(ctx context.Context, open int64) (last int64, err error) {
	if err := t.lanes.err(); err != nil {
		return 0, err
	}
	t.lanes.expect(len(t.readers))
	for _, r := range t.readers {
		if r.take(open) {
			t.lanes.arrived()
		}
	}
	select {
	case <-t.lanes.all:
	default:
		select {
		case <-t.lanes.all:
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-t.lanes.failed:
			return 0, t.lanes.failure
		}
	}
	last = open
	for rank, r := range t.readers {
		if r.takenAt > last {
			last = r.takenAt
			t.o.Live.Slowest.Store(int64(rank))
		}
	}
	return last, nil
}

// surplus waits for one batch more than the epoch has: v3.0's loop ends only when it has
// fetched that, and the wait lies within its epoch.
func (t *training) surplus(ctx context.Context, e *Epoch) error {
	last, err := t.takeAll(ctx, e.End)
	e.End = max(e.End, last)
	return err
}

// blameStep charges the wait of the last rank.
func (t *training) blameStep() {
	last, before := t.readers[0], int64(0)
	for _, r := range t.readers[1:] {
		if r.takenAt > last.takenAt {
			last, before = r, last.takenAt
		} else {
			before = max(before, r.takenAt)
		}
	}
	if last.readNS > 0 {
		t.blame.add(len(t.readers), last, last.takenAt-before)
	}
}

// record hands on the steps of all ranks. late is how much later than the last
// computation the shared sleep ended; it is in every rank's measured compute, since each
// rank of DLIO would have overslept by itself.
func (t *training) record(epoch, step int, open, end, late int64) {
	var steps []result.Step
	select {
	case steps = <-t.free:
	default:
		steps = make([]result.Step, len(t.readers))
	}
	for rank, r := range t.readers {
		s := result.Step{Epoch: epoch, Step: step, Rank: rank, StartNS: open, Wait: r.takenAt - open,
			Read: r.readNS, Work: r.workNS, Compute: int64(t.plan.ComputationTime) + late}
		s.Barrier = end - open - s.Wait - s.Compute
		steps[rank] = s
	}
	t.steps <- steps
}
