package fio

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// Runner does a Job. The error of one that ctx ended is ctx.Err(); its Outcome then
// holds what was done.
type Runner interface {
	Run(ctx context.Context, job Job, o Options) (Outcome, error)
}

// Options is how a Job is watched while it runs; it has no influence on what is done.
type Options struct {
	// IOTimeout ends a run in which an operation takes longer: the error names the
	// file. 0: never.
	IOTimeout time.Duration
	// MaxInflight is how many operations of all jobs may block at once.
	MaxInflight int
	// Live, if set, is kept up to date for a line of progress.
	Live *Live
	// Sample, if set, is called some times a second, and at the end.
	Sample func(Sample)
	// Interval, if set, is given the latencies of each job, a second at a time where
	// the runner can tell them apart.
	Interval func(Interval)
}

// Live is what is known of a run that is going on.
type Live struct{ Bytes, Ops atomic.Int64 }

// Sample is how far all jobs have come together.
type Sample struct {
	At    time.Duration // since the first operation began
	Bytes int64
	Ops   int64
}

// Interval is the latencies (total, as fio's lat) of one job over a stretch of a run.
type Interval struct {
	Job        int              // from 0
	Start, End time.Duration    // since the first operation began
	Latencies  *stats.Durations // valid until the call returns
}

// Outcome is what became of a Job. Latencies are fio's: submit (slat) from the moment
// an operation is to begin until the kernel has it, complete (clat) from there to its
// end, total (lat) both. One that a runner or an engine does not measure is nil.
type Outcome struct {
	Runner  string // native or fio
	Version string // of fio(1), as "fio-3.39"
	Engine  string // what moved the bytes: posix, uring, ..., or fio's ioengine
	// Began is when the first operation began, with the monotonic clock; zero where none
	// did. Of fio it is the earliest moment that its results allow, some ms late.
	Began    time.Time
	Duration time.Duration // from the first operation's start to the last one's end, fsync included
	Bytes    int64
	Ops      int64
	Jobs     []result.JobResult
	Submit   *stats.Durations
	Complete *stats.Durations
	Total    *stats.Durations
	Intended *stats.Durations // under a rate: from when each operation was due, so that a stall counts for all that it delayed
	Sync     *stats.Durations // of fsync
	CPU      time.Duration    // user and system, of the jobs
	Samples  []Sample         // as given to Options.Sample
	Capped   bool             // jobs had to wait for MaxInflight
	Verified int64            // bytes that were read back and found right, if all were; else 0
}
