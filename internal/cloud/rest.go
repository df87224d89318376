package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// restAnswer is an answer of timeSeries.list in the REST form of Cloud Monitoring, as gcloud
// and curl print it.
type restAnswer struct {
	TimeSeries      []restSeries `json:"timeSeries"`
	NextPageToken   string       `json:"nextPageToken"`
	ExecutionErrors []struct {
		Message string `json:"message"`
	} `json:"executionErrors"`
}

// restSeries is one time series of it.
type restSeries struct {
	Metric struct {
		Type   string            `json:"type"`
		Labels map[string]string `json:"labels"`
	} `json:"metric"`
	Resource struct {
		Labels map[string]string `json:"labels"`
	} `json:"resource"`
	Points []restPoint `json:"points"`
}

type restPoint struct {
	Interval struct {
		StartTime time.Time `json:"startTime"`
		EndTime   time.Time `json:"endTime"`
	} `json:"interval"`
	Value struct {
		Int64  *string  `json:"int64Value"`
		Double *float64 `json:"doubleValue"`
	} `json:"value"`
}

// Saved is what a saved answer says of itself.
type Saved struct {
	From, To time.Time        // of all of its points; what lies outside isn't known
	Warnings []result.Warning // why it isn't whole
}

// lacks says that a minute lies outside the points of a saved answer. None lacks nothing.
func (s *Saved) lacks(start time.Time) bool {
	return s != nil && (start.Before(s.From.Truncate(minute)) || start.Add(minute).After(s.To))
}

// ReadREST hands on the points of a saved answer of Cloud Monitoring's timeSeries.list.
// Series of other metrics are passed over; an answer without any of ours is an error, and so
// are points that can't be and those that are there twice.
func ReadREST(r io.Reader, emit func(Point)) (Saved, error) {
	var doc restAnswer
	in := json.NewDecoder(r)
	if err := in.Decode(&doc); err != nil {
		return Saved{}, fmt.Errorf("read time series: want the JSON of timeSeries.list: %w", err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return Saved{}, errors.New("read time series: want one JSON document, and more follows the first: put the timeSeries of all pages into one")
	}
	saved := doc.partial()
	periods := map[string][]period{}
	known := 0
	for i, s := range doc.TimeSeries {
		name, ok := metricName(s.Metric.Type)
		if !ok {
			continue
		}
		known++
		key := s.key()
		for j, p := range s.Points {
			point, err := s.point(name, p)
			if err != nil {
				return saved, fmt.Errorf("read time series: point %d of series %d: %w", j+1, i+1, err)
			}
			saved.widen(point)
			periods[key] = append(periods[key], period{point.Start, point.End, i + 1})
			emit(point)
		}
	}
	if known == 0 {
		return saved, fmt.Errorf("read time series: none of %d is of [%s]", len(doc.TimeSeries), strings.Join(metricTypes(), ", "))
	}
	return saved, onceEach(periods)
}

// partial says why an answer isn't whole.
func (a restAnswer) partial() (s Saved) {
	warn := func(text string) { s.Warnings = append(s.Warnings, result.Warning{Code: warnPartial, Text: text}) }
	if a.NextPageToken != "" {
		warn("the saved answer is one page of several (it has a nextPageToken): the others are missing from all sums")
	}
	for _, e := range a.ExecutionErrors {
		warn("the server could not read all series: " + scrub(e.Message))
	}
	return s
}

func (s *Saved) widen(p Point) {
	if s.To.IsZero() || p.Start.Before(s.From) {
		s.From = p.Start
	}
	if p.End.After(s.To) {
		s.To = p.End
	}
}

// point is one point of a series by our names.
func (s restSeries) point(name string, p restPoint) (Point, error) {
	value, err := restValue(p.Value.Int64, p.Value.Double)
	if err != nil || !p.Interval.EndTime.After(p.Interval.StartTime) {
		return Point{}, errors.New("want an int64Value or a doubleValue, and an interval that ends after its start")
	}
	if !(value >= 0 && value <= math.MaxInt64) {
		return Point{}, fmt.Errorf("its value is %v: want 0 to %d", value, math.MaxInt64)
	}
	return Point{
		Bucket: s.Resource.Labels["bucket_name"], Name: name, Method: s.Metric.Labels["method"], Code: s.Metric.Labels["response_code"],
		Start: p.Interval.StartTime, End: p.Interval.EndTime, Value: value,
	}, nil
}

// key tells a series from all others: by its metric and all of its labels.
func (s restSeries) key() string {
	parts := []string{s.Metric.Type}
	for _, labels := range []map[string]string{s.Metric.Labels, s.Resource.Labels} {
		for _, name := range slices.Sorted(maps.Keys(labels)) {
			parts = append(parts, fmt.Sprintf("%q=%q", name, labels[name]))
		}
		parts = append(parts, "")
	}
	return strings.Join(parts, " ")
}

// period is the time that a point is of.
type period struct {
	start, end time.Time
	series     int // that it is in, from 1 on
}

// onceEach says which series of the same labels have a time twice: its bytes would count twice.
func onceEach(series map[string][]period) error {
	for _, key := range slices.Sorted(maps.Keys(series)) {
		all := series[key]
		slices.SortStableFunc(all, func(a, b period) int { return a.start.Compare(b.start) })
		for i := 1; i < len(all); i++ {
			if all[i].start.Before(all[i-1].end) {
				return fmt.Errorf("read time series: the time from %s to %s is there twice, or in part, in series %d and %d of the same metric and labels: leave one out, or it would count twice",
					stamp(all[i].start), stamp(all[i].end), all[i-1].series, all[i].series)
			}
		}
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

// SavedTraffic is Traffic of a saved answer of a service. What lies outside its points isn't
// known, since it doesn't say for what time it was asked, and when; nothing is known for sure
// where it isn't whole.
func (t *Tally) SavedTraffic(source string, s Saved, read time.Time, asked []string) result.Traffic {
	t.saved, t.partial = &s, len(s.Warnings) > 0
	traffic := t.Traffic(source, read, 0, asked)
	traffic.Warnings = append(traffic.Warnings, s.Warnings...)
	return traffic
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
