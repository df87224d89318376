package verify

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestForgedReads: what no single digit makes.
func TestForgedReads(t *testing.T) {
	for _, test := range []struct {
		name, figure string
		by           func(*result.Run)
	}{
		{"an epoch is missing", "reads", func(r *result.Run) { r.Reads = r.Reads[:2] }},
		{"epochs are swapped", "reads[0].epoch", func(r *result.Run) { r.Reads[0], r.Reads[1] = r.Reads[1], r.Reads[0] }},
		{"rows are swapped", "reads[0].latencies[1].up_to_ns", func(r *result.Run) { l := r.Reads[0].Latencies; l[0], l[1] = l[1], l[0] }},
		{"a row is there twice", "reads[0].latencies[1].up_to_ns", func(r *result.Run) { l := r.Reads[0].Latencies; l[1].UpTo = l[0].UpTo }},
		{"a row ends elsewhere", "reads[0].latencies[0].up_to_ns", func(r *result.Run) { r.Reads[0].Latencies[0].UpTo-- }},
		{"a row is empty", "reads[0].latencies[0].reads", func(r *result.Run) { r.Reads[0].Latencies[0] = result.ReadLatency{UpTo: 3} }},
		{"more first reads than reads", "reads[0].latencies[0].reads", func(r *result.Run) { r.Reads[0].Latencies[0].FirstReads += 100 }},
		{"first reads waited longer than all", "reads[0].latencies[0].first_wait_ns", func(r *result.Run) { r.Reads[0].Latencies[0].FirstWait += 1 << 40 }},
		{"a wait longer than its reads", "reads[0].latencies[0].wait_ns", func(r *result.Run) {
			l := r.Reads[0].Latencies
			moved := int64(0)
			for i := range l[1:] {
				moved, l[i+1].Wait, l[i+1].FirstWait = moved+l[i+1].Wait, 0, 0
			}
			l[0].Wait += moved
		}},
		{"a file is named twice", "reads[0].files[1].file", func(r *result.Run) { f := r.Reads[0].Files; f[1].File = f[0].File }},
		{"files are out of order", "reads[0].files[1].wait_ns", func(r *result.Run) { slices.Reverse(r.Reads[0].Files) }},
		{"a file is hidden among others", "reads[0].files", func(r *result.Run) {
			e := &r.Reads[0]
			n := len(e.Files) - 1
			e.OtherFiles, e.Files = e.Files[n].Wait, e.Files[:n]
		}},
		{"files are cleared", "reads[0].together_ns", func(r *result.Run) {
			e := &r.Reads[0]
			for _, f := range e.Files {
				e.Together += f.Wait
			}
			e.Files = []result.FileWait{}
		}},
		{"another file is the cause", "lost.causes[2].file", func(r *result.Run) { r.Lost.Causes[2].File = "train/img_00_of_16.tfrecord" }},
		{"a cause is gone", "lost.causes", func(r *result.Run) { r.Lost.Causes = r.Lost.Causes[1:] }},
		{"a part is gone", "lost.parts.late_fraction", func(r *result.Run) { delete(r.Lost.Parts, "late_fraction") }},
		{"lost time of a run that has no end", "lost", func(r *result.Run) {
			r.Status, r.Verdict, r.Checks, r.Limit, r.DLIO = result.Interrupted, result.None, []result.Check{}, nil, nil
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := unsealed(t, filepath.Join("testdata/runs", readsRun))
			text, err := os.ReadFile(filepath.Join(dir, result.RunFile))
			if err != nil {
				t.Fatal(err)
			}
			var run result.Run
			if err := json.Unmarshal(text, &run); err != nil {
				t.Fatal(err)
			}
			test.by(&run)
			forged, err := run.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if v := plant(t, dir, result.RunFile, text, forged); !named(v, result.RunFile, test.figure) {
				t.Errorf("%s isn't named:\n%s", test.figure, findings(v))
			}
		})
	}
}

// TestRunsWithoutReads: an older run, which keeps none, and one that lost them, are fine.
func TestRunsWithoutReads(t *testing.T) {
	dir := unsealed(t, filepath.Join("testdata/runs", readsRun))
	text, err := os.ReadFile(filepath.Join(dir, result.RunFile))
	if err != nil {
		t.Fatal(err)
	}
	var run result.Run
	if err := json.Unmarshal(text, &run); err != nil {
		t.Fatal(err)
	}
	run.Reads, run.Lost = nil, nil
	older, err := run.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plant(t, dir, result.RunFile, text, older).Findings {
		if f.File == result.RunFile {
			t.Errorf("%+v", f)
		}
	}
}
