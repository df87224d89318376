package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// measure searches, tries settings, and makes the full run at the answer.
func (r *searchRun) measure(ctx context.Context) error {
	sampler, stop := r.sample(ctx)
	defer stop()
	r.sampler = sampler
	answer, err := dlio.Search(ctx, r.search, r.probes, r.probe, r.keepProbe)
	r.answer = answer
	r.note()
	switch {
	case err != nil:
		return err
	case answer.Stop == dlio.StopTime:
		return fmt.Errorf("find-max: %w: no further probe would end within --max-time %v, %s", errOutOfTime, r.o.maxTime.value, r.bracket())
	}
	if len(r.o.tune) > 0 {
		if err := r.tune(ctx); err != nil {
			return err
		}
	}
	if r.o.noRun || answer.Max < 1 {
		return nil
	}
	stop() // the full run has readings of its own
	return r.fullRun(ctx)
}

// chill makes the files of a probe cold on this client, whatever read them before.
func (r *searchRun) chill(ctx context.Context, files dlio.ProbeFiles, ask dlio.Ask, before []dlio.Probe) error {
	if ioengine.Virtual(r.o.engine.value) {
		return nil
	}
	var used int64
	for _, p := range before {
		used += p.Files
	}
	names := files.Names(ask, used)
	return r.flags.within(ctx, fmt.Sprintf("make files of %q cold", r.o.dataDir), func(ctx context.Context) error {
		cold, err := ioengine.Chill(ctx, "/", r.o.dataDir, names, false, ioengine.ResidencyOptions{})
		switch {
		case err != nil:
			return err
		case cold.Unknown != "":
			r.warnOnce(result.ResidencyUnknown(cold.Unknown))
		case float64(cold.Cached) > 0.01*float64(cold.Total):
			r.warnOnce(result.Warning{Code: "cached_before", Text: fmt.Sprintf("%s of the files of a probe lay in this client's cache and could not be dropped from it", units.Percent(float64(cold.Cached)/float64(cold.Total), 1))})
		}
		return nil
	})
}

// bracket is what is known so far, in words.
func (r *searchRun) bracket() string {
	switch a := r.answer; {
	case a.Max > 0 && a.MinFailing > 0:
		return fmt.Sprintf("%d accelerators pass and %d fail", a.Max, a.MinFailing)
	case a.Max > 0:
		return fmt.Sprintf("%d accelerators pass", a.Max)
	case a.MinFailing > 0:
		return fmt.Sprintf("%d accelerators fail", a.MinFailing)
	}
	return "nothing is known yet"
}

func (r *searchRun) options() dlio.TrainOptions {
	return dlio.TrainOptions{Engine: r.engine, Clock: dlio.NewClock(r.began), Workers: runtime.GOMAXPROCS(0) - 1,
		MaxInflight: r.o.maxInflight.value, IOTimeout: r.o.ioTimeout.value}
}

// probe makes one short run, with this client's own ceiling beside it.
func (r *searchRun) probe(ctx context.Context, ask dlio.Ask, before []dlio.Probe) (dlio.Probe, error) {
	began := time.Now()
	note := r.app.newNote(r.progress(ask, before), bool(r.o.quiet))
	defer note.finish()
	ceiling, err := r.ceilingAt(ctx, ask, r.options())
	if err != nil {
		return dlio.Probe{}, err
	}
	if err := r.chill(ctx, r.files, ask, before); err != nil {
		return dlio.Probe{}, err
	}
	r.edge(ask.Accelerators)
	p, err := dlio.RunProbe(ctx, r.files, ask, before, r.options())
	if err != nil {
		return p, err
	}
	r.edge(0)
	if p.Capped {
		r.warnOnce(dlio.InflightCapped(r.o.maxInflight.String()))
	}
	if p.CeilingAU = ceiling; ioengine.Virtual(r.o.engine.value) && !ask.Rate {
		p.CeilingAU = p.AU // no storage: it is this client that was measured
	}
	p.Took = time.Since(began)
	return p, nil
}

// edge keeps when a probe begins, or with 0 ends, and reads this machine's counters then.
func (r *searchRun) edge(accelerators int) {
	r.sampler.Now()
	edge := []result.Reading{dlio.ProbeEdge(time.Now(), accelerators)}
	r.keep(edge)
	r.edges = append(r.edges, edge...)
}

// cold makes a probe over files that are not in this client's cache.
func (r *searchRun) cold(ctx context.Context, files dlio.ProbeFiles, ask dlio.Ask, before []dlio.Probe) (dlio.Probe, error) {
	if err := r.chill(ctx, files, ask, before); err != nil {
		return dlio.Probe{}, err
	}
	return dlio.RunProbe(ctx, files, ask, before, r.options())
}

func (r *searchRun) progress(ask dlio.Ask, before []dlio.Probe) string {
	if ask.Rate {
		return fmt.Sprintf("probe %d: what the storage gives to %d accelerators that compute nothing", len(before)+1, ask.Accelerators)
	}
	return fmt.Sprintf("probe %d: %d accelerators, %d steps; so far %s", len(before)+1, ask.Accelerators, ask.Steps, r.bracket())
}

// ceilingAt measures what this client could reach with so many accelerators, once for each
// number; 0 where that can't be measured.
func (r *searchRun) ceilingAt(ctx context.Context, ask dlio.Ask, options dlio.TrainOptions) (float64, error) {
	posix, ok := r.engine.(*ioengine.Posix)
	if !ok || ask.Rate || r.o.ceiling.value == 0 || r.o.engine.value != "posix" {
		return 0, nil
	}
	if au, known := r.ceiling[ask.Accelerators]; known {
		return au, nil
	}
	try, err := posix.CanTry(r.data.files[0].Name)
	if err != nil {
		return 0, err
	}
	plan, err := r.o.plan(r.load, r.data, ask.Accelerators)
	if err != nil {
		return 0, err
	}
	measured, err := dlio.Ceiling(ctx, plan, r.data.spec, try, options, max(r.o.ceiling.value, 8*plan.ComputationTime))
	if err != nil {
		if ctx.Err() == nil {
			r.warnOnce(result.Warning{Code: "no_ceiling", Text: fmt.Sprintf("what this client could reach with %d accelerators is not known: %v", ask.Accelerators, err)})
		}
		return 0, ctx.Err()
	}
	r.ceiling[ask.Accelerators] = measured["ceiling_au_fraction"]
	return r.ceiling[ask.Accelerators], nil
}

// keepProbe saves the run with each probe, so that an end of any kind loses none.
func (r *searchRun) keepProbe(p dlio.Probe) error {
	r.probes = append(r.probes, p)
	r.answer = dlio.Conclude(r.search, r.probes)
	r.note()
	return r.writer.SaveRun(r.run)
}

// note puts what is known of the answer into the run.
func (r *searchRun) note() {
	r.answer.Record(r.run.Search)
	r.run.Search.Probes = append([]dlio.Probe{}, r.probes...)
	r.run.Metrics = r.answer.Metrics(r.search.Least)
}

// goesOn says how to go on with a search that an error ended; empty where there is nothing
// to go on from.
func (r *searchRun) goesOn() string {
	if len(r.probes) == 0 {
		return ""
	}
	how := fmt.Sprintf("the same command with --resume %s goes on", r.writer.Dir())
	if r.cutShort != "" {
		how = r.cutShort + ", after the search had ended: " + how
	}
	return how
}

// conclude says what the run found, as far as it came.
func (r *searchRun) conclude(err error) {
	if errors.Is(err, errOutOfTime) {
		r.run.Status, r.run.Error = result.Incomplete, ""
	}
	if r.cutShort != "" {
		r.run.Error = r.cutShort
	}
	r.warn(r.answer.Doubts...)
	r.run.Limit = dlio.SearchLimit(r.search, r.answer, r.probes, dlio.SearchFacts{Started: r.run.Started, Edges: r.edges, Readings: r.kept(),
		Host: r.run.Host, Remote: r.run.Mount != nil && r.run.Mount.Network})
	if err == nil {
		r.run.Checks, r.run.Verdict = dlio.JudgeSearch(r.answer, r.search.Least)
	}
}

// fullRun makes one run of mlperf at the answer, in a folder of its own.
func (r *searchRun) fullRun(ctx context.Context) error {
	note := r.app.newNote(fmt.Sprintf("a full run at %d accelerators", r.answer.Max), bool(r.o.quiet))
	defer note.finish()
	o := &mlperfOptions{common: r.o.common, workload: r.o.workload, accelerators: count{r.answer.Max, 1, 1 << 16}, ceiling: r.o.ceiling, noVerify: r.o.noVerify, minAU: r.o.minAU.percent}
	o.quiet, o.json, o.dropCaches = true, false, toggle(!ioengine.Virtual(r.o.engine.value)) // as cold as the probes
	plan, err := r.o.plan(r.load, r.data, r.answer.Max)
	if err != nil {
		return err
	}
	silent := *r.app
	silent.stdout = io.Discard
	full := silent.newMlperfRun(o, r.s, r.load, r.data, plan)
	full.run.Settings["drop-caches"] = result.Setting{Value: bool(o.dropCaches), From: "default"} // not the search's own
	err = full.do(ctx, steps{measure: full.measure, conclude: full.conclude, files: full.writeDLIO})
	if full.writer != nil {
		r.run.Search.FullRun = full.run.ID
	}
	if errors.Is(err, errInterrupted) {
		err = context.Canceled // the folder that the search goes on from is its own
		r.cutShort = fmt.Sprintf("the full run at P = %d was interrupted", r.answer.Max)
	}
	if err != nil && !errors.Is(err, errFailed) {
		return fmt.Errorf("full run at %d accelerators: %w", r.answer.Max, err)
	}
	for _, name := range []string{"au_mean_fraction", "au_min_fraction"} {
		r.run.Metrics[name] = full.run.Metrics[name]
	}
	probed, _ := r.answer.At(r.answer.Max)
	r.warn(dlio.FullRunDoubts(r.search.MinAU, probed, r.run.Metrics["au_mean_fraction"])...)
	return nil
}
