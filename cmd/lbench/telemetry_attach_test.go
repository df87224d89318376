package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// TestAttach: what buckets did is added to a run, which stays what it was; the report says
// what it means, and verify names a digit that was changed.
func TestAttach(t *testing.T) {
	t.Chdir(t.TempDir())
	lbench := func(args ...string) (int, string) {
		var out bytes.Buffer
		a := realApp()
		a.stdout, a.stderr, a.getenv = &out, &out, func(string) string { return "" }
		return run(context.Background(), a, args), out.String()
	}
	if code, out := lbench("mlperf", "--workload", "resnet50_demo", "--engine", "mem", "--accelerators", "2", "--epochs", "2", "--param", "dataset.num_files_train=4", "--param", "train.computation_time=0.002", "--min-au", "1", "--ceiling", "off", "--quiet"); code != exitOK {
		t.Fatalf("exit %d: %s", code, out)
	}
	runs, _ := filepath.Glob("results/*-mlperf-*")
	before, err := os.ReadFile(filepath.Join(runs[0], result.RunFile))
	if err != nil {
		t.Fatal(err)
	}
	r, err := result.ReadRun(runs[0])
	if err != nil {
		t.Fatal(err)
	}
	buckets := func(name string, started time.Time, share float64) {
		first := started.Truncate(time.Minute)
		text, err := json.Marshal(result.Traffic{
			Source: "gcs", From: first, To: r.Ended.Add(time.Minute), Metrics: map[string]float64{"sent_bytes": share * r.Metrics["read_bytes"]},
			Buckets: []result.BucketTraffic{{Name: "b1", Metrics: map[string]float64{}}}, Minutes: []result.Minute{{Start: first, Sent: share * r.Metrics["read_bytes"]}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	buckets("warm.json", r.Started, 0.3)
	buckets("yesterday.json", r.Started.AddDate(0, 0, -1), 0.3)
	for want, args := range map[string][]string{
		"want a run folder and at least one file": {runs[0]},
		"no such file":                       {runs[0], "nowhere.json"},
		"isn't the JSON of lbench telemetry": {runs[0], filepath.Join(runs[0], result.RunFile)},
		"run folder":                         {"nowhere", "warm.json"},
	} {
		if code, out := lbench(append([]string{"telemetry", "attach"}, args...)...); code == exitOK || !strings.Contains(out, want) || strings.Count(strings.TrimSpace(out), "\n") > 0 {
			t.Errorf("%q: exit %d, want %q: %s", args, code, want, out)
		}
	}
	if code, out := lbench("telemetry", "attach", runs[0], "warm.json"); code != exitOK || !strings.Contains(out, "attached/gcs.json") {
		t.Fatalf("exit %d: %s", code, out)
	}
	if code, out := lbench("telemetry", "attach", runs[0], "warm.json"); code != exitCannotRun || !strings.Contains(out, "there is one already") {
		t.Errorf("exit %d: %s", code, out)
	}
	if after, _ := os.ReadFile(filepath.Join(runs[0], result.RunFile)); !bytes.Equal(before, after) {
		t.Error("run.json was changed")
	}
	if code, out := lbench("report", runs[0]); code != exitOK || !strings.Contains(strings.Join(strings.Fields(out), " "), "can't have been this run's") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, out := lbench("verify", runs[0]); code != exitOK {
		t.Errorf("exit %d: %s", code, out)
	}
	attached := filepath.Join(runs[0], result.AttachedFolder, "gcs.json")
	text, _ := os.ReadFile(attached)
	if err := os.WriteFile(attached, bytes.Replace(text, []byte(`"source":"gcs"`), []byte(`"source":"gcx"`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out := lbench("verify", runs[0]); code != exitFailed || !strings.Contains(out, "attached/gcs.json: SHA-256") {
		t.Errorf("exit %d: %s", code, out)
	}
}
