package result

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func madeTraffic() Traffic {
	from := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
	return Traffic{
		Source: "gcs", From: from, To: from.Add(3 * time.Minute), Metrics: map[string]float64{"sent_bytes": 12, "balance_fraction": 0.9},
		Buckets: []BucketTraffic{{"b1", map[string]float64{"sent_bytes": 5}}, {"b2", map[string]float64{"sent_bytes": 7}}},
		Methods: map[string]float64{"ReadObject": 3}, Codes: map[string]float64{"OK": 3},
		Minutes: []Minute{{Start: from, Sent: 12, PerBucket: []float64{5, 7}}}, Missing: []time.Time{from.Add(time.Minute)}, Warnings: []Warning{{"a", "b"}},
	}
}

// TestTrafficReadsBack: what is printed is what is read.
func TestTrafficReadsBack(t *testing.T) {
	want := madeTraffic()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseTraffic(text)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%+v\n%+v", err, got, want)
	}
	for _, bad := range []string{"", "[]", "{}", `{"source":"gcs"}`, `{"source":"gcs","from":"2026-03-13T14:02:00Z","to":"2026-03-13T14:01:00Z","sent_bytes":1}`, `{"source":1}`} {
		if _, err := ParseTraffic([]byte(bad)); err == nil || !strings.Contains(err.Error(), "isn't the JSON of lbench telemetry") {
			t.Errorf("%q: error is %v", bad, err)
		}
	}
}

// TestAttach: the run has the figures, its own come first, and nothing that was there changed.
func TestAttach(t *testing.T) {
	dir := t.TempDir()
	const run = `{"schema":"lbench.run/1","status":"complete","metrics":{"balance_fraction":0.5},"warnings":[]}`
	if err := os.WriteFile(filepath.Join(dir, RunFile), []byte(run), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(madeTraffic())
	if err := f.Attach("gcs.json", text, CreateFile); err != nil {
		t.Fatal(err)
	}
	if err := f.Attach("gcs.json", text, CreateFile); err == nil || !strings.Contains(err.Error(), "there is one already") {
		t.Errorf("error is %v", err)
	}
	f, err = Open(dir)
	if err != nil || len(f.Run.Traffic) != 1 || f.Run.Metrics["sent_bytes"] != 12 || f.Run.Metrics["balance_fraction"] != 0.5 {
		t.Errorf("%v: %+v", err, f.Run)
	}
	sums, err := os.ReadFile(filepath.Join(dir, AttachedFolder, SumsFile))
	if now, _ := os.ReadFile(filepath.Join(dir, RunFile)); err != nil || !strings.HasSuffix(string(sums), "  gcs.json\n") || string(now) != run {
		t.Errorf("%v: %s %s", err, sums, now)
	}
	if err := os.WriteFile(filepath.Join(dir, AttachedFolder, "broken.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err = Open(dir)
	if err != nil || len(f.Run.Warnings) != 2 || !strings.Contains(f.Run.Warnings[1].Text, "attached/broken.json is left out") {
		t.Errorf("%v: %+v", err, f.Run.Warnings)
	}
}
