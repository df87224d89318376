package dlio

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(math.Abs(a), math.Abs(b)) }

// alike compares maps and slices of numbers to 12 digits.
func alike() cmp.Option { return cmp.Comparer(near) }

// paper is a run to follow on paper, times in s: 2 ranks, batches of 10, 3 steps of 4 s,
// a warm-up epoch and two that count. Each step: the waits of both ranks, and its end.
//
//	epoch        starts   step 0       step 1       step 2
//	1 (warm-up)       0   5, 6   10    0, 1   15    0, 0   19
//	2               100   2, 6  110    0, 1  115    1, 3  122
//	3               200   1, 1  205    0, 0  211    0, 6  221
//
// The sleep of epoch 3's step 1 is 2 s late.
func paper() (Plan, []Epoch, *Tally) {
	p := mini("shuffled", 6, 10, 2, 10)
	p.Epochs, p.WarmupEpochs, p.ComputationTime, p.NominalBytes, p.MinAU = 3, 1, 4*time.Second, 1<<20, 0.5
	tally := NewTally(p)
	const s = int64(time.Second)
	add := func(epoch, step int, start int64, w0, w1, late, read, work int64) {
		c := 4*s + late*s
		end := start*s + w1*s + c
		tally.Add([]result.Step{
			{Epoch: epoch, Step: step, Rank: 0, StartNS: start * s, Wait: w0 * s, Compute: c, Barrier: end - start*s - w0*s - c, Work: w0 * s},
			{Epoch: epoch, Step: step, Rank: 1, StartNS: start * s, Wait: w1 * s, Compute: c, Read: read * s, Work: work * s},
		})
	}
	add(1, 0, 0, 5, 6, 0, 6, 0)
	add(1, 1, 10, 0, 1, 0, 1, 0)
	add(1, 2, 15, 0, 0, 0, 0, 0)
	add(2, 0, 100, 2, 6, 0, 6, 0)
	add(2, 1, 110, 0, 1, 0, 1, 0)
	add(2, 2, 115, 1, 3, 0, 1, 2)
	add(3, 0, 200, 1, 1, 0, 1, 0)
	add(3, 1, 205, 0, 0, 2, 0, 0)
	add(3, 2, 211, 0, 6, 0, 6, 0)
	return p, []Epoch{
		{Epoch: 1, Warmup: true, Start: 0, Open: 10 * s, End: 19 * s, ReadBytes: 1000, ReadyBatches: 9},
		{Epoch: 2, Start: 100 * s, Open: 110 * s, End: 122 * s, ReadBytes: 2200, ReadyBatches: 1, PrewarmBytes: 7},
		{Epoch: 3, Start: 200 * s, Open: 205 * s, End: 221 * s, ReadBytes: 4200, ReadyBatches: 2},
	}, tally
}

func TestMeasure(t *testing.T) {
	p, epochs, tally := paper()
	metrics, all := Measure(p, epochs, tally, map[int]float64{1: 0.9, 2: 0.25, 3: 0.125})
	for name := range metrics {
		if !slices.Contains(MetricNames(), name) {
			t.Errorf("MetricNames doesn't know %s", name)
		}
	}
	// Epoch 2: 12 s window, 22 s whole; epoch 3: 16 and 21. 60 samples each, 20 a step.
	want := map[string]float64{
		"au_mean_fraction": (8./12 + 8./16) / 2, "au_min_fraction": 0.5, "au_stddev_fraction": (8./12 - 8./16) / 2,
		"au_whole_fraction":  (12./22 + 12./21) / 2,
		"samples_per_s_mean": (60./22 + 60./21) / 2, "samples_per_s_window_mean": (40./12 + 40./16) / 2,
		"read_bytes_per_s_mean": (2200./22 + 4200./21) / 2, "nominal_bytes_per_s_mean": (60./22 + 60./21) / 2 * (1 << 20),
		"read_bytes": 7400, "cached_fraction_max": 0.25,
		"wait_p50_ns": 1e9, "wait_p99_ns": 6e9, "wait_max_ns": 6e9,
	}
	for _, name := range []string{"wait_p50_ns", "wait_p99_ns"} { // to three digits
		if got := metrics[name]; math.Abs(got/want[name]-1) > 1e-3 {
			t.Errorf("%s %v, want %v", name, got, want[name])
		}
		want[name] = metrics[name]
	}
	if diff := cmp.Diff(want, metrics, alike()); diff != "" {
		t.Error(diff)
	}
	e := all[1].Metrics
	second := map[string]float64{
		"au_fraction": 8. / 12, "au_whole_fraction": 12. / 22, "samples_per_s": 60. / 22, "samples_per_s_window": 40. / 12,
		"read_bytes": 2200, "read_bytes_per_s": 100, "nominal_bytes_per_s": 60. / 22 * (1 << 20), "duration_ns": 22e9, "steps": 3,
		"start_ns": 100e9, "window_start_ns": 110e9, "window_end_ns": 122e9, "first_step_ns": 10e9, "batches_ready_mean": 1,
		"loss_read_ns": 2e9, "loss_work_ns": 2e9, "loss_late_ns": 0, "cached_fraction_before": 0.25,
		"wait_p50_ns": e["wait_p50_ns"], "wait_p99_ns": e["wait_p99_ns"], "wait_max_ns": 6e9,
	}
	if diff := cmp.Diff(second, e, alike()); diff != "" {
		t.Error(diff)
	}
	if !all[0].Warmup || all[1].Warmup || all[0].Metrics["cached_fraction_before"] != 0.9 || all[2].Epoch != 3 {
		t.Errorf("epochs %+v", all)
	}
}

func TestTallyLoss(t *testing.T) {
	p, _, tally := paper()
	const s = int64(time.Second)
	// Epoch 2: 1 + 1 read, 2 work; epoch 3: 6 read and 2 late. Step 0 and warm-up don't count.
	if got := tally.loss(); got != (Loss{8 * s, 2 * s, 2 * s}) || got.Total() != 12*s {
		t.Errorf("loss %+v", got)
	}
	if got := tally.waits.Count(); got != 12 {
		t.Errorf("%d waits", got)
	}
	if got := tally.epochs[1].waits.Count(); got != 6 {
		t.Errorf("%d waits of the warm-up epoch", got)
	}
	// The last rank is the one with the longest wait, wherever it stands.
	one := NewTally(p)
	one.Add([]result.Step{{Epoch: 2, Step: 1, Wait: 9, Read: 3, Work: 6, Compute: 4 * s}, {Epoch: 2, Step: 1, Rank: 1, Wait: 2, Read: 1, Work: 1, Compute: 4 * s, Barrier: 7}})
	if got := one.loss(); got != (Loss{Read: 3, Work: 6}) {
		t.Errorf("loss %+v", got)
	}
}

// TestMeasureWithoutScoredEpochs: what was not measured is absent.
func TestMeasureWithoutScoredEpochs(t *testing.T) {
	p, epochs, _ := paper()
	for _, epochs := range [][]Epoch{nil, epochs[:1]} {
		tally := NewTally(p)
		for range epochs {
			tally.Add([]result.Step{{Epoch: 1, Compute: 4e9}, {Epoch: 1, Rank: 1, Compute: 4e9}})
		}
		metrics, _ := Measure(p, epochs, tally, nil)
		delete(metrics, "read_bytes")
		if len(metrics) > 0 {
			t.Errorf("metrics %v of %d epochs", metrics, len(epochs))
		}
	}
}

func TestRounds(t *testing.T) {
	p, epochs, tally := paper()
	// p0 is 6 and 10 in epoch 2, 5 and 5 in epoch 3; T is 22 and 21. Measured compute of the
	// later steps: 8 in epoch 2, 10 in epoch 3. A rank's samples: 30.
	v1 := result.DLIO{AUPercentage: []float64{100 * (8./16 + 8./12) / 2, 50}, Throughput: []float64{2 * 30. / 22, 2 * 30. / 21}}
	measured := []float64{100 * (8./16 + 8./12) / 2, 62.5}
	v2 := result.DLIO{AUPercentage: measured, Throughput: []float64{10./16 + 10./12, 2 * 10. / 16}}
	v3 := result.DLIO{AUPercentage: measured, Throughput: []float64{20./16 + 20./12, 2 * 20. / 16}}
	for name, want := range map[string]*result.DLIO{"v1.0": &v1, "v2.0": &v2, "v3.0": &v3} {
		want.AUMeetExpectation = "success"
		want.AUMean, want.AUStdev = (want.AUPercentage[0]+want.AUPercentage[1])/2, math.Abs(want.AUPercentage[0]-want.AUPercentage[1])/2
		want.ThroughputMean = (want.Throughput[0] + want.Throughput[1]) / 2
		want.ThroughputStdev = math.Abs(want.Throughput[0]-want.Throughput[1]) / 2
		want.IOMeanMBPerSecond, want.IOStdevMBPerSecond = want.ThroughputMean, want.ThroughputStdev // 1 MiB a sample
		if diff := cmp.Diff(*want, Rounds(p, epochs, tally)[name], alike()); diff != "" {
			t.Error(name, diff)
		}
		p.Profile = name
		metrics, all := Measure(p, epochs, tally, nil)
		if !near(metrics["au_mean_fraction"], want.AUMean/100) || !near(metrics["samples_per_s_mean"], want.ThroughputMean) ||
			!near(metrics["au_min_fraction"], slices.Min(want.AUPercentage)/100) || !near(metrics["nominal_bytes_per_s_mean"], want.ThroughputMean*(1<<20)) ||
			!near(all[1].Metrics["au_fraction"], want.AUPercentage[0]/100) || !near(metrics["read_bytes_per_s_mean"], 150) {
			t.Errorf("%s: metrics %v", name, metrics)
		}
		if _, has := all[1].Metrics["prewarm_bytes"]; has != (name == "v3.0") {
			t.Errorf("%s: prewarm_bytes: %v", name, has)
		}
	}
	if got := len(Rounds(p, epochs, tally)); got != 3 {
		t.Errorf("%d rounds", got)
	}
}

func TestRoundWithoutWindow(t *testing.T) {
	for _, r := range AllRounds() {
		for _, e := range []RankEpoch{{Steps: 5, Batch: 1, Total: 3, First: 3, Computation: 1, Compute: 4}, {Steps: 1, Batch: 1, Total: 3, First: 1, Computation: 1}, {Steps: 5, Batch: 1, Total: 0, First: 1, Computation: 1, Compute: 4}} {
			if got := r.AU(e); got != 0 {
				t.Errorf("%s: AU %v of %+v", r.Name, got, e)
			}
		}
		if got := r.Throughput(RankEpoch{Steps: 5, Batch: 1, Total: 0, First: 0}); got != 0 {
			t.Errorf("%s: %v samples/s in no time", r.Name, got)
		}
	}
}

func TestExpectation(t *testing.T) {
	for _, test := range []struct {
		au, min float64
		want    string
	}{{90, 0.9, "success"}, {89.999, 0.9, "fail"}, {70, 0.7, "success"}, {95, 0.9, "success"}} {
		if got := Figures([]float64{test.au}, []float64{1}, 1, test.min).AUMeetExpectation; got != test.want {
			t.Errorf("%v %% of %v: %s, want %s", test.au, test.min, got, test.want)
		}
	}
}

func TestDoubts(t *testing.T) {
	p := mini("shuffled", 1002, 1, 1, 2) // 501 steps
	p.MinAU = 0.9
	for _, test := range []struct {
		name      string
		ready     float64
		warm      float64 // ready in the warm-up epoch
		au, whole float64
		want      []string
	}{
		{"none", 2.5, 0, 0.95, 0.94, []string{}},
		{"head start", 2.502, 0, 0.95, 0.94, []string{"head_start"}},
		{"head start of a warm-up", 0, 400, 0.95, 0.94, []string{}},
		{"two points", 0, 0, 0.96, 0.9401, []string{}},
		{"more than two points", 0, 0, 0.96, 0.9399, []string{"whole_lower"}},
		{"passes in the window only", 0, 0, 0.9, 0.8999, []string{"whole_lower"}},
		{"fails both", 0, 0, 0.8999, 0.88, []string{}},
		{"passes both", 0, 0, 0.91, 0.9, []string{}},
		{"both", 9, 0, 0.96, 0.5, []string{"head_start", "whole_lower"}},
	} {
		end := int64(500 * float64(p.ComputationTime) / test.au) // 500 Steps: the window's AU is test.au
		epochs := []Epoch{{Epoch: 1, Warmup: true, End: 1, ReadyBatches: test.warm}, {Epoch: 2, End: end, ReadyBatches: 0.1}, {Epoch: 3, End: end, ReadyBatches: test.ready}}
		got := Doubts(p, epochs, map[string]float64{"au_mean_fraction": test.au, "au_whole_fraction": test.whole})
		if !slices.Equal(codes(got), test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	got := Doubts(p, []Epoch{{End: int64(500 * float64(p.ComputationTime) / 0.95), ReadyBatches: 10}}, map[string]float64{"au_mean_fraction": 0.95, "au_whole_fraction": 0.85})
	want := []result.Warning{
		{Code: "head_start", Text: "up to 2.0 % of the batches that AU counts lay ready when its window opened, so AU may be that much too high: more files give more steps an epoch"},
		{Code: "whole_lower", Text: "AU is 95.0 % in its window, but 85.0 % over whole epochs, first step included"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJudge(t *testing.T) {
	au := func(v float64) *float64 { return &v }
	for _, test := range []struct {
		got     *float64
		verdict result.Verdict
	}{{au(0.9), result.Pass}, {au(0.91), result.Pass}, {au(0.8999999), result.Fail}, {nil, result.Fail}} {
		metrics := map[string]float64{"au_whole_fraction": 1}
		if test.got != nil {
			metrics["au_mean_fraction"] = *test.got
		}
		checks, verdict := Judge(metrics, 0.9)
		want := []result.Check{{Rule: "au_mean_fraction >= 0.9", Want: 0.9, Got: test.got, OK: test.verdict == result.Pass}}
		if diff := cmp.Diff(want, checks); diff != "" || verdict != test.verdict {
			t.Error(verdict, diff)
		}
	}
}
