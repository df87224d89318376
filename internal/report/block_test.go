package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// plainPage is a page as it reads: without its style and with blanks that break.
func plainPage(t *testing.T, m made) string {
	t.Helper()
	page := strings.ReplaceAll(pageOf(t, m), "\u00a0", " ")
	return page[strings.Index(page, "</style>"):]
}

// checkNoTraining: no report of a block command has a section, a word or a disclaimer of
// training emulation, and none of training has one of block commands.
func checkNoTraining(t *testing.T, run result.Run, report string) {
	t.Helper()
	if !isBlock(run) {
		if found := regexp.MustCompile(`id="(moved|latencies|jobs|cells|cold|search|mounts)"|--band`).FindString(report); found != "" {
			t.Errorf("a report of mlperf has %q", found)
		}
		return
	}
	if _, body, ok := strings.Cut(report, "</style>"); ok {
		report = body
	}
	training := regexp.MustCompile(`\bAU\b|MLPerf|accelerator|epoch|id="(au|time|throughput|stalls|waits|epochs|rounds)"`)
	if found := training.FindString(report); found != "" {
		t.Errorf("the report has %q", found)
	}
	if !strings.Contains(report, "Measured by lbench on one client.") {
		t.Error("the report lacks its disclaimer")
	}
}

// TestSectionsOfBlock: each command has the sections that its data is for, in order.
func TestSectionsOfBlock(t *testing.T) {
	end := " metrics settings mount recompute"
	for name, want := range map[string]string{
		"cold-pass":          "moved latencies jobs cold limit ledger telemetry search rules job-table" + end,
		"cold-failed":        "cold search settings mount recompute",
		"cold-killed":        "settings mount recompute",
		"both":               "latencies jobs cells cold limit ledger telemetry search rules job-table" + end,
		"sustained":          "moved latencies jobs cold limit ledger telemetry rules job-table" + end,
		"write":              "moved latencies jobs limit telemetry rules job-table" + end,
		"small-write":        "moved latencies jobs limit telemetry rules job-table" + end,
		"matrix":             "cells limit" + end,
		"compare":            "cells mounts" + end,
		"sustained-unsteady": "moved latencies jobs cold limit ledger telemetry rules job-table" + end + " notes",
	} {
		var ids []string
		for _, match := range regexp.MustCompile(`<h2 id="([^"]*)"`).FindAllStringSubmatch(plainPage(t, blockVariants()[name]()), -1) {
			ids = append(ids, match[1])
		}
		if got := strings.Join(slices.DeleteFunc(ids, func(id string) bool { return id == "verdict" }), " "); got != want {
			t.Errorf("%s has the sections\n%s, want\n%s", name, got, want)
		}
	}
}

// TestNotColdStandsByTheRate: wherever a rate of reads stands that isn't cold, it says so.
func TestNotColdStandsByTheRate(t *testing.T) {
	m := blockVariants()["cold-not-cold"]()
	var text strings.Builder
	if err := Text(&text, m.run); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text.String()) {
		claims := strings.Contains(line, "13.1 GB/s") && !strings.Contains(line, "payload") // that is evidence, as it was written
		if claims && !strings.Contains(line, notCold) {
			t.Errorf("the rate stands without a word on its cold start: %s", line)
		}
	}
	page := strings.ReplaceAll(pageOf(t, m), "\u00a0", " ")
	for _, want := range []string{
		"<title>FAIL (cold), 13.1 GB/s (12.2 GiB/s) read, NOT COLD: cold-read", `<p class="alarm"><strong>NOT COLD: 3.2 % of the files`, "(12.2 GiB/s) read, NOT COLD", "= 12.2 GiB/s, NOT COLD",
		"over time? NOT COLD</a></h2>", "mean of 414 MB/s, NOT COLD", "13.1 GB/s (12.2 GiB/s), NOT COLD</td>", `<td class="no">3.2 % of all files</td>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if strings.Contains(plainPage(t, madeCold()), notCold) {
		t.Error("a cold run is said not to be")
	}
}

func TestColdOf(t *testing.T) {
	rule := func(ok bool) []result.Check {
		return []result.Check{{Rule: "read_bytes_per_s >= 1", OK: true}, {Rule: "cold", OK: ok}}
	}
	for _, test := range []struct {
		name    string
		command string
		before  *float64
		checks  []result.Check
		want    coldness
	}{
		{"nothing cached", "cold-read", ptr(0.0), nil, coldProven},
		{"one page cached", "cold-read", ptr(1e-9), nil, coldNot},
		{"the rule allows a little", "cold-read", ptr(1e-9), rule(true), coldProven},
		{"the rule doesn't", "cold-read", ptr(0.1), rule(false), coldNot},
		{"can't be known", "cold-read", nil, nil, coldUnknown},
		{"can't be known, and was a rule", "cold-read", nil, rule(false), coldUnknown},
		{"nobody asked", "sustained", ptr(0.4), nil, coldUnasked},
		{"sustained with a rule", "sustained", ptr(0.4), rule(false), coldNot},
		{"writes", "write", nil, nil, coldUnasked},
	} {
		run := result.Run{Command: test.command, Checks: test.checks, Block: &result.Block{Cold: &result.Cold{Before: test.before}}}
		if got := coldOf(run); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	run := result.Run{Command: "cold-read", Metrics: map[string]float64{"cached_fraction_before": 0.2}}
	if got := coldOf(run); got != coldNot {
		t.Errorf("by the metric alone: %v, want %v", got, coldNot)
	}
}

func TestResidency(t *testing.T) {
	for fraction, want := range map[float64]string{0: "0.0 %", 1e-9: "< 0.1 %", 0.0005: "0.1 %", 0.0317: "3.2 %", 1: "100.0 %"} {
		if got := residency(fraction); got != want {
			t.Errorf("%v cached prints %q, want %q", fraction, got, want)
		}
	}
}

func TestPrintedBeside(t *testing.T) {
	for _, test := range []struct {
		name            string
		value, want     float64
		text, threshold string
	}{
		{"read_bytes_per_s", 12.98e9, 13e9, "12.98 GB/s", "13.0 GB/s"},
		{"read_bytes_per_s", 12.9996e9, 13e9, "12.9996 GB/s", "13.0 GB/s"},
		{"read_bytes_per_s", 12.9e9, 13e9, "12.9 GB/s", "13.0 GB/s"},
		{"read_bytes_per_s", 13e9, 13e9, "13.0 GB/s", "13.0 GB/s"},
		{"latency_p99_ns", 50.01e6, 50e6, "50.01 ms", "50 ms"},
		{"latency_p99_ns", 75.0001e9, 75e9, "1 min 15.0001 s", "1 min 15 s"},
		{"ops_per_s", 100000.25, 100000, "100,000.2 /s", "100,000 /s"},
	} {
		if got := printedBeside(test.name, test.value, test.want); got != test.text {
			t.Errorf("%s %v beside %v prints %q, want %q", test.name, test.value, test.want, got, test.text)
		}
		if got := printed(test.name, test.want); got != test.threshold {
			t.Errorf("threshold %v prints %q, want %q", test.want, got, test.threshold)
		}
	}
}

// TestDueLatency: under a rate the key figures count from when operations were due, and
// say so, with the service latency beside them.
func TestDueLatency(t *testing.T) {
	details := func(m made) []string {
		var all []string
		for _, f := range latencyFigures(m.run) {
			all = append(all, f.Value+": "+f.Detail)
		}
		return all
	}
	want := []string{"12.3 ms: from when it was due; 2.43 ms once begun", "1.92 s: from when it was due, longest 3.61 s; 9.87 ms once begun"}
	if diff := cmp.Diff(want, details(blockVariants()["sustained-unsteady"]())); diff != "" {
		t.Errorf("under a rate (-want +got):\n%s", diff)
	}
	for _, detail := range details(madeCold()) {
		if strings.Contains(detail, "due") {
			t.Errorf("without a rate: %q", detail)
		}
	}
}

// TestIdleJob: a job that did nothing has no latency of 0.
func TestIdleJob(t *testing.T) {
	m := madeCold()
	m.run.Block.PerJob[3] = result.JobResult{Job: 3, DurationNS: 5}
	row := jobTable(m.run, jobRates(m.run)).Rows[3]
	for _, c := range row.Cells[5:] {
		if c.Text != "" {
			t.Errorf("an idle job has a latency of %q", c.Text)
		}
	}
}

// TestManyJobs: 64 jobs have a bar and a row each, 65 dots and quantiles.
func TestManyJobs(t *testing.T) {
	for n, rows := range map[int]int{64: 64, 65: 5} {
		run := result.Run{Command: "cold-read", Block: &result.Block{}}
		for i := range n {
			run.Block.PerJob = append(run.Block.PerJob, result.JobResult{Job: i, Bytes: int64(1000 + i), Ops: 1, DurationNS: 1e9})
		}
		run.Block.PerJob = append(run.Block.PerJob, result.JobResult{Job: n, Bytes: 5}) // never began
		jobs := jobRates(run)
		table := jobTable(run, jobs)
		if len(jobs) != n || jobs[0].Job != n-1 || jobs[n-1].Job != 0 || len(table.Rows) != rows {
			t.Errorf("%d jobs: %d rated, the fastest %d, %d rows; want %d rows", n, len(jobs), jobs[0].Job, len(table.Rows), rows)
		}
		s, ok := jobSection(&data{run: run})
		wide := string(s.Figure.Wide)
		if drawn := strings.Count(wide, `class="f-au"`); !ok || drawn != n {
			t.Errorf("%d jobs: %d drawn, %v", n, drawn, ok)
		}
		const point = `(\S+) (\S+)`
		mark := regexp.MustCompile(`class="f-au" d="M` + point + "L" + point + "L" + point + "L").FindStringSubmatch(wide)
		low, _ := strconv.ParseFloat(mark[2], 64)
		high, _ := strconv.ParseFloat(mark[6], 64)
		if bar := low-high > 10; bar != (n == 64) {
			t.Errorf("%d jobs: the fastest is drawn from %v to %v", n, low, high)
		}
	}
	run := result.Run{Command: "cold-read", Block: &result.Block{}}
	for i := range 101 {
		run.Block.PerJob = append(run.Block.PerJob, result.JobResult{Job: i, Bytes: int64(i + 1), DurationNS: 1e9})
	}
	var names []string
	for _, r := range jobTable(run, jobRates(run)).Rows {
		names = append(names, r.Cells[0].Text)
	}
	if diff := cmp.Diff([]string{"fastest (100)", "1 in 10 is faster (90)", "middle (50)", "1 in 10 is slower (10)", "slowest (0)"}, names); diff != "" {
		t.Errorf("quantiles (-want +got):\n%s", diff)
	}
}

func TestSmallOpsAreCounted(t *testing.T) {
	for size, want := range map[int64]bool{512: true, 64 << 10: true, 64<<10 + 1: false, 0: false} {
		run := result.Run{Command: "sustained", Metrics: map[string]float64{"ops_per_s": 400123}, Block: &result.Block{OpBytes: size}}
		found := slices.ContainsFunc(keyFigures(run), func(f keyFigure) bool { return f.Label == "IOPS" && f.Value == "400,123 /s" })
		if found != want {
			t.Errorf("op size %d: IOPS shown: %v, want %v", size, found, want)
		}
	}
}

func TestFailedNames(t *testing.T) {
	var checks []result.Check
	for i := range 5 {
		checks = append(checks, result.Check{Rule: fmt.Sprintf("m%d>=1", i)})
	}
	for n, want := range map[int]string{1: "m0", 3: "m0, m1, m2", 5: "m0, m1, m2, 2 more"} {
		if got := failedNames(result.Run{Checks: checks[:n]}); got != want {
			t.Errorf("%d failed rules are %q, want %q", n, got, want)
		}
	}
}

func TestGridPeriod(t *testing.T) {
	for ns, want := range map[int64]string{5_003_000_000: "5.00 s", 999_000_000: "999 ms", 1_000_000_000: "1.00 s", 12_340_000_000: "12.3 s", 130_000_000_000: "2 min 10 s"} {
		if got := gridPeriod(&result.Grid{PeriodNS: ns}); got != want {
			t.Errorf("%d ns prints %q, want %q", ns, got, want)
		}
	}
}

// TestRunnerLine: native stands over fio, whichever way round the difference was made.
func TestRunnerLine(t *testing.T) {
	run := blockVariants()["both"]().run
	want := "Native over fio: 0.998 (0.992 to 1.004 at 95 %), no real difference."
	if got := runnerLine(run); got != want {
		t.Errorf("line is %q, want %q", got, want)
	}
	d := &run.Block.Differences[0]
	d.A, d.B = d.B, d.A
	if got := runnerLine(run); got != "Native over fio: 1.002 (0.996 to 1.008 at 95 %), no real difference." {
		t.Errorf("line is %q", got)
	}
	run.Block.Differences = nil
	if got := runnerLine(run); got != "Native over fio: 0.998." {
		t.Errorf("by the metric alone the line is %q", got)
	}
	if got := runnerLine(madeCold().run); got != "" {
		t.Errorf("one runner gives %q", got)
	}
}

// TestEvidenceIsComplete: every line of evidence stands in both reports.
func TestEvidenceIsComplete(t *testing.T) {
	m := madeCold()
	var text strings.Builder
	if err := Text(&text, m.run); err != nil {
		t.Fatal(err)
	}
	page, joined := plainPage(t, m), strings.Join(strings.Fields(text.String()), " ")
	for _, line := range m.run.Limit.Evidence {
		if !strings.Contains(joined, "- "+line) {
			t.Errorf("text lacks %q", line)
		}
		if !strings.Contains(page, "<li>"+strings.ReplaceAll(line, "'", "&#39;")+"</li>") {
			t.Errorf("page lacks %q", line)
		}
	}
}
