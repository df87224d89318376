package monitoringtest

import (
	"fmt"
	"slices"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/protobuf/encoding/protojson"
)

// Load books an answer of the REST API's timeSeries.list: an object with the list
// timeSeries, as JSON. Its series must be of the metrics and the resource that the server
// knows, of its project, DELTA and INT64; points of one series may not overlap, and keep
// their intervals. On an error nothing is booked.
func (s *Server) Load(timeSeries []byte) error {
	var answer monitoringpb.ListTimeSeriesResponse
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(timeSeries, &answer); err != nil {
		return fmt.Errorf("loading time series: %w", err)
	}
	var loaded []*series
	for i, wire := range answer.GetTimeSeries() {
		line, err := s.fromWire(wire)
		if err != nil {
			return fmt.Errorf("loading time series: timeSeries[%d]: %w", i, err)
		}
		loaded = append(loaded, line)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range loaded {
		m, _ := metricOf(line.metric)
		for _, p := range line.points {
			s.truth.add(line.bucket, p.start, m.as(p.amount))
			s.store.add(line.labels, p)
		}
	}
	return nil
}

// fromWire checks one series of an answer, and turns its points oldest first.
func (s *Server) fromWire(wire *monitoringpb.TimeSeries) (*series, error) {
	tags, resource := wire.GetMetric().GetLabels(), wire.GetResource().GetLabels()
	line := &series{labels: labels{
		metric: wire.GetMetric().GetType(), method: tags["method"], code: tags["response_code"],
		project: resource["project_id"], location: resource["location"], bucket: resource["bucket_name"],
	}}
	_, known := metricOf(line.metric)
	switch {
	case !known:
		return nil, fmt.Errorf("metric type %q isn't one that the server knows", line.metric)
	case wire.GetResource().GetType() != resourceType:
		return nil, fmt.Errorf("resource type %q isn't %q", wire.GetResource().GetType(), resourceType)
	case line.project != s.options.Project:
		return nil, fmt.Errorf("project_id %q isn't the server's, %q", line.project, s.options.Project)
	case wire.GetMetricKind() != metric.MetricDescriptor_DELTA, wire.GetValueType() != metric.MetricDescriptor_INT64:
		return nil, fmt.Errorf("kind %v of %v isn't DELTA of INT64", wire.GetMetricKind(), wire.GetValueType())
	}
	for _, w := range wire.GetPoints() {
		value, ok := w.GetValue().GetValue().(*monitoringpb.TypedValue_Int64Value)
		p := point{start: w.GetInterval().GetStartTime().AsTime(), end: w.GetInterval().GetEndTime().AsTime()}
		switch {
		case !ok || value.Int64Value < 0:
			return nil, fmt.Errorf("value %v isn't an int64Value of 0 or more", w.GetValue())
		case w.GetInterval().GetStartTime() == nil || !p.start.Before(p.end):
			return nil, fmt.Errorf("interval %v doesn't start before it ends", w.GetInterval())
		}
		p.amount = value.Int64Value
		line.points = append(line.points, p)
	}
	slices.SortFunc(line.points, func(a, b point) int { return a.end.Compare(b.end) })
	for i := 1; i < len(line.points); i++ {
		if line.points[i].start.Before(line.points[i-1].end) {
			return nil, fmt.Errorf("the points that end at %v and %v overlap", line.points[i-1].end, line.points[i].end)
		}
	}
	return line, nil
}
