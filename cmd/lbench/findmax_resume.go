package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// earlier is the search that this one goes on from, nil: none. Where no seed was given its
// seed is taken, so that files are dealt on as they were.
func (o *findMaxOptions) earlier() (*result.Run, error) {
	if o.resume == "" {
		return nil, nil
	}
	before, err := result.ReadRun(o.resume)
	switch {
	case err != nil:
		return nil, fmt.Errorf("find-max: --resume: %w", err)
	case before.Command != "find-max" || before.Search == nil:
		return nil, fmt.Errorf("find-max: --resume %q is a run of %s: want one of find-max", o.resume, before.Command)
	case before.Status == result.Complete:
		return nil, fmt.Errorf("find-max: --resume %q came to its end: lbench report %s shows its answer", o.resume, o.resume)
	}
	if o.seed.drawn {
		o.seed.value = before.Seed
	}
	return &before, nil
}

// takeUp goes on with the probes of an earlier search, if there is one.
func (r *searchRun) takeUp(before *result.Run) error {
	if before != nil {
		if err := r.likeEarlier(*before); err != nil {
			return err
		}
		r.probes = before.Search.Probes
		r.run.Search.Earlier, r.search.Earlier = before.ID, len(r.probes)
	}
	r.answer = dlio.Conclude(r.search, r.probes)
	r.note()
	return nil
}

// likeEarlier refuses to mix what other searches measured with this one: all that decides
// what a probe is must be as it was, and so must the storage and this client.
func (r *searchRun) likeEarlier(before result.Run) error {
	now := r.run.Settings
	was, is := earlierDir(r.o.resume, before), absolute(r.o.dataDir)
	if before.Workload != r.run.Workload || before.Search.MinAU != r.plan.MinAU || before.Seed != r.plan.Seed || !sameDir(was, is) {
		return fmt.Errorf("find-max: --resume %q searched with workload %q, seed %d, data-dir %v and %g %% AU: want the same again, not %q, %d, %v and %g %%", r.o.resume,
			before.Workload, before.Seed, was, 100*before.Search.MinAU, r.run.Workload, r.plan.Seed, is, 100*r.plan.MinAU)
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		decides := strings.Contains(name, ".") || slices.Contains([]string{"engine", "least", "most", "no-verify"}, name)
		was, known := before.Settings[name]
		if name == "dataset.seed" && !known {
			continue // an older lbench did not keep it
		}
		if decides && !sameValue(was.Value, now[name].Value) {
			return fmt.Errorf("find-max: --resume %q searched with %s %s, and it is %s now: want the same again, or search anew without --resume", r.o.resume, name, valueText(was.Value), valueText(now[name].Value))
		}
	}
	if what, was, is := elsewhere(before, r.run); what != "" {
		return fmt.Errorf("find-max: --resume %q searched on %s %q, and it is %q now: want the same again, or search anew without --resume", r.o.resume, what, was, is)
	}
	if before.Search.Method != result.SearchMethod {
		return fmt.Errorf("find-max: --resume %q searched by the rules of another lbench (method %d, and this one has %d): search anew without --resume", r.o.resume, before.Search.Method, result.SearchMethod)
	}
	if i, text := r.files.Differ(r.search, before.Search.Probes); text != "" {
		return fmt.Errorf("find-max: --resume %q: probe %d %s: it is none of this search: search anew without --resume", r.o.resume, i+1, text)
	}
	return nil
}

// elsewhere names in what two searches differ, of the file system and the client that they
// ran on, as far as both know it; empty: in nothing.
func elsewhere(before, now result.Run) (what, was, is string) {
	type fact struct{ what, was, is string }
	facts := []fact{{"host", before.Host.Name, now.Host.Name}}
	if b, n := before.Mount, now.Mount; b != nil && n != nil {
		facts = append(facts, fact{"a file system of type", b.Type, n.Type}, fact{"a file system from", b.Source, n.Source})
	}
	for _, f := range facts {
		if f.was != "" && f.is != "" && f.was != f.is {
			return f.what, f.was, f.is
		}
	}
	return "", "", ""
}

// earlierDir is the path of the dataset's folder of an earlier search. One that was given
// relative to the working directory lies beside a --results-dir that was given so too.
func earlierDir(resume string, before result.Run) string {
	dir, _ := before.Settings["data-dir"].Value.(string)
	results, _ := before.Settings["results-dir"].Value.(string)
	if dir != "" && !filepath.IsAbs(dir) && !filepath.IsAbs(results) {
		if from, found := strings.CutSuffix(filepath.Dir(absolute(resume)), "/"+filepath.Clean(results)); found {
			return filepath.Join("/", from, dir)
		}
	}
	return absolute(dir) // the run folder was moved, or lay elsewhere
}

// absolute is a path from the root, without detours; empty for none.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path // there is no working directory
}

// sameDir says whether two absolute paths name one folder.
func sameDir(a, b string) bool {
	if a == b {
		return true
	}
	statA, errA := os.Stat(a)
	statB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(statA, statB)
}

// sameValue compares a setting of run.json, where all numbers are floating, with one of this
// process.
func sameValue(was, is any) bool {
	a, isNumber := number(was)
	b, areNumbers := number(is)
	if isNumber && areNumbers {
		return a == b
	}
	return fmt.Sprint(was) == fmt.Sprint(is)
}

// valueText is a setting as it is given: 1048576, not 1.048576e+06.
func valueText(v any) string {
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	}
	return 0, false
}
