package fio

import (
	"slices"

	"github.com/lbench/lbench/internal/result"
)

const (
	searchGain     = 1.05 // a doubling of the jobs that gives less is no gain
	searchPatience = 2    // doublings without a gain that end the search
	searchNear     = 0.97 // of the best rate: as good, within what such short tries tell
	searchJobs     = 128  // the most to try, or the number of cores if that is more,
	searchMaxJobs  = 512  // up to this
	searchOpBytes  = 1 << 20
)

// Search finds a number of jobs and an op size by short tries: jobs 1, 2, 4, ... at an op
// size of 1 MiB until two doublings in a row gain less than 5 % each over the best so far,
// then op sizes of 256 KiB, 1 MiB and 4 MiB at the jobs found: at most 12 tries. Of rates
// within 3 % of the best the one with the fewest jobs counts, and then 1 MiB before
// others. It does no I/O: do what Next says, and Record what came of it.
type Search struct {
	mostJobs  int
	fixedJobs int
	fixedOp   int64
	steps     []result.SearchStep
}

// NewSearch begins a search on a client of so many cores. fixedJobs and fixedOp, if not
// 0, are not searched for.
func NewSearch(cores, fixedJobs int, fixedOp int64) *Search {
	return &Search{mostJobs: min(max(searchJobs, cores), searchMaxJobs), fixedJobs: fixedJobs, fixedOp: fixedOp}
}

// Next is what to try now; ok is false when the search is over. It answers the same
// until Record is called.
func (s *Search) Next() (jobs int, op int64, ok bool) {
	if jobs, op, ok = s.nextJobs(); ok {
		return jobs, op, ok
	}
	return s.nextOp()
}

// Record takes the outcome of what Next says; when the search is over, it does nothing.
func (s *Search) Record(bytesPerS float64, bytes int64) {
	jobs, op, ok := s.Next()
	if !ok {
		return
	}
	if !(bytesPerS > 0) {
		bytesPerS = 0
	}
	s.steps = append(s.steps, result.SearchStep{Jobs: jobs, OpBytes: op, Bytes: bytes, BytesPerS: bytesPerS})
}

// Best is the answer, from what was recorded so far. Without any, it is one job and 1 MiB
// where they aren't fixed.
func (s *Search) Best() (jobs int, op int64) {
	jobs, op = s.bestJobs(), s.firstOp()
	most := 0.0
	sizes := s.stepsAt(jobs)
	for _, step := range sizes {
		most = max(most, step.BytesPerS)
	}
	for _, step := range sizes { // 1 MiB comes first, then the others by size
		if step.BytesPerS >= searchNear*most {
			return jobs, step.OpBytes
		}
	}
	return jobs, op
}

// Steps are all tries in their order; the one that is the answer is marked.
func (s *Search) Steps() []result.SearchStep {
	jobs, op := s.Best()
	steps := slices.Clone(s.steps)
	for i := range steps {
		steps[i].Chosen = steps[i].Jobs == jobs && steps[i].OpBytes == op
	}
	return steps
}

// nextJobs doubles the jobs while that may gain something.
func (s *Search) nextJobs() (int, int64, bool) {
	tried := s.jobSteps()
	switch {
	case s.fixedJobs > 0 && s.fixedOp > 0:
		return 0, 0, false
	case s.fixedJobs > 0:
		return s.fixedJobs, s.firstOp(), len(tried) == 0
	case len(tried) == 0:
		return 1, s.firstOp(), true
	}
	jobs := 2 * tried[len(tried)-1].Jobs
	return jobs, s.firstOp(), jobs <= s.mostJobs && !exhausted(tried) && len(tried) == len(s.steps)
}

// exhausted says that the last doublings gained nothing.
func exhausted(tried []result.SearchStep) bool {
	without, best := 0, 0.0
	for i, step := range tried {
		without++
		if i == 0 || step.BytesPerS >= searchGain*best {
			without = 0
		}
		best = max(best, step.BytesPerS)
	}
	return without >= searchPatience
}

// nextOp is the first op size that was not tried at the jobs found.
func (s *Search) nextOp() (int, int64, bool) {
	if s.fixedOp > 0 {
		return 0, 0, false
	}
	jobs := s.bestJobs()
	tried := s.stepsAt(jobs)
	for _, op := range []int64{256 << 10, searchOpBytes, 4 << 20} {
		if !slices.ContainsFunc(tried, func(step result.SearchStep) bool { return step.OpBytes == op }) {
			return jobs, op, true
		}
	}
	return 0, 0, false
}

// bestJobs is the smallest number of jobs whose rate is near the best.
func (s *Search) bestJobs() int {
	if s.fixedJobs > 0 {
		return s.fixedJobs
	}
	most := 0.0
	for _, step := range s.jobSteps() {
		most = max(most, step.BytesPerS)
	}
	for _, step := range s.jobSteps() { // from few to many
		if step.BytesPerS >= searchNear*most {
			return step.Jobs
		}
	}
	return 1
}

// firstOp is the op size at which the jobs are searched for.
func (s *Search) firstOp() int64 {
	if s.fixedOp > 0 {
		return s.fixedOp
	}
	return searchOpBytes
}

// jobSteps are the tries that searched for the jobs.
func (s *Search) jobSteps() []result.SearchStep {
	return slices.DeleteFunc(slices.Clone(s.steps), func(step result.SearchStep) bool { return step.OpBytes != s.firstOp() })
}

// stepsAt are the tries with so many jobs, in their order.
func (s *Search) stepsAt(jobs int) []result.SearchStep {
	return slices.DeleteFunc(slices.Clone(s.steps), func(step result.SearchStep) bool { return step.Jobs != jobs })
}
