package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// cachedCounts is the share of the files in the client's cache from which a verdict is
// said to be that of its memory too: less changes no rate by more than noise does.
const cachedCounts = 0.01

// warnedRun is a run and what a note calls it: by its entry and repeat in a suite, from
// 1, or by its ID where repeat is 0.
type warnedRun struct {
	name   string
	repeat int
	run    result.Run
}

// runWarnings gives each warning of several runs once, with the names of the runs that
// have it, in the order of their first appearance. Warnings whose texts differ in figures
// only are one: it has the figures of its first run, and says so.
func runWarnings(runs []warnedRun) []result.Warning {
	type seen struct {
		first   result.Warning
		runs    []warnedRun
		differs bool
	}
	var all []*seen
	byShape := map[string]*seen{}
	for _, r := range runs {
		for _, w := range r.run.Warnings {
			shape := w.Code + " " + figuresIn.ReplaceAllString(w.Text, "0")
			known := byShape[shape]
			if known == nil {
				known = &seen{first: w}
				byShape[shape], all = known, append(all, known)
			}
			known.differs = known.differs || known.first.Text != w.Text
			known.runs = append(known.runs, r)
		}
	}
	warnings := make([]result.Warning, len(all))
	for i, s := range all {
		who := namesOf(s.runs)
		if s.differs {
			who += ": the figures are those of the first"
		}
		warnings[i] = result.Warning{Code: s.first.Code, Text: strings.TrimSuffix(s.first.Text, ".") + " (" + who + ")"}
	}
	return warnings
}

// figuresIn finds what differs between two runs' texts of one warning: numbers.
var figuresIn = regexp.MustCompile(`[0-9][0-9.,]*`)

// namesOf lists the runs of a note: "train, repeats 1, 2; cold, repeat 1". Of many it
// names the first ones.
func namesOf(runs []warnedRun) string {
	const most = 12
	var text strings.Builder
	for i, r := range runs[:min(len(runs), most)] {
		again := i > 0 && runs[i-1].name == r.name
		switch {
		case again && runs[i-1].repeat == r.repeat: // one run with two such warnings
		case again:
			fmt.Fprintf(&text, ", %d", r.repeat)
		default:
			if i > 0 {
				text.WriteString("; ")
			}
			text.WriteString(r.name)
			if r.repeat > 0 {
				noun := "repeat"
				if i+1 < len(runs) && runs[i+1].name == r.name && runs[i+1].repeat != r.repeat {
					noun = "repeats"
				}
				fmt.Fprintf(&text, ", %s %d", noun, r.repeat)
			}
		}
	}
	if more := len(runs) - most; more > 0 {
		fmt.Fprintf(&text, " and %d more", more)
	}
	return text.String()
}

// cacheWords says beside a verdict that the client's memory had a part in it: how much of
// the files lay in its cache, and that all of them fit in its memory. Empty where neither
// is known.
func cacheWords(runs ...result.Run) string {
	var most float64
	fits := false
	for _, run := range runs {
		if before, known := cachedBefore(run); known {
			most = max(most, before)
		}
		fits = fits || hasWarning(run, "fits_in_memory")
	}
	var words []string
	if most >= cachedCounts {
		words = append(words, residency(most)+" cached")
	}
	if fits {
		words = append(words, "fits in memory")
	}
	return joined(words...)
}

// engineWords says beside a verdict that no storage was read or written: "no storage (engine
// null)". Empty where each of the runs moved the bytes of one.
func engineWords(runs ...result.Run) string {
	var engines []string
	for _, run := range runs {
		if engine := madeBytes(run); engine != "" && !slices.Contains(engines, engine) {
			engines = append(engines, engine)
		}
	}
	if len(engines) == 0 {
		return ""
	}
	return "no storage (engine " + strings.Join(engines, ", ") + ")"
}

// qualifiedVerdict is a run's verdict with engineWords and cacheWords beside it. A run in
// doubt has none that counts.
func qualifiedVerdict(run result.Run) cell {
	c := verdictOf(run.Status, run.Verdict, run.Doubt())
	if run.Doubt() != "" {
		return c
	}
	if c.Text == "PASS" && notConfirmed(run) != "" {
		c.Text += ", not confirmed"
	}
	c.Text = joined(c.Text, engineWords(run), cacheWords(run))
	return c
}

// suiteWarnings are those of the runs of a suite that count.
func suiteWarnings(s result.Suite, runs map[string]result.Run) []result.Warning {
	return runWarnings(countedRuns(s, runs))
}

// publishedRuns are the runs of an index by their names.
func publishedRuns(all []published) []warnedRun {
	runs := make([]warnedRun, len(all))
	for i, p := range all {
		runs[i] = warnedRun{name: p.name, run: p.run}
	}
	return runs
}

// countedRuns are the runs of a suite that are done, can be read and are no warm-ups.
func countedRuns(s result.Suite, runs map[string]result.Run) []warnedRun {
	var all []warnedRun
	for _, e := range s.Entries {
		if run, known := runs[e.Run]; known && e.State == result.Done && !e.Warmup {
			all = append(all, warnedRun{e.Entry, e.Repeat, run})
		}
	}
	return all
}

// suiteWords says words, such as cacheWords, of each entry of a suite that they are not
// empty for: "train: fits in memory; cold: 40.0 % cached".
func suiteWords(s result.Suite, runs map[string]result.Run, words func(...result.Run) string) string {
	var entries []string
	of := map[string][]result.Run{}
	for _, r := range countedRuns(s, runs) {
		if of[r.name] == nil {
			entries = append(entries, r.name)
		}
		of[r.name] = append(of[r.name], r.run)
	}
	var parts []string
	for _, name := range entries {
		if text := words(of[name]...); text != "" {
			parts = append(parts, name+": "+text)
		}
	}
	return strings.Join(parts, "; ")
}
