package verify

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
	"github.com/lbench/lbench/workloads"
)

// rules are those of the rounds about a set of runs that files can decide.
func (set *runSet) rules() []result.SetRule {
	if set.checkpoints() {
		return keep(set.savesAndLoads(), set.loadsSoon(), set.alike())
	}
	return keep(set.count(), set.alike(), set.seeds(), set.passes(), set.enoughSteps(), set.enoughFiles(), set.inARow(), set.closed(), set.prefetch(), set.evenly())
}

// keep leaves out rules that can't be decided.
func keep(rules ...result.SetRule) []result.SetRule {
	return slices.DeleteFunc(rules, func(r result.SetRule) bool { return r.Rule == "" })
}

// count: what a suite repeats is held against the number of runs only where it ran by a round.
func (set *runSet) count() result.SetRule {
	round := set.runs[0].round
	if round == "" && set.runs[0].place != nil {
		return result.SetRule{}
	}
	found := fmt.Sprintf("%d runs", len(set.scored))
	if len(set.warmups) > 0 {
		found += " after the warm-up " + set.warmupNames()
	}
	rule := result.SetRule{Rule: "a result is of exactly 5 runs", OK: len(set.scored) == scoredRuns, Why: found}
	if asksWarmup(round) {
		rule.Rule += ", after one warm-up run"
		rule.OK = rule.OK && len(set.warmups) == 1
	}
	return rule
}

// alike: nothing but times and folders may differ between the runs.
func (set *runSet) alike() result.SetRule {
	rule := result.SetRule{Rule: "all runs share the workload, accelerators, hosts, dataset and settings", OK: true, Why: "they do"}
	var differ []string
	first := set.runs[0]
	for _, s := range set.runs[1:] {
		if s.round != first.round {
			differ = append(differ, fmt.Sprintf("%s is of %s, %s of %s", first.name(), roundWords(first.round), s.name(), roundWords(s.round)))
		}
		for _, name := range []string{"num_accelerators", "num_hosts", "num_files_train", "num_samples_per_file"} {
			if !equal(name, first.summary[name], s.summary[name]) {
				differ = append(differ, fmt.Sprintf("%s: %v in %s, %v in %s", name, first.summary[name], first.name(), s.summary[name], s.name()))
			}
		}
		for _, name := range sorted(first.settings) {
			free := name == seedSetting || strings.HasSuffix(name, "_folder") || strings.HasPrefix(name, "output.") || strings.HasPrefix(name, "checkpoint.num_checkpoints")
			if has, ok := s.settings[name]; ok && !free && fmt.Sprint(has) != fmt.Sprint(first.settings[name]) {
				differ = append(differ, fmt.Sprintf("%s: %v in %s, %v in %s", name, first.settings[name], first.name(), has, s.name()))
			}
		}
	}
	if len(differ) > 0 {
		rule.OK, rule.Why = false, shortList(differ)
	}
	return rule
}

func roundWords(round string) string {
	if round == "" {
		return "no round"
	}
	return round
}

// seedSetting is drawn anew for each run of lbench, and no round asks for one in common.
const seedSetting = "train.seed"

// seeds: the text of v2.0 wants another seed in each run (its tool always takes DLIO's). The
// other rounds say nothing of seeds.
func (set *runSet) seeds() result.SetRule {
	if set.runs[0].round != "v2.0" || slices.ContainsFunc(set.scored, func(s *submission) bool { return s.settings[seedSetting] == nil }) {
		return result.SetRule{}
	}
	of := map[string][]string{}
	for _, s := range set.scored {
		seed := fmt.Sprint(s.settings[seedSetting])
		of[seed] = append(of[seed], s.name())
	}
	var same []string
	for _, seed := range sorted(of) {
		if names := of[seed]; len(names) > 1 {
			same = append(same, fmt.Sprintf("%s in %s", seed, strings.Join(names, ", ")))
		}
	}
	rule := result.SetRule{Rule: "the random seed changes with each run", OK: len(same) == 0, Why: shortList(same)}
	if rule.OK {
		rule.Why = fmt.Sprintf("%d seeds", len(of))
	}
	return rule
}

func (set *runSet) passes() result.SetRule {
	return set.each("every run reaches the threshold of AU", func(s *submission) (bool, string) {
		au, _ := toNumber(s.metric["train_au_mean_percentage"])
		return s.metric["train_au_meet_expectation"] == "success", fmt.Sprintf("%.2f %%", au)
	})
}

func (set *runSet) enoughSteps() result.SetRule {
	if set.runs[0].shape.workload.batch == 0 {
		return result.SetRule{}
	}
	return set.each("an epoch has at least 500 steps", func(s *submission) (bool, string) {
		n := s.shape.steps()
		return n >= 500, units.Count(int64(n)) + " steps"
	})
}

// enoughFiles: the rounds ask for five times the memory of all hosts. The hosts' memory
// stands in the summary in wrong places, but its sum is right.
func (set *runSet) enoughFiles() result.SetRule {
	first := set.runs[0]
	memory, ok := first.summary["host_memory_GB"].([]any)
	if !ok || first.shape.workload.batch == 0 || first.round == "" {
		return result.SetRule{}
	}
	var gib float64
	for _, host := range memory {
		v, _ := toNumber(host)
		gib += v
	}
	w := workloads.Training{}
	w.Dataset.NumSamplesPerFile, w.Dataset.RecordLengthBytes, w.Reader.BatchSize = first.shape.samplesPerFile, first.shape.workload.record, int(first.shape.workload.batch)
	if w.Dataset.NumSamplesPerFile < 1 || first.shape.accelerators < 1 {
		return result.SetRule{}
	}
	want := dlio.Datasize(w, 0, first.round, first.shape.accelerators, 1, int64(gib*(1<<30))).Files
	return result.SetRule{
		Rule: "the dataset has the files that the rules ask for (5 x memory of all hosts, 500 steps)", OK: int64(first.shape.files) >= want,
		Why: fmt.Sprintf("%s files, %s asked for with %.1f GiB", units.Count(int64(first.shape.files)), units.Count(want), gib),
	}
}

// inARow: no run begins before the one before it ended; v3.0 also limits the gap.
func (set *runSet) inARow() result.SetRule {
	rule := result.SetRule{Rule: "the runs follow each other", OK: true, Why: "they do"}
	shortest := time.Duration(1<<63 - 1)
	for _, s := range set.runs {
		if s.ended().IsZero() {
			return result.SetRule{}
		}
		shortest = min(shortest, s.ended().Sub(s.started()))
	}
	if set.runs[0].round == "v3.0" {
		rule.Rule += ", each begun within twice the shortest run's time after the one before"
	}
	for i, s := range set.runs[1:] {
		before := set.runs[i]
		gap := s.started().Sub(before.started())
		switch {
		case s.started().Before(before.ended()):
			rule.OK, rule.Why = false, fmt.Sprintf("%s began before %s had ended", s.name(), before.name())
		case set.runs[0].round == "v3.0" && gap >= 2*shortest:
			rule.OK, rule.Why = false, fmt.Sprintf("%s began %s after %s; the shortest run took %s", s.name(), gap.Round(time.Second), before.name(), shortest.Round(time.Second))
		}
	}
	return rule
}

func (set *runSet) closed() result.SetRule {
	if set.runs[0].settings == nil {
		return result.SetRule{}
	}
	return set.each("every override is one that CLOSED leaves free", func(s *submission) (bool, string) {
		division, against := s.division()
		switch division {
		case "closed":
			return true, "closed"
		case "open":
			return false, "open by " + strings.Join(against, ", ")
		}
		return false, "neither closed nor open by " + strings.Join(against, ", ")
	})
}

func (set *runSet) prefetch() result.SetRule {
	if set.runs[0].settings["reader.prefetch_size"] == nil {
		return result.SetRule{}
	}
	return set.each("reader.prefetch_size is 0, 1 or 2", func(s *submission) (bool, string) {
		n, _ := yamlNumber(s.settings["reader.prefetch_size"])
		return n == 0 || n == 1 || n == 2, fmt.Sprint(n)
	})
}

func (set *runSet) evenly() result.SetRule {
	return set.each("every host runs as many accelerators", func(s *submission) (bool, string) {
		return s.shape.hosts > 0 && s.shape.accelerators%s.shape.hosts == 0, fmt.Sprintf("%d accelerators, hosts: %d", s.shape.accelerators, s.shape.hosts)
	})
}

// savesAndLoads: ten of each, in one run or in two.
func (set *runSet) savesAndLoads() result.SetRule {
	count := map[string]int{}
	for _, s := range set.runs {
		for _, file := range s.stats {
			if file.rank != 0 {
				continue
			}
			for _, kind := range []string{"save", "load"} {
				times, _ := quiet(s).checkpointsOf(file, kind)
				count[kind] += len(times.durations)
			}
		}
	}
	if count["save"]+count["load"] == 0 {
		return result.SetRule{}
	}
	return result.SetRule{
		Rule: "10 checkpoints are saved and 10 are loaded", OK: count["save"] == 10 && count["load"] == 10,
		Why: fmt.Sprintf("%d saved, %d loaded", count["save"], count["load"]),
	}
}

// quiet is a submission that finds nothing again.
func quiet(s *submission) *submission {
	again := *s
	again.ledger = newLedger()
	return &again
}

// loadsSoon: a run that loads begins at most 30 s after the one that saved.
func (set *runSet) loadsSoon() result.SetRule {
	if len(set.runs) != 2 || set.runs[0].ended().IsZero() {
		return result.SetRule{}
	}
	gap := set.runs[1].started().Sub(set.runs[0].ended())
	return result.SetRule{
		Rule: "loading begins at most 30 s after saving", OK: gap >= 0 && gap <= 30*time.Second,
		Why: fmt.Sprintf("%s after", gap.Round(time.Second)),
	}
}

// each holds a rule against every run that counts.
func (set *runSet) each(rule string, holds func(*submission) (bool, string)) result.SetRule {
	var good, bad []string
	for _, s := range set.scored {
		ok, why := holds(s)
		if !ok {
			bad = append(bad, s.name()+": "+why)
		} else {
			good = append(good, why)
		}
	}
	if len(bad) > 0 {
		return result.SetRule{Rule: rule, Why: shortList(bad)}
	}
	if one := slices.Compact(slices.Clone(good)); len(one) == 1 {
		good = one
	}
	return result.SetRule{Rule: rule, OK: true, Why: shortList(good)}
}

// shortList is the first few of many.
func shortList(texts []string) string {
	const most = 5
	if len(texts) <= most {
		return strings.Join(texts, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(texts[:most], "; "), len(texts)-most)
}

// configFile is where the settings of a submission stand.
func (s *submission) configFile() string { return path.Join(s.configs, "config.yaml") }
