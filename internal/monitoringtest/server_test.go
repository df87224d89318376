package monitoringtest_test

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	monitoring "cloud.google.com/go/monitoring/apiv3/v2"
	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/lbench/lbench/internal/monitoringtest"
)

const (
	sent     = "storage.googleapis.com/network/sent_bytes_count"
	received = "storage.googleapis.com/network/received_bytes_count"
	requests = "storage.googleapis.com/api/request_count"
)

// at is a moment of the day that all tests play on.
func at(hour, minute, second int) time.Time {
	return time.Date(2026, 3, 13, hour, minute, second, 0, time.UTC)
}

// clock is what the server reads; it stands until a test sets it.
type clock struct{ ns atomic.Int64 }

func (c *clock) set(t time.Time) { c.ns.Store(t.UnixNano()) }
func (c *clock) now() time.Time  { return time.Unix(0, c.ns.Load()) }

// start gives a server of project lab at 20:00, when all that tests serve has arrived, and
// a real client of it.
func start(t testing.TB) (*monitoringtest.Server, *monitoring.MetricClient, *clock) {
	t.Helper()
	return startWith(t, monitoringtest.Options{Project: "lab", Number: "4711"})
}

func startWith(t testing.TB, o monitoringtest.Options) (*monitoringtest.Server, *monitoring.MetricClient, *clock) {
	t.Helper()
	c := new(clock)
	c.set(at(20, 0, 0))
	o.Now = c.now
	s, err := monitoringtest.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, dial(t, s), c
}

func dial(t testing.TB, s *monitoringtest.Server) *monitoring.MetricClient {
	t.Helper()
	client, err := monitoring.NewMetricClient(context.Background(), s.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// request asks for a metric, filtered further if filter isn't empty, in (from, to].
func request(metric, filter string, from, to time.Time) *monitoringpb.ListTimeSeriesRequest {
	text := fmt.Sprintf("metric.type = %q", metric)
	if filter != "" {
		text += " AND " + filter
	}
	return &monitoringpb.ListTimeSeriesRequest{
		Name: "projects/lab", Filter: text,
		Interval: &monitoringpb.TimeInterval{StartTime: timestamppb.New(from), EndTime: timestamppb.New(to)},
	}
}

// day is the interval that holds all.
func day(metric, filter string) *monitoringpb.ListTimeSeriesRequest {
	return request(metric, filter, at(0, 0, 0), at(23, 59, 59))
}

// list asks for all pages.
func list(ctx context.Context, client *monitoring.MetricClient, r *monitoringpb.ListTimeSeriesRequest) ([]*monitoringpb.TimeSeries, error) {
	var all []*monitoringpb.TimeSeries
	it := client.ListTimeSeries(ctx, r)
	for {
		series, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, series)
	}
}

// lines lists all pages and prints a line for each series: its labels, then its points as
// start-end=value.
func lines(t *testing.T, client *monitoring.MetricClient, r *monitoringpb.ListTimeSeriesRequest) string {
	t.Helper()
	all, err := list(t.Context(), client, r)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, series := range all {
		b.WriteString(values(series.GetResource().GetLabels(), "project_id", "location") + values(series.GetMetric().GetLabels()))
		for _, p := range series.GetPoints() {
			b.WriteString(" " + show(p))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func show(p *monitoringpb.Point) string {
	from, to := p.GetInterval().GetStartTime().AsTime(), p.GetInterval().GetEndTime().AsTime()
	value := fmt.Sprint(p.GetValue().GetInt64Value())
	if _, isRate := p.GetValue().GetValue().(*monitoringpb.TypedValue_DoubleValue); isRate {
		value = fmt.Sprintf("%g/s", p.GetValue().GetDoubleValue())
	}
	if from.Equal(to) {
		return to.Format("15:04:05") + "=" + value
	}
	return from.Format("15:04:05") + "-" + to.Format("15:04:05") + "=" + value
}

// values prints labels but for those left out, in the order of their names.
func values(labels map[string]string, but ...string) string {
	var names []string
	for name := range labels {
		if !strings.Contains(strings.Join(but, " "), name) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	text := ""
	for _, name := range names {
		text += labels[name] + " "
	}
	return text
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// wantError demands a gRPC code and a part of the text.
func wantError(t *testing.T, what string, err error, code codes.Code, text string) {
	t.Helper()
	if status.Code(err) != code || !strings.Contains(fmt.Sprint(err), text) {
		t.Errorf("%s: got %v, want %v with %q", what, err, code, text)
	}
}

func TestStart(t *testing.T) {
	if _, err := monitoringtest.Start(t.Context(), monitoringtest.Options{}); err == nil {
		t.Error("no project: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	s, err := monitoringtest.Start(ctx, monitoringtest.Options{Project: "p"})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	s.Close()
	s.Close()
}

func TestProjectNames(t *testing.T) {
	s, client, _ := start(t)
	s.Serve("a", "ReadObject", "OK", at(14, 0, 0), 1, 0, 1)
	for name, code := range map[string]codes.Code{
		"projects/lab": codes.OK, "projects/4711": codes.OK,
		"projects/other": codes.NotFound, "projects/": codes.InvalidArgument,
		"organizations/1": codes.InvalidArgument, "lab": codes.InvalidArgument,
	} {
		r := day(sent, "")
		r.Name = name
		_, err := list(t.Context(), client, r)
		if status.Code(err) != code {
			t.Errorf("%s: %v, want %v", name, err, code)
		}
	}
	want(t, "calls for another project", s.Counts().WrongProject, 1)
}

func TestDescriptors(t *testing.T) {
	s, client, _ := start(t)
	var kinds []string
	it := client.ListMetricDescriptors(t.Context(), &monitoringpb.ListMetricDescriptorsRequest{
		Name: "projects/lab", Filter: `metric.type = starts_with("storage.googleapis.com/network")`})
	for {
		d, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, d.GetType()+" "+d.GetMetricKind().String()+" "+d.GetUnit())
	}
	want(t, "metrics", kinds, []string{received + " DELTA By", sent + " DELTA By"})
	d, err := client.ListMonitoredResourceDescriptors(t.Context(), &monitoringpb.ListMonitoredResourceDescriptorsRequest{Name: "projects/lab"}).Next()
	if err != nil || d.GetType() != "gcs_bucket" || len(d.GetLabels()) != 3 {
		t.Errorf("resources: %v, %v", d, err)
	}
	_, err = client.ListMetricDescriptors(t.Context(), &monitoringpb.ListMetricDescriptorsRequest{
		Name: "projects/lab", Filter: `resource.type = "x"`}).Next()
	wantError(t, "resource.type in a filter of metrics", err, codes.InvalidArgument, `"resource.type" isn't one of [metric.type]`)
	err = client.CreateTimeSeries(t.Context(), &monitoringpb.CreateTimeSeriesRequest{Name: "projects/lab"})
	wantError(t, "create", err, codes.Unimplemented, "")
	_, err = client.GetMetricDescriptor(t.Context(), &monitoringpb.GetMetricDescriptorRequest{Name: "projects/lab/metricDescriptors/" + sent})
	wantError(t, "get", err, codes.Unimplemented, "")
	c := s.Counts()
	want(t, "calls", []int{c.ListTimeSeries, c.ListMetricDescriptors, c.ListMonitoredResourceDescriptors, c.CreateTimeSeries, c.Other}, []int{0, 2, 1, 1, 1})
}
