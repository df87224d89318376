package verify

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
)

// ownRun is a complete run of lbench that may be one of a set.
type ownRun struct {
	run result.Run
	dir string
}

// keep remembers a complete run for the set that it may be of. What is wrong with a folder
// was found before.
func (c *collection) keep(folder, dir string) {
	run, err := result.ReadRun(dir)
	if run.Epochs = nil; err == nil && run.Status == result.Complete {
		c.own[path.Dir(folder)] = append(c.own[path.Dir(folder)], ownRun{run, dir})
	}
}

// ownSets are the sets among runs of lbench that lie beside each other, of two runs at least.
// Trainings are held against the rules of the round that they were run by, as DLIO's are, by
// the files that they leave for readers of DLIO's.
func ownSets(folder string, runs []ownRun) []result.RunSet {
	kinds := map[string][]ownRun{}
	for _, r := range runs {
		kinds[r.kind()] = append(kinds[r.kind()], r)
	}
	var sets []result.RunSet
	for _, kind := range sorted(kinds) {
		alike := kinds[kind]
		if len(alike) < 2 {
			continue
		}
		out := metricsTogether(alike)
		if trainings := submissionsOf(alike); len(trainings) == len(alike) {
			out = newRunSet("", trainings).summary(folder)
		}
		if out.Folder = folder; folder == "." {
			out.Folder = ""
		}
		if out.Of = title(alike[0].run); len(kinds) == 1 {
			out.Of = ""
		}
		sets = append(sets, out)
	}
	return sets
}

// title is what a kind is called.
func title(run result.Run) string {
	name := strings.TrimSpace(run.Command + " " + run.Workload)
	if run.Command == run.Workload {
		name = run.Command
	}
	if run.Plan != nil {
		name += fmt.Sprintf(" on %d accelerators", run.Plan.Accelerators)
	}
	return name
}

// kind is what runs have in common that are taken for a set: of trainings the workload, the
// round and the accelerators, the rest is for the rules; of other runs every setting.
func (r ownRun) kind() string {
	if r.run.Plan != nil {
		return strings.Join([]string{title(r.run), r.run.Plan.Profile}, "\x00")
	}
	texts := []string{title(r.run)}
	for _, name := range slices.Sorted(maps.Keys(r.run.Settings)) {
		if !slices.Contains([]string{"name", "seed", "results-dir"}, name) {
			texts = append(texts, fmt.Sprintf("%s=%v", name, r.run.Settings[name].Value))
		}
	}
	return strings.Join(texts, "\x00")
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
		s.own = filepath.Base(r.dir)
		s.readShape()
		if round, ok := dlio.RoundOf(r.run.Plan.Profile); ok {
			s.round = round.Name
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
