package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	monitoring "cloud.google.com/go/monitoring/apiv3/v2"
	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/lbench/lbench/internal/result"
)

// GCS is the monitoring of Google Cloud Storage: three metrics of DELTA points of 60 s that
// end on minutes of UTC.
type GCS struct {
	Project string
	Client  *monitoring.MetricClient
	Retry   Retry

	clock serviceClock
}

// gcsLate is after how long a minute is there at the latest: the metrics are sampled every
// 60 s, and visible up to 180 s later.
const gcsLate = 240 * time.Second

// gcsPage is how many points a page may have: some 5 MB in memory.
const gcsPage = 10_000

// Name is gcs.
func (g *GCS) Name() string { return "gcs" }

// Late is 4 minutes.
func (g *GCS) Late() time.Duration { return gcsLate }

// Extend puts beside the figures of the last reading how they were got.
func (g *GCS) Extend(t *result.Traffic) {
	g.Retry.tell(t)
	g.clock.tell(t)
}

// Points reads every minute that the window touches. What the server could not read of it
// comes back as warnings.
func (g *GCS) Points(ctx context.Context, q Query, emit func(Point)) ([]result.Warning, error) {
	var warnings []result.Warning
	for _, part := range q.split() {
		some, err := g.part(ctx, part, emit)
		if err != nil {
			return nil, err
		}
		warnings = append(warnings, some...)
	}
	return warnings, nil
}

// mostNamed is how many buckets one filter may name.
const mostNamed = 100

// split makes queries of a query that names more buckets than a filter may.
func (q Query) split() []Query {
	if len(q.Buckets) <= mostNamed {
		return []Query{q}
	}
	var parts []Query
	for names := range slices.Chunk(q.Buckets, mostNamed) {
		part := q
		part.Buckets = names
		parts = append(parts, part)
	}
	return parts
}

func (g *GCS) part(ctx context.Context, q Query, emit func(Point)) ([]result.Warning, error) {
	var warnings []result.Warning
	for _, m := range gcsMetrics() {
		request := &monitoringpb.ListTimeSeriesRequest{
			Name:   "projects/" + g.Project,
			Filter: gcsFilter(q, m[1]),
			// Of a point its end counts, which has to be after the start here and may be the end.
			Interval: &monitoringpb.TimeInterval{StartTime: timestamppb.New(q.From.Truncate(minute)), EndTime: timestamppb.New(q.To.Add(minute - 1).Truncate(minute))},
			View:     monitoringpb.ListTimeSeriesRequest_FULL,
		}
		some, err := g.pages(ctx, request, func(s *monitoringpb.TimeSeries) { emitSeries(m[0], s, emit) })
		if err != nil {
			return nil, fmt.Errorf("read %s of project %q: %w", m[0], g.Project, gcsError(err))
		}
		warnings = append(warnings, some...)
	}
	return warnings, nil
}

// pages reads a list page by page. One that breaks off is read again, and nothing of it is
// handed on twice.
func (g *GCS) pages(ctx context.Context, request *monitoringpb.ListTimeSeriesRequest, handle func(*monitoringpb.TimeSeries)) ([]result.Warning, error) {
	var warnings []result.Warning
	request.PageSize = gcsPage
	budget := g.Retry.begin()
	for {
		page, next, some, err := g.page(ctx, request)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			if waitErr := budget.wait(ctx, err); waitErr != nil {
				return nil, waitErr
			}
			continue
		}
		for _, s := range page {
			handle(s)
		}
		warnings = append(warnings, some...)
		if next == "" {
			return warnings, nil
		}
		request.PageToken = next
		budget = g.Retry.begin()
	}
}

// page reads one page, whose size is counted in points, with what the server could not read.
func (g *GCS) page(ctx context.Context, request *monitoringpb.ListTimeSeriesRequest) (page []*monitoringpb.TimeSeries, next string, warnings []result.Warning, err error) {
	var header metadata.MD
	list := g.Client.ListTimeSeries(ctx, request, gax.WithTimeout(time.Minute), gax.WithRetry(func() gax.Retryer { return nil }), // we try again ourselves
		gax.WithGRPCOptions(grpc.Header(&header)))
	for {
		s, err := list.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, "", nil, err
		}
		page = append(page, s)
		if list.PageInfo().Remaining() == 0 { // the next call would ask for another page
			break
		}
	}
	for _, date := range header.Get("date") {
		g.clock.heard(date, time.Now())
	}
	if response, ok := list.Response.(*monitoringpb.ListTimeSeriesResponse); ok {
		for _, e := range response.GetExecutionErrors() {
			warnings = append(warnings, result.Warning{Code: warnPartial, Text: "the server could not read all series: " + scrub(e.GetMessage())})
		}
	}
	return page, list.PageInfo().Token, warnings, nil
}

// gcsFilter chooses a metric of the buckets that are asked for.
func gcsFilter(q Query, metric string) string {
	filter := fmt.Sprintf(`metric.type = %q AND resource.type = "gcs_bucket"`, metric)
	switch {
	case len(q.Buckets) == 1:
		filter += fmt.Sprintf(" AND resource.labels.bucket_name = %q", q.Buckets[0])
	case len(q.Buckets) > 1:
		quoted := make([]string, len(q.Buckets))
		for i, name := range q.Buckets {
			quoted[i] = fmt.Sprintf("%q", name)
		}
		filter += " AND resource.labels.bucket_name = one_of(" + strings.Join(quoted, ", ") + ")"
	case q.Prefix != "":
		filter += fmt.Sprintf(" AND resource.labels.bucket_name = starts_with(%q)", q.Prefix)
	default:
		key, value, _ := strings.Cut(q.Label, "=")
		filter += fmt.Sprintf(" AND metadata.user_labels.%q = %q", key, value)
	}
	return filter
}

func emitSeries(name string, s *monitoringpb.TimeSeries, emit func(Point)) {
	for _, p := range s.GetPoints() {
		value := float64(p.GetValue().GetInt64Value())
		if d, ok := p.GetValue().GetValue().(*monitoringpb.TypedValue_DoubleValue); ok {
			value = d.DoubleValue
		}
		emit(Point{
			Bucket: s.GetResource().GetLabels()["bucket_name"], Name: name, Method: s.GetMetric().GetLabels()["method"], Code: s.GetMetric().GetLabels()["response_code"],
			Start: p.GetInterval().GetStartTime().AsTime(), End: p.GetInterval().GetEndTime().AsTime(), Value: value,
		})
	}
}

var errNoCredentials = errors.New("there are no credentials: run `gcloud auth application-default login`, set GOOGLE_APPLICATION_CREDENTIALS to a key file, or give --credentials-file")
