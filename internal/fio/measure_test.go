package fio

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
	"github.com/lbench/lbench/internal/stats"
)

// lasting counts durations of so many ns each.
func lasting(ns ...int64) *stats.Durations {
	d := &stats.Durations{}
	for _, v := range ns {
		d.Record(v)
	}
	return d
}

// hundred is latencies of 10, 20, ..., 1000 ns, whose mean is 505.
func hundred() *stats.Durations {
	d := &stats.Durations{}
	for i := range int64(100) {
		d.Record(10 * (i + 1))
	}
	return d
}

func TestMeasure(t *testing.T) {
	read := Job{Op: Read, Files: []File{{"a", 300}, {"b", 700}}}
	timed := read
	timed.Duration = 4 * time.Second
	verified := Job{Op: Write, Files: read.Files, Verify: true, Duration: 4 * time.Second}
	full := Outcome{
		Duration: 4 * time.Second, Bytes: 8000, Ops: 200, Total: hundred(), CPU: 20 * time.Microsecond, Verified: 7000,
		Jobs: []result.JobResult{{Bytes: 3000, DurationNS: 3e9}, {Bytes: 5000, DurationNS: 2e9}},
	}
	rated := full
	rated.Intended = lasting(4000, 8000, 9000)
	unread := full
	unread.Verified = 0
	latencies := map[string]float64{
		"latency_p50_ns": 500, "latency_p90_ns": 900, "latency_p99_ns": 990, "latency_p99_9_ns": 1000, "latency_max_ns": 1000,
		"inflight_mean": 50 * 505e-9,
	}
	for _, c := range []struct {
		name string
		job  Job
		out  Outcome
		want map[string]float64
	}{
		{"every byte once", read, full, merged(latencies, map[string]float64{
			"read_bytes": 8000, "read_bytes_per_s": 2000, "duration_ns": 4e9, "ops_per_s": 50, "cpu_ns_per_byte_mean": 2.5, "job_balance_fraction": 0.7,
		})},
		{"for a time", timed, full, merged(latencies, map[string]float64{
			"read_bytes": 8000, "read_bytes_per_s": 2000, "duration_ns": 4e9, "ops_per_s": 50, "cpu_ns_per_byte_mean": 2.5, "job_balance_fraction": 0.7,
			"passes": 8,
		})},
		{"written and verified", verified, full, merged(latencies, map[string]float64{
			"write_bytes": 8000, "write_bytes_per_s": 2000, "duration_ns": 4e9, "ops_per_s": 50, "cpu_ns_per_byte_mean": 2.5, "job_balance_fraction": 0.7,
			"verified_bytes": 7000,
		})},
		{"written, and not verified to its end", verified, unread, merged(latencies, map[string]float64{
			"write_bytes": 8000, "write_bytes_per_s": 2000, "duration_ns": 4e9, "ops_per_s": 50, "cpu_ns_per_byte_mean": 2.5, "job_balance_fraction": 0.7,
		})},
		{"under a rate", read, rated, map[string]float64{
			"read_bytes": 8000, "read_bytes_per_s": 2000, "duration_ns": 4e9, "ops_per_s": 50, "cpu_ns_per_byte_mean": 2.5, "job_balance_fraction": 0.7,
			"latency_p50_ns": 8000, "latency_p90_ns": 9000, "latency_p99_ns": 9000, "latency_p99_9_ns": 9000, "latency_max_ns": 9000,
			"inflight_mean": 50 * 505e-9, // of those that had begun
		}},
		{"due, and none has ended", read, Outcome{Total: lasting(7), Intended: lasting()}, map[string]float64{
			"read_bytes": 0, "latency_p50_ns": 7, "latency_p90_ns": 7, "latency_p99_ns": 7, "latency_p99_9_ns": 7, "latency_max_ns": 7,
		}},
		{"nothing was measured", timed, Outcome{}, map[string]float64{"read_bytes": 0, "passes": 0}},
		{"latencies of no operation", read, Outcome{Total: lasting()}, map[string]float64{"read_bytes": 0}},
		{"no time", read, Outcome{Bytes: 5, Ops: 1, Total: lasting(7)}, map[string]float64{
			"read_bytes": 5, "latency_p50_ns": 7, "latency_p90_ns": 7, "latency_p99_ns": 7, "latency_p99_9_ns": 7, "latency_max_ns": 7,
		}},
		{"no files", Job{Op: Read, Duration: time.Second}, Outcome{}, map[string]float64{"read_bytes": 0}},
	} {
		if diff := cmp.Diff(c.want, Measure(c.job, c.out), cmpopts.EquateApprox(2e-3, 0)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func merged(all ...map[string]float64) map[string]float64 {
	m := map[string]float64{}
	for _, one := range all {
		for name, v := range one {
			m[name] = v
		}
	}
	return m
}

// Every metric of an outcome can be ruled on.
func TestMeasuredMetricsHaveRules(t *testing.T) {
	out := Outcome{Duration: 1, Bytes: 1, Ops: 1, CPU: 1, Total: hundred(), Jobs: []result.JobResult{{Bytes: 1, DurationNS: 1}}}
	for _, job := range []Job{{Op: Read, Duration: 1, Files: []File{{"a", 1}}}, {Op: Write, Verify: true}} {
		for name := range Measure(job, out) {
			if _, err := ParseRule(rules.Rule{Metric: name, Operator: ">="}.String()); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestJobBalance(t *testing.T) {
	job := func(bytes, ns int64) result.JobResult { return result.JobResult{Bytes: bytes, DurationNS: ns} }
	for _, c := range []struct {
		name string
		jobs []result.JobResult
		want float64 // 0: not measured
	}{
		{"none", nil, 0},
		{"one", []result.JobResult{job(5, 5)}, 1},
		{"even", []result.JobResult{job(5, 5), job(7, 7)}, 1},
		{"one at half the rate", []result.JobResult{job(5, 5), job(5, 10)}, 0.75},
		{"one idle", []result.JobResult{job(5, 5), job(0, 0)}, 0.5},
		{"all idle", []result.JobResult{job(0, 0), job(0, 0)}, 0},
		{"one without its time", []result.JobResult{job(5, 5), job(5, 0)}, 0},
	} {
		if got, ok := jobBalance(c.jobs); ok != (c.want > 0) || ok && got != c.want {
			t.Errorf("%s: %g, %v, want %g", c.name, got, ok, c.want)
		}
	}
}

func TestLatencies(t *testing.T) {
	got := Latencies(Outcome{Total: hundred(), Sync: lasting(5, 5, 20), Submit: lasting()})
	want := map[string]result.Latency{
		"total": {Count: 100, MeanNS: 505, P50NS: 500, P90NS: 900, P99NS: 990, P999NS: 1000, MaxNS: 1000},
		"sync":  {Count: 3, MeanNS: 10, P50NS: 5, P90NS: 20, P99NS: 20, P999NS: 20, MaxNS: 20},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-3, 0)); diff != "" {
		t.Error(diff)
	}
	one := Outcome{Submit: lasting(1), Complete: lasting(2), Total: lasting(3), Intended: lasting(4), Sync: lasting(5)}
	for kind, want := range map[string]int64{"submit": 1, "complete": 2, "total": 3, "intended": 4, "sync": 5} {
		if got := Latencies(one)[kind].MaxNS; got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
}

func TestWindows(t *testing.T) {
	const s = time.Second
	at := func(d time.Duration, bytes int64) Sample { return Sample{At: d, Bytes: bytes} }
	for _, c := range []struct {
		name    string
		samples []Sample
		width   time.Duration
		want    []float64
	}{
		{"at the edges", []Sample{at(s, 10), at(2*s, 30), at(3*s, 60)}, s, []float64{10, 20, 30}},
		{"from a sample at 0", []Sample{at(0, 0), at(2*s, 30)}, s, []float64{15, 15}},
		{"across the edges", []Sample{at(3*s/2, 30), at(5*s/2, 30), at(3*s, 40)}, s, []float64{20, 10, 10}},
		{"the last isn't whole", []Sample{at(s, 10), at(5*s/2, 40)}, s, []float64{10, 20}},
		{"just whole", []Sample{at(2*s-1, 10)}, s, []float64{10 / (2 - 1e-9)}},
		{"wider than all", []Sample{at(s, 10)}, 2 * s, nil},
		{"two in one window", []Sample{at(s/4, 1), at(s/2, 3), at(s, 7)}, s, []float64{7}},
		{"half a second wide", []Sample{at(s, 10)}, s / 2, []float64{10, 10}},
		{"a stall", []Sample{at(s, 10), at(3*s, 10), at(4*s, 30)}, s, []float64{10, 0, 0, 20}},
		{"the same moment twice", []Sample{at(s/2, 4), at(s/2, 6), at(s, 8)}, s, []float64{8}},
		{"out of order", []Sample{at(2*s, 30), at(s, 10)}, s, []float64{10, 20}},
		{"no samples", nil, s, nil},
		{"no width", []Sample{at(s, 10)}, 0, nil},
		{"negative width", []Sample{at(s, 10)}, -s, nil},
	} {
		if diff := cmp.Diff(c.want, Windows(c.samples, c.width), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// What the whole windows hold is what the samples hold at the end of the last one.
func TestWindowsLoseNothing(t *testing.T) {
	samples := []Sample{}
	for i := range int64(50) {
		samples = append(samples, Sample{At: time.Duration(i*i) * 7 * time.Millisecond, Bytes: i * i * i})
	}
	const width = 100 * time.Millisecond
	var sum float64
	all := Windows(samples, width)
	for _, rate := range all {
		sum += rate * width.Seconds()
	}
	end := time.Duration(len(all)) * width
	last, before := samples[49], samples[48]
	want := float64(before.Bytes) + float64(last.Bytes-before.Bytes)*float64(end-before.At)/float64(last.At-before.At)
	if math.Abs(sum-want) > 1e-6*want || last.At-end >= width {
		t.Errorf("%d windows hold %g bytes, want %g", len(all), sum, want)
	}
}
