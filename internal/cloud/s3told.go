package cloud

import (
	"fmt"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// s3Metric is one metric with one statistic of it, by our name.
type s3Metric struct{ metric, stat, name, method string }

// Names of what S3 tells and a Tally doesn't count.
const (
	s3Failed4xx = "4xx"
	s3Failed5xx = "5xx"
	s3Latency   = "first byte latency" // sum, ms
	s3Latencies = "first bytes"        // how many
)

// s3Metrics are the metrics that are read. SELECT requests are not counted.
func s3Metrics() []s3Metric {
	return []s3Metric{
		{"BytesDownloaded", "Sum", SentBytes, ""},
		{"BytesUploaded", "Sum", ReceivedBytes, ""},
		{"GetRequests", "Sum", Requests, "GET"},
		{"PutRequests", "Sum", Requests, "PUT"},
		{"PostRequests", "Sum", Requests, "POST"},
		{"ListRequests", "Sum", Requests, "LIST"},
		{"HeadRequests", "Sum", Requests, "HEAD"},
		{"DeleteRequests", "Sum", Requests, "DELETE"},
		{"4xxErrors", "Sum", s3Failed4xx, ""},
		{"5xxErrors", "Sum", s3Failed5xx, ""},
		{"FirstByteLatency", "Sum", s3Latency, ""},
		{"FirstByteLatency", "SampleCount", s3Latencies, ""},
	}
}

// s3Told is what S3 tells beside the points, within the window.
type s3Told struct {
	from, to             time.Time
	failed4xx, failed5xx float64 // requests
	latency, latencies   float64 // ms, and how many
}

// take keeps a point that isn't for the Tally.
func (s *s3Told) take(p Point) bool {
	value := p.Value * (float64(overlap(p.Start, p.End, s.from, s.to)) / float64(p.End.Sub(p.Start)))
	switch p.Name {
	case s3Failed4xx:
		s.failed4xx += value
	case s3Failed5xx:
		s.failed5xx += value
	case s3Latency:
		s.latency += value
	case s3Latencies:
		s.latencies += value
	default:
		return false
	}
	return true
}

// Extend puts beside the figures of the last reading how they were got, and what only S3 tells:
//
//	first_byte_latency_mean_ns  from a whole request to the first byte of its answer, over all requests
//	error_4xx_fraction          of all requests; a missing object (404) is among them
//	error_5xx_fraction          503 Slow Down is among them: S3 doesn't tell it apart
func (s *S3) Extend(t *result.Traffic) {
	s.Retry.tell(t)
	s.clock.tell(t)
	told := s.told
	if told.latencies > 0 {
		t.Metrics["first_byte_latency_mean_ns"] = told.latency / told.latencies * float64(time.Millisecond)
	}
	all := t.Metrics[Requests]
	if all == 0 {
		return
	}
	t.Metrics["error_4xx_fraction"], t.Metrics["error_5xx_fraction"] = told.failed4xx/all, told.failed5xx/all
	t.Codes = map[string]float64{}
	for code, n := range map[string]float64{s3Failed4xx: told.failed4xx, s3Failed5xx: told.failed5xx} {
		if n > 0 {
			t.Codes[code] = n
		}
	}
	if told.failed4xx+told.failed5xx > 0 {
		t.Warnings = append(t.Warnings, result.Warning{Code: "requests_failed", Text: fmt.Sprintf("of %.0f requests %.0f failed with 4xx (a missing object is among these) and %.0f with 5xx (503 Slow Down is among these)", all, told.failed4xx, told.failed5xx)})
	}
}
