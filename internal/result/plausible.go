package result

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	mostMetric = 1e21                      // more than any count of bytes, ns or ops of a run
	mostShare  = 1.5                       // of a fraction that can't be above 1, and may be measured a little high
	longestRun = 10 * 365 * 24 * time.Hour // nobody waits for a longer one
)

// plausible says which figure no run can have. A report of it would print nonsense as a
// verdict.
func (r Run) plausible() error {
	if r.Ended != nil && (r.Ended.Before(r.Started) || r.Ended.Sub(r.Started) > longestRun) {
		return fmt.Errorf("it started %s and ended %s: no run does", r.Started.Format(time.RFC3339), r.Ended.Format(time.RFC3339))
	}
	if err := plausibleMetrics("metrics.", r.Metrics); err != nil {
		return err
	}
	for i, e := range r.Epochs {
		if err := plausibleMetrics(fmt.Sprintf("epochs[%d].", i), e.Metrics); err != nil {
			return err
		}
	}
	return nil
}

func plausibleMetrics(at string, metrics map[string]float64) error {
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		v, least, most := metrics[name], 0.0, mostMetric
		if strings.HasPrefix(name, "loss_") { // what is left of other times: clocks may make it some ns less than nothing
			least = -mostMetric
		}
		if strings.HasPrefix(name, "au_") || strings.HasPrefix(name, "ceiling_au_") || strings.HasPrefix(name, "cached_fraction") {
			most = mostShare
		}
		if !(v >= least && v <= most) {
			return fmt.Errorf("%s%s is %v: no run has that, want %v to %v", at, name, v, least, most)
		}
	}
	return nil
}

// NotAsClosed is the code of the warnings of a closed run that contradicts itself or its folder.
const NotAsClosed = "not_as_closed"

// Doubt says why a run's folder is not as the run left it; empty: it is, as far as was looked.
func (r Run) Doubt() string {
	var texts []string
	for _, w := range r.Warnings {
		if w.Code == NotAsClosed {
			texts = append(texts, w.Text)
		}
	}
	return strings.Join(texts, "; ")
}

// inconsistent says where a closed run contradicts itself or its folder, for a footnote:
// what its figures rest on, `lbench verify` tells.
func (f *Folder) inconsistent() []Warning {
	var all []Warning
	warn := func(format string, args ...any) {
		all = append(all, Warning{Code: NotAsClosed, Text: fmt.Sprintf(format, args...) + ": lbench verify tells what does not follow"})
	}
	if f.Run.Status == Incomplete {
		return nil
	}
	if sum, known, err := f.sumOf(RunFile); err != nil {
		warn("there is no %s, or it can't be read, so nothing says that the folder is as the run left it", SumsFile)
	} else if now, err := sumFile(f.path(RunFile)); err == nil && known && now.SHA256 != sum {
		warn("%s isn't what it was when the folder was closed", RunFile)
	}
	if f.Run.Plan != nil && len(f.Run.Epochs) > 0 {
		if size, err := sizeOf(f.path(StepsFile)); err != nil || size == 0 {
			warn("there are no steps in %s that the figures would follow from", StepsFile)
		}
	}
	if f.contradicts() {
		warn("the verdict is %s, and by its own rules it would not be", f.Run.Verdict)
	}
	return all
}

// contradicts: a verdict of pass or fail is that of the checks.
func (f *Folder) contradicts() bool {
	failed := slices.ContainsFunc(f.Run.Checks, func(c Check) bool { return !c.OK })
	switch f.Run.Verdict {
	case Pass:
		return failed || len(f.Run.Checks) == 0
	case Fail:
		return !failed
	}
	return false
}
