package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/mount"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/telemetry"
	"github.com/lbench/lbench/workloads"
)

// mlperfRun is one run of mlperf, from an open run folder to a closed one.
type mlperfRun struct {
	app    *app
	o      *mlperfOptions
	load   workloads.Training
	data   data
	plan   dlio.Plan
	engine ioengine.Engine
	began  time.Time // with a monotonic reading, which run.Started has lost
	run    result.Run
	writer *result.Writer

	tally    *dlio.Tally
	epochs   []dlio.Epoch
	ceiling  map[string]float64
	cached   map[int]float64
	mu       sync.Mutex
	readings []result.Reading // those that the limit is named from
}

func (a *app) newMlperfRun(o *mlperfOptions, s *settings, w workloads.Training, d data, plan dlio.Plan) *mlperfRun {
	name := string(o.name)
	if name == "" {
		name = w.Name
	}
	began := a.now()
	started := began.UTC()
	r := &mlperfRun{app: a, o: o, began: began, load: w, data: d, plan: plan, engine: a.open(o.engine.value, o.dataDir, d.spec),
		tally: dlio.NewTally(plan), cached: map[int]float64{}}
	r.run = result.Run{
		Schema: result.Schema, Lbench: build(), Command: "mlperf", Workload: w.Name, ID: result.ID(started, "mlperf", name),
		Started: started, Status: result.Incomplete, Verdict: result.None, Checks: []result.Check{}, Metrics: map[string]float64{},
		Epochs: []result.Epoch{}, Plan: plan.Summary(), Settings: o.settings(s, w, d), Seed: plan.Seed, Host: telemetry.Host("/"),
		Warnings: []result.Warning{},
	}
	for _, text := range w.Warnings {
		r.warn(result.Warning{Code: "no_effect", Text: text})
	}
	for _, found := range d.warnings {
		r.warn(result.Warning{Code: found.Code, Text: found.Text})
	}
	r.describeMount()
	r.warn(cacheDoubts(r.run.Plan, r.run.Host, o.engine.value)...)
	return r
}

// warn adds warnings to the run. Its result prints them.
func (r *mlperfRun) warn(warnings ...result.Warning) {
	r.run.Warnings = append(r.run.Warnings, warnings...)
}

// warnOnce adds warnings of codes that the run does not have yet.
func (r *mlperfRun) warnOnce(warnings ...result.Warning) {
	for _, w := range warnings {
		if !slices.ContainsFunc(r.run.Warnings, func(has result.Warning) bool { return has.Code == w.Code }) {
			r.warn(w)
		}
	}
}

// after saves what is known when an epoch is complete, in case the run is killed.
func (r *mlperfRun) after(epochs []dlio.Epoch) error {
	r.epochs = epochs
	r.compute()
	return r.writer.SaveRun(r.run)
}

func (r *mlperfRun) describeMount() {
	if ioengine.Virtual(r.o.engine.value) {
		return
	}
	first, last := r.data.files[0].Name, r.data.files[len(r.data.files)-1].Name
	m, warnings := mount.Describe("/", r.o.dataDir, []string{first, last})
	r.run.Mount = m
	r.warn(warnings...)
	results := r.o.resultsDir
	if same, err := mount.SameFilesystem(results, r.o.dataDir); err == nil && same {
		r.warn(result.Warning{Code: "results_on_target", Text: "the results folder lies on the file system under test: its small writes are part of what was measured"})
	}
}

// measure runs ceiling and training beside the sampler.
func (r *mlperfRun) measure(ctx context.Context) error {
	sampling, stop := context.WithCancel(context.WithoutCancel(ctx))
	sampler := &telemetry.Sampler{Sources: telemetry.Sources("/"), Every: time.Second, Emit: r.keep}
	var sampled sync.WaitGroup
	sampled.Go(func() { sampler.Run(sampling) })
	defer func() { stop(); sampled.Wait() }()

	options := dlio.TrainOptions{
		Engine: r.engine, Clock: dlio.NewClock(r.began), Workers: runtime.GOMAXPROCS(0) - 1,
		MaxInflight: r.o.maxInflight.value, IOTimeout: r.o.ioTimeout.value, Duration: r.o.duration.value,
	}
	r.measureCeiling(ctx, options)
	options.Live = &dlio.Live{}
	options.Before, options.After, options.Edge = r.before, r.after, sampler.Now
	options.Emit = func(steps []result.Step) error {
		r.tally.Add(steps)
		return r.writer.Steps(steps)
	}
	line := r.app.newLiveLine(r.plan, options.Live, bool(r.o.quiet))
	defer line.finish()
	epochs, capped, err := dlio.Train(ctx, r.plan, options)
	r.epochs = epochs
	if capped {
		r.warn(result.Warning{Code: "inflight_capped", Text: "reads had to wait for --max-inflight " + r.o.maxInflight.String() + ": the storage saw fewer at once than the streams would make"})
	}
	return err
}

// keep stores readings, and holds on to those that the limit is named from.
func (r *mlperfRun) keep(readings []result.Reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, reading := range readings {
		switch reading.Source {
		case "cpu", "process", "pressure", "nic", "infiniband":
			r.readings = append(r.readings, reading)
		}
	}
	_ = r.writer.Readings(readings) // the writer keeps its error; close returns it
}

func (r *mlperfRun) measureCeiling(ctx context.Context, options dlio.TrainOptions) {
	posix, ok := r.engine.(*ioengine.Posix)
	switch {
	case r.o.ceiling.value == 0:
		r.warn(result.Warning{Code: "no_ceiling", Text: "what this client could reach at most was not measured: --ceiling " + r.o.ceiling.String()})
		return
	case !ok || r.o.engine.value != "posix": // direct reads pay no copy, so it isn't their ceiling
		r.warn(result.Warning{Code: "no_ceiling", Text: "the engine " + r.o.engine.value + " has no ceiling to compare with"})
		return
	}
	line := r.app.newNote("measuring what this client can reach at most", bool(r.o.quiet))
	defer line.finish()
	ceiling, err := r.ceilingLike(ctx, posix, options)
	if err != nil {
		if ctx.Err() == nil {
			r.warn(result.Warning{Code: "no_ceiling", Text: err.Error()})
		}
		return
	}
	r.ceiling = ceiling
}

// ceilingLike measures the ceiling through the lane that cached bytes of this file system take.
func (r *mlperfRun) ceilingLike(ctx context.Context, posix *ioengine.Posix, options dlio.TrainOptions) (map[string]float64, error) {
	try, err := posix.CanTry(r.data.files[0].Name)
	if err != nil {
		return nil, err
	}
	return dlio.Ceiling(ctx, r.plan, r.data.spec, try, options, r.o.ceiling.value)
}

// before makes an epoch's files cold, if that was asked for, and measures how cold they
// are. A server that does not answer ends the run as a read that hangs does.
func (r *mlperfRun) before(ctx context.Context, epoch int) error {
	if ioengine.Virtual(r.o.engine.value) {
		return nil
	}
	limit := r.o.ioTimeout.value
	if limit == 0 {
		return r.chill(ctx, epoch)
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := r.chill(timed, epoch)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("look at the files of %q before epoch %d: no answer for %v, more than --io-timeout: is the server up?", r.o.dataDir, epoch, limit)
	}
	return err
}

func (r *mlperfRun) chill(ctx context.Context, epoch int) error {
	var names []string
	for _, f := range r.data.files {
		names = append(names, f.Name)
	}
	if r.o.dropCaches {
		warnings, err := dropCaches(ctx, r.o.dataDir, names)
		if err != nil {
			return err
		}
		r.warnOnce(warnings...)
	}
	fraction, err := ioengine.Residency(ctx, r.o.dataDir, sampleOf(names, r.plan.Seed, epoch), ioengine.ResidencyOptions{})
	switch {
	case err == nil:
		r.cached[epoch] = fraction
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		r.warnOnce(result.Warning{Code: "residency_unknown", Text: "how much of the files lies in this client's cache can't be known: " + err.Error()})
	}
	return nil
}
