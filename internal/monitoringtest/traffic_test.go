package monitoringtest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/monitoringtest"
)

// Traffic falls into whole UTC minutes; a moment on the minute opens the next one; minutes
// without traffic, and metrics without any, have no point.
func TestServeFallsIntoMinutes(t *testing.T) {
	s, client, _ := start(t)
	s.Serve("a", "ReadObject", "OK", at(14, 0, 0), 1, 0, 1)
	s.Serve("a", "ReadObject", "OK", at(14, 1, 0).Add(-time.Nanosecond), 10, 0, 1)
	s.Serve("a", "ReadObject", "OK", at(14, 1, 0), 100, 0, 1)
	s.Serve("a", "ReadObject", "OK", at(14, 3, 30).In(time.FixedZone("", 5*3600+1800)), 1000, 0, 1)
	s.Serve("a", "ReadObject", "NOT_FOUND", at(14, 1, 1), 0, 0, 7)
	s.Serve("a", "WriteObject", "OK", at(14, 1, 1), 0, 5000, 1)
	s.Serve("b", "ReadObject", "OK", at(14, 1, 1), 20, 0, 3)
	want(t, "sent", lines(t, client, day(sent, "")), ""+
		"a ReadObject OK  14:03:00-14:04:00=1000 14:01:00-14:02:00=100 14:00:00-14:01:00=11\n"+
		"b ReadObject OK  14:01:00-14:02:00=20\n")
	want(t, "received", lines(t, client, day(received, "")), "a WriteObject OK  14:01:00-14:02:00=5000\n")
	want(t, "requests", lines(t, client, day(requests, "")), ""+
		"a ReadObject NOT_FOUND  14:01:00-14:02:00=7\n"+
		"a ReadObject OK  14:03:00-14:04:00=1 14:01:00-14:02:00=1 14:00:00-14:01:00=2\n"+
		"a WriteObject OK  14:01:00-14:02:00=1\n"+
		"b ReadObject OK  14:01:00-14:02:00=3\n")
	all, err := list(t.Context(), client, day(sent, ""))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "labels, kind and unit", fmt.Sprintln(all[0].GetMetric().GetLabels(), all[0].GetResource().GetType(), all[0].GetResource().GetLabels(),
		all[0].GetMetricKind(), all[0].GetValueType(), all[0].GetUnit()),
		"map[method:ReadObject response_code:OK] gcs_bucket map[bucket_name:a location:us-central1 project_id:lab] DELTA INT64 By\n")
}

// The interval takes the points whose end lies after its start and not after its end.
func TestIntervalIsHalfOpen(t *testing.T) {
	s, client, _ := start(t)
	for minute := range 5 {
		s.Serve("a", "ReadObject", "OK", at(14, minute, 30), int64(minute+1), 0, 1)
	}
	for _, c := range []struct {
		from, to time.Time
		want     string
	}{
		{at(14, 1, 0), at(14, 3, 0), "14:02:00-14:03:00=3 14:01:00-14:02:00=2"},
		{at(14, 0, 59), at(14, 3, 0), "14:02:00-14:03:00=3 14:01:00-14:02:00=2 14:00:00-14:01:00=1"},
		{at(14, 1, 0), at(14, 2, 59), "14:01:00-14:02:00=2"},
		{at(14, 1, 1), at(14, 1, 2), ""},
		{at(14, 5, 0), at(15, 0, 0), ""},
	} {
		text := ""
		if c.want != "" {
			text = "a ReadObject OK  " + c.want + "\n"
		}
		want(t, fmt.Sprint(c.from, c.to), lines(t, client, request(sent, "", c.from, c.to)), text)
	}
}

// A minute's point arrives when the minute has ended, by the server's clock.
func TestPointsArriveWithTheClock(t *testing.T) {
	s, client, clock := start(t)
	s.Serve("a", "ReadObject", "OK", at(14, 0, 30), 1, 0, 1)
	s.Serve("a", "ReadObject", "OK", at(14, 1, 30), 2, 0, 1)
	for _, c := range []struct {
		now  time.Time
		want string
	}{
		{at(14, 0, 59), ""},
		{at(14, 1, 0), "a ReadObject OK  14:00:00-14:01:00=1\n"},
		{at(14, 1, 59), "a ReadObject OK  14:00:00-14:01:00=1\n"},
		{at(14, 2, 0), "a ReadObject OK  14:01:00-14:02:00=2 14:00:00-14:01:00=1\n"},
	} {
		clock.set(c.now)
		want(t, c.now.String(), lines(t, client, day(sent, "")), c.want)
	}
}

// What the server answers adds up to what it served, to the byte, whatever was served when;
// many goroutines serve and ask at once.
func TestAnswersAddUpToTheTruth(t *testing.T) {
	s, client, _ := start(t)
	buckets := []string{"a", "b", "c"}
	var wg sync.WaitGroup
	for worker := range uint64(4) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, worker))
			for range 500 {
				s.Serve(buckets[random.IntN(3)], []string{"ReadObject", "WriteObject"}[random.IntN(2)], "OK",
					at(14, 0, 0).Add(time.Duration(random.Int64N(int64(time.Hour)))), random.Int64N(1<<40), random.Int64N(1<<20), random.Int64N(9))
			}
		})
	}
	wg.Go(func() {
		for range 5 {
			if _, err := list(t.Context(), client, day(sent, "")); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	// The minutes 14:10 to 14:50: the points that end in (14:10, 14:50].
	from, to := at(14, 10, 0), at(14, 50, 0)
	for _, bucket := range buckets {
		var got monitoringtest.Total
		for metric, sum := range map[string]*int64{sent: &got.SentBytes, received: &got.ReceivedBytes, requests: &got.Requests} {
			all, err := list(t.Context(), client, request(metric, fmt.Sprintf("resource.labels.bucket_name = %q", bucket), from, to))
			if err != nil {
				t.Fatal(err)
			}
			for _, series := range all {
				for _, p := range series.GetPoints() {
					*sum += p.GetValue().GetInt64Value()
				}
			}
		}
		if truth := s.Served(bucket, from, to); got != truth || truth.SentBytes == 0 {
			t.Errorf("bucket %s: answered %+v, served %+v", bucket, got, truth)
		}
	}
	want(t, "a bucket that there isn't", s.Served("z", from, to), monitoringtest.Total{})
}

func TestServedIsCutToSeconds(t *testing.T) {
	s, _, _ := start(t)
	s.Serve("a", "ReadObject", "OK", at(14, 0, 1).Add(999*time.Millisecond), 1, 10, 100)
	s.Serve("a", "WriteObject", "OK", at(14, 0, 2), 2, 20, 200)
	want(t, "14:00:01", s.Served("a", at(14, 0, 1), at(14, 0, 2)), monitoringtest.Total{SentBytes: 1, ReceivedBytes: 10, Requests: 100})
	want(t, "both", s.Served("a", at(14, 0, 1), at(14, 0, 3)), monitoringtest.Total{SentBytes: 3, ReceivedBytes: 30, Requests: 300})
}

func TestServeRefusesNegativeAmounts(t *testing.T) {
	s, _, _ := start(t)
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, `bucket "a" can't serve -1 bytes sent`) {
			t.Errorf("panicked with %s", text)
		}
	}()
	s.Serve("a", "ReadObject", "OK", at(14, 0, 0), -1, 0, 0)
}

func TestLoad(t *testing.T) {
	s, client, _ := start(t)
	text, err := os.ReadFile("testdata/small.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Load(text); err != nil {
		t.Fatal(err)
	}
	want(t, "intervals stay", lines(t, client, day(sent, "")), "north ReadObject OK  14:02:00-14:03:00=3000 14:00:30-14:01:00=1001\n")
	want(t, "truth", s.Served("north", at(14, 0, 30), at(14, 3, 0)), monitoringtest.Total{SentBytes: 4001, Requests: 8})
	want(t, "a point counts at its start", s.Served("north", at(14, 0, 31), at(14, 3, 0)), monitoringtest.Total{SentBytes: 3000, Requests: 6})
	// Serve adds to a loaded series of the same labels, and opens one at another location.
	s.Serve("north", "ReadObject", "OK", at(14, 2, 0), 1, 0, 0)
	want(t, "two locations", lines(t, client, day(sent, "")), ""+
		"north ReadObject OK  14:02:00-14:03:00=3000 14:00:30-14:01:00=1001\n"+
		"north ReadObject OK  14:02:00-14:03:00=1\n")

	good := string(text)
	for old, c := range map[string]struct{ now, want string }{
		`"int64Value": "3000"`:              {`"int64Value": "-1"`, "isn't an int64Value of 0 or more"},
		`{"int64Value": "1001"}`:            {`{"doubleValue": 1}`, "isn't an int64Value"},
		`"project_id": "lab"`:               {`"project_id": "x"`, `project_id "x" isn't the server's, "lab"`},
		`"type": "gcs_bucket"`:              {`"type": "x"`, `resource type "x" isn't "gcs_bucket"`},
		"api/request_count":                 {"api/x", "timeSeries[1]: metric type"},
		`"metricKind": "DELTA"`:             {`"metricKind": "GAUGE"`, "kind GAUGE of INT64 isn't DELTA of INT64"},
		`"startTime": "2026-03-13T14:02:0`:  {`"startTime": "2026-03-13T14:00:5`, "overlap"},
		`"endTime": "2026-03-13T14:03:00Z"`: {`"endTime": "2026-03-13T14:02:00Z"`, "doesn't start before it ends"},
		`{"timeSeries"`:                     {`{"timeSeries`, "loading time series: "},
	} {
		other, _, _ := start(t)
		err := other.Load([]byte(strings.Replace(good, old, c.now, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("with %s: %v, want %q", c.now, err, c.want)
		}
		want(t, "booked after an error", other.Served("north", at(0, 0, 0), at(23, 0, 0)), monitoringtest.Total{})
	}
}
