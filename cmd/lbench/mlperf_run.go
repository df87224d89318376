package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

// mlperfRun is one run of mlperf, from an open run folder to a closed one.
type mlperfRun struct {
	benchmark
	o      *mlperfOptions
	load   workloads.Training
	data   data
	plan   dlio.Plan
	engine ioengine.Engine

	tally   *dlio.Tally
	lost    *losses.Tally
	reads   *readLog
	epochs  []dlio.Epoch
	ceiling map[string]float64
	cached  map[int]float64
	capped  bool // reads had to wait for --max-inflight
}

func (a *app) newMlperfRun(o *mlperfOptions, s *settings, w workloads.Training, d data, plan dlio.Plan) *mlperfRun {
	r := &mlperfRun{benchmark: a.newBenchmark(&o.common, "mlperf", w.Name), o: o, load: w, data: d, plan: plan,
		engine: a.open(o.engine.value, o.dataDir, d.spec), tally: dlio.NewTally(plan), lost: losses.New(*plan.Summary()), cached: map[int]float64{}}
	r.run.Plan, r.run.Settings, r.run.Seed = plan.Summary(), o.settings(s, w, d), plan.Seed
	for _, text := range w.Warnings {
		r.warn(result.Warning{Code: "no_effect", Text: text})
	}
	for _, found := range d.warnings {
		r.warn(result.Warning{Code: found.Code, Text: found.Text})
	}
	if !ioengine.Virtual(o.engine.value) {
		r.describeMount(o.dataDir, []string{d.files[0].Name, d.files[len(d.files)-1].Name})
	}
	r.doubtMemory()
	r.warn(plan.Doubts()...)
	return r
}

// doubtMemory says anew what the size of the dataset lets one doubt: each epoch may show more.
func (r *mlperfRun) doubtMemory() {
	r.run.Warnings = slices.DeleteFunc(r.run.Warnings, func(w result.Warning) bool { return dlio.IsMemoryDoubt(w.Code) })
	r.warn(dlio.MemoryDoubts(r.run.Plan, r.run.Host.MemoryBytes, r.o.engine.value, r.run.Epochs)...)
}

// after saves what is known when an epoch is complete, in case the run is killed.
func (r *mlperfRun) after(epochs []dlio.Epoch) error {
	r.epochs = epochs
	r.compute()
	return r.writer.SaveRun(r.run)
}

// measure runs ceiling and training beside the sampler.
func (r *mlperfRun) measure(ctx context.Context) error {
	r.targets = losses.NewTargets(r.run)
	sampler, stop := r.sample(ctx)
	defer stop()

	options := dlio.TrainOptions{
		Engine: r.engine, Clock: dlio.NewClock(r.began), Workers: runtime.GOMAXPROCS(0) - 1,
		MaxInflight: r.o.maxInflight.value, IOTimeout: r.o.ioTimeout.value, Duration: r.o.duration.value,
	}
	r.measureCeiling(ctx, options)
	r.reads = r.newReadLog()
	options.Live, options.Latencies = &dlio.Live{}, r.reads.latencies()
	options.Before, options.After, options.Edge = r.before, r.after, sampler.Now
	options.Emit = func(steps []result.Step) error {
		r.tally.Add(steps)
		r.lost.Add(steps...)
		if err := r.writer.Steps(steps); err != nil {
			return err
		}
		return r.reads.failed()
	}
	line := r.app.newLiveLine(r.plan, options.Live, bool(r.o.quiet))
	defer line.finish()
	epochs, capped, err := dlio.Train(ctx, r.plan, options)
	r.epochs = epochs
	if logErr := r.reads.close(); err == nil {
		err = logErr
	}
	if r.capped = capped; capped {
		r.warn(dlio.InflightCapped(r.o.maxInflight.String()))
	}
	return err
}

func (r *mlperfRun) measureCeiling(ctx context.Context, options dlio.TrainOptions) {
	if w, none := dlio.NoCeiling(r.o.engine.value, r.o.ceiling.String()); none {
		r.warn(w)
		return
	}
	line := r.app.newNote("measuring what this client can reach at most", bool(r.o.quiet))
	defer line.finish()
	ceiling, err := r.ceilingLike(ctx, options)
	if err != nil {
		if ctx.Err() == nil {
			r.warn(result.Warning{Code: "no_ceiling", Text: err.Error()})
		}
		return
	}
	r.ceiling = ceiling
}

// ceilingLike measures the ceiling through the lane that cached bytes of this file system take.
func (r *mlperfRun) ceilingLike(ctx context.Context, options dlio.TrainOptions) (map[string]float64, error) {
	posix, ok := r.engine.(*ioengine.Posix)
	if !ok {
		return nil, fmt.Errorf("the engine %s can't be asked for what lies in the cache", r.o.engine.value)
	}
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
	what := fmt.Sprintf("look at the files of %q before epoch %d", r.o.dataDir, epoch)
	return r.flags.within(ctx, what, func(ctx context.Context) error { return r.chill(ctx, epoch) })
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
		r.warnOnce(result.ResidencyUnknown(err.Error()))
	}
	return nil
}
