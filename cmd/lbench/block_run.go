package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
	"github.com/lbench/lbench/internal/stats"
)

// blockRun is one run of a block command, from an open run folder to a closed one.
type blockRun struct {
	benchmark
	o     *blockOptions
	s     *settings
	rules []rules.Rule
	sides []*side // one, or two of compare-mounts

	engines map[string]ioengine.Engine // by name and folder

	edge    func() // asks for telemetry at the edge of a turn
	log     *stats.DurationsLog
	logFile io.WriteCloser
	ceiling ceiling
	done    []doneTurn
	search  []result.SearchStep
}

// side is a folder that jobs run in.
type side struct {
	label   string // of compare-mounts: A or B
	dir     string
	layout         // what is read
	scratch string // where is written
	mount   *result.Mount
}

// ceiling is what this client could copy at most.
type ceiling struct{ bytesPerS, cpuNSPerByte float64 }

// turn is one run of one job by one runner.
type turn struct {
	job    fio.Job
	side   *side
	runner string
	cold   bool   // make the files cold first
	search bool   // a try of the search for jobs and op size
	label  string // in ops.hdr and telemetry; "" where there is only one turn
}

// doneTurn is a turn with what became of it.
type doneTurn struct {
	turn
	began   time.Duration // since the run began
	outcome fio.Outcome
	proof   *result.Cold // of reads
}

func (a *app) newBlockRun(o *blockOptions, setup blockSetup, sides ...*side) *blockRun {
	r := &blockRun{benchmark: a.newBenchmark(&o.common, setup.command, setup.workload.Name), o: o, s: setup.s, rules: setup.rules,
		sides: sides, engines: map[string]ioengine.Engine{}}
	r.run.Seed = o.seed.value
	r.recordSettings()
	for _, side := range sides {
		for _, w := range side.warnings {
			r.warnOnce(result.Warning{Code: w.Code, Text: w.Text})
		}
		if !ioengine.Virtual(o.engine.value) {
			r.describeSide(side)
		}
	}
	return r
}

func (r *blockRun) describeSide(side *side) {
	var ends []string
	if names := side.names(); len(names) > 0 {
		ends = []string{names[0], names[len(names)-1]}
	}
	r.describeMount(side.dir, ends)
	side.mount = r.run.Mount
	if len(r.sides) > 1 { // each has its own: see Block.Mounts
		r.run.Mount = nil
	}
}

// settings is what run.json says of the flags.
func (r *blockRun) recordSettings() {
	r.run.Settings = map[string]result.Setting{}
	for name, v := range r.s.values {
		if !isLeftOut(v) {
			r.run.Settings[name] = v
		}
	}
}

// isLeftOut says that a flag was not given and has no default: no size, no rate, no rules.
func isLeftOut(v result.Setting) bool {
	switch v.Value {
	case "", "[]":
		return true
	case 0, int64(0), 0.0:
		return v.From == "default"
	}
	return false
}

// runPlan is the run of a block command. makePlan is called once the run folder is open.
func (r *blockRun) runPlan(ctx context.Context, makePlan func(context.Context) (plan, error)) error {
	var p plan
	return r.do(ctx, steps{
		measure: func(ctx context.Context) (err error) {
			sampler, stop := r.sample(ctx)
			defer stop()
			r.edge = sampler.Now
			if err := r.openLog(); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, r.closeLog()) }()
			if p, err = makePlan(ctx); err != nil {
				return err
			}
			if err := r.takeAll(ctx, p); err != nil {
				return err
			}
			if shown, ok := r.shown(p, first(r.summarize(p))); ok {
				r.measureCeiling(ctx, shown.job)
			}
			return nil
		},
		conclude: func(err error) { r.conclude(p, err) },
	})
}

func first[A, B any](a A, _ B) A { return a }

// openLog makes ops.hdr.
func (r *blockRun) openLog() error {
	f, err := r.app.create(filepath.Join(r.writer.Dir(), result.OpsFile))
	if err != nil {
		return fmt.Errorf("create %s: %w", result.OpsFile, err)
	}
	r.logFile = f
	r.log, err = stats.NewDurationsLog(f, r.run.Started)
	return err
}

func (r *blockRun) closeLog() error {
	if r.logFile == nil {
		return nil
	}
	return wrap("write "+result.OpsFile, r.logFile.Close())
}

// take runs one turn.
func (r *blockRun) take(ctx context.Context, t turn) (doneTurn, error) {
	done := doneTurn{turn: t}
	switch {
	case ioengine.Virtual(r.o.engine.value):
		clear(r.engines) // with what the run before has written
	case t.job.Op == fio.Write:
		what := fmt.Sprintf("remove the files of the run before in %q", t.dir())
		if err := r.o.within(ctx, what, func(context.Context) error { return r.clearWritten(t) }); err != nil {
			return done, err
		}
	default:
		cold, err := r.chill(ctx, t)
		if err != nil {
			return done, err
		}
		done.proof = cold
	}
	runner, err := r.runner(ctx, t)
	if err != nil {
		return done, err
	}
	r.edge()
	done.began = time.Since(r.began)
	_ = r.writer.Readings(r.readingsOf(done, fio.Sample{})) // where the counters begin
	live := &fio.Live{}
	line := r.app.newBlockLine(t.title(r.run.Command), t.job, live, bool(r.o.quiet))
	var logErr error
	done.outcome, err = runner.Run(ctx, t.job, fio.Options{
		IOTimeout: r.o.ioTimeout.value, MaxInflight: r.o.maxInflight.value, Live: live,
		Sample: func(s fio.Sample) { _ = r.writer.Readings(r.readingsOf(done, s)) }, // the writer keeps its error
		Interval: func(i fio.Interval) {
			if logErr == nil {
				logErr = r.log.Write(t.tag(i.Job), done.began+i.Start, done.began+i.End, i.Latencies)
			}
		},
	})
	r.edge()
	line.finish()
	err = onTarget(err)
	if err == nil {
		err = wrap("write "+result.OpsFile, logErr)
	}
	if err == nil && done.proof != nil {
		err = r.proveAfter(ctx, &done)
	}
	if done.outcome.Capped {
		r.warnOnce(fio.InflightCapped(r.o.maxInflight.String()))
	}
	return done, err
}

// dir is where a turn's files are.
func (t turn) dir() string {
	if t.job.Op == fio.Write {
		return t.side.scratch
	}
	return t.side.dir
}

// title is what the line of progress calls a turn.
func (t turn) title(command string) string {
	if t.label == "" {
		return command
	}
	return t.label
}

// tag names a stream's latencies in ops.hdr.
func (t turn) tag(job int) string {
	tag := fmt.Sprintf("job-%d", job)
	if t.label != "" {
		tag = t.label + "." + tag
	}
	return tag
}

// readingsOf are the totals of a turn so far, as readings.
func (r *blockRun) readingsOf(done doneTurn, s fio.Sample) []result.Reading {
	name := "read_bytes"
	if done.job.Op == fio.Write {
		name = "write_bytes"
	}
	at := r.run.Started.Add(done.began + s.At)
	var labels map[string]string
	if done.label != "" {
		labels = map[string]string{"turn": done.label}
	}
	return []result.Reading{
		{T: at, Source: "io", Name: name, Labels: labels, Value: float64(s.Bytes)},
		{T: at, Source: "io", Name: "ops", Labels: labels, Value: float64(s.Ops)},
	}
}

// runner opens what runs a turn.
func (r *blockRun) runner(ctx context.Context, t turn) (fio.Runner, error) {
	if t.job.Direct && t.job.Op == fio.Read && !ioengine.Virtual(r.o.engine.value) {
		what := fmt.Sprintf("ask %q for O_DIRECT", t.dir())
		if err := r.o.within(ctx, what, func(context.Context) error { return ioengine.CheckDirect(t.dir(), t.job.Files[0].Name) }); err != nil {
			return nil, err
		}
	}
	if t.runner != runFio {
		return r.native(t.job, t.dir(), t.side.spec), nil
	}
	name := "job"
	if t.label != "" {
		name = t.label
	}
	return &fio.External{Dir: t.dir(), Name: name, Keep: r.writer.File}, nil
}

// native makes lbench's own runner of a job in a folder.
func (r *blockRun) native(job fio.Job, dir string, spec dataset.Spec) fio.Native {
	name := r.engineOf(job)
	_, ring := r.engine(job, dir, spec).(*ioengine.Uring)
	return fio.Native{Engine: r.engine(job, dir, spec), Name: strings.TrimSuffix(name, "-buffered"), OwnQueue: ring,
		SmallPages: r.o.runner.value == runBoth} // the same job as fio's
}

// engine opens the engine that moves a job's bytes in a folder.
func (r *blockRun) engine(job fio.Job, dir string, spec dataset.Spec) ioengine.Engine {
	name := r.engineOf(job)
	if r.engines[name+" "+dir] == nil {
		r.engines[name+" "+dir] = r.app.open(name, dir, spec)
	}
	return r.engines[name+" "+dir]
}

// engineOf is the engine that moves a job's bytes: the one that was asked for, in the
// job's mode.
func (r *blockRun) engineOf(job fio.Job) string {
	chosen := r.o.engine.value
	switch {
	case ioengine.Virtual(chosen):
		return chosen
	case chosen == "uring" && r.s.given("engine") && job.Direct:
		return "uring"
	case chosen == "uring" && r.s.given("engine"):
		return "uring-buffered"
	case job.Direct && job.Depth > 1 && !r.s.given("engine") && r.ringWorks():
		return "uring"
	case job.Direct:
		return "direct"
	}
	return "posix"
}

// ringWorks says whether this kernel has io_uring, which containers often forbid; where it
// was not asked for by name, threads take its place.
func (r *blockRun) ringWorks() bool {
	q, err := ioengine.NewQueue(ioengine.NewUring("", true), 1)
	if err != nil {
		r.warnOnce(result.Warning{Code: "no_io_uring", Text: err.Error()})
		return false
	}
	_ = q.Close()
	return true
}
