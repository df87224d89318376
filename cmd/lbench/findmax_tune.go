package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

// tuneBlocks is how often each setting of a design is repeated.
const tuneBlocks = 3

// tune tries the reader settings that were asked for, at the fewest accelerators that fail:
// where AU is at its limit, what a setting does shows.
func (r *searchRun) tune(ctx context.Context) error {
	at := r.answer.MinFailing
	if at == 0 {
		r.warn(dlio.NotTuned())
		return nil
	}
	factors, files, err := r.factors()
	if err != nil {
		return err
	}
	runs, err := dlio.TuneDesign(len(factors), tuneBlocks, r.plan.Seed)
	if err != nil {
		return err
	}
	var au []float64
	probes := slices.Clone(r.probes)
	for i, run := range runs {
		note := r.app.newNote(fmt.Sprintf("trying settings at %d accelerators: %d of %d", at, i+1, len(runs)), bool(r.o.quiet))
		f, err := files(run.Candidate)
		if err == nil {
			var p dlio.Probe
			p, err = r.cold(ctx, f, dlio.Ask{Accelerators: at, Steps: r.steps()}, probes)
			probes, au = append(probes, p), append(au, p.AU)
		}
		note.finish()
		if err != nil {
			return fmt.Errorf("tune: %w", err)
		}
	}
	effects, err := dlio.TuneEffects(factors, runs, au)
	if err != nil {
		return err
	}
	for _, e := range effects {
		r.run.Search.Settings = append(r.run.Search.Settings, result.TunedSetting{Name: e.Name, From: e.Base, To: e.Candidate, Change: e.Change, Low: e.Low, High: e.High, Mattered: e.Matters})
	}
	return nil
}

// checkTune refuses, before anything is measured, values that --tune would try and the
// workload can't have: each alone, and all together.
func (r *searchRun) checkTune() error {
	if len(r.o.tune) == 0 {
		return nil
	}
	factors, files, err := r.factors()
	if err != nil {
		return err
	}
	all := make([]bool, len(factors))
	for i, f := range factors {
		one := make([]bool, len(factors))
		one[i], all[i] = true, true
		if _, err := files(one); err != nil {
			return usagef("find-max: --tune %s would try %s: %w: set a lower --param %s, or leave that key out of --tune", f.Name, f.Candidate, err, f.Name)
		}
	}
	if _, err := files(all); err != nil {
		return usagef("find-max: --tune would try %s together: %w: leave one out of --tune", strings.Join(r.o.tune, " and "), err)
	}
	return nil
}

// steps is the length of the probes that were made.
func (r *searchRun) steps() int {
	for _, p := range slices.Backward(r.probes) {
		if !p.Rate {
			return p.Steps
		}
	}
	return 0
}

// factors are the settings to be tried, and what gives the files of a probe with some of
// them at their other value.
func (r *searchRun) factors() ([]dlio.Factor, func([]bool) (dlio.ProbeFiles, error), error) {
	var factors []dlio.Factor
	for _, key := range r.o.tune {
		t, err := tunableOf(key)
		if err != nil {
			return nil, nil, err
		}
		now := t.Now(r.load)
		factors = append(factors, dlio.Factor{Name: key, Base: strconv.FormatInt(now, 10), Candidate: strconv.FormatInt(t.Next(now), 10)})
	}
	return factors, func(candidate []bool) (dlio.ProbeFiles, error) {
		var set []workloads.Override
		for i, on := range candidate {
			if on {
				set = append(set, workloads.Override{Key: factors[i].Name, Value: factors[i].Candidate, From: "flag"})
			}
		}
		w, err := r.o.load(r.s, set...)
		if err != nil {
			return dlio.ProbeFiles{}, err
		}
		plan, err := r.o.plan(w, r.data, 1)
		return r.files.For(plan), err
	}, nil
}

func tunableOf(key string) (dlio.Tunable, error) {
	var keys []string
	for _, t := range dlio.Tunables() {
		if t.Key == key {
			return t, nil
		}
		keys = append(keys, t.Key)
	}
	return dlio.Tunable{}, usagef("find-max: --tune %q isn't one of [%s]", key, strings.Join(keys, " "))
}
