package suite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// try starts a run once and notes what became of it. again says that it could not run for a
// reason that may have gone, such as a mount that was away.
func (x *execution) try(ctx context.Context, r *result.SuiteRun) (again bool, err error) {
	x.wait(r)
	started := x.o.Now()
	r.State, r.Started = result.Running, &started
	r.Attempts++
	if err := x.save(); err != nil {
		return false, err
	}
	limit := x.entry(r.Entry).Timeout
	exit, startErr, late := x.start(ctx, *r, limit)
	ended := x.o.Now()
	r.Ended = &ended
	if startErr == nil {
		r.Exit = &exit.Code
	}
	if exit.RunDir != "" {
		r.Run = filepath.Base(exit.RunDir)
	}
	finished := startErr == nil && (exit.Code == exitOK || exit.Code == exitFailed)
	switch {
	case finished && r.Run != "":
		x.done(r)
	case !late && (startErr == nil && exit.Code == exitInterrupted || ctx.Err() != nil):
		x.wait(r)
		return false, errors.Join(errInterrupted, x.save())
	case late:
		r.State, r.Error = result.Broken, fmt.Sprintf("it did not end within its timeout of %s", limit)
	case startErr != nil:
		r.State, r.Error, again = result.Broken, fmt.Sprintf("lbench could not be started: %s", oneLine(startErr.Error())), true
	case finished:
		r.State, r.Error = result.Broken, fmt.Sprintf("it ended with exit code %d and named no run folder", exit.Code)
	default:
		r.State, r.Error, again = result.Broken, oneLine(exit.Stderr), exit.Code == exitCannotRun
		if r.Error == "" {
			r.Error = fmt.Sprintf("it ended with exit code %d", exit.Code)
		}
	}
	return again, x.save()
}

// start runs one lbench within its limit. late says that the limit, and not the suite's
// own end, interrupted it.
func (x *execution) start(ctx context.Context, r result.SuiteRun, limit time.Duration) (exit Exit, err error, late bool) {
	place, err := result.SuitePlace{ID: x.state.ID, Name: x.state.Name, Entry: r.Entry, Repeat: r.Repeat, Warmup: r.Warmup}.Variable()
	if err != nil {
		return Exit{}, err, false
	}
	limited := ctx
	if limit > 0 {
		var stop context.CancelFunc
		limited, stop = context.WithTimeout(ctx, limit)
		defer stop()
	}
	exit, err = x.o.Start(limited, r.Args, []string{place})
	return exit, err, ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded)
}

// done notes a run that ran to its end, and which of its own rules failed, or that it is in
// doubt: its folder isn't as the run left it.
func (x *execution) done(r *result.SuiteRun) {
	r.State = result.Done
	run, err := x.open(r.Run)
	if err == nil && run.Doubt() != "" {
		r.Error = oneLine("in doubt: " + run.Doubt())
		return
	}
	if *r.Exit != exitFailed {
		return
	}
	r.Error = "it failed a rule of its own"
	if err != nil {
		return
	}
	var rules []string
	for _, c := range run.Checks {
		switch {
		case !c.OK && c.Got != nil:
			rules = append(rules, fmt.Sprintf("%s, got %.4g", c.Rule, *c.Got))
		case !c.OK:
			rules = append(rules, c.Rule+", which was not measured")
		}
	}
	if len(rules) > 0 {
		r.Error += ": " + oneLine(strings.Join(rules, "; "))
	}
}

// open reads the run folder of that ID, once.
func (x *execution) open(id string) (result.Run, error) {
	if run, ok := x.runs[id]; ok {
		return run, nil
	}
	run, err := result.ReadRun(filepath.Join(x.o.ResultsDir, id))
	if err == nil {
		x.runs[id] = run
	}
	return run, err
}

// oneLine is a text without line ends, cut to what a table can hold.
func oneLine(text string) string {
	const most = 400
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
