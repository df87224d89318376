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
		{ID: "first", Command: "mlperf", Workload: "resnet50_h100", Started: started, Status: result.Complete, Verdict: result.Pass, Metrics: map[string]float64{"au_mean_fraction": 0.9088, "read_bytes": 1.52e12},
			Host: result.Host{Name: "client-07"}, Mount: &result.Mount{Type: "lustre"}, Plan: &result.Plan{Accelerators: 48}, Settings: map[string]result.Setting{"engine": {Value: "posix"}},
			Lost:  &result.Lost{Parts: map[string]float64{"reads_fraction": 0.07}},
			Suite: &result.SuitePlace{ID: "night", Entry: "train", Repeat: 3, Warmup: true}},
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
		Host     string    `parquet:"host"`
		Engine   string    `parquet:"engine"`
		Mount    string    `parquet:"mount_type"`
		GPUs     *int64    `parquet:"accelerators,optional"`
		Suite    string    `parquet:"suite"`
		Repeat   *int64    `parquet:"repeat,optional"`
		Warmup   bool      `parquet:"warmup"`
		Lost     *float64  `parquet:"metric_lost_reads_fraction,optional"`
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
	if r := rows[0]; r.Host != "client-07" || r.Engine != "posix" || r.Mount != "lustre" || r.GPUs == nil || *r.GPUs != 48 || r.Suite != "night" || r.Lost == nil || *r.Lost != 0.07 || r.Repeat == nil || *r.Repeat != 3 || !r.Warmup {
		t.Errorf("first row is %+v", r)
	}
	if r := rows[1]; r.Host != "" || r.GPUs != nil || r.Repeat != nil || r.Warmup {
		t.Errorf("second row is %+v", r)
	}
	if r := rows[1]; r.ID != "second" || r.AU != nil || r.Read == nil || *r.Read != 0 {
		t.Errorf("second row is %+v: a metric that is missing is null, one that is 0 is 0", r)
	}
	if r := rows[2]; r.ID != "third" || r.AU != nil || r.Read != nil {
		t.Errorf("third row is %+v", r)
	}
}
