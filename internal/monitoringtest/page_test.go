package monitoringtest_test

import (
	"errors"
	"fmt"
	"testing"

	monitoring "cloud.google.com/go/monitoring/apiv3/v2"
	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
)

// A page has page_size points, over as many series as that takes; a series that doesn't end
// on a page goes on, with its labels, on the next. All pages together are all points.
func TestPagesCountPoints(t *testing.T) {
	s, client, _ := start(t)
	const buckets, minutes = 1000, 3
	for b := range buckets {
		for m := range minutes {
			s.Serve(fmt.Sprintf("bucket-%04d", b), "ReadObject", "OK", at(14, m, 0), int64(b*minutes+m+1), 0, 1)
		}
	}
	r := day(sent, "")
	r.PageSize = 7
	seen := map[string]bool{}
	var pages, continued int
	last, token := "", ""
	for {
		r.PageToken = token
		answer, err := page(t, client, r)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		points := 0
		for i, series := range answer.GetTimeSeries() {
			bucket := series.GetResource().GetLabels()["bucket_name"]
			if bucket < last {
				t.Fatalf("page %d: %s after %s", pages, bucket, last)
			}
			if bucket == last {
				if i > 0 {
					t.Fatalf("page %d has %s twice", pages, bucket)
				}
				continued++
			}
			last = bucket
			for _, p := range series.GetPoints() {
				name := bucket + " " + show(p)
				if seen[name] {
					t.Fatalf("page %d: %s again", pages, name)
				}
				seen[name] = true
				points++
			}
		}
		if token = answer.GetNextPageToken(); token == "" {
			want(t, "points on the last page", points, buckets*minutes%7)
			break
		}
		if points != 7 {
			t.Fatalf("page %d has %d points", pages, points)
		}
	}
	want(t, "points", len(seen), buckets*minutes)
	want(t, "pages", pages, (buckets*minutes+6)/7)
	want(t, "calls", s.Counts().ListTimeSeries, pages)
	if continued == 0 {
		t.Error("no series went on over a page")
	}
}

// page asks for one page.
func page(t *testing.T, client *monitoring.MetricClient, r *monitoringpb.ListTimeSeriesRequest) (*monitoringpb.ListTimeSeriesResponse, error) {
	t.Helper()
	it := client.ListTimeSeries(t.Context(), r)
	if _, err := it.Next(); err != nil && !errors.Is(err, iterator.Done) {
		return nil, err
	}
	return it.Response.(*monitoringpb.ListTimeSeriesResponse), nil
}

// The client's own paging gives the same, with one point a page as with all on one.
func TestClientPages(t *testing.T) {
	s, client, _ := start(t)
	for m := range 4 {
		s.Serve("a", "ReadObject", "OK", at(14, m, 0), int64(m+1), 0, 1)
		s.Serve("b", "ReadObject", "OK", at(14, m, 0), int64(m+10), 0, 1)
	}
	for size, text := range map[int32]string{
		0: "a ReadObject OK  14:03:00-14:04:00=4 14:02:00-14:03:00=3 14:01:00-14:02:00=2 14:00:00-14:01:00=1\n" +
			"b ReadObject OK  14:03:00-14:04:00=13 14:02:00-14:03:00=12 14:01:00-14:02:00=11 14:00:00-14:01:00=10\n",
		3: "a ReadObject OK  14:03:00-14:04:00=4 14:02:00-14:03:00=3 14:01:00-14:02:00=2\n" +
			"a ReadObject OK  14:00:00-14:01:00=1\n" +
			"b ReadObject OK  14:03:00-14:04:00=13 14:02:00-14:03:00=12\n" +
			"b ReadObject OK  14:01:00-14:02:00=11 14:00:00-14:01:00=10\n",
		4: "a ReadObject OK  14:03:00-14:04:00=4 14:02:00-14:03:00=3 14:01:00-14:02:00=2 14:00:00-14:01:00=1\n" +
			"b ReadObject OK  14:03:00-14:04:00=13 14:02:00-14:03:00=12 14:01:00-14:02:00=11 14:00:00-14:01:00=10\n",
	} {
		r := day(sent, "")
		r.PageSize = size
		want(t, fmt.Sprint("page size ", size), lines(t, client, r), text)
	}
	want(t, "calls", s.Counts().ListTimeSeries, 1+3+2)
}

// With HEADERS there are no points, and a page counts series.
func TestHeaders(t *testing.T) {
	s, client, _ := start(t)
	for b := range 5 {
		for m := range 3 {
			s.Serve(fmt.Sprint("b", b), "ReadObject", "OK", at(14+b, m, 0), 1, 0, 1)
		}
	}
	r := request(sent, "", at(14, 2, 0), at(17, 2, 0)) // b0 and b3 have points in it too, b4 none
	r.View, r.PageSize = monitoringpb.ListTimeSeriesRequest_HEADERS, 2
	want(t, "headers", lines(t, client, r), "b0 ReadObject OK \nb1 ReadObject OK \nb2 ReadObject OK \nb3 ReadObject OK \n")
	want(t, "calls", s.Counts().ListTimeSeries, 2)
}

// Points that arrive while a client pages, and traffic that is booked late, neither repeat a
// point nor lose one of the listing as it was when it began.
func TestPagesHoldStill(t *testing.T) {
	s, client, clock := start(t)
	clock.set(at(14, 3, 0))
	for m := range 5 {
		s.Serve("m", "ReadObject", "OK", at(14, m, 0), int64(m+1), 0, 1)
	}
	r := day(sent, "")
	r.PageSize = 2
	it := client.ListTimeSeries(t.Context(), r)
	got := ""
	for {
		series, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range series.GetPoints() {
			got += " " + show(p)
		}
		clock.set(at(15, 0, 0))
		s.Serve("a", "ReadObject", "OK", at(14, 0, 0), 100, 0, 1) // before the place
		s.Serve("m", "ReadObject", "OK", at(13, 0, 0), 100, 0, 1) // behind it
	}
	want(t, "points", got, " 14:02:00-14:03:00=3 14:01:00-14:02:00=2 14:00:00-14:01:00=1 13:00:00-13:01:00=100")
}

func TestRequestsRefused(t *testing.T) {
	s, client, _ := start(t)
	for m := range 3 {
		s.Serve("a", "ReadObject", "OK", at(14, m, 0), 1, 0, 1)
	}
	first := day(sent, "")
	first.PageSize = 1
	answer, err := page(t, client, first)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		change func(*monitoringpb.ListTimeSeriesRequest)
		text   string
	}{
		"order_by":           {func(r *monitoringpb.ListTimeSeriesRequest) { r.OrderBy = "x" }, `orderBy had an invalid value of "x"`},
		"no interval":        {func(r *monitoringpb.ListTimeSeriesRequest) { r.Interval = nil }, "must be set"},
		"no start":           {func(r *monitoringpb.ListTimeSeriesRequest) { r.Interval.StartTime = nil }, "must be set"},
		"start at end":       {func(r *monitoringpb.ListTimeSeriesRequest) { r.Interval.StartTime = r.Interval.EndTime }, "The start time must be before the end time"},
		"view":               {func(r *monitoringpb.ListTimeSeriesRequest) { r.View = 7 }, "not one of [FULL HEADERS]"},
		"page size":          {func(r *monitoringpb.ListTimeSeriesRequest) { r.PageSize = -1 }, "must not be negative"},
		"second aggregation": {func(r *monitoringpb.ListTimeSeriesRequest) { r.SecondaryAggregation = new(monitoringpb.Aggregation) }, "no second aggregation"},
		"nonsense token":     {func(r *monitoringpb.ListTimeSeriesRequest) { r.PageToken = "!" }, "isn't a token of this request"},
		"token of another one": {func(r *monitoringpb.ListTimeSeriesRequest) {
			r.PageToken = answer.GetNextPageToken()
			r.Filter += ` AND project = "lab"`
		}, "isn't a token of this request"},
		"token of no placement": {func(r *monitoringpb.ListTimeSeriesRequest) { r.PageToken = "e30=" }, "isn't a token of this request"},
	} {
		r := day(sent, "")
		c.change(r)
		_, err := page(t, client, r)
		wantError(t, what, err, codes.InvalidArgument, c.text)
	}
	first.PageToken, first.PageSize = answer.GetNextPageToken(), 0 // another size is no other request
	if answer, err = page(t, client, first); err != nil || len(answer.GetTimeSeries()[0].GetPoints()) != 2 {
		t.Errorf("the rest: %v, %v", answer, err)
	}
}
