package history

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// steps is runs of two workloads in turn: the AU of resnet50 falls at its run 20 and the
// wait rises, unet3d's doesn't change but rises once at its run 30.
func steps() []result.HistoryRun {
	var runs []result.HistoryRun
	for i := range 80 {
		at := i / 2
		wobble := 0.004 * float64(at*7%5-2) // -0.008 to 0.008
		au, wait := 0.95+wobble, 100*(1+wobble)
		run := result.HistoryRun{ID: fmt.Sprint("r", at), Dir: fmt.Sprint("r", at), Command: "mlperf", Workload: "resnet50", Status: result.Complete}
		if i%2 == 1 {
			run.ID, run.Dir, run.Workload = fmt.Sprint("u", at), fmt.Sprint("u", at), "unet3d"
			au, wait = 0.5+wobble, 200*(1+wobble)
			if at >= 30 {
				au += 0.1
			}
		} else if at >= 20 {
			au, wait = au-0.1, 2*wait
		}
		run.Metrics = map[string]float64{"au_mean_fraction": au, "wait_p99_ns": wait, "odd": au}
		runs = append(runs, run)
	}
	return runs
}

// loaded is a run that only says which it is.
func loaded(dir string) (result.Run, error) { return result.Run{ID: dir}, nil }

// differ says what changed with the run named at; with every other, nothing.
func differ(at string) func(a, b result.Run) []result.SettingChange {
	return func(a, b result.Run) []result.SettingChange {
		if b.ID != at {
			return nil
		}
		return []result.SettingChange{{Name: "nconnect", A: a.ID, B: b.ID}}
	}
}

func better(metric string) (up, known bool) {
	return metric == "au_mean_fraction", metric != "odd"
}

func TestChanges(t *testing.T) {
	for metric, want := range map[string][]result.Change{
		"au_mean_fraction": {
			{Run: "r20", Low: 38, High: 40, Before: 0.95, After: 0.85, Verdict: result.Worse, Settings: []result.SettingChange{{Name: "nconnect", A: "r19", B: "r20"}}},
			{Run: "u30", Low: 59, High: 61, Before: 0.5, After: 0.6, Verdict: result.Better, Settings: []result.SettingChange{}},
		},
		"wait_p99_ns": {
			{Run: "r20", Low: 38, High: 40, Before: 100, After: 200, Verdict: result.Worse, Settings: []result.SettingChange{{Name: "nconnect", A: "r19", B: "r20"}}},
		},
		"odd": {
			{Run: "r20", Low: 38, High: 40, Before: 0.95, After: 0.85, Settings: []result.SettingChange{{Name: "nconnect", A: "r19", B: "r20"}}},
			{Run: "u30", Low: 59, High: 61, Before: 0.5, After: 0.6, Settings: []result.SettingChange{}},
		},
		"none has it": {},
		"":            {},
	} {
		got, err := Changes(t.Context(), steps(), metric, loaded, differ("r20"), better)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			want[i].Metric = metric
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9*max(1, b) && b-a < 1e-9*max(1, b) })); diff != "" {
			t.Errorf("%s:\n%s", metric, diff)
		}
	}
}

// What isn't complete, or lacks the metric, is passed over; Low and High stay indexes of all.
func TestChangesPassOverOtherRuns(t *testing.T) {
	runs := steps()
	for i := 30; i < 80; i += 10 {
		wild := runs[i]
		wild.ID, wild.Status, wild.Metrics = "wild", result.Interrupted, map[string]float64{"au_mean_fraction": 0.1}
		runs = slices.Insert(runs, i, wild, wild, wild, result.HistoryRun{ID: "no AU", Command: "mlperf", Workload: "resnet50", Status: result.Complete})
	}
	got, err := Changes(t.Context(), runs, "au_mean_fraction", loaded, differ("none"), better)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range [][2]string{{"r19", "r20"}, {"u29", "u30"}} {
		if c := got[i]; runs[c.Low].ID != want[0] || runs[c.High].ID != want[1] || c.Run != want[1] {
			t.Errorf("%s, between %s and %s, want %s and %s", c.Run, runs[c.Low].ID, runs[c.High].ID, want[0], want[1])
		}
	}
}

// Where the place isn't sure, settings that changed within its interval are named.
func TestChangesNameSettingsNearby(t *testing.T) {
	var runs []result.HistoryRun
	for i := range 40 {
		value := []float64{-1, 1, -1.4, 1.4, 0.6}[i%5]
		if i >= 20 {
			value += 2.5
		}
		runs = append(runs, result.HistoryRun{ID: fmt.Sprint(i), Dir: fmt.Sprint(i), Status: result.Complete, Metrics: map[string]float64{"odd": value}})
	}
	found, err := Changes(t.Context(), runs, "odd", loaded, differ("none"), better)
	if err != nil || len(found) != 1 || found[0].High-found[0].Low < 2 {
		t.Fatalf("want one change that isn't sure: %+v, %v", found, err)
	}
	low, high := runs[found[0].Low].ID, runs[found[0].High].ID
	if high == found[0].Run {
		t.Fatalf("the interval ends with the change itself: %+v", found[0])
	}
	settings := func(a, b result.Run) []result.SettingChange {
		if b.ID == found[0].Run {
			return nil
		}
		return []result.SettingChange{{Name: "nconnect", A: a.ID, B: b.ID}}
	}
	got, err := Changes(t.Context(), runs, "odd", loaded, settings, better)
	if want := []result.SettingChange{{Name: "nconnect", A: low, B: high}}; err != nil || !slices.Equal(got[0].Settings, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func TestChangesSayWhatCannotBeLoaded(t *testing.T) {
	gone := errors.New("gone")
	_, err := Changes(t.Context(), steps(), "wait_p99_ns", func(string) (result.Run, error) { return result.Run{}, gone }, differ(""), better)
	if !errors.Is(err, gone) || !strings.Contains(err.Error(), `"r20"`) {
		t.Errorf("%v, want the run and the cause", err)
	}
}
