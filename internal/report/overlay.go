package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// RunData is a run with its raw data.
type RunData struct {
	Run    result.Run
	Source Source
}

// Overlaid are the runs of both sets of a comparison whose plots are laid over each other,
// in the order of its IDs. A run whose folder was not found is in neither.
type Overlaid struct{ A, B []RunData }

// ComparisonsHTMLOverlaid is ComparisonsHTML with the plots of A and B over each other:
// throughput over time, AU per epoch and latencies. runs[i] belongs to c.Comparisons[i];
// without it there are none. It reads the raw data of one run of each set. What can't be
// read, or is missing, is a sentence in the place of its plot; the only errors are those of w.
func ComparisonsHTMLOverlaid(w io.Writer, c result.Comparisons, runs []Overlaid) error {
	return comparisonsSheet(c, true, runs).writeHTML(w)
}

// overlaidSet is one of the two sets, with how its lines differ from those of the other one.
type overlaidSet struct {
	name string // A or B
	ink  ink
	mark marker
	noun string // what a value of the set is: "run", or "night" where its repeats are one
	of   int    // runs that were compared
	runs []RunData
}

func overlaidSets(c result.Comparison, runs Overlaid) (a, b overlaidSet) {
	a = overlaidSet{"A", inkMuted, ring, "run", len(c.A), runs.A}
	b = overlaidSet{"B", inkAU, triangle, "run", len(c.B), runs.B}
	if c.ANights > 0 {
		a.noun = "night"
	}
	if c.BNights > 0 {
		b.noun = "night"
	}
	return a, b
}

// legend names a set beside its ink; value is what it amounts to.
func (s overlaidSet) legend(value string) legendItem {
	return legendItem{s.ink, s.mark.letter() + " " + s.name, value}
}

// addOverlaid puts the plots of both sets over each other behind that of their distances,
// and begins the IDs of their drawings with id.
func (s *sheet) addOverlaid(c result.Comparison, id string, runs Overlaid) {
	a, b := overlaidSets(c, runs)
	kind := result.Run{Command: c.Command}
	var parts []sheetPart
	if isSearch(kind) {
		parts = []sheetPart{{ID: "over-time", Title: "A and B over each other", Lead: "A search is many short runs, one after the other: plots of it laid over those of another one would say nothing."}}
	} else {
		parts = append(parts, timeOverlay(a, b, id))
		if !isBlock(kind) {
			parts = append(parts, auOverlay(a, b, id))
		}
		parts = append(parts, latencyOverlay(c, a, b, id))
	}
	at := slices.IndexFunc(s.Parts, func(p sheetPart) bool { return p.ID == "overlay-plot" })
	s.Parts = slices.Insert(s.Parts, max(at, 0)+1, parts...)
}

// withoutPlot is a part whose plot can't be drawn, with the reason.
func withoutPlot(p sheetPart, what, why string) sheetPart {
	p.Lead = what + " left out: " + strings.TrimSuffix(why, ".") + "."
	return p
}

// lacking says of how many runs of a set something is missing; empty where all have it.
func (s overlaidSet) lacking(has func(result.Run) bool) string {
	have := 0
	for _, r := range s.runs {
		if has(r.Run) {
			have++
		}
	}
	switch {
	case have == s.of:
		return ""
	case len(s.runs) == 0:
		return "no folder of a run of " + s.name + " was found"
	case have == 0:
		return "no run of " + s.name + " has any"
	}
	return fmt.Sprintf("only %d of %s of %s have them", have, plural(s.of, "run"), s.name)
}

// typical is the run that stands for a set where one has to: the one whose rate lies nearest
// the median. why says so; empty where the set has one run only.
func (s overlaidSet) typical() (run RunData, why string, ok bool) {
	if len(s.runs) == 0 {
		return RunData{}, "", false
	}
	if s.of == 1 {
		return s.runs[0], "", true
	}
	of := plural(s.of, "run")
	if n := len(s.runs); n < s.of {
		of = fmt.Sprintf("%s (of %s the folder was found)", of, count(float64(n)))
	}
	metric := s.rateMetric()
	if metric == "" {
		return s.runs[0], fmt.Sprintf("%s is %s, the first of its %s.", s.name, s.runs[0].Run.ID, of), true
	}
	run = s.runs[nearestMedian(s.values(metric))]
	return run, fmt.Sprintf("%s is %s, the one of its %s whose %s of %s lies nearest their median.",
		s.name, run.Run.ID, of, metric, printed(metric, run.Run.Metrics[metric])), true
}

// rateMetric is the metric of how fast the runs of a set were, which all of them have.
func (s overlaidSet) rateMetric() string {
	names := []string{"read_bytes_per_s_mean", "samples_per_s_mean", "au_mean_fraction"}
	switch first := s.runs[0].Run; {
	case isSmallWrite(first):
		names = []string{"ops_per_s"}
	case isBlock(first):
		name, _, _ := rateMetric(first)
		names = []string{name}
	}
	for _, name := range names {
		if !slices.ContainsFunc(s.runs, func(r RunData) bool { _, ok := r.Run.Metrics[name]; return !ok }) {
			return name
		}
	}
	return ""
}

// values are those of a metric, which every run of the set has.
func (s overlaidSet) values(metric string) []float64 {
	values := make([]float64, len(s.runs))
	for i, r := range s.runs {
		values[i] = r.Run.Metrics[metric]
	}
	return values
}

// nearestMedian is the index of the first value that lies nearest the median.
func nearestMedian(values []float64) int {
	sorted := slices.Sorted(slices.Values(values))
	median := (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
	nearest := 0
	for i, v := range values {
		if math.Abs(v-median) < math.Abs(values[nearest]-median) {
			nearest = i
		}
	}
	return nearest
}

// meanOf is the mean of values, of which there is at least one.
func meanOf(values []float64) float64 {
	mean, _ := stats.Mean(values)
	return mean
}

// sentences puts those that say anything one after the other.
func sentences(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), " ")
}
