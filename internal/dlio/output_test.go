package dlio

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// recorded is a run in virtual time, with what run.json would hold of it.
func recorded(t *testing.T, profile string) (b *bench, run result.Run) {
	bubble(t, profile+" run", func(t *testing.T) {
		p := mini(profile, 4, 20, 2, 4)
		p.Epochs, p.WarmupEpochs, p.ComputationTime, p.MinAU = 3, 1, 15*ms, 0.9
		b = newBench(p)
		b.store.delay = server(3 * ms)
		b.ok(t)
	})
	run = result.Run{Started: started(), DLIO: Rounds(b.plan, b.epochs, b.tally), Host: result.Host{Name: "n1", CPUs: 8, CPUModel: "model", MemoryBytes: 3 << 30}}
	ended := started().Add(time.Minute)
	run.Ended = &ended
	return b, run
}

func (b *bench) each(f func(result.Step) error) error {
	for _, s := range b.steps {
		if err := f(s); err != nil {
			return err
		}
	}
	return nil
}

// TestOutputRecomputes: the summary's figures follow from the ranks' files, by the formulas
// of the round they stand for.
func TestOutputRecomputes(t *testing.T) {
	for profile, round := range map[string]string{"shuffled": "v1.0", "v1.0": "v1.0", "v2.0": "v2.0", "v3.0": "v3.0"} {
		b, run := recorded(t, profile)
		files, err := Output(run, b.plan, b.epochs, b.each)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"0_output.json", "0_per_epoch_stats.json", "1_output.json", "1_per_epoch_stats.json", "summary.json"}
		if profile == "v1.0" {
			want = []string{"0_output.json", "1_output.json", "per_epoch_stats.json", "summary.json"}
		}
		if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
			t.Errorf("%s: files %v, want %v", profile, got, want)
		}
		var summary struct {
			Metric result.DLIO
			Epochs int
		}
		decode(t, files["summary.json"], &summary)
		if diff := cmp.Diff(run.DLIO[round], summary.Metric, alike()); diff != "" || summary.Epochs != 2 {
			t.Errorf("%s: %d epochs, %s", profile, summary.Epochs, diff)
		}
		for e := 2; e <= 3; e++ { // epoch 1 is a warm-up
			var au, throughput float64
			for r := range 2 {
				block := rankBlock(t, files, r, e-1)
				n, c := float64(len(block.load)), block.compute
				total := seconds(b.epochs[e-1].End - b.epochs[e-1].Start)
				window := total - block.proc[0]
				wantAU, wantRate := 100*sum(c, 1)/window, map[string]float64{"v1.0": n * 4 / total, "v2.0": (n - 2) * 4 / window, "v3.0": (n - 1) * 4 / window}[round]
				if !near(block.au, wantAU) || !near(block.throughput, wantRate) {
					t.Errorf("%s, rank %d, epoch %d: AU %v, %v samples/s, want %v, %v", profile, r, e, block.au, block.throughput, wantAU, wantRate)
				}
				for i := range block.load {
					if s := b.steps[(e-1)*2*int(n)+2*i+r]; !near(block.load[i], seconds(s.Wait)) || !near(block.proc[i], seconds(s.Wait+s.Compute)) || !near(c[i], 0.015) {
						t.Fatalf("%s: rank %d, epoch %d, step %d: load %v, proc %v, compute %v", profile, r, e, i, block.load[i], block.proc[i], c[i])
					}
				}
				au, throughput = au+block.au/2, throughput+block.throughput
			}
			if !near(au, summary.Metric.AUPercentage[e-2]) || !near(throughput, summary.Metric.Throughput[e-2]) {
				t.Errorf("%s, epoch %d: AU %v, %v samples/s, the summary has %v", profile, e, au, throughput, summary.Metric)
			}
		}
	}
}

type block struct {
	load, proc, compute []float64
	au, throughput      float64
}

func rankBlock(t *testing.T, files map[string][]byte, rank, epoch int) block {
	t.Helper()
	var raw map[string]json.RawMessage
	decode(t, files[decimal(int64(rank))+"_output.json"], &raw)
	var e struct {
		Start, End          string
		Load, Proc, Compute map[string][]float64
		AU, Throughput      map[string]float64
	}
	decode(t, raw[decimal(int64(epoch))], &e)
	if e.Start == "" || e.End <= e.Start || len(e.Load["block1"]) == 0 {
		t.Fatalf("rank %d, epoch %d: %+v", rank, epoch, e)
	}
	return block{e.Load["block1"], e.Proc["block1"], e.Compute["block1"], e.AU["block1"], e.Throughput["block1"]}
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
}

// TestOutputComputes: measured compute in v2.0 and v3.0, nominal in v1.0.
func TestOutputComputes(t *testing.T) {
	for profile, want := range map[string]float64{"shuffled": 4, "v1.0": 4, "v2.0": 6, "v3.0": 6} {
		p, epochs, tally := paper()
		p.Profile = profile
		run := result.Run{Started: started(), DLIO: Rounds(p, epochs, tally)}
		files, err := Output(run, p, epochs, func(f func(result.Step) error) error {
			return f(result.Step{Epoch: 3, Rank: 1, Wait: 1e9, Compute: 6e9})
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := rankBlock(t, files, 1, 2); got.compute[0] != want || got.proc[0] != 7 || got.load[0] != 1 {
			t.Errorf("%s: %+v, want compute %v", profile, got, want)
		}
	}
}

func TestOutputFields(t *testing.T) {
	b, run := recorded(t, "shuffled")
	files, err := Output(run, b.plan, b.epochs, b.each)
	if err != nil {
		t.Fatal(err)
	}
	var summary map[string]any
	decode(t, files["summary.json"], &summary)
	delete(summary, "metric")
	want := map[string]any{
		"start": "2026-03-13T14:02:00.000000", "end": "2026-03-13T14:03:00.000000", "num_accelerators": 2., "num_hosts": 1., "hostname": "n1",
		"num_files_train": 4., "num_files_eval": 0., "num_samples_per_file": 20., "host_cpu_count": []any{8.}, "host_processor_name": "model",
		"host_memory_GB": []any{3.}, "data_size_per_host_GB": 80. * 64 / (1 << 30), "potential_caching": []any{1.}, "epochs": 2.,
	}
	if diff := cmp.Diff(want, summary); diff != "" {
		t.Error(diff)
	}
	var stats map[string]struct {
		Start, End, Duration string
		Block1               struct{ Start, End, Duration string }
	}
	decode(t, files["1_per_epoch_stats.json"], &stats)
	e := b.epochs[1]
	got := stats["1"] // the first that is no warm-up
	if got.Start != dlioTime(started().Add(time.Duration(e.Start))) || got.End != dlioTime(started().Add(time.Duration(e.End))) || got.Block1.Start != got.Start ||
		got.Block1.Duration != got.Duration || len(stats) != 2 || got.Duration != fmt.Sprintf("%.2f", seconds(e.End-e.Start)) {
		t.Errorf("statistics of epoch 2: %+v, epoch %+v", got, e)
	}
	run.Host.MemoryBytes = 0
	files, _ = Output(run, b.plan, b.epochs, b.each)
	decode(t, files["summary.json"], &summary)
	if diff := cmp.Diff([]any{0.}, summary["potential_caching"]); diff != "" {
		t.Error(diff)
	}
}

func TestOutputOfUnreadableSteps(t *testing.T) {
	p, epochs, _ := paper()
	bad := errors.New("steps.ndjson: line 7")
	if files, err := Output(result.Run{}, p, epochs, func(func(result.Step) error) error { return bad }); err != bad || files != nil {
		t.Errorf("error %v", err)
	}
	// An interrupted epoch is not completed: its steps are left out.
	files, err := Output(result.Run{}, p, epochs[1:2], func(f func(result.Step) error) error {
		return errors.Join(f(result.Step{Epoch: 2, Wait: 1, Compute: 1}), f(result.Step{Epoch: 3}))
	})
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	decode(t, files["0_output.json"], &raw)
	if _, there := raw["2"]; there || raw["1"] == nil {
		t.Error("an epoch that was not completed is there, or the one that was is not")
	}
}
