package monitoringtest_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	monitoring "cloud.google.com/go/monitoring/apiv3/v2"
	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/api/iterator"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/lbench/lbench/internal/monitoringtest"
)

// five serves bytes 1 to 5 in the minutes from 14:00, from buckets a and b.
func five(s *monitoringtest.Server) {
	for m := range 5 {
		s.Serve("a", "ReadObject", "OK", at(14, m, 0), int64(m+1), 0, 1)
		s.Serve("b", "ReadObject", "OK", at(14, m, 0), int64(m+11), 0, 1)
	}
}

const onlyA = `resource.labels.bucket_name = "a"`

func TestDelay(t *testing.T) {
	s, client, clock := start(t)
	five(s)
	s.Delay(3 * time.Minute)
	clock.set(at(14, 5, 59)) // the minutes from 14:02 are under way
	want(t, "before", lines(t, client, day(sent, onlyA)), "a ReadObject OK  14:01:00-14:02:00=2 14:00:00-14:01:00=1\n")
	want(t, "pages that lacked points", s.Counts().Delayed, 1)
	clock.set(at(14, 6, 0))
	want(t, "one more", lines(t, client, day(sent, onlyA)), "a ReadObject OK  14:02:00-14:03:00=3 14:01:00-14:02:00=2 14:00:00-14:01:00=1\n")
	clock.set(at(14, 8, 0))
	lines(t, client, day(sent, onlyA))
	want(t, "all are there", s.Counts().Delayed, 2)
	clock.set(at(14, 5, 0))
	s.Delay(0)
	lines(t, client, day(sent, onlyA))
	want(t, "no delay, no count", s.Counts().Delayed, 2)
}

func TestDrop(t *testing.T) {
	s, client, _ := start(t)
	five(s)
	s.Drop("a", at(14, 1, 0), at(14, 3, 0))
	s.Drop("", at(14, 4, 0), at(14, 5, 0))
	want(t, "left", lines(t, client, day(sent, "")), ""+
		"a ReadObject OK  14:03:00-14:04:00=4 14:00:00-14:01:00=1\n"+
		"b ReadObject OK  14:03:00-14:04:00=14 14:02:00-14:03:00=13 14:01:00-14:02:00=12 14:00:00-14:01:00=11\n")
	want(t, "counted", s.Counts().Dropped, 1)
	want(t, "the truth has them", s.Served("a", at(14, 0, 0), at(15, 0, 0)).SentBytes, 15)
	lines(t, client, request(sent, "", at(14, 3, 0), at(14, 4, 0)))
	want(t, "not asked for, not counted", s.Counts().Dropped, 1)
	s.Mend()
	want(t, "mended", lines(t, client, request(sent, onlyA, at(14, 1, 0), at(14, 2, 0))), "a ReadObject OK  14:01:00-14:02:00=2\n")
}

func TestThrottle(t *testing.T) {
	s, client, _ := start(t)
	five(s)
	s.Throttle(2, 0)
	_, err := list(t.Context(), client, day(sent, ""))
	wantError(t, "first", err, codes.ResourceExhausted, "limit 'Time series queries per minute' of service 'monitoring.googleapis.com' for consumer 'project_number:4711'")
	if len(status.Convert(err).Details()) != 0 {
		t.Errorf("details of %v", err)
	}
	_, err = client.ListMetricDescriptors(t.Context(), &monitoringpb.ListMetricDescriptorsRequest{Name: "projects/lab"}).Next()
	wantError(t, "another kind", err, codes.ResourceExhausted, "")
	if _, err := list(t.Context(), client, day(sent, "")); err != nil {
		t.Errorf("third: %v", err)
	}
	s.Throttle(1, 90*time.Second)
	_, err = list(t.Context(), client, day(sent, ""))
	details := status.Convert(err).Details()
	if len(details) != 1 || details[0].(*errdetails.RetryInfo).GetRetryDelay().AsDuration() != 90*time.Second {
		t.Errorf("details %v of %v", details, err)
	}
	want(t, "counted", s.Counts().Throttled, 3)
	want(t, "refused calls count as calls", s.Counts().ListTimeSeries, 3)
}

// Without retries the client sees that the connection broke; with its own, it gets all.
func TestBreakOff(t *testing.T) {
	s, client, _ := start(t)
	five(s)
	r := day(sent, "")
	r.PageSize = 4
	stubborn := dial(t, s)
	stubborn.CallOptions = &monitoring.MetricCallOptions{} // never tries again

	s.BreakOff(2, 1)
	all, err := list(t.Context(), stubborn, r)
	wantError(t, "no retries", err, codes.Unavailable, "")
	want(t, "what came before", len(all), 1)
	want(t, "cut", s.Counts().BrokenOff, 1)
	want(t, "calls", s.Counts().ListTimeSeries, 2)

	s.BreakOff(2, 2)
	points := 0
	all, err = list(t.Context(), client, r)
	for _, series := range all {
		points += len(series.GetPoints())
	}
	if err != nil || points != 10 {
		t.Errorf("with retries: %d points, %v", points, err)
	}
	want(t, "cut again", s.Counts().BrokenOff, 3)
	want(t, "calls with those again", s.Counts().ListTimeSeries, 2+5)
}

// A page of many writes is cut in its middle too.
func TestBreakOffBigPage(t *testing.T) {
	s, client, _ := start(t)
	for b := range 3000 {
		s.Serve(fmt.Sprintf("bucket-%04d", b), "ReadObject", "OK", at(14, 0, 0), 1, 0, 1)
	}
	client.CallOptions = &monitoring.MetricCallOptions{}
	s.BreakOff(1, 1)
	_, err := list(t.Context(), client, day(sent, ""))
	wantError(t, "cut", err, codes.Unavailable, "")
	want(t, "counted", s.Counts().BrokenOff, 1)
}

// Each call waits in Options.Sleep, which a test counts instead.
func TestSlow(t *testing.T) {
	var slept atomic.Int64
	s, client, _ := startWith(t, monitoringtest.Options{Project: "lab", Sleep: func(_ context.Context, d time.Duration) error {
		slept.Add(int64(d))
		return nil
	}})
	five(s)
	s.Slow(7 * time.Second)
	r := day(sent, onlyA)
	r.PageSize = 3
	want(t, "answer", lines(t, client, r), "a ReadObject OK  14:04:00-14:05:00=5 14:03:00-14:04:00=4 14:02:00-14:03:00=3\n"+
		"a ReadObject OK  14:01:00-14:02:00=2 14:00:00-14:01:00=1\n")
	want(t, "slept", time.Duration(slept.Load()), "14s")
	want(t, "counted", s.Counts().Slowed, 2)
	s.Slow(0)
	lines(t, client, r)
	want(t, "slept no more", time.Duration(slept.Load()), "14s")
}

// The default sleep ends with the call.
func TestSlowEndsWithTheCall(t *testing.T) {
	s, client, _ := start(t)
	s.Slow(time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := list(ctx, client, day(sent, ""))
	wantError(t, "past its deadline", err, codes.DeadlineExceeded, "")
	s.Slow(time.Nanosecond)
	if _, err := list(t.Context(), client, day(sent, "")); err != nil {
		t.Error(err)
	}
}

func TestDeny(t *testing.T) {
	s, client, _ := start(t)
	s.Deny(true)
	_, err := list(t.Context(), client, day(sent, ""))
	wantError(t, "list", err, codes.PermissionDenied, "Permission monitoring.timeSeries.list denied (or the resource may not exist).")
	_, err = client.ListMonitoredResourceDescriptors(t.Context(), &monitoringpb.ListMonitoredResourceDescriptorsRequest{Name: "projects/lab"}).Next()
	wantError(t, "resources", err, codes.PermissionDenied, "monitoring.monitoredResourceDescriptors.list")
	_, err = client.ListMetricDescriptors(t.Context(), &monitoringpb.ListMetricDescriptorsRequest{Name: "projects/lab"}).Next()
	wantError(t, "metrics", err, codes.PermissionDenied, "monitoring.metricDescriptors.list")
	err = client.CreateTimeSeries(t.Context(), &monitoringpb.CreateTimeSeriesRequest{Name: "projects/lab"})
	wantError(t, "create", err, codes.PermissionDenied, "monitoring.timeSeries.create")
	want(t, "counted", s.Counts().Denied, 4)
	s.Deny(false)
	if _, err := list(t.Context(), client, day(sent, "")); err != nil {
		t.Error(err)
	}
}

// An incomplete answer is no error of the call: each page says what is missing.
func TestIncomplete(t *testing.T) {
	s, client, _ := start(t)
	five(s)
	s.Serve("b", "WriteObject", "OK", at(14, 0, 0), 1, 0, 1) // a second series: said once
	s.Incomplete("b", codes.DeadlineExceeded, "the shard of b didn't answer")
	r := day(sent, "")
	r.PageSize = 3
	it := client.ListTimeSeries(t.Context(), r)
	var said []string
	for {
		series, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		want(t, "bucket", series.GetResource().GetLabels()["bucket_name"], "a")
		for _, st := range it.Response.(*monitoringpb.ListTimeSeriesResponse).GetExecutionErrors() {
			said = append(said, fmt.Sprintln(codes.Code(st.GetCode()), st.GetMessage()))
		}
	}
	want(t, "said on both pages", said, []string{"DeadlineExceeded the shard of b didn't answer\n", "DeadlineExceeded the shard of b didn't answer\n"})
	want(t, "counted", s.Counts().Incomplete, 2)
	lines(t, client, day(sent, onlyA))
	want(t, "b wasn't asked for", s.Counts().Incomplete, 2)
	s.Incomplete("b", codes.OK, "")
	all, err := list(t.Context(), client, day(sent, ""))
	if err != nil || len(all) != 3 {
		t.Errorf("mended: %d series, %v", len(all), err)
	}
}
