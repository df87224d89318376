package history

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

var noon = time.Date(2026, 3, 13, 12, 0, 0, 123456789, time.UTC)

// made is the run of an hour after noon: each field says which run it is.
func made(hour int) result.Run {
	at := noon.Add(time.Duration(hour) * time.Hour)
	return result.Run{
		Schema: result.Schema, Command: "mlperf", Workload: "resnet50", ID: result.ID(at, "mlperf", "resnet50"), Started: at,
		Status: result.Complete, Verdict: result.Pass, Checks: []result.Check{{Rule: "au_mean_fraction >= 0.5", OK: true}}, Metrics: map[string]float64{"au_mean_fraction": 0.9 + float64(hour)/1e4, "read_bytes": float64(hour)},
	}
}

// write makes the folder of a run and returns its name.
func write(t testing.TB, results string, run result.Run) string {
	t.Helper()
	w, err := result.Create(results, &run, result.CreateFile)
	if err == nil {
		err = w.Seal()
	}
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Base(w.Dir())
}

// open opens an index that is closed when the test ends.
func open(t testing.TB, results string) *Index {
	t.Helper()
	ix, err := Open(t.Context(), results)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ix.Close() })
	return ix
}

// ids opens an index, and gives the hours of all its runs and the codes of its warnings.
func ids(t testing.TB, results string) (ids []string, codes []string) {
	t.Helper()
	ix := open(t, results)
	runs, err := ix.Runs(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	for _, w := range ix.Warnings() {
		codes = append(codes, w.Code)
	}
	return ids, codes
}

func wantIDs(t testing.TB, results, when string, hours ...int) {
	t.Helper()
	var want []string
	for _, hour := range hours {
		want = append(want, made(hour).ID)
	}
	got, codes := ids(t, results)
	if !slices.Equal(got, want) || codes != nil {
		t.Errorf("%s: %q, warnings %q, want %q and none", when, got, codes, want)
	}
}

func TestRunsHoldWhatTheFoldersSay(t *testing.T) {
	results := t.TempDir()
	run := made(3)
	run.Verdict, run.Checks[0].OK, run.Started = result.Fail, false, run.Started.In(time.FixedZone("", 7200))
	name := write(t, results, run)
	if err := os.WriteFile(filepath.Join(results, name, "extra"), make([]byte, 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	bare := result.Run{Schema: result.Schema, ID: "bare \x00'\"", Workload: "ünïcode", Status: result.Incomplete}
	bareName := write(t, results, result.Run{ID: "0-bare"})
	text, _ := bare.Encode()
	if err := os.WriteFile(filepath.Join(results, bareName, result.RunFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
	sizeOf := func(path ...string) int64 {
		info, err := os.Stat(filepath.Join(append([]string{results}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	want := []result.HistoryRun{
		{ID: "bare \x00'\"", Dir: bareName, Workload: "ünïcode", Status: result.Incomplete, Bytes: int64(len(text)) + sizeOf(bareName, result.SumsFile)},
		{ID: run.ID, Dir: name, Command: "mlperf", Workload: "resnet50", Started: made(3).Started, Status: result.Complete, Verdict: result.Fail,
			Metrics: map[string]float64{"au_mean_fraction": 0.9003, "read_bytes": 3}, Bytes: sizeOf(name, result.RunFile) + sizeOf(name, result.SumsFile) + 1000},
	}
	for _, when := range []string{"made", "opened again"} {
		got, err := open(t, results).Runs(t.Context(), Filter{})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", when, err, diff)
		}
	}
}

func TestFilter(t *testing.T) {
	results := t.TempDir()
	for hour := range 6 {
		run := made(hour)
		switch hour {
		case 1:
			run.Command = "cold-read"
		case 2:
			run.Workload = "unet3d"
		case 3:
			run.Status = result.Interrupted
		}
		write(t, results, run)
	}
	ix := open(t, results)
	for name, c := range map[string]struct {
		filter Filter
		want   []int
	}{
		"all":             {Filter{}, []int{0, 1, 2, 3, 4, 5}},
		"command":         {Filter{Command: "cold-read"}, []int{1}},
		"workload":        {Filter{Workload: "unet3d"}, []int{2}},
		"status":          {Filter{Status: "interrupted"}, []int{3}},
		"since, included": {Filter{Since: made(4).Started}, []int{4, 5}},
		"since, excluded": {Filter{Since: made(4).Started.Add(1)}, []int{5}},
		"since elsewhere": {Filter{Since: made(4).Started.In(time.FixedZone("", -36000))}, []int{4, 5}},
		"last":            {Filter{Last: 2}, []int{4, 5}},
		"last of some":    {Filter{Command: "mlperf", Workload: "resnet50", Status: "complete", Last: 2}, []int{4, 5}},
		"last of others":  {Filter{Status: "complete", Since: made(2).Started, Last: 9}, []int{2, 4, 5}},
		"none":            {Filter{Command: "mlperf' OR 1=1 --"}, nil},
	} {
		runs, err := ix.Runs(t.Context(), c.filter)
		if err != nil || runs == nil {
			t.Errorf("%s: %v, %v", name, runs, err)
		}
		var got []int
		for _, r := range runs {
			got = append(got, int(r.Metrics["read_bytes"]))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
