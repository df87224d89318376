package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/mount"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/telemetry"
)

// benchmark is what the runs of all benchmark commands have in common, from an open run
// folder to a closed one.
type benchmark struct {
	app    *app
	flags  *common
	began  time.Time // with a monotonic reading, which run.Started has lost
	run    result.Run
	writer *result.Writer

	mu       sync.Mutex
	readings []result.Reading // those that the limit is named from
	targets  *losses.Targets  // of a training
}

// newBenchmark starts the description of a run of a command.
func (a *app) newBenchmark(flags *common, command, workload string) benchmark {
	name := string(flags.name)
	if name == "" {
		name = workload
	}
	began := a.now()
	place, warnings := a.suitePlace()
	return benchmark{app: a, flags: flags, began: began, run: result.Run{
		Schema: result.Schema, Lbench: build(), Command: command, Workload: workload, ID: result.ID(began.UTC(), command, name),
		Started: began.UTC(), Status: result.Incomplete, Verdict: result.None, Checks: []result.Check{}, Metrics: map[string]float64{},
		Epochs: []result.Epoch{}, Host: telemetry.Host("/"), Warnings: warnings, WarningsMethod: result.WarningsMethod, Suite: place,
	}}
}

// suitePlace is which run of a suite this one is, as the suite says, and a warning where
// that can't be read. The warnings are never nil.
func (a *app) suitePlace() (*result.SuitePlace, []result.Warning) {
	place, err := result.ParseSuitePlace(a.getenv(result.SuiteVariable))
	if err != nil {
		return nil, []result.Warning{{Code: "suite_unreadable", Text: "the run does not say of which suite it is: " + err.Error()}}
	}
	return place, []result.Warning{}
}

// warn adds warnings to the run. Its result prints them.
func (b *benchmark) warn(warnings ...result.Warning) {
	b.run.Warnings = append(b.run.Warnings, warnings...)
}

// warnOnce adds warnings of codes that the run does not have yet.
func (b *benchmark) warnOnce(warnings ...result.Warning) {
	for _, w := range warnings {
		if !slices.ContainsFunc(b.run.Warnings, func(has result.Warning) bool { return has.Code == w.Code }) {
			b.warn(w)
		}
	}
}

// describeMount says what file system serves the files of a folder, of which the first
// and last tell their layouts.
func (b *benchmark) describeMount(dir string, files []string) {
	m, warnings := mount.Describe("/", dir, files)
	b.run.Mount = m
	b.warn(warnings...)
	if same, err := mount.SameFilesystem(b.flags.resultsDir, dir); err == nil && same {
		b.warn(result.ResultsOnTarget())
	}
}

// sample reads the host's telemetry at each interval until stop is called.
func (b *benchmark) sample(ctx context.Context) (sampler *telemetry.Sampler, stop func()) {
	sampling, cancel := context.WithCancel(context.WithoutCancel(ctx))
	sampler = &telemetry.Sampler{Sources: telemetry.Sources("/"), Every: b.flags.telemetryEvery.value, Emit: b.keep}
	var sampled sync.WaitGroup
	sampled.Go(func() { sampler.Run(sampling) })
	return sampler, func() { cancel(); sampled.Wait() }
}

// keep stores readings, and holds on to those that the limit is named from. Their times are
// those of the run's clock: the wall clock may be set meanwhile, and is read a moment before
// or after the monotonic one, so that what is computed from the file would differ.
func (b *benchmark) keep(readings []result.Reading) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range readings {
		readings[i].T = b.run.Started.Add(readings[i].T.Sub(b.began))
	}
	for _, reading := range readings {
		if b.targets != nil {
			b.targets.Add(reading)
		}
		switch reading.Source {
		case "cpu", "process", "pressure", "nic", "infiniband":
			b.readings = append(b.readings, reading)
		}
	}
	_ = b.writer.Readings(readings) // the writer keeps its error; close returns it
}

// kept are the readings so far that the limit is named from.
func (b *benchmark) kept() []result.Reading {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.readings)
}

// steps are what a command does between the making of its run folder and its closing.
type steps struct {
	measure func(context.Context) error
	// conclude computes what the run says, as far as it came: its status is set.
	conclude func(error)
	// files, if set, writes what else belongs into the folder of a complete run.
	files func(*result.Folder) error
	// goesOn, if set, says how to go on after measure's error; empty: not at all.
	goesOn func() string
}

// do is the run from the making of its folder to the verdict.
func (b *benchmark) do(ctx context.Context, s steps) error {
	w, err := result.Create(b.flags.resultsDir, &b.run, b.app.create)
	if err != nil {
		return adviseResults(err, b.flags.resultsDir)
	}
	b.writer = w
	err = s.measure(ctx)
	failed := err != nil
	b.end(err)
	s.conclude(err)
	closeErr := b.close(s.files)
	if err == nil {
		err = closeErr
	}
	printErr := wrap("print the result", b.print())
	onward := func(err error) error {
		if failed && s.goesOn != nil {
			if how := s.goesOn(); how != "" {
				return fmt.Errorf("%w: %s", err, how)
			}
		}
		return err
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(err, context.Canceled) && cause != nil && closeErr != nil:
		return fmt.Errorf("%w: the run folder %s could not be closed: %v", cause, w.Dir(), closeErr)
	case errors.Is(err, context.Canceled) && cause != nil:
		return onward(fmt.Errorf("%w: the run folder %s is closed", cause, w.Dir()))
	case err != nil:
		return onward(advise(err, b.flags.resultsDir))
	case printErr != nil:
		return printErr
	case b.run.Verdict == result.Fail:
		return errFailed
	}
	return nil
}

// end says how the run ended.
func (b *benchmark) end(err error) {
	// By the monotonic clock: the wall clock may have been set meanwhile.
	ended := b.run.Started.Add(b.app.now().Sub(b.began))
	b.run.Ended = &ended
	switch {
	case err == nil:
		b.run.Status = result.Complete
	case errors.Is(err, context.Canceled), errors.Is(err, errInterrupted):
		b.run.Status = result.Interrupted
	default:
		b.run.Status, b.run.Error = result.Failed, err.Error()
	}
}

// close writes what a closed folder holds beside its raw data.
func (b *benchmark) close(files func(*result.Folder) error) error {
	err := wrap("write the run folder", b.writer.Flush())
	folder := &result.Folder{Dir: b.writer.Dir(), Run: b.run}
	if err == nil && b.run.Status == result.Complete && files != nil {
		err = files(folder)
	}
	if err != nil {
		b.run.Status, b.run.Verdict, b.run.Error = result.Failed, result.None, err.Error()
	}
	if closeErr := b.writer.Close(b.run); err == nil {
		err = closeErr
	}
	folder.Run = b.run
	if htmlErr := b.app.writeHTML(folder); err == nil {
		err = htmlErr
	}
	if err == nil {
		err = b.writer.Seal()
	}
	return err
}

// print shows the result, or with --json the closed run whatever became of it. Doubts
// stand in the result; of a run that has none they go to stderr.
func (b *benchmark) print() error {
	if bool(b.flags.json) || b.run.Status == result.Complete || b.run.Search != nil && (b.run.Error == "" || len(b.run.Search.Probes) > 0) {
		if err := b.app.printRun(b.run, nil, bool(b.flags.json)); err != nil {
			return err
		}
	} else if !b.flags.quiet {
		for _, w := range b.run.Warnings {
			b.app.warn(w)
		}
	}
	if !b.flags.quiet {
		fmt.Fprintf(b.app.stderr, "report: %s\n", filepath.Join(b.writer.Dir(), result.ReportFile))
	}
	return nil
}

// needsDir refuses an engine on real files that has no folder to find them in.
func (o *common) needsDir(command, what string) error {
	if o.dataDir == "" && !ioengine.Virtual(o.engine.value) {
		return usagef("%s: --data-dir is needed with --engine %s: %s", command, o.engine.value, what)
	}
	return nil
}
