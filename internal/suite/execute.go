package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Options are what Execute needs of its caller.
type Options struct {
	ResultsDir string
	Build      result.Build

	// Start runs one lbench to its end, with env added to its environment. RunDir is its run
	// folder, or "" where it made none.
	// When ctx ends, it interrupts that lbench and waits for it. An error says that lbench
	// could not be started.
	Start func(ctx context.Context, args, env []string) (Exit, error)
	// Compare compares a metric of the baseline, a, with that of the repeats, b. Its
	// interval is widened for m comparisons.
	Compare func(name string, a, b []float64, m int) result.MetricChange
	// Hook runs the command of on_finish, with env added to its environment; nil: none runs.
	// Its error names the command.
	Hook func(ctx context.Context, argv, env []string) error

	Now      func() time.Time   // nil: time.Now
	Create   result.CreateFunc  // nil: result.CreateFile
	Progress func(result.Suite) // after every change, the last one before Hook; may be nil
	Fresh    bool               // start anew, even where a suite was cut off
	Resume   bool               // go on with a suite that was cut off, and start none
}

// Exit is how one lbench ended.
type Exit struct {
	Code   int
	RunDir string
	Stderr string // its last line
}

// Exit codes of lbench.
const (
	exitOK          = 0
	exitCannotRun   = 1
	exitFailed      = 3
	exitInterrupted = 130
)

// mostCuts is how often a run is started that takes the machine, or the suite, down.
const mostCuts = 3

// ErrNothingToResume says why Execute with Resume did nothing: no suite of that name was
// cut off, the one that was is not the one to be executed any more, or a suite is running.
var ErrNothingToResume = errors.New("nothing to go on with")

// errInterrupted says that the suite was interrupted and can be gone on with.
var errInterrupted = errors.New("interrupted")

// execution is one suite while it is executed.
type execution struct {
	suite Suite
	o     Options
	state result.Suite
	cool  time.Duration // to wait before the next start
	runs  map[string]result.Run
}

// Execute does the runs of a suite that are not done yet, judges its gates and closes its
// folder. ExitCode says what came of it. An error means that the suite's state could not be
// kept, or that another suite runs in that results folder; what could be done is returned
// with it. A suite that is interrupted is no error: its Status says so, and the next
// Execute goes on with it. ErrNothingToResume: nothing was done, as Options.Resume asks.
func Execute(ctx context.Context, s Suite, o Options) (result.Suite, error) {
	if err := s.Check(); err != nil {
		return result.Suite{}, err
	}
	x := &execution{suite: s, o: o.withDefaults(), runs: map[string]result.Run{}}
	held, warnings, err := lockResults(o.ResultsDir, s.Name, x.o.Now())
	if err != nil {
		if o.Resume && errors.Is(err, errLocked) {
			err = fmt.Errorf("%w: %w", ErrNothingToResume, err)
		}
		return result.Suite{}, err
	}
	defer held.release()
	switch err := x.begin(x.o.Now()); {
	case errors.Is(err, ErrNothingToResume):
		return result.Suite{}, err
	case err != nil:
		return x.snapshot(), err
	}
	for _, w := range warnings {
		x.warn(w.Code, "%s", w.Text)
	}
	err = x.all(ctx)
	if err != nil && !errors.Is(err, errInterrupted) {
		x.state.Status, x.state.Error = result.Failed, err.Error()
		return x.snapshot(), errors.Join(err, x.hook(ctx))
	}
	err = x.finish(ctx, err != nil)
	return x.snapshot(), err
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Create == nil {
		o.Create = result.CreateFile
	}
	return o
}

// all goes through the runs in their order. It ends early with errInterrupted, or where the
// state can't be saved.
func (x *execution) all(ctx context.Context) error {
	for i := range x.state.Entries {
		r := &x.state.Entries[i]
		if r.State == result.Waiting {
			if err := x.next(ctx, i); err != nil {
				return err
			}
		}
		if i+1 < len(x.state.Entries) && x.state.Entries[i+1].Entry == r.Entry {
			continue
		}
		if err := x.judge(ctx, x.entry(r.Entry)); err != nil {
			return err
		}
	}
	return nil
}

// entry is the part of the suite's file that a run belongs to.
func (x *execution) entry(name string) Entry {
	return x.suite.Entries[slices.IndexFunc(x.suite.Entries, func(e Entry) bool { return e.Name == name })]
}

// next does one run, or skips it where no time is left.
func (x *execution) next(ctx context.Context, i int) error {
	r := &x.state.Entries[i]
	if reason := x.noTime(r.Entry, x.cool); reason != "" {
		r.State, r.Error = result.Skipped, reason
		return x.save()
	}
	if err := sleep(ctx, x.cool); err != nil {
		return err
	}
	x.cool = x.entry(r.Entry).CoolDown
	again, err := x.try(ctx, r)
	if !again || err != nil {
		return err
	}
	if reason := x.noTime(r.Entry, x.cool); reason != "" {
		r.Error += "; not tried again: " + reason
		return x.save()
	}
	if err := sleep(ctx, x.cool); err != nil {
		x.wait(r) // the retry is still owed
		return errors.Join(err, x.save())
	}
	_, err = x.try(ctx, r)
	return err
}

// noTime says why a run of an entry that would start after a pause can't be started any
// more, or nothing. What it takes is known from the longest of its runs so far; the budget
// counts from the suite's start, whatever happened in between.
func (x *execution) noTime(entry string, pause time.Duration) string {
	if x.suite.Budget == 0 {
		return ""
	}
	left := x.state.Started.Add(x.suite.Budget).Sub(x.o.Now()) - pause
	if left <= 0 {
		return fmt.Sprintf("no time is left of the time_budget of %s", x.suite.Budget)
	}
	var longest time.Duration
	for _, r := range x.state.Entries {
		if r.Entry == entry && r.State == result.Done && r.Started != nil && r.Ended != nil {
			longest = max(longest, r.Ended.Sub(*r.Started))
		}
	}
	if longest > left {
		return fmt.Sprintf("%s are left of the time_budget of %s, and a run of it took %s",
			left.Round(time.Second), x.suite.Budget, longest.Round(time.Second))
	}
	return ""
}

// sleep waits, or returns errInterrupted as soon as ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	if d == 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return errInterrupted
	}
}
