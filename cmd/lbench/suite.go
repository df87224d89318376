package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/compare"
	"github.com/lbench/lbench/internal/report"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/suite"
	"github.com/lbench/lbench/workloads"
)

// suiteOptions is how a suite is run, and where its outcome goes.
type suiteOptions struct {
	resultsDir, dataDir             string
	set                             []string
	junit, md, openMetrics, publish string
	fresh, dryRun, json, quiet      toggle
	resumeOnly                      toggle
}

func newSuite(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "suite", Short: "Run benchmarks in order, with gates: the nightly job",
		Example: "  lbench suite run demo\n  lbench suite show nightly",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("suite: command %q isn't one of [run show]: to run a suite, `lbench suite run %s`", args[0], args[0])
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			for _, s := range workloads.Suites() {
				if _, err := fmt.Fprintf(a.stdout, "%s\t%s\n", s.Name, s.Description); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.AddCommand(newSuiteRun(a), newSuiteShow(a))
	return c
}

func oneSuite(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("suite %s: want one suite, by name or file: see `lbench suite`", command)
		}
		return nil
	}
}

func newSuiteShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME|FILE", Short: "Print a suite", Example: "  lbench suite show nightly", Args: oneSuite("show"),
		RunE: func(_ *cobra.Command, args []string) error {
			_, text, err := workloads.SuiteText(args[0])
			if err == nil {
				_, err = a.stdout.Write(text)
			}
			return err
		},
	}
}

func newSuiteRun(a *app) *cobra.Command {
	var o suiteOptions
	c := &cobra.Command{
		Use: "run NAME|FILE", Short: "Run a suite, and hold its runs against its gates",
		Long: "A suite that was cut off (a reboot, Ctrl-C) goes on where it stood when it is run again within\n" +
			resumable() + ". Exit codes: 0 all gates passed, 3 a gate failed, 1 a run could not run.",
		Example: "  lbench suite run demo\n  lbench suite run nightly --data-dir /mnt/lustre/nightly --dry-run",
		Args:    oneSuite("run"),
	}
	f := c.Flags()
	f.StringVar(&o.resultsDir, "results-dir", "results", "`DIR` for run folders and the suite's own")
	f.StringVar(&o.dataDir, "data-dir", "", "`DIR` that the runs work in, where they need one")
	f.StringArrayVar(&o.set, "set", nil, "set a flag of all runs that have it: `FLAG=VALUE` (repeatable)")
	f.StringVar(&o.junit, "junit", "", "write JUnit XML to `FILE`")
	f.StringVar(&o.md, "md", "", "write Markdown to `FILE`")
	f.StringVar(&o.openMetrics, "openmetrics", "", "write `FILE` for the textfile collector of node_exporter")
	f.StringVar(&o.publish, "publish", "", "make a site of all runs in `DIR` afterwards")
	o.fresh.bind(f, "fresh", "start anew, even if an unfinished suite is there")
	o.resumeOnly.bind(f, "resume-only", "go on with an unfinished suite; where none is there, do nothing (at boot)")
	o.dryRun.bind(f, "dry-run", "print what would be run")
	o.json.bind(f, "json", "print suite.json instead of tables")
	o.quiet.bind(f, "quiet", "print the result and errors only")
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		if o.fresh && o.resumeOnly {
			return usagef("suite run: --fresh starts anew, --resume-only goes on: give one")
		}
		s, err := a.loadSuite(args[0], o)
		if err != nil {
			return usageError{err}
		}
		if o.dryRun {
			for _, run := range s.Plan() {
				if _, err := fmt.Fprintf(a.stdout, "%s\n", suiteLine(run)); err != nil {
					return err
				}
			}
			return nil
		}
		return a.runSuite(c.Context(), s, o)
	}
	return c
}

// suiteLine is a run of a suite as somebody would type it.
func suiteLine(run result.SuiteRun) string {
	words := []string{"lbench"}
	for _, arg := range run.Args {
		if strings.ContainsAny(arg, " \t'\"$*?[]{}()<>|&;\\") {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

// loadSuite reads a suite, sets the flags that were given for all its runs, and checks what
// can be checked before the first is started.
func (a *app) loadSuite(name string, o suiteOptions) (suite.Suite, error) {
	s, err := suite.Load(name, a.known())
	if err != nil {
		return s, err
	}
	set := o.set
	if o.dataDir != "" {
		set = append([]string{"data-dir=" + o.dataDir}, set...)
	}
	for _, text := range set {
		flag, value, ok := strings.Cut(text, "=")
		if !ok {
			return s, fmt.Errorf("--set %q: want FLAG=VALUE, as accelerators=8", text)
		}
		if err := s.Set(flag, value); err != nil {
			return s, fmt.Errorf("--set %s: %w", text, err)
		}
	}
	return s, s.CheckRuns(a.checkRun)
}

// runSuite runs a suite to its end and writes what came of it.
func (a *app) runSuite(ctx context.Context, s suite.Suite, o suiteOptions) error {
	done, err := suite.Execute(ctx, s, suite.Options{
		ResultsDir: o.resultsDir, Build: build(), Start: startSelf(o.resultsDir), Now: a.now, Fresh: bool(o.fresh), Resume: bool(o.resumeOnly), Create: a.create,
		Compare: compare.Metric, Progress: a.suiteProgress(bool(o.quiet)), Hook: startHook,
	})
	if errors.Is(err, suite.ErrNothingToResume) {
		if !o.quiet {
			fmt.Fprintf(a.stderr, "%v\n", err)
		}
		return nil
	}
	if done.ID == "" {
		return err
	}
	runs := a.suiteRuns(o.resultsDir, done)
	if writeErr := a.writeSuite(done, runs, o); err == nil {
		err = writeErr
	}
	if o.json {
		err = errors.Join(err, a.printJSON(done))
	} else if printErr := report.SuiteText(a.stdout, done, runs); err == nil {
		err = printErr
	}
	switch code := suite.ExitCode(done); {
	case err != nil:
		return err
	case code == exitInterrupted:
		return fmt.Errorf("%w: run the suite again within %s, and it goes on where it stood", errInterrupted, resumable())
	case code == exitCannotRun:
		return fmt.Errorf("suite %s: %s", done.Name, done.Error)
	case code == exitFailed:
		return errFailed
	}
	return nil
}

// resumable is how long after its start an unfinished suite can be gone on with.
func resumable() string { return fmt.Sprintf("%.0f hours", suite.Resumable.Hours()) }

// known is what a suite's file may name: the benchmarks that flags alone can start.
func (a *app) known() suite.Known {
	flags := map[string][]string{}
	known := suite.Known{Flags: func(command string) []string { return flags[command] }, Metrics: gateMetrics}
	for _, c := range commands(a) {
		if c.Name() == "mlperf" || slices.Contains(workloads.BlockCommands(), c.Name()) && c.Name() != "compare-mounts" {
			known.Commands = append(known.Commands, c.Name())
			flags[c.Name()] = flagNames(c)
		}
	}
	return known
}

// suiteRuns are the runs of a suite that can be opened, by ID.
func (a *app) suiteRuns(resultsDir string, s result.Suite) map[string]result.Run {
	runs := map[string]result.Run{}
	for _, entry := range s.Entries {
		if entry.Run == "" {
			continue
		}
		if run, err := result.ReadRun(filepath.Join(resultsDir, entry.Run)); err == nil {
			runs[entry.Run] = run
		}
	}
	return runs
}

// writeSuite writes the suite's page, and the files that were asked for.
func (a *app) writeSuite(s result.Suite, runs map[string]result.Run, o suiteOptions) error {
	if o.quiet {
		silent := *a
		silent.stderr = io.Discard
		a = &silent
	}
	files := []struct {
		path  string
		write func(io.Writer) error
	}{
		{filepath.Join(o.resultsDir, s.ID, result.ReportFile), func(w io.Writer) error { return report.SuiteHTML(w, s, runs) }},
		{o.junit, func(w io.Writer) error { return report.SuiteJUnit(w, s, runs) }},
		{o.md, func(w io.Writer) error { return report.SuiteMarkdown(w, s, runs) }},
		{o.openMetrics, func(w io.Writer) error { return suite.OpenMetrics(w, s, runs) }},
	}
	for _, file := range files {
		if file.path == "" {
			continue
		}
		if err := a.writeFile(file.path, file.write); err != nil {
			return err
		}
	}
	if o.publish == "" {
		return nil
	}
	folders, err := a.findRuns(o.resultsDir, []string{o.resultsDir})
	if err != nil {
		return err
	}
	return a.report(reportOptions{publish: o.publish}, folders)
}

// startSelf runs lbench as a program of its own, so that a run that crashes takes nothing
// with it, and each starts from the same state. An interrupt is passed on, so that it
// closes its folder.
func startSelf(resultsDir string) func(ctx context.Context, args, env []string) (suite.Exit, error) {
	return func(ctx context.Context, args, env []string) (suite.Exit, error) {
		program, err := os.Executable()
		if err != nil {
			return suite.Exit{}, fmt.Errorf("find lbench's own program: %w", err)
		}
		runtime.LockOSThread() // the kernel's Pdeathsig follows the thread, not the process
		defer runtime.UnlockOSThread()
		var stdout, stderr bytes.Buffer
		c := exec.CommandContext(ctx, program, args...)
		c.Env = append(os.Environ(), env...)
		c.Stdout, c.Stderr = &stdout, &stderr
		c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
		c.WaitDelay = time.Minute
		// In a group of its own: Ctrl-C on the terminal reaches it once, through this program.
		// When this one is killed, the run ends too: a resumed suite would start it again.
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
		err = c.Run()
		if c.ProcessState == nil {
			return suite.Exit{}, fmt.Errorf("start lbench: %w", err)
		}
		exit := suite.Exit{Code: c.ProcessState.ExitCode(), Stderr: lastLine(stderr.String())}
		var run struct{ ID string }
		if json.Unmarshal(stdout.Bytes(), &run) == nil && run.ID != "" {
			exit.RunDir = filepath.Join(resultsDir, run.ID)
		}
		return exit, nil
	}
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimPrefix(text[strings.LastIndex(text, "\n")+1:], "lbench: ")
}

// startHook runs the program that a suite names for its end.
func startHook(ctx context.Context, argv, env []string) error {
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Env = append(os.Environ(), env...)
	if output, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%q: %w: %s", strings.Join(argv, " "), err, lastLine(string(output)))
	}
	return nil
}

// suiteProgress says which run begins, a line each.
func (a *app) suiteProgress(quiet bool) func(result.Suite) {
	said := map[int]int{} // attempts
	return func(s result.Suite) {
		for i, run := range s.Entries {
			if quiet || run.State != result.Running || said[i] == run.Attempts {
				continue
			}
			said[i] = run.Attempts
			what := fmt.Sprintf("repeat %d", run.Repeat)
			if run.Warmup {
				what = "warm-up"
			}
			if run.Attempts > 1 {
				what += ", once more"
			}
			fmt.Fprintf(a.stderr, "%s %d of %d: %s, %s\n", a.now().UTC().Format("15:04:05"), i+1, len(s.Entries), run.Entry, what)
		}
	}
}
