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

// runSet is the runs of DLIO in one folder that belong together.
type runSet struct {
	*ledger
	dir    string
	of     string        // the kind of its runs; empty where all in the folder are of it
	runs   []*submission // by when they started
	scored []*submission // of them, those that count
	warmup *submission
}

// scoredRuns is how many runs a result is the mean of, in every round.
const scoredRuns = 5

// runSets finds the sets among runs that lie beside each other. Where all their folders are
// named as a round's tools name them, run-1 or a time, they are one, and what differs breaks a
// rule. Else those of one workload, round and number of accelerators are one, two at least.
func runSets(dir string, runs []*submission) []*runSet {
	named := regexp.MustCompile(`^(run[-_]?\d+|\d{8}[-_T]?\d{6}Z?)$`)
	if len(runs) > 1 && !slices.ContainsFunc(runs, func(s *submission) bool { return !named.MatchString(s.name()) || s.metric == nil }) {
		set := newRunSet(dir, runs)
		set.reported()
		return []*runSet{set}
	}
	kinds := map[string][]*submission{}
	for _, s := range runs {
		if s.metric != nil {
			kinds[s.kind()] = append(kinds[s.kind()], s)
		}
	}
	var sets []*runSet
	for _, kind := range sorted(kinds) {
		if len(kinds[kind]) < 2 {
			continue
		}
		set := newRunSet(dir, kinds[kind])
		set.of = kind
		sets = append(sets, set)
	}
	return sets
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

func newRunSet(dir string, runs []*submission) *runSet {
	set := &runSet{ledger: newLedger(), dir: dir, runs: slices.SortedFunc(slices.Values(runs), func(a, b *submission) int { return a.started().Compare(b.started()) })}
	set.scored = set.runs
	if len(runs) == scoredRuns+1 && set.runs[0].round != "v1.0" && !set.checkpoints() {
		set.warmup, set.scored = set.runs[0], set.runs[1:]
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
	if s.own != "" {
		return s.own
	}
	return filepath.Base(s.dir)
}

// checkpoints says that no run of the set trains.
func (set *runSet) checkpoints() bool {
	return !slices.ContainsFunc(set.runs, func(s *submission) bool { return !s.checkpointsOnly() })
}

// summary is the set as it is printed.
func (set *runSet) summary(folder string) result.RunSet {
	out := result.RunSet{
		Folder: folder, Of: set.of, Round: set.runs[0].round, Runs: len(set.scored), Rules: set.rules(),
		Means: map[string]float64{}, Stdevs: map[string]float64{}, Half95: map[string]float64{},
	}
	if folder == "." {
		out.Folder = ""
	}
	if set.warmup != nil {
		out.Warmup = set.warmup.name()
	}
	for _, name := range []string{
		"train_au_mean_percentage", "train_throughput_mean_samples_per_second", "train_io_mean_MB_per_second",
		"save_checkpoint_duration_mean_seconds", "save_checkpoint_io_mean_GB_per_second", "load_checkpoint_duration_mean_seconds", "load_checkpoint_io_mean_GB_per_second",
	} {
		summarize(&out, name, set.values(name))
	}
	return out
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
