package main

import (
	"context"
	"time"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// measureCeiling measures what this client can copy at most, for jobs that copy.
func (r *blockRun) measureCeiling(ctx context.Context, job fio.Job) {
	if ioengine.Virtual(r.o.engine.value) || job.Direct || r.o.ceiling.value == 0 {
		return
	}
	line := r.app.newNote("measuring what this client can copy at most", bool(r.o.quiet))
	defer line.finish()
	bytesPerS, cpu, err := fio.Ceiling(ctx, job, r.o.ceiling.value)
	if err != nil {
		if ctx.Err() == nil {
			r.warn(fio.NoCeiling(err.Error()))
		}
		return
	}
	r.ceiling = ceiling{bytesPerS, cpu}
}

// conclude computes what the run says of its turns, as far as they came.
func (r *blockRun) conclude(p plan, err error) {
	cells, differences := r.summarize(p)
	shown, ok := r.shown(p, cells)
	if !ok {
		return
	}
	r.run.Metrics = fio.Measure(shown.job, shown.outcome)
	if r.ceiling.bytesPerS > 0 {
		r.run.Metrics["ceiling_read_bytes_per_s"] = r.ceiling.bytesPerS
	}
	r.run.Block = r.describe(shown)
	r.run.Block.Cold = r.warmest()
	if cold := r.run.Block.Cold; cold != nil && cold.Before != nil {
		r.run.Metrics["cached_fraction_before"] = *cold.Before
	}
	r.run.Block.Cells, r.run.Block.Differences, r.run.Block.Mounts = fio.Measured(cells), differences, mounts(r.sides)
	if shown.job.Duration > 0 && shown.job.Op == fio.Read {
		r.findSteady(shown)
	}
	r.compareRunners()
	if err != nil {
		return
	}
	facts := r.facts(shown)
	if share, ok := fio.NICFraction(facts); ok {
		r.run.Metrics["nic_fraction"] = share
	}
	limit := fio.NameLimit(facts)
	r.run.Limit = &limit
	r.run.Checks, r.run.Verdict = fio.Judge(r.rules, r.run.Metrics)
}

// compareRunners makes the ratio of --runner both a metric.
func (r *blockRun) compareRunners() {
	if d := r.run.Block.Differences; r.o.runner.value == runBoth && len(d) == 1 && d[0].Verdict != result.TooFew {
		r.run.Metrics["runner_ratio"] = d[0].Ratio
	}
}

// facts is what the limit is named from.
func (r *blockRun) facts(shown doneTurn) fio.Facts {
	return fio.Facts{
		Job: shown.job, Metrics: r.run.Metrics, Outcome: shown.outcome, Host: r.run.Host, Mount: shown.side.mount, Readings: r.kept(),
		CeilingBytesPerS: r.ceiling.bytesPerS, CeilingCPUPerByte: r.ceiling.cpuNSPerByte, Started: shown.outcome.Began,
	}
}

// warmest is the proof of the turn that was the least cold: one that can't be known, or the
// one with the largest share in this client's cache.
func (r *blockRun) warmest() *result.Cold {
	var worst *result.Cold
	for _, d := range r.done {
		switch {
		case d.proof == nil:
		case worst == nil, worst.Before != nil && (d.proof.Before == nil || *d.proof.Before > *worst.Before):
			worst = d.proof
		}
	}
	return worst
}

// describe says what was run, and what its parts gave.
func (r *blockRun) describe(d doneTurn) *result.Block {
	b := &result.Block{
		Runner: r.o.runner.value, Engine: d.outcome.Engine, Op: string(d.job.Op), Pattern: string(d.job.Pattern),
		Files: len(d.job.Files), SetBytes: d.job.Bytes(), OpBytes: d.job.OpBytes, Jobs: d.job.Jobs, Depth: d.job.Depth,
		Direct: d.job.Direct, DurationNS: int64(d.job.Duration), RateBytesPerS: d.job.RateBytesPerS,
		Search: r.search, PerJob: d.outcome.Jobs, Latencies: fio.Latencies(d.outcome),
	}
	for _, done := range r.done {
		if done.outcome.Runner == runFio {
			b.FioVersion = done.outcome.Version
		}
	}
	for _, f := range d.job.Files {
		b.FileBytes = max(b.FileBytes, f.Bytes)
	}
	if d.job.Op == fio.Write {
		b.Fsync, b.Overwrite = string(d.job.Fsync), d.job.Overwrite
	}
	return b
}

// steadyWindows is about how many windows the search for the steady state gets, and
// leastWindow how short one may be.
const (
	steadyWindows = 240
	leastWindow   = 100 * time.Millisecond
)

// findSteady looks for the part of a time-bounded run in which the rate no longer changed.
func (r *blockRun) findSteady(d doneTurn) {
	width := max(leastWindow, d.outcome.Duration/steadyWindows)
	rates := fio.Windows(d.outcome.Samples, width)
	found := stats.Steady(rates)
	steady := &result.Steady{Found: found.Found, WindowNS: int64(width), Rule: found.Why}
	r.run.Block.Steady = steady
	if !found.Found {
		return
	}
	from := time.Duration(found.From) * width
	steady.FromNS, steady.BytesPerS, steady.LowBytesPerS, steady.HighBytesPerS = int64(from), found.Mean, found.Low, found.High
	if ramp, ok := stats.Mean(rates[:found.From]); ok {
		steady.RampBytesPerS = ramp
	}
	r.run.Metrics["steady_read_bytes_per_s"], r.run.Metrics["steady_from_ns"] = found.Mean, float64(from)
}

// mounts are those of compare-mounts, by label.
func mounts(sides []*side) map[string]result.Mount {
	if len(sides) < 2 {
		return nil
	}
	all := map[string]result.Mount{}
	for _, s := range sides {
		if s.mount != nil {
			all[s.label] = *s.mount
		}
	}
	return all
}
