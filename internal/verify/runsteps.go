package verify

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// epochSteps is what the steps of one epoch say of it.
type epochSteps struct {
	number           int
	steps            int
	start, open, end int64 // ns: the first wait, the end of step 0, the end of the last step
}

// stepReader streams the steps of a run, a step of all ranks at a time. It finds what no
// run can have written:
//
//   - ranks, steps and epochs come in their order, each once;
//   - a step begins for all ranks where the one before ended, to the nanosecond;
//   - all ranks meet in its barrier, the last one without a wait, and computed equally
//     long, never shorter than the computation time;
//   - a wait for a batch is all read and work, or neither.
type stepReader struct {
	l      *ledger
	plan   dlio.Plan
	run    result.Run
	take   func([]result.Step) // each whole step of all ranks, in order
	group  []result.Step       // being collected
	held   []result.Step       // whole, until the next one tells when it ended
	epochs []epochSteps
	lines  int
}

var errLost = errors.New("steps are missing or out of order")

// readSteps gives the epochs of which there are steps, and whether all could be used.
func (l *ledger) readSteps(folder *result.Folder, plan dlio.Plan, take func([]result.Step)) ([]epochSteps, bool) {
	r := &stepReader{l: l, plan: plan, run: folder.Run, take: take}
	err := folder.Steps(r.line)
	switch {
	case l.unread(err):
		return r.epochs, false
	case errors.Is(err, errLost):
		l.find(result.StepsFile, fmt.Sprintf("line %d", r.lines), nil, nil, "%v: what follows was not used", err)
		return r.epochs, false
	case err != nil:
		l.find(result.StepsFile, "", nil, nil, "%v", err)
		return r.epochs, false
	}
	if len(r.group) > 0 && folder.Run.Status == result.Complete {
		l.find(result.StepsFile, fmt.Sprintf("line %d", r.lines), nil, nil, "it ends in the middle of a step: %d of %d ranks", len(r.group), plan.Accelerators)
		return r.epochs, false
	}
	r.release(nil)
	return r.epochs, true
}

// line takes one line.
func (r *stepReader) line(s result.Step) error {
	r.lines++
	if s.Rank != len(r.group) {
		r.l.findOne("steps", result.StepsFile, fmt.Sprintf("line %d: rank", r.lines), s.Rank, len(r.group), "the ranks of a step stand in their order: this is %s", nameOf(s))
		if r.l.told["steps"] > mostFindings {
			return errLost
		}
		s.Rank = len(r.group)
	}
	r.group = append(r.group, s)
	if len(r.group) < r.plan.Accelerators {
		return nil
	}
	whole := r.group
	r.group = r.held[:0]
	if err := r.number(whole); err != nil {
		return err
	}
	r.held = nil
	r.next(whole)
	return nil
}

// number checks that a step of all ranks is the one that comes next, and hands on the one
// before it.
func (r *stepReader) number(whole []result.Step) error {
	epoch, step := 1, 0
	if n := len(r.epochs); n > 0 {
		epoch, step = r.epochs[n-1].number, r.epochs[n-1].steps
	}
	says := majority(whole)
	begins := says.Epoch == epoch+1 && says.Step == 0 && step > 0
	if goes := says.Epoch == epoch && says.Step == step; begins || !goes && step == r.plan.Steps {
		epoch, step = epoch+1, 0
	}
	first := r.lines - len(whole) + 1
	for i := range whole {
		s := &whole[i]
		for _, f := range []struct {
			name string
			has  *int
			want int
		}{{"epoch", &s.Epoch, epoch}, {"step", &s.Step, step}} {
			if *f.has != f.want {
				r.l.findOne("steps", result.StepsFile, fmt.Sprintf("line %d: %s", first+i, f.name), *f.has, f.want, "steps stand in their order: %s comes next", nameOf(result.Step{Epoch: epoch, Step: step, Rank: i}))
				*f.has = f.want
			}
		}
	}
	if r.l.told["steps"] > mostFindings {
		return errLost
	}
	r.release(whole)
	return nil
}

// majority is the epoch and the step that most ranks speak of.
func majority(whole []result.Step) result.Step {
	best := result.Step{Epoch: whole[0].Epoch, Step: whole[0].Step}
	agree := func(s result.Step) bool { return s.Epoch == best.Epoch && s.Step == best.Step }
	if all(whole, agree) {
		return best
	}
	count := map[result.Step]int{}
	for _, s := range whole {
		key := result.Step{Epoch: s.Epoch, Step: s.Step}
		if count[key]++; count[key] > count[best] {
			best = key
		}
	}
	return best
}

// next opens a step: it belongs to the last epoch or to a new one.
func (r *stepReader) next(whole []result.Step) {
	s := whole[0]
	if s.Step == 0 {
		r.epochs = append(r.epochs, epochSteps{number: s.Epoch})
	}
	e := &r.epochs[len(r.epochs)-1]
	start := most(whole, func(s result.Step) int64 { return s.StartNS }, e.end)
	if s.Step == 0 {
		start = most(whole, func(s result.Step) int64 { return s.StartNS }, r.published(e.number, "start_ns"))
		e.start = start
	}
	for i := range whole {
		if got := whole[i].StartNS; got != start {
			r.wrong(whole[i], "start_ns", got, start, "all ranks begin a step where the one before ended: compare "+nameOf(whole[beginning(whole, start)]))
			whole[i].StartNS = start
		}
	}
	e.steps++
	r.held = whole
}

// beginning is a rank whose step began then.
func beginning(whole []result.Step, start int64) int {
	return max(0, slices.IndexFunc(whole, func(s result.Step) bool { return s.StartNS == start }))
}

// release checks the step that was held, now that the next one, if there is any, tells
// when it ended, and hands it on.
func (r *stepReader) release(after []result.Step) {
	whole := r.held
	if len(whole) == 0 {
		return
	}
	e := &r.epochs[len(r.epochs)-1]
	hint := int64(-1)
	switch {
	case len(after) > 0 && after[0].Step > 0:
		hint = most(after, func(s result.Step) int64 { return s.StartNS }, -1)
	case r.plan.Profile != "v3.0":
		hint = r.published(e.number, "window_end_ns")
	}
	end := most(whole, endOf, hint)
	e.end = end
	if len(whole) == 1 && hint >= 0 { // no other rank tells
		end = hint
	}
	r.check(whole, end)
	if len(after) > 0 && after[0].Step > 0 {
		e.end = end
	}
	if whole[0].Step == 0 {
		e.open = e.end
	}
	r.take(whole)
}

// published is a time that run.json says of an epoch, in ns; -1: it says none.
func (r *stepReader) published(epoch int, name string) int64 {
	if epoch <= len(r.run.Epochs) {
		if v, ok := r.run.Epochs[epoch-1].Metrics[name]; ok {
			return int64(v)
		}
	}
	return -1
}

func all(whole []result.Step, is func(result.Step) bool) bool {
	for _, s := range whole {
		if !is(s) {
			return false
		}
	}
	return true
}

func endOf(s result.Step) int64 { return s.StartNS + s.Wait + s.Compute + s.Barrier }

// most is the value that most ranks agree on; where no two do, the hint if one has it.
func most(whole []result.Step, of func(result.Step) int64, hint int64) int64 {
	best := of(whole[0])
	if all(whole, func(s result.Step) bool { return of(s) == best }) {
		return best
	}
	count := map[int64]int{}
	for _, s := range whole {
		v := of(s)
		if count[v]++; count[v] > count[best] || count[v] == count[best] && v == hint {
			best = v
		}
	}
	return best
}

// ranksOf is how many ranks the first steps have. What the plan says is kept where it
// fits them.
func ranksOf(folder *result.Folder, plan int) int {
	enough := errors.New("enough")
	var row, fit int
	var zeros []int // where rank 0 stands
	err := folder.Steps(func(s result.Step) error {
		if s.Rank == row%plan {
			fit++
		}
		if s.Rank == 0 {
			zeros = append(zeros, row)
		}
		if row++; row >= 3*plan && len(zeros) >= 3 {
			return enough
		}
		return nil
	})
	if err != nil && !errors.Is(err, enough) || 10*fit >= 9*row-10 || len(zeros) < 3 {
		return plan
	}
	return zeros[2] - zeros[1]
}
