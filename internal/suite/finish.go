package suite

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// hookTime is how long the command of on_finish may take.
const hookTime = 10 * time.Minute

// ExitCode is that of `lbench suite run`, as of any benchmark: 0 nothing failed, 1 a run
// could not run or was skipped, 3 a gate or a run's own rule failed, 130 interrupted.
func ExitCode(s result.Suite) int {
	switch {
	case s.Status == result.Interrupted:
		return exitInterrupted
	case s.Status != result.Complete:
		return exitCannotRun
	case s.Verdict == result.Fail:
		return exitFailed
	}
	return exitOK
}

// finish closes the suite. One that was interrupted stays open for the next Execute: it
// gets no sums, and no hook.
func (x *execution) finish(ctx context.Context, interrupted bool) error {
	ended := x.o.Now()
	x.state.Ended = &ended
	if interrupted {
		x.state.Status = result.Interrupted
		x.state.Error = fmt.Sprintf("interrupted with %s left, which the next start of the suite does", count(x.in(result.Waiting), "run"))
		return x.save()
	}
	x.conclude()
	if err := x.save(); err != nil {
		return err
	}
	if err := x.seal(); err != nil {
		return err
	}
	if err := x.hook(ctx); err != nil {
		x.warn("hook_failed", "%s", oneLine(err.Error()))
		if err := x.save(); err != nil {
			return err
		}
		return x.seal()
	}
	return nil
}

func (x *execution) in(state result.RunState) (n int) {
	for _, r := range x.state.Entries {
		if r.State == state {
			n++
		}
	}
	return n
}

// conclude sets status and verdict. There is a verdict only where every run was done, and
// something was judged: a gate, or a run by its own rules. A suite with a run in doubt doesn't
// pass, whether a gate is on it or not.
func (x *execution) conclude() {
	s := &x.state
	if broken, skipped := x.in(result.Broken), x.in(result.Skipped); broken+skipped > 0 {
		s.Status, s.Error = result.Failed, x.firstProblem()
		return
	}
	s.Status = result.Complete
	clear(x.runs) // what they are now counts
	for _, r := range s.Entries {
		if r.Warmup {
			continue
		}
		if r.Exit != nil && *r.Exit == exitFailed {
			s.Verdict = result.Fail
			return
		}
		run, err := x.open(r.Run)
		if err != nil {
			s.Verdict, s.Error = result.Fail, oneLine(fmt.Sprintf("%s can't be read any more: %v", title(r), err))
			return
		}
		if run.Doubt() != "" {
			s.Verdict, s.Error = result.Fail, oneLine(inDoubt(title(r), run))
			return
		}
		if run.Verdict == result.Pass {
			s.Verdict = result.Pass
		}
	}
	for _, g := range s.Gates {
		switch {
		case g.Decided && !g.OK:
			s.Verdict = result.Fail
			return
		case g.Decided:
			s.Verdict = result.Pass
		}
	}
}

// firstProblem is what a person should look at first: a run that could not run, else one
// that was skipped.
func (x *execution) firstProblem() string {
	state, words := result.Broken, "could not run"
	if x.in(result.Broken) == 0 {
		state, words = result.Skipped, "was skipped"
	}
	r := x.state.Entries[slices.IndexFunc(x.state.Entries, func(r result.SuiteRun) bool { return r.State == state })]
	text := fmt.Sprintf("%s %s: %s", title(r), words, r.Error)
	if more := x.in(result.Broken) + x.in(result.Skipped) - 1; more > 0 {
		text += fmt.Sprintf("; %d more could not run or were skipped", more)
	}
	return text
}

// title names a run: "train, warm-up 1", "train, repeat 2".
func title(r result.SuiteRun) string {
	if r.Warmup {
		return fmt.Sprintf("%s, warm-up %d", r.Entry, r.Repeat)
	}
	return fmt.Sprintf("%s, repeat %d", r.Entry, r.Repeat)
}

// hook runs the command of on_finish: with {verdict} and the like replaced in a list, and
// with LBENCH_SUITE_VERDICT and the like in its environment.
func (x *execution) hook(ctx context.Context) error {
	if len(x.suite.OnFinish) == 0 || x.o.Hook == nil {
		return nil
	}
	var env, replaced []string
	for _, fact := range facts(x.state, x.dir()) {
		replaced = append(replaced, "{"+fact[0]+"}", fact[1])
		env = append(env, "LBENCH_SUITE_"+strings.ToUpper(fact[0])+"="+fact[1])
	}
	argv := x.suite.OnFinish
	if !shell(argv) { // in a shell's text a name could be taken for a command
		argv = nil
		for _, arg := range x.suite.OnFinish {
			argv = append(argv, strings.NewReplacer(replaced...).Replace(arg))
		}
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), hookTime)
	defer stop()
	if err := x.o.Hook(ctx, argv, env); err != nil {
		return fmt.Errorf("the command of on_finish failed: %w", err) // which names it
	}
	return nil
}

// shell says whether a command is a text for the shell.
func shell(argv []string) bool { return len(argv) == 3 && argv[0] == "/bin/sh" && argv[1] == "-c" }

// facts is what a hook is told, by name.
func facts(s result.Suite, dir string) [][2]string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	return [][2]string{
		{"name", s.Name}, {"id", s.ID}, {"dir", dir}, {"status", string(s.Status)},
		{"verdict", string(s.Verdict)}, {"exit_code", strconv.Itoa(ExitCode(s))}, {"error", s.Error},
	}
}
