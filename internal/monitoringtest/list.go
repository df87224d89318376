package monitoringtest

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// query is a checked request for time series.
type query struct {
	match       matcher
	metric      bucketMetric
	start, end  time.Time
	aggregation aggregation
	headers     bool // series only, no points
	most        int  // points, or series if headers, on a page
}

// line is a series of the answer.
type line struct {
	key    string  // orders the lines
	of     *series // where its labels are
	points []point // oldest first
}

// ListTimeSeries implements google.monitoring.v3.MetricService.
func (s *Server) ListTimeSeries(ctx context.Context, r *monitoringpb.ListTimeSeriesRequest) (*monitoringpb.ListTimeSeriesResponse, error) {
	q, err := queryOf(r)
	if err != nil {
		return nil, err
	}
	at, err := placeOf(r, s.options.Now())
	if err != nil {
		return nil, err
	}
	lines, incomplete := s.arrived(q, at)
	if q.aggregation.period > 0 {
		for i := range lines {
			lines[i].points = q.aggregation.align(lines[i].points, q.start, q.end)
		}
	}
	if q.aggregation.reduce {
		lines = q.aggregation.sum(lines)
	}
	answer := &monitoringpb.ListTimeSeriesResponse{ExecutionErrors: incomplete, Unit: q.unit()}
	page, next := cutPage(lines, at, q)
	for _, l := range page {
		answer.TimeSeries = append(answer.TimeSeries, q.wire(l))
	}
	if next != nil {
		answer.NextPageToken = next.token()
	}
	s.breakOff(ctx, at.Page, proto.Size(answer)/2)
	return answer, nil
}

// breakOff arms the cut of this call's connection, if page is to be cut.
func (s *Server) breakOff(ctx context.Context, page, bytes int) {
	s.mu.Lock()
	due := s.faults.breaks > 0 && s.faults.breakPage == page
	if due {
		s.faults.breaks--
	}
	s.mu.Unlock()
	client, ok := peer.FromContext(ctx)
	if !due || !ok {
		return
	}
	s.listener.cutAfter(client.Addr, bytes, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.counts.BrokenOff++
	})
}

// queryOf checks a request. Errors are gRPC statuses.
func queryOf(r *monitoringpb.ListTimeSeriesRequest) (query, error) {
	var q query
	invalid := func(format string, args ...any) (query, error) {
		return q, status.Errorf(codes.InvalidArgument, format, args...)
	}
	var err error
	if q.match, q.metric, err = parseFilter(r.GetFilter()); err != nil {
		return q, err
	}
	if q.aggregation, err = aggregationOf(r.GetAggregation()); err != nil {
		return q, err
	}
	if r.GetInterval().GetEndTime() == nil || r.GetInterval().GetStartTime() == nil {
		return invalid("Field interval had an invalid value: startTime and endTime must be set.")
	}
	q.start, q.end = r.GetInterval().GetStartTime().AsTime(), r.GetInterval().GetEndTime().AsTime()
	if !q.start.Before(q.end) {
		return invalid("Field interval.startTime had an invalid value of %q: The start time must be before the end time (%s) for the non-gauge metric %q.",
			q.start.Format(time.RFC3339Nano), q.end.Format(time.RFC3339Nano), q.metric.kind)
	}
	if oldest := q.end.AddDate(-200, 0, 0); q.start.Before(oldest) {
		q.start = oldest // a time.Duration holds 292 years
	}
	if r.GetOrderBy() != "" {
		return invalid("Field orderBy had an invalid value of %q: ordering isn't supported, leave it empty.", r.GetOrderBy())
	}
	if r.GetSecondaryAggregation() != nil {
		return invalid("Field secondaryAggregation had an invalid value: this server has no second aggregation.")
	}
	switch r.GetView() {
	case monitoringpb.ListTimeSeriesRequest_FULL:
	case monitoringpb.ListTimeSeriesRequest_HEADERS:
		q.headers = true
	default:
		return invalid("Field view had an invalid value of \"%v\": not one of [FULL HEADERS]", r.GetView())
	}
	if q.most = int(r.GetPageSize()); q.most < 0 {
		return invalid("Field pageSize had an invalid value of \"%d\": it must not be negative.", q.most)
	}
	if q.most == 0 || q.most > mostPoints {
		q.most = mostPoints
	}
	return q, nil
}

// arrived copies what has arrived of the series that match and that the interval needs,
// and says which buckets are incomplete.
func (s *Server) arrived(q query, at place) (lines []line, incomplete []*rpc.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var delayed, dropped bool
	said := map[string]bool{}
	for _, series := range s.store.sorted {
		if series.metric != q.metric.kind || !q.match(series) {
			continue
		}
		if st := s.faults.incomplete[series.bucket]; st != nil {
			if !said[series.bucket] {
				incomplete = append(incomplete, st.Proto())
			}
			said[series.bucket] = true
			continue
		}
		l := line{key: series.key, of: series}
		if !q.aggregation.reduce && l.key < at.Key {
			continue // on an earlier page
		}
		for _, p := range series.points[q.first(series.points):] {
			if !p.start.Before(q.end) || q.aggregation.period == 0 && p.end.After(q.end) {
				break
			}
			switch {
			case s.faults.dropped(series.bucket, p.end):
				dropped = true
			case !p.end.After(at.asOf()) && p.end.Add(s.faults.delay).After(at.asOf()):
				delayed = true
			case !p.end.After(at.asOf()):
				l.points = append(l.points, p)
			}
		}
		lines = append(lines, l)
	}
	s.counts.Delayed += one(delayed)
	s.counts.Dropped += one(dropped)
	s.counts.Incomplete += one(len(incomplete) > 0)
	return lines, incomplete
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// first is the index of the first point that the interval needs: the first that ends in it,
// or in the period that reaches back before it.
func (q query) first(points []point) int {
	from := q.start
	if p := q.aggregation.period; p > 0 {
		from = q.end.Add(-q.aggregation.periods(q.start, q.end) * p)
	}
	i, _ := slices.BinarySearchFunc(points, from, func(p point, t time.Time) int {
		if p.end.After(t) {
			return 1
		}
		return -1
	})
	return i
}
