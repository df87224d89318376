package suite

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// OpenMetrics writes a suite for the textfile collector of Prometheus's node_exporter, in a
// text that is OpenMetrics too. runs are the suite's runs, by ID. Every metric that all
// repeats of an entry have becomes the gauge lbench_<metric>, their mean; what was not
// measured is absent. The help texts are the same for every suite, as node_exporter asks of
// files that it reads together.
func OpenMetrics(w io.Writer, s result.Suite, runs map[string]result.Run) error {
	p := &prom{samples: map[string][]sample{}, help: map[string]string{}}
	p.suite(s)
	for _, r := range measuredEntries(s) {
		p.entry(s, r, runs)
	}
	_, err := io.WriteString(w, p.text())
	if err != nil {
		return fmt.Errorf("write the metrics of suite %s: %w", s.ID, err)
	}
	return nil
}

// sample is one value of a gauge; labels are pairs of name and value.
type sample struct {
	labels string
	value  float64
}

// prom collects samples by the name of their gauge.
type prom struct {
	samples map[string][]sample
	help    map[string]string
}

// add keeps a sample. One that repeats another's labels, or isn't a number, is dropped:
// either would make the whole file invalid.
func (p *prom) add(name, help string, value float64, labels ...string) {
	text := labelText(labels)
	twice := slices.ContainsFunc(p.samples[name], func(s sample) bool { return s.labels == text })
	if !finite(value) || twice {
		return
	}
	p.samples[name] = append(p.samples[name], sample{text, value})
	if p.help[name] == "" {
		p.help[name] = help
	}
}

// suite adds what is known of the suite as a whole.
func (p *prom) suite(s result.Suite) {
	p.add("lbench_suite_exit_code", "Exit code of the last suite: 0 nothing failed, 1 could not run, 3 a gate failed, 130 interrupted.", float64(ExitCode(s)), "suite", s.Name)
	if s.Verdict != result.None || ExitCode(s) != exitOK {
		p.add("lbench_suite_verdict", "1 where the last suite passed, 0 where it failed or could not run.", number(s.Verdict == result.Pass), "suite", s.Name)
	}
	if s.Ended != nil {
		p.add("lbench_suite_last_end_timestamp_seconds", "When the last suite ended.", float64(s.Ended.UnixMilli())/1e3, "suite", s.Name)
		p.add("lbench_suite_duration_seconds", "From the start of the last suite to its end, interruptions included.", s.Ended.Sub(s.Started).Seconds(), "suite", s.Name)
	}
	p.add("lbench_suite_last_start_timestamp_seconds", "When the last suite was started.", float64(s.Started.UnixMilli())/1e3, "suite", s.Name)
	for _, state := range []result.RunState{result.Waiting, result.Running, result.Done, result.Broken, result.Skipped} {
		n := 0
		for _, r := range s.Entries {
			if r.State == state {
				n++
			}
		}
		p.add("lbench_suite_runs", "Runs of the last suite by what became of them, warm-ups included.", float64(n), "suite", s.Name, "state", string(state))
	}
	for _, g := range s.Gates {
		labels := []string{"suite", s.Name, "entry", g.Entry, "metric", g.Metric, "rule", g.Rule}
		p.add("lbench_suite_gate_decided", "1 where there were enough runs to decide the gate, else 0.", number(g.Decided), labels...)
		if g.Decided {
			p.add("lbench_suite_gate_ok", "1 where the gate held, 0 where it failed; absent where it was not decided.", number(g.OK), labels...)
		}
		if g.Change != nil {
			p.add("lbench_suite_gate_change_fraction", "Change of the gate's metric against its baseline: 0.1 is 10 % more.", *g.Change, labels...)
		}
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// measuredEntries gives the first repeat of each entry.
func measuredEntries(s result.Suite) (first []result.SuiteRun) {
	for _, r := range s.Entries {
		if !r.Warmup && !slices.ContainsFunc(first, func(o result.SuiteRun) bool { return o.Entry == r.Entry }) {
			first = append(first, r)
		}
	}
	return first
}

// entry adds the means over the repeats of one entry, without those in doubt.
func (p *prom) entry(s result.Suite, entry result.SuiteRun, runs map[string]result.Run) {
	var all []result.Run
	var seconds []float64
	for _, r := range s.Entries {
		run, ok := runs[r.Run]
		if r.Entry != entry.Entry || r.Warmup || r.State != result.Done || !ok || run.Doubt() != "" {
			continue
		}
		all = append(all, run)
		if r.Started != nil && r.Ended != nil {
			seconds = append(seconds, r.Ended.Sub(*r.Started).Seconds())
		}
	}
	if len(all) == 0 {
		return
	}
	labels := []string{"suite", s.Name, "entry", entry.Entry, "command", entry.Command, "workload", all[0].Workload}
	p.add("lbench_suite_repeats", "Repeats of the last suite that the means are over.", float64(len(all)), labels...)
	if mean, ok := stats.Mean(seconds); ok {
		p.add("lbench_suite_run_duration_seconds", "How long one run took, mean over the repeats.", mean, labels...)
	}
	for _, metric := range slices.Sorted(maps.Keys(all[0].Metrics)) {
		var values []float64
		for _, run := range all {
			if v, ok := run.Metrics[metric]; ok {
				values = append(values, v)
			}
		}
		gauge := "lbench_" + metricName(metric)
		if mean, ok := stats.Mean(values); ok && len(values) == len(all) && !strings.HasPrefix(gauge, "lbench_suite_") {
			p.add(gauge, "Metric "+metricName(metric)+" of run.json, mean over the repeats of the last suite.", mean, labels...)
		}
	}
}

// text prints the gauges, sorted by name, each once with its help.
func (p *prom) text() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.samples)) {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n", name, p.help[name], name)
		for _, s := range p.samples[name] {
			fmt.Fprintf(&b, "%s%s %s\n", name, s.labels, strconv.FormatFloat(s.value, 'g', -1, 64))
		}
	}
	b.WriteString("# EOF\n") // of OpenMetrics; a comment to node_exporter
	return b.String()
}

// metricName leaves what a gauge's name can hold; all else becomes "_".
func metricName(metric string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' {
			return c
		}
		return '_'
	}, metric)
}

// labelText is {name="value",...} of pairs of name and value, escaped.
func labelText(pairs []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, pairs[i]+`="`+escape.Replace(strings.ToValidUTF8(pairs[i+1], "?"))+`"`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}
