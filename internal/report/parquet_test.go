package report

import (
	"bytes"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/lbench/lbench/internal/result"
)

func TestParquetHoldsEveryMetricOfEveryRun(t *testing.T) {
	started := time.Date(2026, 3, 13, 14, 2, 0, 123456789, time.UTC)
	runs := []result.Run{
		{ID: "first", Command: "mlperf", Workload: "resnet50_h100", Started: started, Status: result.Complete, Verdict: result.Pass, Metrics: map[string]float64{"au_mean_fraction": 0.9088, "read_bytes": 1.52e12}},
		{ID: "second", Command: "cold-read", Workload: "cold-read", Started: started.Add(time.Hour), Status: result.Failed, Verdict: result.None, Metrics: map[string]float64{"read_bytes": 0}},
		{ID: "third", Command: "write"},
	}
	var file bytes.Buffer
	if err := Parquet(&file, runs); err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID       string    `parquet:"id"`
		Workload string    `parquet:"workload"`
		Verdict  string    `parquet:"verdict"`
		Started  time.Time `parquet:"started,timestamp(nanosecond)"`
		AU       *float64  `parquet:"metric_au_mean_fraction,optional"`
		Read     *float64  `parquet:"metric_read_bytes,optional"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	if r := rows[0]; r.ID != "first" || r.Workload != "resnet50_h100" || r.Verdict != "pass" || !r.Started.Equal(started) || r.AU == nil || *r.AU != 0.9088 || r.Read == nil || *r.Read != 1.52e12 {
		t.Errorf("first row is %+v", r)
	}
	if r := rows[1]; r.ID != "second" || r.AU != nil || r.Read == nil || *r.Read != 0 {
		t.Errorf("second row is %+v: a metric that is missing is null, one that is 0 is 0", r)
	}
	if r := rows[2]; r.ID != "third" || r.AU != nil || r.Read != nil {
		t.Errorf("third row is %+v", r)
	}
}
