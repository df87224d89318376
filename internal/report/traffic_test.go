package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// madeTraffic is a window of four minutes that cuts the first and the last, with an idle one
// and one that isn't known. No two numbers are alike.
func madeTraffic() result.Traffic {
	from := time.Date(2026, 3, 13, 14, 2, 15, 0, time.UTC)
	minute := func(i int) time.Time { return from.Truncate(time.Minute).Add(time.Duration(i) * time.Minute) }
	return result.Traffic{
		Source: "gcs", From: from, To: minute(4).Add(30 * time.Second), Prices: "2026-01-02",
		Metrics: map[string]float64{
			"sent_bytes": 7.01e9, "sent_low_bytes": 4.5e9, "sent_high_bytes": 9.13e9, "sent_peak_bytes_per_s": 75.1e6, "sent_mean_bytes_per_s": 29.2e6, "sent_busy_mean_bytes_per_s": 74.9e6,
			"received_bytes": 123e6, "requests": 6789, "requests_peak_per_s": 71.3, "bytes_per_request": 1.03e6, "window_ns": 135e9, "minutes_missing": 1, "read_amplification": 1.25,
			"balance_fraction": 0.876, "balance_cv_fraction": 0.0543, "balance_max_over_min": 1.31, "error_fraction": 0.0312, "throttled_fraction": 0.0201, "requests_failed": 212, "requests_throttled": 136,
			"cost_requests_usd": 0.0027, "cost_egress_usd": 0.78, "at_rest_usd_per_gb_month": 0.0208, "monitoring_calls_repeated": 3, "monitoring_waited_ns": 7e9,
			"first_byte_latency_mean_ns": 19.2e6,
		},
		Buckets: []result.BucketTraffic{
			{Name: "=vdev,00", Metrics: map[string]float64{"sent_bytes": 4.01e9, "requests": 3885, "received_bytes": 120e6, "sent_peak_bytes_per_s": 41.7e6, "bytes_per_request": 1.04e6}},
			{Name: "vdev-01", Metrics: map[string]float64{"sent_bytes": 3e9, "requests": 2904, "received_bytes": 3e6, "sent_peak_bytes_per_s": 33.4e6, "bytes_per_request": 1.02e6}},
		},
		Methods: map[string]float64{"ReadObject": 6543, "WriteObject": 246},
		Minutes: []result.Minute{
			{Start: minute(0), Sent: 3e9, Requests: 2910, Fraction: 0.75, PerBucket: []float64{2e9, 1e9}, RequestsPerBucket: []float64{1940, 970}, ByMethod: map[string]float64{"ReadObject": 2910}},
			{Start: minute(1), Sent: 4.5e9, Received: 123e6, Requests: 4278.5, PerBucket: []float64{2.5e9 + 1, 2e9 - 1}, ReceivedPerBucket: []float64{120e6, 3e6}, RequestsPerBucket: []float64{2278.5, 2000}, ByMethod: map[string]float64{"ReadObject": 4032.5, "WriteObject": 246}},
			{Start: minute(4), Sent: 1.63e9, Requests: 1600, Fraction: 0.5, PerBucket: []float64{1e9, 0.63e9}, RequestsPerBucket: []float64{980, 620}, ByMethod: map[string]float64{"ReadObject": 1600}},
		},
		Missing:  []time.Time{minute(3)},
		Warnings: []result.Warning{{Code: "minutes_missing", Text: "1 of 5 minutes is not known: 14:05"}, {Code: "edge_minutes", Text: "the window cuts minutes"}},
	}
}

func TestTrafficText(t *testing.T) {
	write := func(name string, traffic result.Traffic) string {
		var text bytes.Buffer
		if err := TrafficText(&text, traffic); err != nil {
			t.Fatal(err)
		}
		golden(t, name, text.Bytes())
		return text.String()
	}
	made := madeTraffic()
	write("traffic.txt", made)

	// A window of whole minutes, without prices, codes or refusals: what isn't known isn't said.
	bare := madeTraffic()
	bare.Missing, bare.Warnings, bare.Prices = nil, nil, ""
	for _, name := range []string{"cost_requests_usd", "cost_egress_usd", "at_rest_usd_per_gb_month", "error_fraction", "throttled_fraction", "requests_failed", "requests_throttled", "first_byte_latency_mean_ns"} {
		delete(bare.Metrics, name)
	}
	bare.Metrics["sent_low_bytes"], bare.Metrics["sent_high_bytes"], bare.Metrics["monitoring_calls_repeated"] = 7.01e9, 7.01e9, 0
	if text := write("traffic-bare.txt", bare); strings.Contains(text, "lies between") || strings.Contains(text, "cost") || strings.Contains(text, "repeated") || strings.Contains(text, "errors") {
		t.Error(text)
	}

	early := result.Traffic{Source: "s3", From: made.From, To: made.To, Metrics: map[string]float64{"window_ns": 135e9}, Missing: made.Missing, Warnings: made.Warnings[:1]}
	write("traffic-early.txt", early)
}

// TestWholeRequests: a part of a minute may have a part of a request, and no text has.
func TestWholeRequests(t *testing.T) {
	for n, want := range map[float64]string{0: "0 requests", 0.3: "less than 1 request", 0.9: "1 request", 2.78: "3 requests", 1234.5: "1,235 requests"} {
		if got := wholeRequests(n); got != want {
			t.Errorf("%v: %q, want %q", n, got, want)
		}
	}
}

// TestTrafficPage: the page has what the text has.
func TestTrafficPage(t *testing.T) {
	var page bytes.Buffer
	if err := TrafficHTML(&page, madeTraffic()); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(page.String(), "\u00a0", " ")
	for _, want := range []string{"between 4.19 GiB and 8.50 GiB", "3 calls repeated", "136 requests", "drawn as high as all of it was", "$0.0208 per GB-month"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestTrafficCSV: what --json holds comes back from the tables to the last digit, with lines
// for the minutes that it leaves out.
func TestTrafficCSV(t *testing.T) {
	made := madeTraffic()
	made.Metrics["sent_bytes"], made.Metrics["requests"] = 7.565e9, 7261 // what its minutes come to
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := result.ParseTraffic(text)
	if err != nil {
		t.Fatal(err)
	}
	lines := tableOf(t, "traffic.csv", TrafficCSV, traffic)
	if len(lines) != 5*2 {
		t.Fatalf("%d lines, want one per minute and bucket", len(lines))
	}
	var sent, received, requests float64
	byBucket := [2]float64{}
	for i, line := range lines {
		share := numberIn(t, line["window_fraction"])
		if line["known"] == "0" {
			if line["sent_bytes"]+line["received_bytes"]+line["requests"] != "" || line["minute_start"] != "2026-03-13T14:05:00Z" {
				t.Errorf("%v", line)
			}
			continue
		}
		byBucket[i%2] += numberIn(t, line["sent_bytes"]) * share
		sent, received, requests = sent+numberIn(t, line["sent_bytes"])*share, received+numberIn(t, line["received_bytes"])*share, requests+numberIn(t, line["requests"])*share
		if want := traffic.Buckets[i%2].Name; strings.TrimPrefix(line["bucket"], "'") != want {
			t.Errorf("line %d is of %q, want %q", i, line["bucket"], want)
		}
	}
	var want, wantRequests float64
	for _, m := range traffic.Minutes {
		share := m.Fraction
		if share == 0 {
			share = 1
		}
		want, wantRequests = want+m.Sent*share, wantRequests+m.Requests*share
	}
	if sent != want || received != 123e6 || requests != wantRequests || byBucket != [2]float64{2e9*0.75 + 2.5e9 + 1 + 0.5e9, 1e9*0.75 + 2e9 - 1 + 0.315e9} {
		t.Errorf("%v bytes sent (%v), %v received, %v requests; want %v, %v", sent, byBucket, received, requests, want, wantRequests)
	}

	methods := map[string]float64{}
	for _, line := range tableOf(t, "traffic-methods.csv", TrafficMethodsCSV, traffic) {
		if line["known"] == "1" {
			methods[line["method"]] += numberIn(t, line["requests"])
		}
	}
	if methods["ReadObject"] != 2910+4032.5+1600 || methods["WriteObject"] != 246 {
		t.Errorf("%v", methods)
	}
}

// TestTrafficCSVOfMany: where minutes don't tell buckets apart a line is of all of them.
func TestTrafficCSVOfMany(t *testing.T) {
	traffic := madeTraffic()
	for i := range traffic.Minutes {
		traffic.Minutes[i].PerBucket = nil
	}
	var text bytes.Buffer
	if err := TrafficCSV(&text, traffic); err != nil {
		t.Fatal(err)
	}
	if want := "2026-03-13T14:03:00Z,1,1,,4500000000,123000000,4278.5\n2026-03-13T14:04:00Z,1,1,,0,0,0\n2026-03-13T14:05:00Z,1,0,,,,\n2026-03-13T14:06:00Z,0.5,1,,1630000000,0,1600\n"; !strings.HasSuffix(text.String(), want) {
		t.Error(text.String())
	}
}

// tableOf are the lines of a table by the names of its columns; it has a golden of its own.
func tableOf(t *testing.T, name string, write func(io.Writer, result.Traffic) error, traffic result.Traffic) []map[string]string {
	t.Helper()
	var text bytes.Buffer
	if err := write(&text, traffic); err != nil {
		t.Fatal(err)
	}
	golden(t, name, text.Bytes())
	rows, err := csv.NewReader(&text).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]string
	for _, row := range rows[1:] {
		line := map[string]string{}
		for i, head := range rows[0] {
			line[head] = row[i]
		}
		lines = append(lines, line)
	}
	return lines
}

func numberIn(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) {
		t.Fatalf("%q isn't a number", text)
	}
	return v
}

func TestPricesText(t *testing.T) {
	price := func(v float64) *float64 { return &v }
	var text bytes.Buffer
	err := PricesText(&text, []result.Price{
		{Name: "gcs", Terms: "Standard", AsOf: "2026-01-02", AtRest: price(0.02)}, {Name: "s3", AsOf: "2026-01-02", AtRest: price(0.0235)},
		{Name: "fast-tier", Terms: "a managed parallel file system", AsOf: "2025-06-07", AtRest: price(0.14)}, {Name: "other", AsOf: "2026-01-02", Egress: price(1)},
	}, 1<<50)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "prices.txt", text.Bytes())
	for _, test := range []struct {
		prices []result.Price
		want   string
	}{
		{nil, "no price of it is known"}, {[]result.Price{{Name: "a", AtRest: price(0)}}, "no price of it is known"}, {[]result.Price{{Name: "a", AtRest: price(0.1)}}, "AT REST   $0.10 per GB-month"},
	} {
		text.Reset()
		if err := PricesText(&text, test.prices, 1<<40); err != nil || !strings.Contains(text.String(), test.want) {
			t.Errorf("%v: %s", err, text.String())
		}
	}
}
