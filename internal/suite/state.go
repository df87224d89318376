package suite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Resumable is how old a suite that was cut off may be to be gone on with: clearly less
// than a day, so that the next night's start is never taken for the end of this one's.
const Resumable = 12 * time.Hour

// Read opens the folder of a suite, results/<utc>-suite-<name>.
func Read(dir string) (result.Suite, error) {
	var s result.Suite
	text, err := os.ReadFile(filepath.Join(dir, result.SuiteFile))
	if err != nil {
		return s, fmt.Errorf("open suite folder: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read %s of %q: %w", result.SuiteFile, dir, err)
	}
	if s.Schema != result.SuiteSchema {
		return s, fmt.Errorf("read %s of %q: schema %q isn't one of [%s]", result.SuiteFile, dir, s.Schema, result.SuiteSchema)
	}
	s.ID = filepath.Base(dir) // a folder may have been copied or renamed
	return s, nil
}

// Earlier calls do for the suites of that name in a results folder, the newest first, until
// do returns false. Folders that can't be read are passed over.
func Earlier(results, name string, do func(result.Suite) bool) error {
	folders, err := os.ReadDir(results) // sorted by name, which begins with the time
	if err != nil {
		return fmt.Errorf("look for earlier suites: %w", err)
	}
	var all []result.Suite
	for _, d := range slices.Backward(folders) {
		if !d.IsDir() || !strings.Contains(d.Name(), "-suite-"+name) {
			continue
		}
		// A second with several suites: the name does not tell which was first.
		if len(all) > 0 && stamp(d.Name()) != stamp(all[0].ID) {
			if !each(all, do) {
				return nil
			}
			all = nil
		}
		if s, err := Read(filepath.Join(results, d.Name())); err == nil && s.Name == name {
			all = append(all, s)
		}
	}
	each(all, do)
	return nil
}

func stamp(id string) string { at, _, _ := strings.Cut(id, "-"); return at }

func each(all []result.Suite, do func(result.Suite) bool) bool {
	slices.SortStableFunc(all, func(a, b result.Suite) int { return b.Started.Compare(a.Started) })
	for _, s := range all {
		if !do(s) {
			return false
		}
	}
	return true
}

// begin makes the state that the suite is executed on: that of the suite of this name that
// was cut off, or a new one. Only the newest is looked at, so that none comes back from the
// dead behind a later one.
func (x *execution) begin(now time.Time) error {
	x.state = x.fresh(now)
	var newest *result.Suite
	err := Earlier(x.o.ResultsDir, x.suite.Name, func(s result.Suite) bool { newest = &s; return false })
	if err != nil {
		return err
	}
	if x.o.Fresh || newest == nil || newest.Ended != nil && newest.Status != result.Interrupted {
		if x.o.Resume {
			return fmt.Errorf("%w: no suite %s in %q is unfinished", ErrNothingToResume, x.suite.Name, x.o.ResultsDir)
		}
		return x.create()
	}
	if reason := x.otherThan(*newest, now); reason != "" {
		if x.o.Resume {
			return fmt.Errorf("%w: the suite %s was cut off, but %s", ErrNothingToResume, newest.ID, reason)
		}
		x.warn("unfinished_suite", "the suite %s was cut off and is not gone on with: %s", newest.ID, reason)
		return x.create()
	}
	x.resume(*newest, now)
	return x.save()
}

func (x *execution) fresh(now time.Time) result.Suite {
	s := result.Suite{
		Schema: result.SuiteSchema, Lbench: x.o.Build, Name: x.suite.Name, File: x.suite.File, SHA256: x.suite.SHA256,
		ID: result.ID(now, "suite", x.suite.Name), Started: now, Status: result.Incomplete, Verdict: result.None,
		BudgetNS: int64(x.suite.Budget), Entries: x.suite.Plan(), Gates: []result.Gate{}, Warnings: []result.Warning{},
	}
	for i := range s.Entries {
		s.Entries[i].Args = append(s.Entries[i].Args, resultsFlag+x.o.ResultsDir)
	}
	for _, e := range x.suite.Entries {
		for _, g := range e.Gates {
			s.Gates = append(s.Gates, result.Gate{Entry: e.Name, Rule: g.Text, Metric: g.Metric, Line: g.Line, Relative: g.Rule == nil})
		}
	}
	return s
}

const resultsFlag = "--results-dir="

// otherThan says why an unfinished suite is not the one to be executed, or nothing.
func (x *execution) otherThan(old result.Suite, now time.Time) string {
	switch {
	case old.SHA256 != x.suite.SHA256:
		return fmt.Sprintf("%s has another text now", x.suite.File)
	case now.Sub(old.Started) > Resumable:
		return fmt.Sprintf("it was started more than %.0f h ago", Resumable.Hours())
	case !slices.EqualFunc(old.Entries, x.state.Entries, sameRun):
		return "it was started with other settings"
	}
	return ""
}

// sameRun says whether two runs are the same measurement, wherever their results lie.
func sameRun(a, b result.SuiteRun) bool {
	elsewhere := func(arg string) bool { return strings.HasPrefix(arg, resultsFlag) }
	return a.Entry == b.Entry && a.Repeat == b.Repeat && a.Warmup == b.Warmup &&
		slices.Equal(slices.DeleteFunc(slices.Clone(a.Args), elsewhere), slices.DeleteFunc(slices.Clone(b.Args), elsewhere))
}

// resume goes on with an unfinished suite. What is done or broken stays; gates are judged
// again, which gives the same.
func (x *execution) resume(old result.Suite, now time.Time) {
	planned := x.state
	x.state = old
	x.state.Gates = planned.Gates
	x.state.Warnings = slices.Clone(old.Warnings)
	x.state.Resumed = append(x.state.Resumed, now)
	x.state.Status, x.state.Verdict, x.state.Error, x.state.Ended = result.Incomplete, result.None, "", nil
	for _, w := range planned.Warnings {
		x.warn(w.Code, "%s", w.Text)
	}
	if old.Lbench != x.o.Build {
		x.warn("several_builds", "the suite was begun with lbench %s %s and gone on with by %s %s", old.Lbench.Version, old.Lbench.Commit, x.o.Build.Version, x.o.Build.Commit)
	}
	for i := range x.state.Entries {
		r := &x.state.Entries[i]
		r.Args = planned.Entries[i].Args
		switch {
		case r.State == result.Running && r.Attempts >= mostCuts:
			r.State, r.Error = result.Broken, fmt.Sprintf("it was cut off %d times before its end: is it what stops this machine?", r.Attempts)
		case r.State != result.Done && r.State != result.Broken:
			x.wait(r)
		}
	}
}

// wait puts a run back to where it was before its start.
func (x *execution) wait(r *result.SuiteRun) {
	r.State, r.Started, r.Ended, r.Exit, r.Error, r.Run = result.Waiting, nil, nil, nil, "", ""
}

func (x *execution) warn(code, format string, args ...any) {
	w := result.Warning{Code: code, Text: fmt.Sprintf(format, args...)}
	if !slices.Contains(x.state.Warnings, w) {
		x.state.Warnings = append(x.state.Warnings, w)
	}
}

func (x *execution) dir() string { return filepath.Join(x.o.ResultsDir, x.state.ID) }

// create makes the suite's folder. An ID that is taken gets "-2", "-3" and so on.
func (x *execution) create() error {
	base := x.state.ID
	for n := 2; ; n++ {
		err := os.Mkdir(x.dir(), 0o755)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("create the suite's folder: %w", err)
		}
		x.state.ID = base + "-" + strconv.Itoa(n)
	}
	if err := x.save(); err != nil {
		_ = os.Remove(x.dir())
		return err
	}
	return nil
}

// save replaces suite.json, so that a reader, or this suite after a power cut, finds the
// old one or the new one.
func (x *execution) save() error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(x.state); err != nil {
		return fmt.Errorf("encode %s: %w", result.SuiteFile, err)
	}
	if err := result.Replace(synced(x.o.Create), filepath.Join(x.dir(), result.SuiteFile), text.Bytes()); err != nil {
		return fmt.Errorf("save the state of suite %s: %w", x.state.ID, err)
	}
	if x.o.Progress != nil {
		x.o.Progress(x.snapshot())
	}
	return nil
}

// snapshot is the state as it is now, which later changes leave alone.
func (x *execution) snapshot() result.Suite {
	s := x.state
	s.Resumed, s.Entries, s.Gates, s.Warnings = slices.Clone(s.Resumed), slices.Clone(s.Entries), slices.Clone(s.Gates), slices.Clone(s.Warnings)
	return s
}

// seal writes SHA256SUMS, whose presence says that the folder is closed.
func (x *execution) seal() error {
	sums, err := result.Sums(x.dir())
	if err != nil {
		return err
	}
	return result.Replace(x.o.Create, filepath.Join(x.dir(), result.SumsFile), sums)
}

// synced makes files that lie on the disk when they are closed: a rename alone can be on
// the disk before the bytes are, and a power cut would leave an empty file.
func synced(create result.CreateFunc) result.CreateFunc {
	return func(path string) (io.WriteCloser, error) {
		file, err := create(path)
		return syncing{file}, err
	}
}

type syncing struct{ io.WriteCloser }

func (s syncing) Close() error {
	var err error
	if file, ok := s.WriteCloser.(interface{ Sync() error }); ok {
		err = file.Sync()
	}
	return errors.Join(err, s.WriteCloser.Close())
}
