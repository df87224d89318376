package verify

import (
	"fmt"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// check finds the figures of a step that don't fit each other.
func (r *stepReader) check(whole []result.Step, end int64) {
	compute := most(whole, func(s result.Step) int64 { return s.Compute }, -1)
	if compute < int64(r.plan.ComputationTime) {
		r.wrong(whole[0], "compute_ns", compute, int64(r.plan.ComputationTime), "a step never computes for less than plan.computation_time_ns")
	}
	for _, s := range whole {
		r.l.v.Checked++
		split, over := s.Read+s.Work, endOf(s)-end
		switch {
		case s.Wait < 0 || s.Barrier < 0 || s.Read < 0 || s.Work < 0:
			r.wrong(s, "wait_ns, barrier_ns, read_ns or work_ns", min(s.Wait, s.Barrier, s.Read, s.Work), 0, "a time is negative")
		case s.Compute != compute:
			r.wrong(s, "compute_ns", s.Compute, compute, "all ranks of a step compute equally long: compare "+nameOf(whole[max(0, slices.IndexFunc(whole, func(s result.Step) bool { return s.Compute == compute }))]))
		case over != 0 && split != 0 && split != s.Wait:
			r.wrong(s, "wait_ns", s.Wait, split, "it is read_ns and work_ns together")
		case over != 0 && len(whole) == 1:
			r.wrong(s, "wait_ns, compute_ns or barrier_ns", endOf(s), end, "with start_ns they give the end of the step, where the next one or the epoch's end says it is")
		case over != 0:
			r.wrong(s, "barrier_ns or wait_ns", s.Barrier, s.Barrier-over, "with start_ns and compute_ns they give the end of the step, which all ranks share: compare "+nameOf(whole[ending(whole, end)]))
		case split != 0 && split != s.Wait:
			r.wrong(s, "read_ns or work_ns", split, s.Wait, "together they are wait_ns")
		}
	}
	r.last(whole)
}

// ending is a rank whose step ended then.
func ending(whole []result.Step, end int64) int {
	return max(0, slices.IndexFunc(whole, func(s result.Step) bool { return endOf(s) == end }))
}

// last checks that one rank was the last into the barrier, and waited for nobody.
func (r *stepReader) last(whole []result.Step) {
	least := whole[0]
	for _, s := range whole {
		if s.Barrier < least.Barrier {
			least = s
		}
	}
	if least.Barrier != 0 {
		r.wrong(least, "barrier_ns", least.Barrier, 0, "the last rank into a barrier waits for nobody")
	}
}

func (r *stepReader) wrong(s result.Step, field string, got, want int64, why string) {
	r.l.findOne("steps", result.StepsFile, nameOf(s)+": "+field, got, want, "%s", why)
}

func nameOf(s result.Step) string {
	return fmt.Sprintf("epoch %d, step %d, rank %d", s.Epoch, s.Step, s.Rank)
}
