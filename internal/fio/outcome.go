package fio

import (
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// outcome puts together what all streams have done. It is exact for one that hangs, too,
// up to the call that it is in. Without a reporter the clock never started.
func (r *nativeRun) outcome(p *reporter, cpu time.Duration) Outcome {
	out := Outcome{Runner: "native", Engine: r.native.Name, CPU: cpu, Total: stats.NewDurations(latencyDigits), Capped: r.gate.waited.Load()}
	if p == nil {
		return out
	}
	out.Began, out.Samples = r.began(), p.samples
	for i, s := range r.streams {
		s.tally.mu.Lock()
		job := stats.NewDurations(latencyDigits)
		if p.whole != nil {
			job.Merge(p.whole[i])
		}
		r.gather(&out, s, job)
		s.tally.mu.Unlock()
	}
	if !r.queued {
		out.Complete = stats.NewDurations(latencyDigits)
		out.Complete.Merge(out.Total)
	}
	return out
}

// gather adds one stream, of which job is the total latencies taken so far.
func (r *nativeRun) gather(out *Outcome, s *stream, job *stats.Durations) {
	t := s.tally
	job.Merge(t.total)
	out.Total.Merge(job)
	out.Bytes += t.bytes
	out.Ops += t.ops
	last := max(0, time.Duration(t.last-r.start))
	out.Duration = max(out.Duration, last)
	out.Jobs = append(out.Jobs, result.JobResult{
		Job: s.number, Bytes: t.bytes, Ops: t.ops, DurationNS: int64(last),
		P50NS: job.Quantile(0.5), P99NS: job.Quantile(0.99), MaxNS: job.Max(),
	})
	mergeInto(&out.Submit, t.submit)
	mergeInto(&out.Intended, t.intended)
	mergeInto(&out.Sync, t.sync)
	if r.queued {
		mergeInto(&out.Complete, t.complete)
	}
}

// mergeInto adds latencies that may not be measured to those of all.
func mergeInto(all **stats.Durations, of *stats.Durations) {
	if of == nil {
		return
	}
	if *all == nil {
		*all = stats.NewDurations(latencyDigits)
	}
	(*all).Merge(of)
}
