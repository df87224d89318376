package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// nightsHistory is nights of two entries with a warm-up between them, and a run of no suite.
func nightsHistory() result.History {
	h := result.History{Metric: "au_mean_fraction"}
	for i := range 4 {
		p := result.HistoryRun{ID: fmt.Sprint("run-", i), Dir: fmt.Sprint("run-", i), Command: "mlperf", Workload: "resnet50", Status: result.Complete, Verdict: result.Pass,
			Started: time.Date(2026, 3, 13+i, 2, 0, 0, 0, time.UTC), Metrics: map[string]float64{"au_mean_fraction": 0.9 + float64(i)/100}}
		switch i {
		case 0, 1:
			p.Suite = &result.SuitePlace{ID: "s", Name: "nightly", Entry: []string{"few", "many"}[i], Repeat: 1}
			p.Repeats = []string{"a", "b", "c"}[i:]
		case 3: // the last one, which is no verdict of the history
			p.Suite = &result.SuitePlace{ID: "s", Name: "nightly", Entry: "few", Repeat: 1, Warmup: true}
			p.Verdict, p.Metrics["au_mean_fraction"] = result.Fail, 0.1
		}
		h.Runs = append(h.Runs, p)
	}
	h.Changes = []result.Change{{Run: "run-1", Metric: "au_mean_fraction", Before: 0.9, After: 0.8, Low: -1, High: -1, Verdict: result.Worse}}
	return h
}

func TestHistoryOfNights(t *testing.T) {
	var b bytes.Buffer
	if err := HistoryText(&b, nightsHistory()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"LAST RUN: PASS", "2 nights (5 runs) and 1 other run: 3 passed.", "History of 2 nights (5 runs) and 1 other run, mlperf resnet50",
		"au_mean_fraction, entry many, worse at run-1", "mean of", "warm-up  few", "3  few", "2  many",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := HistoryHTML(&b, nightsHistory()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "left out: unfinished") || !strings.Contains(b.String(), "One dot is one night") || strings.Count(b.String(), "<circle") > 0 && strings.Contains(b.String(), "2026-03-16 02:00: ") {
		t.Error("the plot counts the warm-up")
	}
}

// Several benchmarks are one answer, the worst, and each has its own table and plot.
func TestSeveralComparisons(t *testing.T) {
	one, two := madeComparison(), madeComparisonFew()
	one.Command, one.Workload, one.Entry, one.ANights = "mlperf", "resnet50_h100", "few", len(one.A)
	two.Command, two.Workload = "cold-read", "cold-read"
	c := result.Comparisons{Comparisons: []result.Comparison{two, one}, Warnings: []result.Warning{{Code: "one_side", Text: "set A alone has runs of write (3), which are not compared"}}}
	var text, page bytes.Buffer
	if err := ComparisonsText(&text, c); err != nil {
		t.Fatal(err)
	}
	if err := ComparisonsHTML(&page, c); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "WORSE (in mlperf resnet50_h100, few)") {
		t.Errorf("the answer is %s", strings.SplitN(text.String(), "\n", 2)[0])
	}
	for _, want := range []string{"cold-read: too few runs", "mlperf resnet50_h100, few: worse", fmt.Sprintf("few, %d nights (%d runs) against", len(one.A), len(one.A)), "Set A alone has runs of write (3)"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	for _, id := range []string{"overlay-wide-d", "overlay-2-wide-d", "compared-1", "compared-2"} {
		if n := strings.Count(page.String(), `id="`+id+`"`); n != 1 {
			t.Errorf("%d parts have the id %s, want 1", n, id)
		}
	}
	// One alone is as ComparisonText has it.
	var alone, same bytes.Buffer
	if err := ComparisonsText(&alone, result.Comparisons{Comparisons: []result.Comparison{one}}); err != nil {
		t.Fatal(err)
	}
	if err := ComparisonText(&same, one); err != nil || alone.String() != same.String() {
		t.Errorf("%v\n%s\n%s", err, alone.String(), same.String())
	}
}
