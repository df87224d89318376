package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// runSet is the runs of DLIO that belong together.
type runSet struct {
	*ledger
	dir     string
	of      string        // the kind of its runs; empty where all in the folder are of it
	runs    []*submission // by when they started
	scored  []*submission // of them, those that count
	warmups []*submission // and those that don't
}

// scoredRuns is how many runs a result is the mean of, in every round.
const scoredRuns = 5

// asksWarmup says whether a round wants one more run before those.
func asksWarmup(round string) bool { return round == "v2.0" || round == "v3.0" }

// wholeResult says whether so many runs are a result of training.
func wholeResult(n int, round string) bool {
	return n == scoredRuns || n == scoredRuns+1 && asksWarmup(round)
}

// namedAlone is where runs lie that were named on the command line one by one.
const namedAlone = ""

// folderName is what a set says of where its runs lie.
func folderName(folder string) string {
	if folder == "." {
		return ""
	}
	return folder
}

// noSet is the note on runs that lie beside each other and are no set.
func noSet(n int, what string) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf("%d %s lie beside each other and are each verified alone: a set is as many alike ones as a result is of in a folder of their own, %d in most rounds, or those that are named one by one", n, what, scoredRuns)
}

// toolNames are the folders of runs that the rounds' own tools make: run-1, or a time.
var toolNames = regexp.MustCompile(`^(run[-_]?\d+|\d{8}[-_T]?\d{6}Z?)$`)

// runSets finds the sets among runs that lie beside each other, of two runs at least:
//
//  1. Runs that were named one by one (folder is namedAlone then) are one set, and what differs
//     breaks a rule.
//  2. So are those in a folder whose folders are called as a round's tools call them.
//  3. Else all in a folder, where it holds as many alike runs as a result is of and no other run.
//
// others says that the folder holds runs of lbench too. note says of runs that are none of
// these how to have them taken together.
func runSets(folder, dir string, runs []*submission, others bool) (sets []*runSet, note string) {
	counted := slices.DeleteFunc(slices.Clone(runs), func(s *submission) bool { return s.metric == nil })
	submitted := len(counted) == len(runs) && !slices.ContainsFunc(runs, func(s *submission) bool { return !toolNames.MatchString(s.name()) })
	alike := len(counted) == len(runs) && !others && !slices.ContainsFunc(runs, func(s *submission) bool { return s.kind() != runs[0].kind() })
	switch {
	case len(counted) < 2:
		return nil, ""
	case folder == namedAlone:
		set := newRunSet(dir, counted)
		if others {
			set.of = "DLIO"
		}
		return []*runSet{set}, ""
	case submitted:
		set := newRunSet(dir, runs)
		set.reported()
		return []*runSet{set}, ""
	case alike && (wholeResult(len(runs), runs[0].round) || runs[0].checkpointsOnly() && len(runs) == 2):
		return []*runSet{newRunSet(dir, runs)}, ""
	}
	return nil, noSet(len(counted), "result folders of DLIO")
}

// kind is what runs have in common that are taken for a set.
func (s *submission) kind() string {
	name := s.shape.workload.name
	if name == "" {
		name = stringOf(s.settings["model.name"])
	}
	if s.checkpointsOnly() {
		name += " checkpoints"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s on %d accelerators", s.round, name, s.shape.accelerators))
}

// newRunSet is a set of runs. Which of them warm up, a suite says; else it is the first of
// six, where the round asks for one.
func newRunSet(dir string, runs []*submission) *runSet {
	set := &runSet{ledger: newLedger(), dir: dir, runs: slices.SortedFunc(slices.Values(runs), func(a, b *submission) int { return a.started().Compare(b.started()) })}
	for _, s := range set.runs {
		if s.place.IsWarmup() {
			set.warmups = append(set.warmups, s)
		} else {
			set.scored = append(set.scored, s)
		}
	}
	if set.runs[0].place == nil && len(set.warmups) == 0 && len(runs) == scoredRuns+1 && asksWarmup(set.runs[0].round) && !set.checkpoints() {
		set.warmups, set.scored = set.runs[:1], set.runs[1:]
	}
	return set
}

func (s *submission) started() time.Time {
	t, _ := time.Parse(stamps, stringOf(s.summary["start"]))
	return t
}

func (s *submission) ended() time.Time {
	t, _ := time.Parse(stamps, stringOf(s.summary["end"]))
	return t
}

// name is that of the folder, or of the run folder of lbench that it lies in.
func (s *submission) name() string {
	if base := filepath.Base(s.dir); base != outputFolder {
		return base
	}
	return filepath.Base(filepath.Dir(s.dir))
}

// checkpoints says that no run of the set trains.
func (set *runSet) checkpoints() bool {
	return !slices.ContainsFunc(set.runs, func(s *submission) bool { return !s.checkpointsOnly() })
}

// summary is the set as it is printed.
func (set *runSet) summary(folder string) result.RunSet {
	out := result.RunSet{
		Folder: folderName(folder), Of: set.of, Round: set.runs[0].round, Runs: len(set.scored), Rules: set.rules(),
		Means: map[string]float64{}, Stdevs: map[string]float64{}, Half95: map[string]float64{},
	}
	out.Warmup = set.warmupNames()
	for _, name := range []string{
		"train_au_mean_percentage", "train_throughput_mean_samples_per_second", "train_io_mean_MB_per_second",
		"save_checkpoint_duration_mean_seconds", "save_checkpoint_io_mean_GB_per_second", "load_checkpoint_duration_mean_seconds", "load_checkpoint_io_mean_GB_per_second",
	} {
		summarize(&out, name, set.values(name))
	}
	return out
}

func (set *runSet) warmupNames() string {
	var names []string
	for _, s := range set.warmups {
		names = append(names, s.name())
	}
	return strings.Join(names, ", ")
}

// summarize puts mean, population deviation and 95 % interval of a metric into a set.
func summarize(out *result.RunSet, name string, values []float64) {
	mean, ok := stats.Mean(values)
	if !ok {
		return
	}
	out.Means[name] = mean
	if half, ok := stats.Interval95(values); ok {
		out.Stdevs[name], _ = stats.PopulationStdev(values)
		out.Half95[name] = half
	}
}

// values are the runs' values of a metric, of those that count and have it.
func (set *runSet) values(metric string) []float64 {
	var all []float64
	for _, s := range set.scored {
		if v, ok := toNumber(s.metric[metric]); ok {
			all = append(all, v)
		}
	}
	return all
}

// reportFile is what the v1.0 round's report script writes beside the runs.
const reportFile = "mlperf_storage_report.json"

// reported computes the report script's figures again from the runs' summaries.
func (set *runSet) reported() {
	text, err := result.ReadRegular(filepath.Join(set.dir, reportFile))
	if errors.Is(err, fs.ErrNotExist) || set.unread(err) {
		return
	}
	if err != nil {
		set.find(reportFile, "", nil, nil, "it can't be read: %v", err)
		return
	}
	doc, err := parseForeign(text)
	if err != nil {
		set.find(reportFile, "", nil, nil, "%s", badJSON(text, err))
		return
	}
	top, _ := doc.(map[string]any)
	overall, _ := top["overall"].(map[string]any)
	runs, _ := top["runs"].(map[string]any)
	first := set.runs[0]
	first.report(set.ledger, "overall.", overall)
	set.same(reportFile, "overall.num_benchmark_runs", overall["num_benchmark_runs"], len(set.scored), "so many runs are here")
	for _, rate := range [][2]string{{"samples_per_second", "train_throughput_mean_samples_per_second"}, {"MB_per_second", "train_io_mean_MB_per_second"}} {
		values := set.values(rate[1])
		mean, _ := stats.Mean(values)
		spread, _ := stats.PopulationStdev(values)
		set.nearly("overall.train_throughput_mean_"+rate[0], overall["train_throughput_mean_"+rate[0]], mean, mean)
		set.nearly("overall.train_throughput_stdev_"+rate[0], overall["train_throughput_stdev_"+rate[0]], spread, mean)
	}
	for _, s := range set.runs {
		run, ok := runs[s.name()].(map[string]any)
		if !ok {
			set.find(reportFile, "runs."+s.name(), nil, nil, "the run isn't in it")
			continue
		}
		at := "runs." + s.name() + "."
		s.report(set.ledger, at, run)
		set.same(reportFile, at+"train_throughput_samples_per_second", run["train_throughput_samples_per_second"], s.metric["train_throughput_mean_samples_per_second"], "by the run's summary")
		set.same(reportFile, at+"train_throughput_MB_per_second", run["train_throughput_MB_per_second"], s.metric["train_io_mean_MB_per_second"], "by the run's summary")
	}
}

// report compares what the report script says of a run's shape.
func (s *submission) report(l *ledger, at string, has map[string]any) {
	for name, want := range map[string]any{"num_files_train": s.summary["num_files_train"], "num_samples_per_file": s.summary["num_samples_per_file"]} {
		l.same(reportFile, at+name, has[name], want, "by the run's summary")
	}
	l.same(reportFile, at+"train_num_accelerators", numberOf(has["train_num_accelerators"]), s.summary["num_accelerators"], "by the run's summary")
	if model, accelerator, ok := strings.Cut(s.shape.workload.name, "_"); ok {
		l.same(reportFile, at+"model", has["model"], model, "by the run's settings")
		l.same(reportFile, at+"accelerator", has["accelerator"], accelerator, "by the run's settings")
	}
}

func (set *runSet) nearly(figure string, published any, again, mean float64) {
	set.v.Checked++
	if v, ok := toNumber(published); !ok || math.Abs(v-again) > lastBits*max(math.Abs(again), math.Abs(mean)) {
		set.find(reportFile, figure, published, again, "over the runs' summaries")
	}
}

// numberOf is a number that may be written as a text.
func numberOf(v any) any {
	if text, ok := v.(string); ok {
		return json.Number(text)
	}
	return v
}
