package verify

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// ownRun is a run of lbench that may be one of a set.
type ownRun struct {
	run result.Run
	dir string
}

// keep remembers a run for the set that it may be of. What is wrong with a folder was found
// before.
func (c *collection) keep(folder, dir string) {
	run, err := result.ReadRun(dir)
	if err != nil {
		return
	}
	run.Epochs = nil // the rest is small
	c.own[c.beside(folder)] = append(c.own[c.beside(folder)], ownRun{run, dir})
}

// ownSets are the sets among runs of lbench that lie beside each other, or that were named
// one by one (folder is namedAlone then):
//
//  1. The complete runs of one entry of one execution of a suite, whatever lies beside them
//     in their folder.
//  2. Of those of no suite, the complete ones of one command and workload, where each of them
//     was named. What differs between them breaks a rule.
//  3. All in a folder, where it holds as many complete, alike runs as a result is of and no
//     other run.
//
// A set has two runs or more. others says that the folder holds runs of DLIO too. note says,
// of runs that lie in a folder and are none of these, how to have them taken together.
func ownSets(folder string, runs []ownRun, others bool) (sets []result.RunSet, note string) {
	entries, kinds := map[string][]ownRun{}, map[string][]ownRun{}
	alone := 0
	for _, r := range runs {
		switch place := r.run.Suite; {
		case place != nil && r.run.Status == result.Complete:
			entries[place.ID+"\x00"+place.Entry] = append(entries[place.ID+"\x00"+place.Entry], r)
		case place == nil:
			alone++
			kinds[r.kind(folder == namedAlone)] = append(kinds[r.kind(folder == namedAlone)], r)
		}
	}
	for _, key := range sorted(entries) {
		place := entries[key][0].run.Suite
		sets = addSet(sets, folder, place.Entry+" of "+place.ID, entries[key])
	}
	if folder != namedAlone {
		if others || alone < len(runs) || len(kinds) != 1 || runs[0].run.Status != result.Complete || !wholeResult(alone, roundOf(runs[0].run)) {
			return sets, noSet(alone, "runs of no suite")
		}
		return addSet(sets, folder, "", runs), ""
	}
	for _, kind := range sorted(kinds) {
		of := ""
		if len(kinds)+len(entries) > 1 {
			of = title(kinds[kind][0].run)
		}
		complete := slices.DeleteFunc(kinds[kind], func(r ownRun) bool { return r.run.Status != result.Complete })
		sets = addSet(sets, folder, of, complete)
	}
	return sets, ""
}

// kind is what runs have in common that may be a set: loosely the command and the workload;
// else all that makes another benchmark of them: of trainings the round and the
// accelerators, the rest is for the rules; of other runs every setting.
func (r ownRun) kind(loose bool) string {
	texts := []string{r.run.Command, r.run.Workload}
	switch {
	case loose:
	case r.run.Status != result.Complete:
		texts = append(texts, string(r.run.Status))
	case r.run.Plan != nil:
		texts = append(texts, r.run.Plan.Profile, fmt.Sprint(r.run.Plan.Accelerators))
	default:
		settings := settingsOf(r.run)
		for _, name := range sorted(settings) {
			texts = append(texts, name+"="+settings[name])
		}
	}
	return strings.Join(texts, "\x00")
}

// settingsOf are the settings that repeats of one run have in common.
func settingsOf(run result.Run) map[string]string {
	all := map[string]string{}
	for name, s := range run.Settings {
		if !slices.Contains([]string{"name", "seed", "results-dir"}, name) {
			all[name] = fmt.Sprint(s.Value)
		}
	}
	return all
}

// title is what a run is called.
func title(run result.Run) string {
	if run.Command == run.Workload {
		return run.Command
	}
	return strings.TrimSpace(run.Command + " " + run.Workload)
}

// roundOf is the round that a training was run by; empty: none.
func roundOf(run result.Run) string {
	if run.Plan == nil {
		return ""
	}
	round, _ := dlio.RoundOf(run.Plan.Profile)
	return round.Name
}

// addSet adds the set of runs, if they are one. Trainings are held against the rules of the
// round that they were run by, as DLIO's are, by the files that they leave for readers of
// DLIO's.
func addSet(sets []result.RunSet, folder, of string, runs []ownRun) []result.RunSet {
	warmups, scored := []ownRun{}, []ownRun{}
	for _, r := range runs {
		if r.run.Suite.IsWarmup() {
			warmups = append(warmups, r)
		} else {
			scored = append(scored, r)
		}
	}
	if len(scored) < 2 {
		return sets
	}
	out := metricsTogether(scored)
	if trainings := submissionsOf(runs); len(trainings) == len(runs) {
		out = newRunSet("", trainings).summary(folder)
	} else {
		out.Warmup = namesOfRuns(warmups)
		out.Rules = append(out.Rules, shared("all runs share the settings", "they do", runs, settingsOf))
	}
	out.Rules = append(out.Rules, shared("all runs are of one host", "they are", runs, func(run result.Run) map[string]string {
		return map[string]string{"host": run.Host.Name}
	}))
	out.Of, out.Folder = of, folderName(folder)
	return append(sets, out)
}

func namesOfRuns(runs []ownRun) string {
	var names []string
	for _, r := range runs {
		names = append(names, filepath.Base(r.dir))
	}
	return strings.Join(names, ", ")
}

// shared is the rule that some facts of the first run are those of every other; why says that
// they are.
func shared(rule, why string, runs []ownRun, facts func(result.Run) map[string]string) result.SetRule {
	first := facts(runs[0].run)
	var differ []string
	for _, r := range runs[1:] {
		has := facts(r.run)
		both := maps.Clone(first)
		maps.Copy(both, has)
		for _, name := range sorted(both) {
			if first[name] != has[name] {
				differ = append(differ, fmt.Sprintf("%s: %s in %s, %s in %s", name, orNone(first[name]), filepath.Base(runs[0].dir), orNone(has[name]), filepath.Base(r.dir)))
			}
		}
	}
	if len(differ) > 0 {
		return result.SetRule{Rule: rule, Why: shortList(differ)}
	}
	return result.SetRule{Rule: rule, OK: true, Why: why}
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// submissionsOf reads what trainings left for readers of DLIO's folders, of those that have it.
func submissionsOf(runs []ownRun) []*submission {
	var all []*submission
	for _, r := range runs {
		if r.run.Plan == nil {
			continue
		}
		s, ok := openSubmission(filepath.Join(r.dir, outputFolder))
		if !ok {
			continue
		}
		s.place = r.run.Suite
		s.readShape()
		if round := roundOf(r.run); round != "" {
			s.round = round
		}
		all = append(all, s)
	}
	return all
}

// metricsTogether is what runs give together by the metrics that they are known by.
func metricsTogether(runs []ownRun) result.RunSet {
	out := result.RunSet{Runs: len(runs), Means: map[string]float64{}, Stdevs: map[string]float64{}, Half95: map[string]float64{}, Rules: []result.SetRule{}}
	for _, name := range result.Headline(runs[0].run.Command) {
		var values []float64
		for _, r := range runs {
			if v, ok := r.run.Metrics[name]; ok {
				values = append(values, v)
			}
		}
		if len(values) == len(runs) {
			summarize(&out, name, values)
		}
	}
	return out
}
