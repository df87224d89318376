package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// made is one complete run; change alters it.
func made(n int, change func(*result.Run)) result.Run {
	run := result.Run{Command: "cold-read", Workload: "cold-read", Status: result.Complete, ID: fmt.Sprintf("run%d", n),
		Started: time.Unix(int64(n), 0), Metrics: map[string]float64{"read_bytes_per_s": 1e9 + float64(n%5)*1e6, "read_bytes": 1e12}}
	if change != nil {
		change(&run)
	}
	return run
}

func set(from, n int, change func(*result.Run)) []result.Run {
	var runs []result.Run
	for i := range n {
		runs = append(runs, made(from+i, change))
	}
	return runs
}

func codes(c result.Comparison) string {
	var all []string
	for _, w := range c.Warnings {
		all = append(all, w.Code)
	}
	return strings.Join(all, " ")
}

func TestRunsRefuses(t *testing.T) {
	other := func(run *result.Run) { run.Workload = "mine.yaml" }
	training := func(run *result.Run) { run.Command = "mlperf" }
	killed := func(run *result.Run) { run.Status = result.Incomplete }
	for _, c := range []struct {
		name string
		a, b []result.Run
		want string
	}{
		{"no baseline", nil, set(1, 1, nil), "set A, the older one, is empty"},
		{"no runs", set(1, 1, nil), nil, "set B, the newer one, is empty"},
		{"another workload", set(1, 1, nil), set(2, 1, other),
			`compare runs: run "run1" is cold-read of workload "cold-read" and run "run2" is cold-read of workload "mine.yaml": only runs of one command and one workload can be compared`},
		{"another command", set(1, 1, training), set(2, 1, nil), `run "run1" is mlperf of workload "cold-read" and run "run2" is cold-read`},
		{"mixed", append(set(1, 2, nil), made(7, other)), set(2, 1, nil), `and run "run7" is cold-read of workload "mine.yaml"`},
		{"none complete", set(1, 2, nil), set(4, 5, killed), `no run is left in a set, since only complete ones can be compared: run "run4" of set B is left out: its status is incomplete; `},
		{"none complete", set(4, 5, killed), set(1, 2, nil), "; and 2 more"},
	} {
		got, err := Runs(c.a, c.b)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || got.A != nil {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestRunsLeavesOut(t *testing.T) {
	a := append(set(1, 3, nil), made(4, func(run *result.Run) { run.Status = result.Interrupted }), made(2, nil))
	b := append(set(11, 4, nil), made(1, nil))
	b = append(b, made(11, func(run *result.Run) { run.Host.Name = "other" })) // the same ID on another host is another run
	c, err := Runs(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"run1", "run2", "run3"}, {"run11", "run12", "run13", "run14", "run1", "run11"}}, [][]string{c.A, c.B}); diff != "" {
		t.Error(diff)
	}
	if got := codes(c); got != "left_out left_out in_both_sets mixed_settings" {
		t.Errorf("warnings %q: %+v", got, c.Warnings)
	}
	if c.Warnings[0].Text != `run "run4" of set A is left out: its status is interrupted` || c.Warnings[1].Text != `run "run2" stands twice in set A and counts once` {
		t.Errorf("%+v", c.Warnings)
	}
}

// Only metrics with a direction that all runs have are compared, the headline first, each
// as one of so many.
func TestRunsMetrics(t *testing.T) {
	more := func(run *result.Run) {
		m := run.Metrics
		m["cpu_ns_per_byte_mean"], m["job_balance_fraction"], m["passes"], m["mine"] = 0.3, 1, 3, 7
		m["latency_p50_ns"] = 1e6
		if run.ID == "run3" {
			m["latency_p50_ns"] = math.NaN()
		}
		if run.ID != "run12" {
			m["latency_p99_ns"] = 2e6
		}
	}
	c, err := Runs(set(1, 5, more), set(11, 5, more))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range c.Metrics {
		names = append(names, m.Name)
		want := Metric(m.Name, m.AValues, m.BValues, 3)
		if diff := cmp.Diff(want, m); diff != "" {
			t.Errorf("%s isn't one of 3 (-want +got):\n%s", m.Name, diff)
		}
	}
	if want := "read_bytes_per_s cpu_ns_per_byte_mean job_balance_fraction"; strings.Join(names, " ") != want {
		t.Errorf("%v, want %s", names, want)
	}
	want := []result.Warning{
		{Code: "missing_metric", Text: `latency_p99_ns isn't compared: 1 of 10 runs lack it, "run12" is the first`},
		{Code: "missing_metric", Text: `latency_p50_ns isn't compared: 1 of 10 runs lack it, "run3" is the first`},
	}
	if diff := cmp.Diff(want, c.Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestRunsOfFindMax(t *testing.T) {
	at := func(run *result.Run) {
		run.Command = "find-max"
		run.Metrics = map[string]float64{"accelerators_max": 48, "au_mean_fraction": 0.91, "probes": 7}
	}
	c, err := Runs(set(1, 4, at), set(11, 4, at))
	if err != nil || len(c.Metrics) != 1 || c.Metrics[0].Name != "accelerators_max" || c.Metrics[0].Verdict != result.NoDifference {
		t.Errorf("%+v, %v", c.Metrics, err)
	}
}

// Each cell is compared with its like; one that some runs lack isn't.
func TestRunsWithCells(t *testing.T) {
	cells := func(direct float64) func(*result.Run) {
		return func(run *result.Run) {
			noise := float64(run.Started.UnixNano()%7) * 1e6
			cell := func(mode string, mean float64) result.Cell {
				return result.Cell{Metric: "read_bytes_per_s", Settings: map[string]string{"mode": mode, "depth": "4"}, Values: []float64{mean}, Mean: mean + noise}
			}
			run.Block = &result.Block{Cells: []result.Cell{cell("buffered", 9e9), cell("direct", direct)}}
			run.Metrics = nil
		}
	}
	c, err := Runs(set(1, 5, cells(8e9)), set(11, 5, cells(5e9)))
	if err != nil || len(c.Metrics) != 2 || codes(c) != "has_cells" {
		t.Fatalf("%+v, %v", c, err)
	}
	if m := c.Metrics[0]; m.Name != "read_bytes_per_s[depth=4 mode=buffered]" || m.Verdict != result.NoDifference {
		t.Errorf("%+v", m)
	}
	if m := c.Metrics[1]; m.Name != "read_bytes_per_s[depth=4 mode=direct]" || m.Verdict != result.Worse {
		t.Errorf("%+v", m)
	}
	short := set(11, 5, cells(5e9))
	short[2].Block.Cells = short[2].Block.Cells[:1]
	c, err = Runs(set(1, 5, cells(8e9)), short)
	if err != nil || len(c.Metrics) != 1 || codes(c) != "missing_metric has_cells" {
		t.Errorf("%+v, %v", c, err)
	}
}

// Lists are lists in JSON even where they are empty, and cells are told of.
func TestRunsOfNothing(t *testing.T) {
	bare := func(run *result.Run) {
		run.Metrics, run.Block = nil, &result.Block{Cells: []result.Cell{{Metric: "read_bytes_per_s"}}}
	}
	c, err := Runs(set(1, 1, bare), set(11, 1, bare))
	if err != nil || codes(c) != "has_cells" {
		t.Errorf("%v: %+v", err, c.Warnings)
	}
	text, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(text), `"settings":[],"metrics":[]`) {
		t.Errorf("%v: %s", err, text)
	}
}

// A folder that isn't as its run left it is compared, and a warning says so.
func TestRunsNotAsClosed(t *testing.T) {
	altered := func(run *result.Run) {
		run.Warnings = []result.Warning{{Code: "direct", Text: "another doubt"}, {Code: result.NotAsClosed, Text: "run.json isn't what it was"}}
	}
	c, err := Runs(set(1, 2, nil), append(set(4, 1, nil), made(6, altered)))
	if err != nil {
		t.Fatal(err)
	}
	want := []result.Warning{{Code: result.NotAsClosed, Text: `run "run6" of set B: run.json isn't what it was`}}
	if diff := cmp.Diff(want, c.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
