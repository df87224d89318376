package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// lab is a stand-in for lbench: each run takes a minute and gives the value of its turn.
type lab struct {
	results string
	values  []float64      // of au_mean_fraction, in turn; the last one stays
	codes   map[int]int    // exit codes by start, from 1; else 0
	at      map[int]func() // called in the middle of a start, such as to interrupt the suite
	spoils  map[int]bool   // starts whose folder is not as it was closed
	started []string       // args of each start
	places  []string       // env of each start
}

func (l *lab) options() Options {
	return Options{ResultsDir: l.results, Start: l.start, Compare: wide}
}

// wide calls 10 % real.
func wide(name string, a, b []float64, _ int) result.MetricChange {
	d := b[0]/a[0] - 1
	low, high := d-0.01, d+0.01
	m := result.MetricChange{Name: name, A: a[0], B: b[0], Difference: &d, Low: &low, High: &high, Verdict: result.NoDifference}
	if d < -0.1 {
		m.Verdict = result.Worse
	}
	return m
}

func (l *lab) start(ctx context.Context, args, env []string) (Exit, error) {
	l.started = append(l.started, strings.Join(args, " "))
	l.places = append(l.places, strings.Join(env, " "))
	n := len(l.started)
	if interrupt := l.at[n]; interrupt != nil {
		interrupt()
	}
	select {
	case <-ctx.Done():
		return Exit{Code: exitInterrupted}, nil
	case <-time.After(time.Minute):
	}
	code := l.codes[n]
	if code != exitOK && code != exitFailed {
		return Exit{Code: code, Stderr: "no server"}, nil
	}
	run := result.Run{Schema: result.Schema, ID: fmt.Sprintf("run-%02d", n), Command: "mlperf", Started: time.Now(), Status: result.Complete,
		Metrics: map[string]float64{"au_mean_fraction": l.values[min(n, len(l.values))-1]}}
	w, err := result.Create(l.results, &run, result.CreateFile)
	if err != nil {
		return Exit{}, err
	}
	err = errors.Join(w.Close(run), w.Seal())
	if l.spoils[n] && err == nil {
		err = os.Remove(filepath.Join(w.Dir(), result.SumsFile))
	}
	return Exit{Code: code, RunDir: w.Dir()}, err
}

const threeRuns = `
name: t
baseline: last:3
runs:
  - name: train
    command: mlperf
    warmup: 1
    repeats: 2
    cool_down: 10s
    gates:
      - au_mean_fraction >= 90%
      - {metric: au_mean_fraction, max_regression: 5%}
`

func mustParse(t *testing.T, text string) Suite {
	t.Helper()
	s, err := Parse("t.yaml", []byte(text), everything())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExecute(t *testing.T) {
	for _, test := range []struct {
		name    string
		values  []float64
		codes   map[int]int
		verdict result.Verdict
		status  result.Status
		exit    int
		starts  int
	}{
		{"passes", []float64{0.1, 0.95, 0.93}, nil, result.Pass, result.Complete, 0, 3}, // the warm-up counts in no gate
		{"fails its gate", []float64{0.95, 0.88, 0.9}, nil, result.Fail, result.Complete, 3, 3},
		{"a run fails its own rule", []float64{0.95}, map[int]int{2: 3}, result.Fail, result.Complete, 3, 3}, // and isn't tried again
		{"is tried once more", []float64{0.95}, map[int]int{2: 1}, result.Pass, result.Complete, 0, 4},
		{"only once more", []float64{0.95}, map[int]int{2: 1, 3: 1}, result.None, result.Failed, 1, 4},
		{"a bad flag isn't tried again", []float64{0.95}, map[int]int{2: 2}, result.None, result.Failed, 1, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &lab{results: t.TempDir(), values: test.values, codes: test.codes}
			s, err := Execute(t.Context(), mustParse(t, threeRuns), l.options())
			if err != nil || s.Verdict != test.verdict || s.Status != test.status || ExitCode(s) != test.exit || len(l.started) != test.starts {
				t.Errorf("%s: verdict %s, status %s, exit code %d after %d starts, error %v; want %s, %s, %d after %d",
					test.name, s.Verdict, s.Status, ExitCode(s), len(l.started), err, test.verdict, test.status, test.exit, test.starts)
			}
			saved, err := Read(filepath.Join(l.results, s.ID))
			if err != nil || saved.Verdict != s.Verdict || len(saved.Gates) != 2 {
				t.Errorf("%s: saved %+v, error %v", test.name, saved, err)
			}
		})
	}
}

// A run whose folder isn't as it was closed satisfies no gate, and its suite doesn't pass; a
// warm-up of that kind changes nothing.
func TestExecuteInDoubt(t *testing.T) {
	const noGate = "name: t\nruns:\n  - {name: train, command: mlperf}\n  - {name: again, command: mlperf, gates: [au_mean_fraction >= 90%]}\n"
	for _, test := range []struct {
		name, text string
		spoiled    int
		verdict    result.Verdict
		gate       string // how the first one ends
		said       string // of the whole
	}{
		{"a repeat", threeRuns, 3, result.Fail, "a run in doubt satisfies no gate", "train, repeat 2 is in doubt: there is no SHA256SUMS"},
		{"a warm-up", threeRuns, 1, result.Pass, "the mean of 2 runs", ""},
		{"of no gate", noGate, 1, result.Fail, "the mean of 1 run", "train, repeat 1 is in doubt: there is no SHA256SUMS"},
		{"none", threeRuns, 9, result.Pass, "the mean of 2 runs", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &lab{results: t.TempDir(), values: []float64{0.95}, spoils: map[int]bool{test.spoiled: true}}
			s, err := Execute(t.Context(), mustParse(t, test.text), l.options())
			g := s.Gates[0]
			if err != nil || s.Status != result.Complete || s.Verdict != test.verdict || !strings.HasPrefix(s.Error, test.said) || (s.Error == "") != (test.said == "") {
				t.Errorf("%s: %s, verdict %s, %q, error %v", test.name, s.Status, s.Verdict, s.Error, err)
			}
			if !g.Decided || g.OK == strings.Contains(test.gate, "in doubt") || !strings.HasSuffix(g.Why, test.gate) {
				t.Errorf("%s: gate %+v, want %q", test.name, g, test.gate)
			}
			if test.spoiled <= len(s.Entries) && !strings.HasPrefix(s.Entries[test.spoiled-1].Error, "in doubt: ") {
				t.Errorf("%s: the run says %q", test.name, s.Entries[test.spoiled-1].Error)
			}
		})
	}
}

// Runs of earlier suites that are in doubt are no baseline. Nor does one count that is spoiled
// after its end, before the suite's.
func TestBaselineInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{results: t.TempDir(), values: []float64{0.95}, spoils: map[int]bool{2: true}}
		for range 2 {
			time.Sleep(time.Hour)
			if _, err := Execute(t.Context(), mustParse(t, threeRuns), l.options()); err != nil {
				t.Fatal(err)
			}
		}
		l.at = map[int]func(){9: func() {
			if err := os.Remove(filepath.Join(l.results, "run-08", result.SumsFile)); err != nil {
				t.Error(err)
			}
		}}
		time.Sleep(time.Hour)
		s, err := Execute(t.Context(), mustParse(t, threeRuns), l.options())
		if err != nil || s.Gates[1].OK || !strings.HasPrefix(s.Gates[1].Why, "run-08 is in doubt") {
			t.Errorf("%v, gate %+v", err, s.Gates[1])
		}
		l.at = nil
		time.Sleep(time.Hour)
		s, err = Execute(t.Context(), mustParse(t, threeRuns), l.options())
		if err != nil || s.Gates[1].Runs != 4 || !strings.Contains(s.Gates[1].Why, "of 4 runs before (without 2 runs in doubt)") {
			t.Errorf("%v, gate %+v", err, s.Gates[1])
		}
	})
}

// Wherever a suite is cut off, by an interrupt or by a dead machine, the next call goes on:
// in the end each run is done once.
func TestExecuteGoesOn(t *testing.T) {
	for cut := 1; cut <= 3; cut++ {
		for _, dead := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				l := &lab{results: t.TempDir(), values: []float64{0.95}, at: map[int]func(){cut: stop}}
				if dead {
					l.at[cut] = func() { panic("the machine is off") }
				}
				first := func() (s result.Suite) {
					defer func() { _ = recover() }()
					s, _ = Execute(ctx, mustParse(t, threeRuns), l.options())
					return s
				}()
				if !dead && ExitCode(first) != exitInterrupted {
					t.Errorf("cut %d: exit code %d", cut, ExitCode(first))
				}
				time.Sleep(time.Hour)
				s, err := Execute(t.Context(), mustParse(t, threeRuns), l.options())
				if err != nil || s.Verdict != result.Pass || len(s.Resumed) != 1 || len(l.started) != 4 {
					t.Errorf("cut %d, dead %v: verdict %s, resumed %v, %d starts, error %v", cut, dead, s.Verdict, s.Resumed, len(l.started), err)
				}
				runs := map[string]bool{}
				for _, r := range s.Entries {
					runs[r.Run] = true
				}
				if len(runs) != 3 {
					t.Errorf("cut %d: runs %v", cut, runs)
				}
			})
		}
	}
}

// A suite is not gone on with after half a day, with another text, or where that is not wanted.
func TestExecuteStartsAnew(t *testing.T) {
	for name, change := range map[string]func(s *Suite, o *Options){
		"old":   func(*Suite, *Options) { time.Sleep(12*time.Hour + time.Second) },
		"night": func(*Suite, *Options) { time.Sleep(23*time.Hour + 55*time.Minute) }, // the timer's next start, at its earliest
		"other": func(s *Suite, _ *Options) { *s = mustParse(t, threeRuns+"    timeout: 1h\n") },
		"fresh": func(_ *Suite, o *Options) { o.Fresh = true },
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			l := &lab{results: t.TempDir(), values: []float64{0.95}, at: map[int]func(){2: stop}}
			s, o := mustParse(t, threeRuns), l.options()
			if _, err := Execute(ctx, s, o); err != nil {
				t.Fatal(err)
			}
			change(&s, &o)
			done, err := Execute(t.Context(), s, o)
			if err != nil || len(done.Resumed) != 0 || len(l.started) != 5 {
				t.Errorf("%s: resumed %v, %d starts, error %v", name, done.Resumed, len(l.started), err)
			}
		})
	}
}

// With Resume a suite that was cut off is gone on with for 12 hours, and none is started:
// what a start at boot does.
func TestExecuteResumeOnly(t *testing.T) {
	for _, test := range []struct {
		name   string
		cut    bool
		later  time.Duration
		change func(*Suite)
		starts int // of runs, by Resume
		why    string
	}{
		{"soon", true, 10 * time.Minute, nil, 2, ""},
		{"just in time", true, 12*time.Hour - 2*time.Minute, nil, 2, ""},
		{"too late", true, 12*time.Hour + time.Second, nil, 0, "more than 12 h ago"},
		{"another text", true, time.Minute, func(s *Suite) { *s = mustParse(t, threeRuns+"    timeout: 1h\n") }, 0, "another text"},
		{"finished", false, time.Minute, nil, 0, "no suite t in"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			l := &lab{results: t.TempDir(), values: []float64{0.95}}
			if test.cut {
				l.at = map[int]func(){2: stop}
			}
			s, o := mustParse(t, threeRuns), l.options()
			if _, err := Execute(ctx, s, o); err != nil {
				t.Fatal(err)
			}
			stop()
			time.Sleep(test.later)
			if test.change != nil {
				test.change(&s)
			}
			before, folders := len(l.started), suiteFolders(t, l.results)
			o.Resume = true
			done, err := Execute(t.Context(), s, o)
			if got := len(l.started) - before; got != test.starts || suiteFolders(t, l.results) != folders {
				t.Errorf("%s: %d runs were started, want %d; %d suites, want %d", test.name, got, test.starts, suiteFolders(t, l.results), folders)
			}
			switch {
			case test.why == "" && (err != nil || done.Verdict != result.Pass || len(done.Resumed) != 1):
				t.Errorf("%s: verdict %s, resumed %v, error %v", test.name, done.Verdict, done.Resumed, err)
			case test.why != "" && (!errors.Is(err, ErrNothingToResume) || !strings.Contains(err.Error(), test.why) || done.ID != ""):
				t.Errorf("%s: suite %q, error %v, want one with %q", test.name, done.ID, err, test.why)
			}
		})
	}
}

// A suite at work in the folder leaves Resume nothing to do; where none ever ran, neither.
func TestExecuteResumeOnlyBesideAnother(t *testing.T) {
	l := &lab{results: t.TempDir()}
	o := l.options()
	o.Resume = true
	if _, err := Execute(t.Context(), mustParse(t, threeRuns), o); !errors.Is(err, ErrNothingToResume) {
		t.Errorf("in an empty folder: %v", err)
	}
	held, _, err := lockResults(l.results, "first", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer held.release()
	_, err = Execute(t.Context(), mustParse(t, threeRuns), o)
	if !errors.Is(err, ErrNothingToResume) || !strings.Contains(err.Error(), "first") || len(l.started) != 0 {
		t.Errorf("beside another: %v after %d starts", err, len(l.started))
	}
}

func suiteFolders(t *testing.T, results string) int {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(results, "*-suite-*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(folders)
}

// What does not fit into the budget any more is skipped, and fails the suite.
func TestTimeBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{results: t.TempDir(), values: []float64{0.95}}
		s, err := Execute(t.Context(), mustParse(t, "time_budget: 150s\n"+strings.TrimSpace(threeRuns)), l.options())
		if err != nil || len(l.started) != 2 || s.Entries[2].State != result.Skipped || !strings.Contains(s.Entries[2].Error, "time_budget") || ExitCode(s) != exitCannotRun {
			t.Errorf("%d starts, last run %+v, exit code %d, error %v", len(l.started), s.Entries[2], ExitCode(s), err)
		}
	})
}

// The runs of earlier suites are the baseline; a loss beyond the gate fails it, noise and
// too few runs don't.
func TestRelativeGate(t *testing.T) {
	for _, test := range []struct {
		value       float64
		ok, decided bool
	}{{0.96, true, true}, {0.70, false, true}} {
		synctest.Test(t, func(t *testing.T) {
			l := &lab{results: t.TempDir(), values: []float64{0.95}}
			s := mustParse(t, strings.Replace(threeRuns, ">= 90%", ">= 1%", 1))
			first, err := Execute(t.Context(), s, l.options())
			if g := first.Gates[1]; err != nil || g.Decided || !g.Relative {
				t.Errorf("without a baseline: %+v, error %v", g, err)
			}
			time.Sleep(time.Hour)
			l.values = []float64{test.value}
			again, err := Execute(t.Context(), s, l.options())
			if g := again.Gates[1]; err != nil || g.OK != test.ok || g.Decided != test.decided || g.Runs != 2 {
				t.Errorf("%v after 0.95: %+v, error %v", test.value, g, err)
			}
		})
	}
}

// Two suites in one results folder: the second is told who is there.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	held, _, err := lockResults(dir, "first", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, err = Execute(t.Context(), mustParse(t, threeRuns), (&lab{results: dir}).options())
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", os.Getpid())) || !strings.Contains(err.Error(), "first") {
		t.Errorf("error %v", err)
	}
	held.release()
	again, _, err := lockResults(dir, "second", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	again.release()
}

// The command of on_finish is told how it went; that it fails is a warning.
func TestHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{results: t.TempDir(), values: []float64{0.95}}
		o := l.options()
		var argv, env []string
		o.Hook = func(_ context.Context, a, e []string) error { argv, env = a, e; return errors.New("no mail") }
		s, err := Execute(t.Context(), mustParse(t, threeRuns+"on_finish: [\"tell\", \"{verdict}\"]\n"), o)
		if err != nil || !slices.Equal(argv, []string{"tell", "pass"}) || !slices.Contains(env, "LBENCH_SUITE_VERDICT=pass") {
			t.Errorf("argv %v, environment %v, error %v", argv, env, err)
		}
		if s.Verdict != result.Pass || len(s.Warnings) != 1 || s.Warnings[0].Text != "the command of on_finish failed: no mail" {
			t.Errorf("verdict %s, warnings %v", s.Verdict, s.Warnings)
		}
	})
}
