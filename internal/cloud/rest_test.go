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
	if _, err := ReadREST(strings.NewReader(oneSeries), tally.Add); err != nil {
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
		if _, err := ReadREST(strings.NewReader(text), func(Point) {}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: error is %v, want %q", text, err, want)
		}
	}
}

func FuzzReadREST(f *testing.F) {
	f.Add(oneSeries)
	f.Add(`{"timeSeries":[{"metric":{"type":"storage.googleapis.com/api/request_count"},"points":[{"interval":{"startTime":"0001-01-01T00:00:00Z","endTime":"9999-01-01T00:00:00Z"},"value":{"int64Value":"1"}}]}]}`)
	f.Fuzz(func(_ *testing.T, text string) {
		tally := NewTally(at("14:01:00"), at("14:03:00"))
		if saved, err := ReadREST(strings.NewReader(text), tally.Add); err == nil {
			tally.SavedTraffic("gcs", saved, at("15:00:00"), nil)
		}
	})
}

// TestReadRESTRefuses: what can't be, and what would count twice.
func TestReadRESTRefuses(t *testing.T) {
	series := strings.TrimPrefix(strings.TrimSuffix(oneSeries, "]}"), `{"timeSeries":[`)
	for text, want := range map[string]string{
		strings.Replace(oneSeries, `"60"`, `"-60"`, 1):                                  "point 1 of series 1: its value is -60",
		strings.Replace(oneSeries, `"doubleValue":30`, `"doubleValue":1e300`, 1):        "point 2 of series 1: its value is 1e+300",
		`{"timeSeries":[` + series + "," + series + "]}":                                "the time from 2026-03-13T14:01:00Z to 2026-03-13T14:02:00Z is there twice, or in part, in series 1 and 3 of the same",
		strings.Replace(oneSeries, "14:02:00Z\",\"endTime", "14:01:00Z\",\"endTime", 1): "is there twice, or in part",
		oneSeries + oneSeries: "want one JSON document",
	} {
		if _, err := ReadREST(strings.NewReader(text), func(Point) {}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: error is %v, want %q", text, err, want)
		}
	}
	other := strings.Replace(series, `"response_code":"OK"`, `"response_code":"429"`, 1)
	if _, err := ReadREST(strings.NewReader(`{"timeSeries":[`+series+","+other+"]}"), func(Point) {}); err != nil {
		t.Errorf("two codes of one method: %v", err)
	}
}

// TestSavedTraffic: nobody knows for what time an answer was asked, and when it was saved.
func TestSavedTraffic(t *testing.T) {
	for _, c := range []struct {
		answer  string
		missing string
		warning string
	}{
		{oneSeries, "13:59 14:00 14:03 14:04", "nobody knows for what time it was asked"},
		{strings.Replace(oneSeries, `{"timeSeries"`, `{"nextPageToken":"x","timeSeries"`, 1), "13:59 14:00 14:01 14:02 14:03 14:04", "one page of several"},
		{strings.Replace(oneSeries, `{"timeSeries"`, `{"executionErrors":[{"code":13,"message":"of 123456789012"}],"timeSeries"`, 1), "13:59 14:00 14:01 14:02 14:03 14:04", "could not read all series: of [removed]"},
	} {
		tally := NewTally(at("13:59:00"), at("14:05:00"))
		saved, err := ReadREST(strings.NewReader(c.answer), tally.Add)
		if err != nil {
			t.Fatal(err)
		}
		got := tally.SavedTraffic("gcs", saved, at("15:00:00"), nil)
		var missing []string
		for _, m := range got.Missing {
			missing = append(missing, m.Format("15:04"))
		}
		said := ""
		for _, w := range got.Warnings {
			said += w.Text + "; "
		}
		if strings.Join(missing, " ") != c.missing || !strings.Contains(said, c.warning) || strings.Contains(said, "--wait") || strings.Contains(said, "0 ns") {
			t.Errorf("missing %q, want %q; %s", missing, c.missing, said)
		}
	}
}
