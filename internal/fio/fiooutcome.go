package fio

import (
	"math"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// done is what a job did: one of its two directions did nothing.
func (j fioJob) done() fioDirection {
	if j.Write.Ops > 0 {
		return j.Write
	}
	return j.Read
}

func (j fioJob) bytes() int64 { return j.Read.Bytes + j.Write.Bytes }

// duration is fio's own, by which it divides bytes for a bandwidth: whole ms from the
// job's start to its last op, an fsync at the end included (300 MiB written to a disk in
// 208 ms take 1219 ms with end_fsync). All jobs start together, once all are ready.
func (j fioJob) duration() time.Duration {
	return time.Duration(j.done().RuntimeMS) * time.Millisecond
}

func (d fioDocument) bytes() int64 {
	var sum int64
	for _, j := range d.Jobs {
		sum += j.bytes()
	}
	return sum
}

// progress grows with every op and fsync.
func (d fioDocument) progress() int64 {
	sum := d.bytes()
	for _, j := range d.Jobs {
		sum += j.Sync.Latency.Count
	}
	return sum
}

// fioOutcome is what a document says of a whole run.
func fioOutcome(d fioDocument) Outcome {
	var out Outcome
	for i, j := range d.Jobs {
		done := j.done()
		job := result.JobResult{Job: i, Bytes: done.Bytes, Ops: done.Ops, DurationNS: int64(j.duration())}
		if total := done.total().durations(); total != nil {
			job.P50NS, job.P99NS, job.MaxNS = total.Quantile(0.5), total.Quantile(0.99), total.Max()
		}
		out.Jobs = append(out.Jobs, job)
		out.Bytes += done.Bytes
		out.Ops += done.Ops
		out.Duration = max(out.Duration, j.duration())
		out.CPU += j.cpu()
		add(&out.Submit, done.Submit)
		add(&out.Complete, done.Complete)
		add(&out.Total, done.total())
		add(&out.Sync, j.Sync.Latency)
	}
	return out
}

// cpu is the user and system time of the job's thread, of which fio counts whole ms and
// prints the percentages of the job's runtime. What the kernel's own threads do for
// io_uring isn't in it.
func (j fioJob) cpu() time.Duration {
	ms := (j.UserPercent + j.SystemPercent) / 100 * float64(j.RuntimeMS)
	return time.Duration(math.Round(ms)) * time.Millisecond
}

// total is lat. A fio that gives no bins of it leaves clat, which is as long where
// there is no submit latency, and else is not lat.
func (d fioDirection) total() fioLatency {
	if len(d.Total.Bins) == 0 && d.Submit.Count == 0 {
		return d.Complete
	}
	return d.Total
}

// add merges a latency, if it was counted, into that of all jobs.
func add(all **stats.Durations, l fioLatency) {
	d := l.durations()
	if d == nil {
		return
	}
	if *all == nil {
		*all = d
		return
	}
	(*all).Merge(d)
}

// durations counts the bins, and the least and the greatest latency as they are; nil
// without bins.
func (l fioLatency) durations() *stats.Durations {
	first, last := 0, len(l.Bins)-1
	for first <= last && l.Bins[first].count == 0 {
		first++
	}
	for last >= first && l.Bins[last].count == 0 {
		last--
	}
	if first > last {
		return nil
	}
	d := &stats.Durations{}
	for i := first; i <= last; i++ {
		b := l.Bins[i]
		if i == last {
			d.RecordN(l.Max, 1)
			b.count--
		}
		if i == first && b.count > 0 {
			d.RecordN(l.Min, 1)
			b.count--
		}
		d.RecordN(min(max(b.ns, l.Min), l.Max), b.count)
	}
	return d
}
