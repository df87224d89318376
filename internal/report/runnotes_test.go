package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// madePass is a suite that passes on a dataset that this client's memory holds.
func madePass() (result.Suite, map[string]result.Run) {
	s := result.Suite{Schema: result.SuiteSchema, Name: "small", ID: "20260313T010000Z-suite-small", Started: time.Date(2026, 3, 13, 1, 0, 0, 0, time.UTC), Status: result.Complete, Verdict: result.Pass}
	s.Gates = []result.Gate{{Entry: "train", Rule: "au_mean_fraction >= 90%", Metric: "au_mean_fraction", Want: ptr(0.9), Got: ptr(0.95), OK: true, Decided: true}}
	runs := map[string]result.Run{}
	for i, cached := range []float64{0, 0.4, 0.9937} {
		run := newMadeShort(0.95)
		run.ID = fmt.Sprintf("run-%d", i)
		run.Metrics["cached_fraction_before"] = cached
		run.Warnings = []result.Warning{
			{Code: "fits_in_memory", Text: "the dataset (9.13 GB) fits in this client's memory (24.0 GiB)"},
			{Code: "head_start", Text: fmt.Sprintf("up to %d.5 %% of the batches lay ready", i+3)},
		}
		if i == 0 {
			run.Warnings = []result.Warning{{Code: "few_steps", Text: "of the warm-up only"}}
		}
		runs[run.ID] = run
		s.Entries = append(s.Entries, result.SuiteRun{Entry: "train", Command: "mlperf", Repeat: max(i, 1), Warmup: i == 0, State: result.Done, Run: run.ID, Exit: ptr(0)})
	}
	return s, runs
}

// A PASS that this client's memory had a part in says so, and each warning of the runs that
// count stands once in whatever is written of the suite.
func TestSuiteCarriesTheWarningsOfItsRuns(t *testing.T) {
	s, runs := madePass()
	published := []published{{run: runs["run-1"], name: "run-1"}, {run: runs["run-2"], name: "run-2"}}
	for name, write := range map[string]func(io.Writer) error{
		"text": func(w io.Writer) error { return SuiteText(w, s, runs) }, "markdown": func(w io.Writer) error { return SuiteMarkdown(w, s, runs) },
		"page": func(w io.Writer) error { return SuiteHTML(w, s, runs) }, "junit": func(w io.Writer) error { return SuiteJUnit(w, s, runs) },
		"index": func(w io.Writer) error { return overviewSheet(published, "1").writeHTML(w) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "&#39;", "'").Replace(b.String())), " ")
		wants := []string{"PASS (train: 99.4 % cached, fits in memory)", "not on the storage alone", "train, repeats 1, 2: the figures are those of the first"}
		switch name {
		case "junit":
			wants = append(wants[2:], `<property name="client_memory" value="train: 99.4 % cached, fits in memory">`)
		case "index":
			wants = []string{"PASS, 99.4 % cached, fits in memory", "40.0 % cached", "(run-1; run-2)"}
		}
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q:\n%s", name, want, b.String())
			}
		}
		if n := strings.Count(text, "9.13 GB"); n != 1 {
			t.Errorf("%s has the warning %d times", name, n)
		}
		if n := strings.Count(text, "of the batches lay ready"); n != 1 {
			t.Errorf("%s has the warning with two figures %d times", name, n)
		}
		if strings.Contains(text, "of the warm-up only") {
			t.Errorf("%s has a warning of a warm-up", name)
		}
	}
}

func TestCacheWords(t *testing.T) {
	run := func(cached float64, codes ...string) result.Run {
		r := result.Run{Command: "mlperf", Metrics: map[string]float64{"cached_fraction_before": cached}}
		for _, code := range codes {
			r.Warnings = append(r.Warnings, result.Warning{Code: code})
		}
		return r
	}
	for _, test := range []struct {
		runs []result.Run
		want string
	}{
		{nil, ""},
		{[]result.Run{run(0)}, ""},
		{[]result.Run{run(0.0099)}, ""},
		{[]result.Run{run(0.01)}, "1.0 % cached"},
		{[]result.Run{run(0.5), run(0.75), run(0)}, "75.0 % cached"},
		{[]result.Run{run(0, "fits_in_memory"), run(0)}, "fits in memory"},
		{[]result.Run{run(0, "under_5x_memory")}, ""},
		{[]result.Run{{Command: "sustained-read", Block: &result.Block{Cold: &result.Cold{Before: ptr(0.25)}}}}, "25.0 % cached"},
		{[]result.Run{{Command: "mlperf"}}, ""},
	} {
		if got := cacheWords(test.runs...); got != test.want {
			t.Errorf("%+v: %q, want %q", test.runs, got, test.want)
		}
	}
}

func TestRunCounts(t *testing.T) {
	s := result.Suite{Entries: []result.SuiteRun{{State: result.Done}}}
	if got := runCounts(s); got != "1 run: 1 done." {
		t.Errorf("one run: %q", got)
	}
	s.Entries = append(s.Entries, result.SuiteRun{State: result.Broken}, result.SuiteRun{State: result.Skipped}, result.SuiteRun{State: result.Done})
	if got := runCounts(s); got != "4 runs: 2 done, 1 could not run, 1 skipped." {
		t.Errorf("four runs: %q", got)
	}
}

func TestNamesOfRuns(t *testing.T) {
	var many []warnedRun
	for i := range 14 {
		many = append(many, warnedRun{name: "a", repeat: i + 1})
	}
	for _, test := range []struct {
		runs []warnedRun
		want string
	}{
		{[]warnedRun{{"a", 1, result.Run{}}}, "a, repeat 1"},
		{[]warnedRun{{"a", 1, result.Run{}}, {"a", 1, result.Run{}}}, "a, repeat 1"},
		{[]warnedRun{{"a", 1, result.Run{}}, {"a", 3, result.Run{}}, {"b", 2, result.Run{}}}, "a, repeats 1, 3; b, repeat 2"},
		{[]warnedRun{{name: "x"}, {name: "y"}}, "x; y"},
		{many, "a, repeats 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more"},
	} {
		if got := namesOf(test.runs); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// The first sentence of a FAIL names the run and its rule, with figures, although every
// gate holds and another is not decided.
func TestSuiteFailSaysWhichRunFirst(t *testing.T) {
	s, runs := madePass()
	s.Verdict = result.Fail
	s.Gates = append(s.Gates, result.Gate{Entry: "train", Rule: "read_bytes_per_s_mean: max_regression 5%", Relative: true, Why: "not decided: too few runs"})
	bad := newMadeShort(0.871)
	bad.ID = "run-2"
	runs["run-2"], s.Entries[2].Exit = bad, ptr(3)
	const first = "train, repeat 2 failed its own rule: au_mean_fraction >= 0.9: wanted 90.0 %, got 87.1 %."
	a := suiteAnswer(s, runs)
	if a.Head() != "FAIL (1 run by its own rules)" || a.Lines[0] != first || !strings.Contains(a.Lines[1], "not decided") {
		t.Errorf("%q, %q", a.Head(), a.Lines)
	}
	delete(runs, "run-2")
	s.Entries[2].Error = "it failed a rule of its own: au_mean_fraction >= 0.9, got 0.871"
	if a := suiteAnswer(s, runs); a.Lines[0] != "train, repeat 2: it failed a rule of its own: au_mean_fraction >= 0.9, got 0.871." {
		t.Errorf("without its folder: %q", a.Lines)
	}
	for range 9 {
		s.Entries = append(s.Entries, s.Entries[2])
	}
	if a := suiteAnswer(s, runs); !slices.Contains(a.Lines, "5 more failed rules of their own.") || len(a.Lines) != 8 {
		t.Errorf("ten that failed: %q", a.Lines)
	}
}
