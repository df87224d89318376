package cloud

import (
	"strings"
	"testing"
)

const oneSeries = `{"timeSeries":[{"metric":{"type":"storage.googleapis.com/network/sent_bytes_count","labels":{"method":"ReadObject","response_code":"OK"}},
 "resource":{"type":"gcs_bucket","labels":{"bucket_name":"b1"}},"points":[
 {"interval":{"startTime":"2026-03-13T14:02:00Z","endTime":"2026-03-13T14:03:00Z"},"value":{"int64Value":"60"}},
 {"interval":{"startTime":"2026-03-13T14:01:00Z","endTime":"2026-03-13T14:02:00Z"},"value":{"doubleValue":30}}]},
 {"metric":{"type":"compute.googleapis.com/x"},"points":[{}]}]}`

func TestReadREST(t *testing.T) {
	tally := NewTally(at("14:01:00"), at("14:03:00"))
	if err := ReadREST(strings.NewReader(oneSeries), tally.Add); err != nil {
		t.Fatal(err)
	}
	got := tally.Traffic("gcs", at("15:00:00"), 0, nil)
	if got.Metrics["sent_bytes"] != 90 || got.Buckets[0].Name != "b1" {
		t.Errorf("%+v", got)
	}
	for text, want := range map[string]string{
		"":                  "want the JSON of timeSeries.list",
		"[]":                "want the JSON of timeSeries.list",
		`{"timeSeries":[]}`: "none of 0 is of [storage.googleapis.com/network/sent_bytes_count",
		strings.Replace(oneSeries, `"int64Value":"60"`, `"int64Value":"many"`, 1): "point 1 of series 1",
		strings.Replace(oneSeries, "14:03:00Z", "13:03:00Z", 1):                   "an interval that ends after its start",
		strings.Replace(oneSeries, `"doubleValue":30`, "", 1):                     "point 2 of series 1",
	} {
		if err := ReadREST(strings.NewReader(text), func(Point) {}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: error is %v, want %q", text, err, want)
		}
	}
}

func FuzzReadREST(f *testing.F) {
	f.Add(oneSeries)
	f.Add(`{"timeSeries":[{"metric":{"type":"storage.googleapis.com/api/request_count"},"points":[{"interval":{"startTime":"0001-01-01T00:00:00Z","endTime":"9999-01-01T00:00:00Z"},"value":{"int64Value":"1"}}]}]}`)
	f.Fuzz(func(_ *testing.T, text string) {
		tally := NewTally(at("14:01:00"), at("14:03:00"))
		if ReadREST(strings.NewReader(text), tally.Add) == nil {
			tally.Traffic("gcs", at("15:00:00"), 0, nil)
		}
	})
}
