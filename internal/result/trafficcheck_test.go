package result

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// changedTraffic is madeTraffic as JSON with one text in it replaced.
func changedTraffic(t *testing.T, old, new string) []byte {
	t.Helper()
	made := madeTraffic()
	made.Metrics["received_bytes"], made.Metrics["cost_requests_usd"], made.Metrics["minutes_missing"] = 0, 5, 1
	made.Minutes = append(made.Minutes, Minute{Start: made.From.Add(2 * time.Minute)})
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), old) == 0 {
		t.Fatalf("%s isn't in %s", old, text)
	}
	return []byte(strings.Replace(string(text), old, new, 1))
}

// TestTrafficThatCannotBe: each is refused in one line that says what and where.
func TestTrafficThatCannotBe(t *testing.T) {
	if _, err := ParseTraffic(changedTraffic(t, "{", "{")); err != nil {
		t.Fatal(err)
	}
	const minutes, bucket = `"minutes":[`, `"sent_bytes":5`
	for _, c := range []struct{ old, new, want string }{
		{`"source":"gcs"`, `"source":"../../evil"`, `source is "../../evil": want one of ["gcs" "s3" "azure"]`},
		{`"source":"gcs"`, `"source":"gcs\u001b[31m"`, `source is "gcs\x1b[31m"`},
		{`"to":"2026-03-13T`, `"to":"9999-03-13T`, "is longer than 43 days"},
		{`"sent_bytes":12,"source"`, `"sent_bytes":"22 GB","source"`, `sent_bytes is "22 GB": want a number`},
		{`"sent_bytes":12,"source"`, `"sent_bytes":13.5,"source"`, "sent_bytes is 13.5, and its 2 minutes come to 12"},
		{`"received_bytes":0,"sent_bytes":12,"source"`, `"received_bytes":9,"sent_bytes":12,"source"`, "received_bytes is 9, and"},
		{`"cost_requests_usd":5`, `"cost_requests_usd":-5`, "cost_requests_usd is -5: want 0 to"},
		{`"balance_fraction":0.9`, `"balance_fraction":1.9`, "balance_fraction is 1.9"},
		{bucket, `"sent_bytes":-5`, "buckets[0].sent_bytes is -5"},
		{`"name":"b2"`, `"name":"b1"`, `bucket "b1" is there twice`},
		{`"ReadObject":3`, `"ReadObject":-3`, `methods["ReadObject"] is -3`},
		{`"OK":3`, `"OK":-2`, `codes["OK"] is -2`},
		{minutes, minutes + `{"start":"2026-03-13T14:02:00Z"},`, "minutes[1] starts at 2026-03-13T14:02:00Z, which isn't after the one before it"},
		{minutes, minutes + `{"start":"2026-03-13T14:04:00Z"},`, "minutes[1] starts at 2026-03-13T14:02:00Z, which isn't after"},
		{minutes, minutes + `{"start":"2026-03-13T14:01:30Z"},`, "want the start of a minute"},
		{minutes, minutes + `{"start":"2026-03-13T14:01:00Z"},`, "want one of the window"},
		{`"start":"2026-03-13T14:04:00Z"`, `"start":"2026-03-13T14:05:00Z"`, "minutes[1] starts at 2026-03-13T14:05:00Z: want one of the window"},
		{`"sent_bytes":12,"received`, `"sent_bytes":1e300,"received`, `minutes[0]["sent_bytes"] is 1e+300`},
		{`"sent_bytes":12,"received`, `"sent_bytes":-12,"received`, `minutes[0]["sent_bytes"] is -12`},
		{`"sent_bytes":12,"received`, `"sent_bytes":1e999,"received`, `"minutes.sent_bytes" is a number 1e999`},
		{`"requests":0`, `"requests":-1`, `minutes[0]["requests"] is -1`},
		{`"requests":0`, `"requests":0,"fraction":0.5`, "minutes[0] has a fraction of 0.5, and 1 of it"},
		{`"requests":0`, `"requests":0,"requests_by_method":{"GET":-1}`, `minutes[0].requests_by_method["GET"] is -1`},
		{`[5,7]`, `[5,7,0]`, "minutes[0].sent_bytes_by_bucket has 3 values: want one for each of 2 buckets"},
		{`[5,7]`, `[19,-7]`, "minutes[0].sent_bytes_by_bucket[1] is -7"},
		{`[5,7]`, `[5,3]`, "minutes[0].sent_bytes_by_bucket come to 8, and the minute has 12"},
		{`"missing":["2026-03-13T14:03:00Z"]`, `"missing":["2026-03-13T13:03:00Z"]`, "missing[0] starts at 2026-03-13T13:03:00Z: want one of the window"},
		{`"minutes_missing":1`, `"minutes_missing":3`, "minutes_missing is 3, and missing has 1 of the 3"},
		{`"minutes_missing":1`, `"minutes_missing":-1`, "minutes_missing is -1"},
	} {
		_, err := ParseTraffic(changedTraffic(t, c.old, c.new))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s: error is %v, want %q", c.new, err, c.want)
		}
	}
	const window = `{"source":"gcs","from":"2026-03-13T14:02:00Z","to":"2026-03-13T14:05:00Z",`
	if _, err := ParseTraffic([]byte(window + `"sent_bytes":22e9,"minutes":null}`)); err == nil || !strings.Contains(err.Error(), "its 0 minutes come to 0") {
		t.Errorf("bytes without minutes: error is %v", err)
	}
}

// TestTrafficOfOthers: numbers that aren't by a name of ours don't become metrics.
func TestTrafficOfOthers(t *testing.T) {
	got, err := ParseTraffic(changedTraffic(t, `"sent_bytes":12,"source"`, `"foo":7,"au_mean_fraction":1,"read_bytes":1,"sent_bytes":12,"source"`))
	if err != nil || len(got.Metrics) != len(madeTraffic().Metrics)+3 || got.Metrics["sent_bytes"] != 12 {
		t.Errorf("%v: %v", err, got.Metrics)
	}
}

// TestTrafficOfBefore: files of before missing minutes had a list tell their number alone,
// and minutes that are cut have no fraction in some.
func TestTrafficOfBefore(t *testing.T) {
	const before = `{"source":"gcs","from":"2026-03-13T14:02:30Z","to":"2026-03-13T14:05:00Z","sent_bytes":6,"minutes_missing":1,"buckets":[{"name":"b","sent_bytes":6}],
		"minutes":[{"start":"2026-03-13T14:02:00Z","sent_bytes":12,"received_bytes":0,"requests":0}]}`
	got, err := ParseTraffic([]byte(before))
	if err != nil || len(got.Missing) != 3 || got.Missing[0].Format("15:04") != "14:02" {
		t.Errorf("%v: missing %v", err, got.Missing)
	}
}

func FuzzParseTraffic(f *testing.F) {
	text, err := json.Marshal(madeTraffic())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(`{"source":"s3","from":"0001-01-01T00:00:00Z","to":"9999-01-01T00:00:00Z","sent_bytes":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseTraffic([]byte(text))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%q", err)
			}
			return
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseTraffic(again); err != nil {
			t.Errorf("%s is read, and %s isn't: %v", text, again, err)
		}
	})
}
