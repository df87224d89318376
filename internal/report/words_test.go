package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot"

	"github.com/lbench/lbench/internal/result"
)

func TestPercentBeside(t *testing.T) {
	for _, test := range []struct {
		value, threshold float64
		want             string
	}{
		{0.9088, 0.9, "90.9 %"},
		{0.9, 0.9, "90.0 %"},
		{0.8996, 0.9, "89.96 %"},
		{0.89999, 0.9, "89.999 %"},
		{0.9000004, 0.9, "90.000040 %"},
		{0.5, 0, "50.0 %"},
	} {
		if got := percentBeside(test.value, test.threshold); got != test.want {
			t.Errorf("%v beside %v prints %q, want %q", test.value, test.threshold, got, test.want)
		}
	}
}

func TestPrinted(t *testing.T) {
	for _, test := range []struct {
		name  string
		value float64
		want  string
	}{
		{"au_mean_fraction", 0.9072, "90.7 %"},
		{"cached_fraction_max", 1, "100.0 %"},
		{"wait_max_ns", 13.4e9, "13.4 s"},
		{"accelerators_max", 51, "51"},
		{"wait_p50_ns", 13.4e6, "13.4 ms"},
		{"cpu_ns_per_byte_mean", 0.1123, "0.112 s/GB"},
		{"read_bytes_per_s_mean", 8.87e9, "8.87 GB/s"},
		{"ceiling_read_bytes_per_s", 12e9, "12.0 GB/s"},
		{"read_bytes", 1.52e12, "1.52 TB"},
		{"samples_per_s_window_mean", 77625.4, "77,625 /s"},
		{"samples_per_s", 0.25, "0.25 /s"},
		{"steps", 692, "692"},
		{"batches_ready_mean", 3.25, "3.25"},
	} {
		if got := printed(test.name, test.value); got != test.want {
			t.Errorf("%s %v prints %q, want %q", test.name, test.value, got, test.want)
		}
	}
}

func TestAnswerHead(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	au := func(got float64) []result.Check {
		return []result.Check{{Rule: "au_mean_fraction >= 0.9", Want: 0.9, Got: &got, OK: got >= 0.9}}
	}
	for _, test := range []struct {
		name   string
		status result.Status
		judged result.Verdict
		checks []result.Check
		mean   float64
		end    *float64 // ceiling
		limit  string
		head   string
		alarm  bool
	}{
		{"pass", result.Complete, result.Pass, au(0.95), 0.95, number(0.996), "none", "PASS", false},
		{"pass, no ceiling", result.Complete, result.Pass, au(0.95), 0.95, nil, "storage", "PASS", false},
		{"pass, weak client", result.Complete, result.Pass, au(0.95), 0.95, number(0.989), "storage", "PASS", true},
		{"storage", result.Complete, result.Fail, au(0.4), 0.4, number(0.996), "storage", "FAIL (storage)", false},
		{"storage, ceiling at the threshold", result.Complete, result.Fail, au(0.4), 0.4, number(0.9), "storage", "FAIL (storage)", true},
		{"storage, ceiling below", result.Complete, result.Fail, au(0.4), 0.4, number(0.85), "storage", "FAIL (storage at 40 %; this client ends at 85 %)", true},
		{"client cpu", result.Complete, result.Fail, au(0.8), 0.8, number(0.805), "client-cpu", "FAIL (client, not storage)", true},
		{"client memory", result.Complete, result.Fail, au(0.8), 0.8, nil, "client-memory", "FAIL (client, not storage)", false},
		{"network", result.Complete, result.Fail, au(0.8), 0.8, number(0.996), "network", "FAIL (network)", false},
		{"limit unknown", result.Complete, result.Fail, au(0.8), 0.8, nil, "", "FAIL", false},
		{"another rule", result.Complete, result.Fail, append(au(0.95), result.Check{Rule: "x >= 1"}), 0.95, nil, "client-cpu", "FAIL", false},
		{"no rule", result.Complete, result.None, nil, 0.95, nil, "storage", "NO VERDICT: no rule was set", false},
		{"interrupted", result.Interrupted, result.None, nil, 0.95, number(0.5), "storage", "NO VERDICT: run interrupted", false},
		{"incomplete", result.Incomplete, result.Pass, au(0.95), 0.95, nil, "", "NO VERDICT: run incomplete", false},
		{"failed", result.Failed, result.None, nil, 0.95, nil, "", "NO VERDICT: run failed", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			run := result.Run{Status: test.status, Verdict: test.judged, Checks: test.checks, Metrics: map[string]float64{"au_mean_fraction": test.mean}}
			if test.end != nil {
				run.Metrics["ceiling_au_fraction"] = *test.end
			}
			if test.limit != "" {
				run.Limit = &result.Limit{Name: test.limit}
			}
			a := newAnswer(run)
			if a.Head() != test.head {
				t.Errorf("head is %q, want %q", a.Head(), test.head)
			}
			if (a.Alarm != "") != test.alarm {
				t.Errorf("alarm is %q, want one: %v", a.Alarm, test.alarm)
			}
			var b bytes.Buffer
			if err := Text(&b, run); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(b.String(), test.head) || !strings.Contains(b.String(), disclaimer(run)) {
				t.Errorf("text is %q", b.String())
			}
		})
	}
}

func TestEpochTableKeepsColumnsApart(t *testing.T) {
	run := result.Run{Epochs: []result.Epoch{
		{Epoch: 1, Metrics: map[string]float64{"au_fraction": 0.81, "wait_p99_ns": 5e6}},
		{Epoch: 2, Metrics: map[string]float64{"au_fraction": 0.72}},
	}}
	got, ok := epochTable(run)
	want := table{
		Label:   "One row per epoch",
		Columns: []column{{Head: "epoch"}, {Head: "AU", Number: true, Code: "head_start"}, {Head: "wait p99", Number: true}, {}},
		Rows: []row{
			{Cells: []cell{{Text: "1"}, {Text: "81.0 %"}, {Text: "5 ms"}, {}}},
			{Cells: []cell{{Text: "2"}, {Text: "72.0 %"}, {}, {Text: "worst"}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("table (-want +got), %v:\n%s", ok, diff)
	}
	if _, ok := epochTable(result.Run{}); ok {
		t.Error("a run without epochs has a table of them")
	}
}

func TestSpent(t *testing.T) {
	run := result.Run{Plan: &result.Plan{ComputationNS: 10}}
	epoch := result.Epoch{Metrics: map[string]float64{
		"duration_ns": 131, "window_start_ns": 1000, "window_end_ns": 1110, "steps": 11,
		"loss_read_ns": 7, "loss_work_ns": 2, "loss_late_ns": 1,
	}}
	parts, ok := spent(run, epoch)
	want := []part{{inkStart, "start-up", 21}, {inkAU, "compute", 100}, {inkRead, "waiting for reads", 7}, {inkWork, "lbench's own work", 2}, {inkLate, "late timers and barrier", 1}}
	if diff := cmp.Diff(want, parts, cmp.AllowUnexported(part{})); diff != "" || !ok {
		t.Errorf("parts (-want +got), %v:\n%s", ok, diff)
	}
	for _, missing := range []string{"duration_ns", "window_start_ns", "window_end_ns", "steps"} {
		without := result.Epoch{Metrics: map[string]float64{}}
		for name, value := range epoch.Metrics {
			if name != missing {
				without.Metrics[name] = value
			}
		}
		if _, ok := spent(run, without); ok {
			t.Errorf("an epoch without %s is split", missing)
		}
	}
}

func TestStacks(t *testing.T) {
	run := result.Run{Epochs: []result.Epoch{
		{Epoch: 1, Metrics: map[string]float64{"au_fraction": 0.6, "window_start_ns": 50, "window_end_ns": 250, "loss_read_ns": 60, "loss_work_ns": 16, "loss_late_ns": 4}},
		{Epoch: 2, Metrics: map[string]float64{"au_fraction": 0.7}},
		{Epoch: 3, Metrics: map[string]float64{"steps": 1}},
	}}
	bars := stacks(run)
	if len(bars) != 2 {
		t.Fatalf("%d bars, want 2: epoch 3 has no AU", len(bars))
	}
	if diff := cmp.Diff([][]float64{{0.3, 0.08, 0.02}, {0, 0, 0}}, [][]float64{bars[0].lost, bars[1].lost}); diff != "" {
		t.Errorf("losses (-want +got):\n%s", diff)
	}
}

func TestAxisStart(t *testing.T) {
	for _, test := range []struct{ au, want, start float64 }{
		{0.879, 0.9, 0.8}, {0.97, 0.9, 0.85}, {0.401, 0.9, 0}, {0.54, 0.9, 0}, {0.56, 0.9, 0.5}, {0.999, 0, 0.9}, {0, 0, 0},
	} {
		if got := axisStart([]stack{{au: test.au}}, test.want); got != test.start {
			t.Errorf("bar %v, threshold %v: axis starts at %v, want %v", test.au, test.want, got, test.start)
		}
	}
}

func TestTicks(t *testing.T) {
	labels := func(ticks []plot.Tick) string {
		texts := make([]string, len(ticks))
		for i, tick := range ticks {
			texts[i] = tick.Label
		}
		return strings.Join(texts, " | ")
	}
	for _, test := range []struct{ name, got, want string }{
		{"percent from 80", labels(niceTicks(0.8, 1, 5, trimPercent)), "80 | 85 | 90 | 95 | 100"},
		{"percent from 0", labels(niceTicks(0, 1, 5, trimPercent)), "0 | 20 | 40 | 60 | 80 | 100"},
		{"seconds", labels(timeTicks(170e9, frame{})), "0 | 30 s | 60 s | 90 s | 120 s | 150 s"},
		{"minutes", labels(timeTicks(868e9, frame{class: "narrow"})), "0 | 5 min | 10 min"},
		{"hours", labels(timeTicks(11*3600e9, frame{})), "0 | 2 h | 4 h | 6 h | 8 h | 10 h"},
		{"days", labels(timeTicks(9*86400e9, frame{})), "0 | 48 h | 96 h | 144 h | 192 h"},
		{"milliseconds", labels(timeTicks(300e6, frame{})), "0 | 50 ms | 100 ms | 150 ms | 200 ms | 250 ms | 300 ms"},
	} {
		if test.got != test.want {
			t.Errorf("%s: %s, want %s", test.name, test.got, test.want)
		}
	}
}

func TestUnbroken(t *testing.T) {
	for text, want := range map[string]string{
		"is 0.9 points above 90 %, or 8.2 GiB/s.": "is 0.9~points above 90~%, or 8.2~GiB/s.",
		"epoch 5 some": "epoch 5 some",
		"14 min 10 s":  "14~min 10~s",
	} {
		if got := strings.ReplaceAll(unbroken(text), "\u00a0", "~"); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestWrapped(t *testing.T) {
	var b bytes.Buffer
	writeWrapped(&b, "    ", "  [1] "+strings.Repeat("abcdefghi ", 12))
	want := "  [1] " + strings.TrimSpace(strings.Repeat("abcdefghi ", 9)) + "\n    abcdefghi abcdefghi abcdefghi\n"
	if b.String() != want {
		t.Errorf("wrapped is %q, want %q", b.String(), want)
	}
}

// TestWorstEpochCounts: a warm-up epoch is never the worst, however bad.
func TestWorstEpochCounts(t *testing.T) {
	epoch := func(n int, au float64, warmup bool) result.Epoch {
		return result.Epoch{Epoch: n, Warmup: warmup, Metrics: map[string]float64{"au_fraction": au}}
	}
	run := result.Run{Epochs: []result.Epoch{epoch(1, 0.2, true), epoch(2, 0.8, false), epoch(3, 0.7, false), epoch(4, 0.9, false)}}
	if worst, ok := worstEpoch(run); !ok || worst != 2 {
		t.Errorf("worst epoch has index %d, %v; want 2", worst, ok)
	}
	if line := worstLine(run); line != "Worst epoch: 70.0 % (epoch 3)." {
		t.Errorf("line is %q", line)
	}
	run.Epochs = run.Epochs[:1]
	if _, ok := worstEpoch(run); ok {
		t.Error("a run of warm-up epochs has a worst one")
	}
}

func TestColdest(t *testing.T) {
	for cached, want := range map[float64]string{0: "100 %", 0.00001: "≥ 99.9 %", 0.0165: "≥ 98.3 %", 0.016: "≥ 98.4 %", 1: "≥ 0.0 %"} {
		if got := coldest(cached); got != want {
			t.Errorf("%v cached prints %q, want %q", cached, got, want)
		}
	}
}

func TestMountFacts(t *testing.T) {
	for _, test := range []struct {
		mount *result.Mount
		want  string
	}{
		{nil, ""},
		{&result.Mount{Type: "ext4", Version: "1"}, ""},
		{&result.Mount{NFS: &result.NFSMount{}}, ""},
		{&result.Mount{NFS: &result.NFSMount{Vers: "4.2", Proto: "tcp", Nconnect: 16, Rsize: 1 << 20, Wsize: 3}}, "NFS 4.2, tcp, nconnect 16, rsize 1 MiB"},
		{&result.Mount{NFS: &result.NFSMount{Vers: "3", Rsize: 131072}}, "NFS 3, rsize 128 KiB"},
		{&result.Mount{Version: "2.15.6", Lustre: &result.LustreMount{StripeCount: 4, StripeSizeBytes: 4 << 20, MaxRPCsInFlight: 32}}, "Lustre 2.15.6, stripes 4 x 4 MiB, max_rpcs_in_flight 32"},
		{&result.Mount{Lustre: &result.LustreMount{MaxRPCsInFlight: 8}}, "max_rpcs_in_flight 8"},
	} {
		if got := mountFacts(test.mount); got != test.want {
			t.Errorf("%+v: %q, want %q", test.mount, got, test.want)
		}
	}
}

func TestUnfinished(t *testing.T) {
	scored, warmup := result.Epoch{Epoch: 1}, result.Epoch{Epoch: 1, Warmup: true}
	for _, test := range []struct {
		name   string
		status result.Status
		epochs []result.Epoch
		of     int
		want   []string
	}{
		{"killed before an epoch", result.Incomplete, nil, 30, []string{"As far as the run folder says, 0 of 30 epochs were finished; a verdict is never computed from a part."}},
		{"killed later", result.Incomplete, []result.Epoch{scored}, 30, []string{"As far as the run folder says, 1 of 30 epochs were finished; a verdict is never computed from a part.", "All figures are those of an unfinished run."}},
		{"interrupted", result.Interrupted, []result.Epoch{warmup, scored}, 5, []string{"2 of 5 epochs were finished; a verdict is never computed from a part.", "All figures are those of an unfinished run."}},
		{"interrupted while warming up", result.Interrupted, []result.Epoch{warmup}, 5, []string{"1 of 5 epochs were finished, all of them to warm up; those enter no mean and no verdict.", "All figures are those of an unfinished run."}},
		{"failed afterwards", result.Failed, []result.Epoch{scored}, 1, []string{"1 of 1 epochs were finished; the run broke off after them.", "All figures are those of a failed run."}},
		{"failed, no plan", result.Failed, nil, 0, []string{"0 epochs were finished; a verdict is never computed from a part."}},
	} {
		run := result.Run{Status: test.status, Epochs: test.epochs}
		if test.of > 0 {
			run.Plan = &result.Plan{Epochs: test.of}
		}
		if diff := cmp.Diff(test.want, unfinished(run)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestLimitLine(t *testing.T) {
	run := result.Run{Limit: &result.Limit{Name: "none"}, Metrics: map[string]float64{"au_whole_fraction": 0.8894}}
	if got, want := limitLine(run), "Nothing held the accelerators back."; got != want {
		t.Errorf("line is %q, want %q", got, want)
	}
	run.Warnings = []result.Warning{{Code: "whole_lower"}}
	want := "Within the window nothing held the accelerators back; start-up of each epoch took the rest (whole epochs: 88.9 %)."
	if got := limitLine(run); got != want {
		t.Errorf("line is %q, want %q", got, want)
	}
	run.Limit.Name = "storage"
	if got, want := limitLine(run), "The limit is the storage."; got != want {
		t.Errorf("line is %q, want %q", got, want)
	}
	run.Settings = map[string]result.Setting{"engine": {Value: "mem"}}
	if got, want := limitLine(run), "The limit is what makes the bytes, the engine mem."; got != want {
		t.Errorf("line is %q, want %q", got, want)
	}
	if _, ok := limitSection(&data{run: run}); ok {
		t.Error("a limit without evidence has a section")
	}
}

func TestBreakable(t *testing.T) {
	for text, want := range map[string]string{
		"dataset.num_files_train": "dataset.<wbr>num_<wbr>files_<wbr>train",
		"/mnt/a<b":                "/<wbr>mnt/<wbr>a&lt;b",
		"1.45 GB/s":               "1.45 GB/s",
		"114660.07":               "114660.07",
	} {
		if got := string(breakable(text)); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestBeatenCeiling: a run that did better than its ceiling disproves that.
func TestBeatenCeiling(t *testing.T) {
	m := newMade([]float64{0.998}, time.Second)
	m.run.Metrics["au_mean_fraction"], m.run.Metrics["ceiling_au_fraction"] = 0.998, 0.927
	if got := alarm(m.run); !strings.Contains(got, "was measured at 92.7 % AU, and the run reached 99.8 %") {
		t.Errorf("alarm %q", got)
	}
	m.run.Limit = &result.Limit{Name: "none"}
	if got := limitLine(m.run); strings.Contains(got, "92.7") {
		t.Errorf("limit %q", got)
	}
	m.run.Metrics["au_mean_fraction"] = 0.92
	if got := alarm(m.run); !strings.Contains(got, "can't judge") {
		t.Errorf("alarm of a run below it %q", got)
	}
}
