package claims

import (
	"math"
	"slices"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// plannedNames lists the figures that aren't measured, but were set.
func plannedNames() []string {
	return []string{"accelerators", "samples_per_file", "dataset_files", "dataset_bytes"}
}

// planned are those figures of a run; 0 is not known. A data set has the nominal length of
// its records, which is what the rules count.
func planned(run result.Run) map[string]float64 {
	switch p, b := run.Plan, run.Block; {
	case b != nil:
		return map[string]float64{"dataset_files": float64(b.Files), "dataset_bytes": float64(b.SetBytes)}
	case p != nil:
		files, samples := float64(p.Files), float64(p.SamplesPerFile)
		return map[string]float64{"accelerators": float64(p.Accelerators), "samples_per_file": samples, "dataset_files": files, "dataset_bytes": files * samples * p.NominalBytes}
	}
	return nil
}

// names lists what can be claimed of a run.
func names() []string { return append(result.MetricNames(), plannedNames()...) }

// figureOf is what a run has of a name, in base units.
func figureOf(run result.Run, name string) (float64, bool) {
	if slices.Contains(plannedNames(), name) {
		v := planned(run)[name]
		return v, v > 0
	}
	return finite(run.Metrics, name)
}

func finite(metrics map[string]float64, name string) (float64, bool) {
	v, ok := metrics[name]
	return v, ok && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// statistic is a metric of a run that sums up one of its epochs.
type statistic struct{ name, of, as string }

const (
	mean      = "mean"
	worst     = "worst"
	deviation = "population deviation"
)

func statistics() []statistic {
	return []statistic{
		{"au_mean_fraction", "au_fraction", mean}, {"au_min_fraction", "au_fraction", worst}, {"au_stddev_fraction", "au_fraction", deviation},
		{"au_whole_fraction", "au_whole_fraction", mean}, {"samples_per_s_mean", "samples_per_s", mean},
		{"samples_per_s_window_mean", "samples_per_s_window", mean}, {"read_bytes_per_s_mean", "read_bytes_per_s", mean},
		{"nominal_bytes_per_s_mean", "nominal_bytes_per_s", mean},
	}
}

// epochNames lists what can be claimed of each epoch.
func epochNames() []string {
	list := []string{"duration_ns", "read_bytes", "wait_p50_ns", "wait_p99_ns", "cached_fraction_before"}
	for _, s := range statistics() {
		list = append(list, s.of)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func statisticOf(name string) (statistic, bool) {
	list := statistics()
	i := slices.IndexFunc(list, func(s statistic) bool { return s.name == name })
	if i < 0 {
		return statistic{}, false
	}
	return list[i], true
}

// summary is one number for several, by the name of a statistic.
type summary struct {
	as    string
	value float64
}

// summaries are the ways to sum up epochs that people mix up; none without values. Of all
// metrics here more is better.
func summaries(values []float64) []summary {
	average, ok := stats.Mean(values)
	if !ok {
		return nil
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	spread, _ := stats.PopulationStdev(values)
	list := []summary{
		{mean, average}, {"median", (sorted[(n-1)/2] + sorted[n/2]) / 2}, {"best", sorted[n-1]}, {worst, sorted[0]}, {deviation, spread},
	}
	if n > 1 {
		list = append(list, summary{"sample deviation", spread * math.Sqrt(float64(n)/float64(n-1))})
	}
	return list
}

// epochValues collects a metric of the epochs that count, or of all.
func epochValues(run result.Run, name string, warmup bool) []float64 {
	var values []float64
	for _, e := range run.Epochs {
		if v, ok := finite(e.Metrics, name); ok && (warmup || !e.Warmup) {
			values = append(values, v)
		}
	}
	return values
}
