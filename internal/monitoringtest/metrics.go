package monitoringtest

import (
	"context"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/genproto/googleapis/api/label"
	"google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/genproto/googleapis/api/monitoredres"
)

const resourceType = "gcs_bucket"

// bucketMetric is one of the metrics that a bucket has.
type bucketMetric struct {
	kind string // its type, as filters name it
	unit string // UCUM
	text string
	of   func(Total) int64
	as   func(int64) Total // the reverse of of
}

// metrics are all that the server knows.
func metrics() []bucketMetric {
	return []bucketMetric{
		{"storage.googleapis.com/api/request_count", "1", "Requests",
			func(t Total) int64 { return t.Requests }, func(n int64) Total { return Total{Requests: n} }},
		{"storage.googleapis.com/network/received_bytes_count", "By", "Received bytes",
			func(t Total) int64 { return t.ReceivedBytes }, func(n int64) Total { return Total{ReceivedBytes: n} }},
		{"storage.googleapis.com/network/sent_bytes_count", "By", "Sent bytes",
			func(t Total) int64 { return t.SentBytes }, func(n int64) Total { return Total{SentBytes: n} }},
	}
}

// metricOf finds a metric by its type.
func metricOf(kind string) (bucketMetric, bool) {
	for _, m := range metrics() {
		if m.kind == kind {
			return m, true
		}
	}
	return bucketMetric{}, false
}

// metricLabels and resourceLabels are the labels of every series.
func metricLabels() []string   { return []string{"method", "response_code"} }
func resourceLabels() []string { return []string{"project_id", "location", "bucket_name"} }

// ListMetricDescriptors answers on one page. Its filter may name metric.type only.
func (s *Server) ListMetricDescriptors(_ context.Context, r *monitoringpb.ListMetricDescriptorsRequest) (*monitoringpb.ListMetricDescriptorsResponse, error) {
	match, err := parseOptional(r.GetFilter(), "metric.type")
	if err != nil {
		return nil, err
	}
	var answer monitoringpb.ListMetricDescriptorsResponse
	for _, m := range metrics() {
		if !match(&series{labels: labels{metric: m.kind}}) {
			continue
		}
		answer.MetricDescriptors = append(answer.MetricDescriptors, &metric.MetricDescriptor{
			Name: "projects/" + s.options.Project + "/metricDescriptors/" + m.kind, Type: m.kind, DisplayName: m.text,
			MetricKind: metric.MetricDescriptor_DELTA, ValueType: metric.MetricDescriptor_INT64, Unit: m.unit,
			Labels: descriptors(metricLabels()), MonitoredResourceTypes: []string{resourceType},
		})
	}
	return &answer, nil
}

// ListMonitoredResourceDescriptors answers on one page. Its filter may name resource.type only.
func (s *Server) ListMonitoredResourceDescriptors(_ context.Context, r *monitoringpb.ListMonitoredResourceDescriptorsRequest) (*monitoringpb.ListMonitoredResourceDescriptorsResponse, error) {
	match, err := parseOptional(r.GetFilter(), "resource.type")
	if err != nil {
		return nil, err
	}
	var answer monitoringpb.ListMonitoredResourceDescriptorsResponse
	if match(&series{}) {
		answer.ResourceDescriptors = append(answer.ResourceDescriptors, &monitoredres.MonitoredResourceDescriptor{
			Name: "projects/" + s.options.Project + "/monitoredResourceDescriptors/" + resourceType,
			Type: resourceType, DisplayName: "GCS Bucket", Labels: descriptors(resourceLabels()),
		})
	}
	return &answer, nil
}

func descriptors(names []string) []*label.LabelDescriptor {
	var all []*label.LabelDescriptor
	for _, name := range names {
		all = append(all, &label.LabelDescriptor{Key: name})
	}
	return all
}
