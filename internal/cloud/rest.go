package cloud

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// restSeries is one time series in the REST form of Cloud Monitoring, as gcloud and curl
// print it.
type restSeries struct {
	Metric struct {
		Type   string            `json:"type"`
		Labels map[string]string `json:"labels"`
	} `json:"metric"`
	Resource struct {
		Labels map[string]string `json:"labels"`
	} `json:"resource"`
	Points []struct {
		Interval struct {
			StartTime time.Time `json:"startTime"`
			EndTime   time.Time `json:"endTime"`
		} `json:"interval"`
		Value struct {
			Int64  *string  `json:"int64Value"`
			Double *float64 `json:"doubleValue"`
		} `json:"value"`
	} `json:"points"`
}

// ReadREST hands on the points of a saved answer of Cloud Monitoring's timeSeries.list.
// Series of other metrics are passed over; an answer without any of ours is an error.
func ReadREST(r io.Reader, emit func(Point)) error {
	var doc struct {
		TimeSeries []restSeries `json:"timeSeries"`
	}
	if err := json.NewDecoder(r).Decode(&doc); err != nil {
		return fmt.Errorf("read time series: want the JSON of timeSeries.list: %w", err)
	}
	known := 0
	for i, s := range doc.TimeSeries {
		name, ok := metricName(s.Metric.Type)
		if !ok {
			continue
		}
		known++
		for j, p := range s.Points {
			value, err := restValue(p.Value.Int64, p.Value.Double)
			if err != nil || !p.Interval.EndTime.After(p.Interval.StartTime) {
				return fmt.Errorf("read time series: point %d of series %d: want an int64Value or a doubleValue, and an interval that ends after its start", j+1, i+1)
			}
			emit(Point{
				Bucket: s.Resource.Labels["bucket_name"], Name: name, Method: s.Metric.Labels["method"], Code: s.Metric.Labels["response_code"],
				Start: p.Interval.StartTime, End: p.Interval.EndTime, Value: value,
			})
		}
	}
	if known == 0 {
		return fmt.Errorf("read time series: none of %d is of [%s]", len(doc.TimeSeries), strings.Join(metricTypes(), ", "))
	}
	return nil
}

func restValue(whole *string, part *float64) (float64, error) {
	switch {
	case whole != nil:
		n, err := strconv.ParseInt(*whole, 10, 64)
		return float64(n), err
	case part != nil:
		return *part, nil
	}
	return 0, fmt.Errorf("no value")
}

// gcsMetrics are Cloud Monitoring's metrics of buckets by our names.
func gcsMetrics() [][2]string {
	const prefix = "storage.googleapis.com/"
	return [][2]string{{SentBytes, prefix + "network/sent_bytes_count"}, {ReceivedBytes, prefix + "network/received_bytes_count"}, {Requests, prefix + "api/request_count"}}
}

func metricName(kind string) (string, bool) {
	for _, m := range gcsMetrics() {
		if m[1] == kind {
			return m[0], true
		}
	}
	return "", false
}

func metricTypes() []string {
	var all []string
	for _, m := range gcsMetrics() {
		all = append(all, m[1])
	}
	return all
}
