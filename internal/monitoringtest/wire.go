package monitoringtest

import (
	"slices"
	"strings"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// unit is that of the answer's values, in UCUM.
func (q query) unit() string {
	if q.aggregation.rate {
		return q.metric.unit + "/s"
	}
	return q.metric.unit
}

// wire turns a line into the API's form, newest point first.
func (q query) wire(l line) *monitoringpb.TimeSeries {
	w := &monitoringpb.TimeSeries{
		Metric:     &metric.Metric{Type: q.metric.kind, Labels: q.labels(l, "metric.labels.", metricLabels())},
		Resource:   &monitoredres.MonitoredResource{Type: resourceType, Labels: q.labels(l, "resource.labels.", resourceLabels())},
		MetricKind: metric.MetricDescriptor_DELTA, ValueType: metric.MetricDescriptor_INT64, Unit: q.unit(),
	}
	if q.aggregation.rate {
		w.MetricKind, w.ValueType = metric.MetricDescriptor_GAUGE, metric.MetricDescriptor_DOUBLE
	}
	if q.headers {
		return w
	}
	for _, p := range slices.Backward(l.points) {
		value := &monitoringpb.TypedValue{Value: &monitoringpb.TypedValue_Int64Value{Int64Value: p.amount}}
		if q.aggregation.rate {
			p.start = p.end // a gauge has no extent
			value.Value = &monitoringpb.TypedValue_DoubleValue{DoubleValue: float64(p.amount) / q.aggregation.period.Seconds()}
		}
		w.Points = append(w.Points, &monitoringpb.Point{
			Interval: &monitoringpb.TimeInterval{StartTime: timestamppb.New(p.start), EndTime: timestamppb.New(p.end)}, Value: value,
		})
	}
	return w
}

// labels are those of the names that the answer keeps: all of them, or after a reduction
// the grouped ones and the project.
func (q query) labels(l line, prefix string, names []string) map[string]string {
	kept := map[string]string{}
	for _, name := range names {
		full := prefix + name
		if !q.aggregation.reduce || slices.Contains(q.aggregation.groupBy, full) || strings.HasSuffix(full, ".project_id") {
			kept[name] = l.of.label(full)
		}
	}
	return kept
}
