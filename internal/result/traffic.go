package result

import (
	"encoding/json"
	"maps"
	"time"
)

// Traffic is what a cloud's monitoring says of buckets over a window of time: what
// `lbench telemetry gcs --json` prints.
type Traffic struct {
	Source   string             // one of TrafficSources
	From, To time.Time          // the window
	Metrics  map[string]float64 // by the names of the contract, printed beside these fields
	Buckets  []BucketTraffic    // by name
	Methods  map[string]float64 // requests by method
	Codes    map[string]float64 // requests by response code
	Unbilled map[string]float64 // requests by method that were refused or failed, where the source tells
	Minutes  []Minute           // with traffic, in their order
	Missing  []time.Time        // starts of minutes that are not there yet, or that a bucket lacks
	Prices   string             // date of the prices that the costs in Metrics are by; empty: none
	Warnings []Warning
}

// BucketTraffic is one bucket's.
type BucketTraffic struct {
	Name    string
	Metrics map[string]float64
}

// Minute is what all buckets did in one whole minute, also where the window cuts it. What
// stands by bucket is in the order of Buckets, and absent where these are many.
type Minute struct {
	Start    time.Time `json:"start"`
	Sent     float64   `json:"sent_bytes"`
	Received float64   `json:"received_bytes"`
	Requests float64   `json:"requests"`
	Fraction float64   `json:"fraction,omitempty"` // of it that lies in the window, where that is not all

	PerBucket         []float64 `json:"sent_bytes_by_bucket,omitempty"`
	ReceivedPerBucket []float64 `json:"received_bytes_by_bucket,omitempty"`
	RequestsPerBucket []float64 `json:"requests_by_bucket,omitempty"`

	ByMethod map[string]float64 `json:"requests_by_method,omitempty"` // of all buckets
}

// MarshalJSON puts the metrics beside the other fields.
func (t Traffic) MarshalJSON() ([]byte, error) {
	doc := map[string]any{"source": t.Source, "from": t.From.UTC(), "to": t.To.UTC(), "buckets": t.Buckets, "methods": t.Methods, "codes": t.Codes, "minutes": t.Minutes}
	if t.Prices != "" {
		doc["prices_as_of"] = t.Prices
	}
	if len(t.Unbilled) > 0 {
		doc["unbilled"] = t.Unbilled
	}
	if len(t.Missing) > 0 {
		doc["missing"] = t.Missing
	}
	if len(t.Warnings) > 0 {
		doc["warnings"] = t.Warnings
	}
	return json.Marshal(with(doc, t.Metrics))
}

// MarshalJSON puts the metrics beside the name.
func (b BucketTraffic) MarshalJSON() ([]byte, error) {
	return json.Marshal(with(map[string]any{"name": b.Name}, b.Metrics))
}

func with(doc map[string]any, metrics map[string]float64) map[string]any {
	for name := range maps.Keys(metrics) {
		doc[name] = metrics[name]
	}
	return doc
}
