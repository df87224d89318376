package verify

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestStepFields: what doesn't fit in a step is named by its field.
func TestStepFields(t *testing.T) {
	const run = "20261125T060238Z-mlperf-warmup" // of 3 ranks
	for _, test := range []struct {
		name        string
		epoch, step int
		change      func(*result.Step)
		want        string
	}{
		{"start", 2, 3, func(s *result.Step) { onRank(s, 1).StartNS++ }, "epoch 2, step 3, rank 1: start_ns"},
		{"compute", 2, 3, func(s *result.Step) { onRank(s, 1).Compute++ }, "epoch 2, step 3, rank 1: compute_ns"},
		{"compute too short", 2, 3, func(s *result.Step) { s.Compute = 1 }, "epoch 2, step 3, rank 0: compute_ns"},
		{"barrier", 2, 3, func(s *result.Step) { onRank(s, 2).Barrier++ }, "epoch 2, step 3, rank 2: barrier_ns or wait_ns"},
		{"barrier of all at an epoch's end", 4, 4, func(s *result.Step) { s.Barrier++ }, "epoch 4, step 4, rank 0: barrier_ns"},
		{"a time below 0", 2, 3, func(s *result.Step) { x := onRank(s, 0); x.Wait, x.Barrier = x.Wait-1e9, x.Barrier+1e9 }, "epoch 2, step 3, rank 0: wait_ns, barrier_ns, read_ns or work_ns"},
		{"work", 2, 0, func(s *result.Step) { onRank(s, 0).Work += 7 }, "epoch 2, step 0, rank 0: read_ns or work_ns"},
		{"wait", 2, 0, func(s *result.Step) { x := onRank(s, 0); x.Read, x.Work, x.Wait = x.Wait, 0, x.Wait+1 }, "epoch 2, step 0, rank 0: wait_ns"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := copyOf(t, run)
			change(t, dir, result.StepsFile, func(text string) string {
				return changeSteps(t, text, test.epoch, test.step, test.change)
			})
			for _, f := range verified(t, dir).Findings {
				if f.File == result.StepsFile && f.Figure == test.want {
					return
				}
			}
			t.Errorf("%q isn't found:\n%s", test.want, findings(verified(t, dir)))
		})
	}
}

// onRank is the step if it is of a rank, else one that nobody sees.
func onRank(s *result.Step, rank int) *result.Step {
	if s.Rank == rank {
		return s
	}
	return &result.Step{}
}

func changeSteps(t testing.TB, text string, epoch, step int, by func(*result.Step)) string {
	t.Helper()
	var all strings.Builder
	for line := range strings.Lines(text) {
		var s result.Step
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		if s.Epoch == epoch && s.Step == step {
			by(&s)
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(append(again, '\n'))
	}
	return all.String()
}

// TestLostSteps: lines that are missing, doubled or cut off are found, and a run that was
// killed may end in the middle.
func TestLostSteps(t *testing.T) {
	for _, test := range []struct {
		name, run string
		change    func(string) string
		want      string
	}{
		{"a line is missing", "20261125T060238Z-mlperf-warmup", func(s string) string { return s[strings.Index(s, "\n")+1:] }, "line 1: rank"},
		{"a line twice", "20261125T060238Z-mlperf-warmup", func(s string) string { return s[:strings.Index(s, "\n")+1] + s }, "line 2: rank"},
		{"the last line is cut off", "20261125T060238Z-mlperf-warmup", func(s string) string { return s[:len(s)-10] }, "it ends in the middle of a step"},
		{"no steps", "20261125T060238Z-mlperf-warmup", func(string) string { return "" }, "so many epochs have steps"},
		{"a foreign line", "20261125T060238Z-mlperf-warmup", func(s string) string { return "x\n" + s }, "steps.ndjson:1"},
		{"killed", "20261125T060239Z-mlperf-killed", func(s string) string { return s[:len(s)-10] }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := copyOf(t, test.run)
			change(t, dir, result.StepsFile, test.change)
			v := verified(t, dir)
			if test.want == "" != v.OK || test.want != "" && !named(v, result.StepsFile, test.want) && !named(v, result.RunFile, test.want) {
				t.Errorf("%q isn't found:\n%s", test.want, findings(v))
			}
		})
	}
}

// TestRanksOf: the ranks are counted where the plan's number doesn't fit the steps.
func TestRanksOf(t *testing.T) {
	folder, err := result.Open(filepath.Join("testdata/runs", "20261125T060238Z-mlperf-warmup"))
	if err != nil {
		t.Fatal(err)
	}
	for _, plan := range []int{3, 2, 8, 30} {
		if got := ranksOf(folder, plan); got != 3 {
			t.Errorf("with %d in the plan there are %d ranks, want 3", plan, got)
		}
	}
}
