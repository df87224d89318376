package report

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

var openEnd = math.Inf(1)

// worldAlone is a folder with a run's own readings and none of what was attached.
func worldAlone(t *testing.T, f *result.Folder) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.Dir, result.ReadingsFile))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, result.ReadingsFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// halves is a run to which traffic is attached in two files, of a bucket each.
func halves(first, second float64) result.Run {
	run := withBuckets(longRun(), first)
	other := withBuckets(longRun(), second).Traffic[0]
	run.Traffic[0].Buckets, other.Buckets = []result.BucketTraffic{{Name: "b1"}}, []result.BucketTraffic{{Name: "b2"}}
	for i, t := range []*result.Traffic{&run.Traffic[0], &other} {
		for j := range t.Minutes {
			t.Minutes[j].PerBucket = []float64{t.Minutes[j].Sent}
			t.Minutes[j].ByMethod = map[string]float64{"ReadObject": 10, "ListObjects": float64(i)}
		}
		t.Methods, t.Codes = map[string]float64{"ReadObject": 90, "ListObjects": 10}, map[string]float64{"OK": 99, "429": float64(i)}
		t.Prices = "2026-03-01"
		t.Metrics["cost_requests_usd"], t.Metrics["cost_egress_usd"], t.Metrics["first_byte_latency_mean_ns"] = 3, 4, 5
	}
	run.Traffic = append(run.Traffic, other)
	return run
}

// TestTwoFilesAreAddedUp: traffic of different buckets in the same window is one.
func TestTwoFilesAreAddedUp(t *testing.T) {
	run := halves(0.4, 0.6)
	run.Traffic[1].From = run.Traffic[1].From.Add(50 * time.Second)
	run.Traffic[1].To = run.Traffic[1].To.Add(-30 * time.Second)
	run.Traffic[1].Minutes = run.Traffic[1].Minutes[1:]
	a := accountOfRun(t, run)
	if got := a.sentence(); !strings.HasPrefix(got, "Cold end to end: 99 % (97 to 99 %)") {
		t.Errorf("%q", got)
	}
	joined, why := joinTraffic(run.Traffic)
	if why != "" {
		t.Fatal(why)
	}
	x, y := run.Traffic[0], run.Traffic[1]
	if m := joined.Minutes[3]; m.Sent != x.Minutes[3].Sent+y.Minutes[2].Sent || !slices.Equal(m.PerBucket, []float64{x.Minutes[3].Sent, y.Minutes[2].Sent}) || m.ByMethod["ReadObject"] != 20 || m.ByMethod["ListObjects"] != 1 {
		t.Errorf("%+v", m)
	}
	if m := joined.Minutes[0]; m.Sent != x.Minutes[0].Sent || !slices.Equal(m.PerBucket, []float64{m.Sent, 0}) {
		t.Errorf("%+v", m)
	}
	_, latency := joined.Metrics["first_byte_latency_mean_ns"]
	if joined.Metrics["sent_bytes"] != x.Metrics["sent_bytes"]+y.Metrics["sent_bytes"] || joined.Metrics["cost_requests_usd"] != 6 || joined.Codes["429"] != 1 || latency {
		t.Errorf("%v %v", joined.Metrics, joined.Codes)
	}
	if !joined.From.Equal(y.From) || !joined.To.Equal(y.To) || joined.Prices != "2026-03-01" || len(joined.Buckets) != 2 {
		t.Errorf("%+v", joined)
	}
	if all := strings.Join(a.balance(), "\n"); !strings.Contains(all, "The traffic of 2 files is added up") {
		t.Errorf("%s", all)
	}
}

// TestFilesThatDontAddUp: nothing is claimed from any of them, and why is said.
func TestFilesThatDontAddUp(t *testing.T) {
	for _, test := range []struct {
		change func(*result.Traffic)
		want   string
	}{
		{func(t *result.Traffic) { t.Buckets = []result.BucketTraffic{{Name: "b3"}, {Name: "b1"}} }, `The traffic of 2 files is attached, and two of them have the bucket "b1": nothing is claimed from it.`},
		{func(t *result.Traffic) { t.From = t.From.Add(61 * time.Second) }, "The traffic of 2 files is attached, and they are of different windows (2026-03-13 14:00:00 to 14:51:40 UTC and 2026-03-13 14:01:01 to 14:51:40 UTC): nothing is claimed from it."},
		{func(t *result.Traffic) { t.To = t.To.Add(24 * time.Hour) }, "The traffic of 2 files is attached, and they are of different windows (2026-03-13 14:00:00 to 14:51:40 UTC and 2026-03-13 14:00:00 to 2026-03-14 14:51:40 UTC): nothing is claimed from it."},
		{func(t *result.Traffic) { t.Buckets = nil }, "The traffic of 2 files is attached, and one of them names no buckets: nothing is claimed from it."},
	} {
		run := halves(0.4, 0.6)
		test.change(&run.Traffic[1])
		a := accountOfRun(t, run)
		if got := a.sentence(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
		if a.buckets != nil || len(a.bucketFacts()) > 0 {
			t.Errorf("%+v", a.buckets)
		}
	}
	run := halves(0.4, 0.6)
	run.Traffic[1].Prices = "2025-01-01"
	if got := strings.Join(accountOfRun(t, run).bucketFacts(), "\n"); strings.Contains(got, "cost") {
		t.Errorf("costs by different prices are added up: %s", got)
	}
	run.Traffic[1].Source = "s3"
	run.Traffic[1].Buckets[0].Name = "b1" // of another cloud
	if got := accountOfRun(t, run).sentence(); !strings.HasPrefix(got, "Cold end to end: 99 %") {
		t.Errorf("%q", got)
	}
}

// TestCostOfTheRunsOwnTime: a window of three hours costs more than the run in it.
func TestCostOfTheRunsOwnTime(t *testing.T) {
	for _, test := range []struct {
		name          string
		requests      float64 // of the window
		egress        float64 // $
		requestsPrice bool
		want          string
	}{
		{"both", 4, 8, true, "Requests and egress in the run's own time cost $2.97 by the prices of 2026-03-01: $0.59 per epoch, $0.04 per million samples; over the whole window $12.00."},
		{"no requests known", 0, 8, true, "Egress in the run's own time cost $1.98 by the prices of 2026-03-01: $0.40 per epoch, $0.03 per million samples; over the whole window $8.00. What the requests cost isn't known: none were counted."},
		{"no price of requests", 4, 8, false, "Egress in the run's own time cost $1.98 by the prices of 2026-03-01: $0.40 per epoch, $0.03 per million samples; over the whole window $8.00."},
	} {
		run := withBuckets(longRun(), 1)
		traffic := &run.Traffic[0]
		traffic.Prices = "2026-03-01"
		before := *traffic
		traffic.From = before.From.Add(-3 * time.Hour)
		traffic.Metrics["sent_bytes"] *= 4
		traffic.Metrics["requests"] *= test.requests
		traffic.Metrics["cost_egress_usd"] = test.egress
		if test.requestsPrice {
			traffic.Metrics["cost_requests_usd"] = test.requests
		}
		a := accountOfRun(t, run)
		facts := strings.Join(a.bucketFacts(), "\n")
		if !strings.Contains(facts, test.want) {
			t.Errorf("%s:\n%s\nwant %s", test.name, facts, test.want)
		}
		if want := "Over the window that was asked for, 2026-03-13 11:00:00 to 14:51:40 UTC, the buckets sent 120 TB; columns and claims count from the first epoch's start to the last one's end."; !strings.Contains(facts, want) {
			t.Errorf("%s", facts)
		}
	}
	facts := costFacts(result.Traffic{Prices: "2026-03-01", Metrics: map[string]float64{"sent_bytes": 5, "cost_requests_usd": 0, "cost_egress_usd": 3}})
	if len(facts) != 1 || facts[0].Detail != "egress $3.00, by prices of 2026-03-01" {
		t.Errorf("%+v", facts)
	}
	facts = costFacts(result.Traffic{Prices: "2026-03-01", Metrics: map[string]float64{"sent_bytes": 5, "requests": 2, "cost_requests_usd": 1, "cost_egress_usd": 3}})
	if len(facts) != 1 || facts[0].Value != "$4.00" {
		t.Errorf("%+v", facts)
	}
}

// TestRefused: of requests that were refused nobody knows whether they came again.
func TestRefused(t *testing.T) {
	got := retryLine(result.Traffic{Codes: map[string]float64{"OK": 171.2, "429": 1.3, "UNAVAILABLE": 1.48}})
	if got != "Of 174 requests in the window 3 were answered 429 or 503 (1.60 %)." {
		t.Errorf("%q", got)
	}
}
