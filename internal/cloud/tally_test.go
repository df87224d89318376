package cloud

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", "2026-03-13 "+text)
	if err != nil {
		panic(err)
	}
	return t
}

// sent is a point of one whole minute.
func sent(bucket, minute string, bytes float64) Point {
	start := at(minute + ":00")
	return Point{Bucket: bucket, Name: SentBytes, Method: "ReadObject", Code: "OK", Start: start, End: start.Add(time.Minute), Value: bytes}
}

func tallyOf(from, to string, points ...Point) *Tally {
	t := NewTally(at(from), at(to))
	for _, p := range points {
		t.Add(p)
	}
	return t
}

func TestTraffic(t *testing.T) {
	tally := tallyOf("14:00:00", "14:05:00",
		sent("a", "14:00", 600), sent("b", "14:00", 300), sent("a", "14:01", 1200), sent("b", "14:01", 600), // 14:02 idle
		sent("a", "14:03", 60), sent("b", "14:03", 0),
		Point{Bucket: "a", Name: Requests, Method: "ReadObject", Code: "OK", Start: at("14:00:00"), End: at("14:01:00"), Value: 90},
		Point{Bucket: "a", Name: Requests, Method: "ReadObject", Code: "429", Start: at("14:01:00"), End: at("14:02:00"), Value: 6},
		Point{Bucket: "b", Name: Requests, Method: "ListObjects", Code: "500", Start: at("14:01:00"), End: at("14:02:00"), Value: 4},
		Point{Bucket: "b", Name: ReceivedBytes, Method: "WriteObject", Start: at("14:04:00"), End: at("14:05:00"), Value: 30},
		sent("a", "13:59", 9e9), sent("a", "14:05", 9e9), // outside
	)
	got := tally.Traffic("gcs", at("15:00:00"), 4*time.Minute, []string{"a", "b"})
	for name, want := range map[string]float64{
		"sent_bytes": 2760, "sent_peak_bytes_per_s": 30, "sent_mean_bytes_per_s": 2760.0 / 300, "sent_busy_mean_bytes_per_s": 2760.0 / 180,
		"received_bytes": 30, "received_peak_bytes_per_s": 0.5, "requests": 100, "requests_peak_per_s": 1.5, "bytes_per_request": 27.6,
		"balance_fraction": 1380.0 / 1860, "balance_max_over_min": 1860.0 / 900, "balance_cv_fraction": 480.0 / 1380,
		"error_fraction": 0.1, "throttled_fraction": 0.06, "minutes_missing": 0, "window_ns": 300e9,
	} {
		if v, ok := got.Metrics[name]; !ok || math.Abs(v-want) > 1e-12*want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	if got.Methods["ReadObject"] != 96 || got.Methods["ListObjects"] != 4 || len(got.Buckets) != 2 || got.Buckets[1].Metrics["sent_bytes"] != 900 {
		t.Errorf("methods %v, buckets %+v", got.Methods, got.Buckets)
	}
	if len(got.Minutes) != 4 || got.Minutes[2].Sent != 60 || !slices.Equal(got.Minutes[1].PerBucket, []float64{1200, 600}) || len(got.Warnings) > 0 {
		t.Errorf("minutes %+v, warnings %+v", got.Minutes, got.Warnings)
	}
}

// TestEdges: a minute that the window cuts counts by its share, and is no whole minute.
func TestEdges(t *testing.T) {
	tally := tallyOf("14:00:45", "14:02:30", sent("a", "14:00", 600), sent("a", "14:01", 60), sent("a", "14:02", 1000))
	got := tally.Traffic("gcs", at("15:00:00"), 0, nil)
	if m := got.Metrics; m["sent_bytes"] != 150+60+500 || m["sent_peak_bytes_per_s"] != 1 || m["sent_busy_mean_bytes_per_s"] != 1 {
		t.Errorf("%v", m)
	}
	if got.Minutes[0].Fraction != 0.25 || got.Minutes[1].Fraction != 0 || got.Minutes[2].Fraction != 0.5 || !warned(got, warnCut) {
		t.Errorf("%+v, %+v", got.Minutes, got.Warnings)
	}
	within := tallyOf("14:00:10", "14:00:40", sent("a", "14:00", 600)).Traffic("gcs", at("15:00:00"), 0, nil)
	if _, peak := within.Metrics["sent_peak_bytes_per_s"]; peak || within.Metrics["sent_bytes"] != 300 {
		t.Errorf("%v", within.Metrics)
	}
}

// TestLongPeriods: a source with points of five minutes is spread over them.
func TestLongPeriods(t *testing.T) {
	p := sent("a", "14:00", 300)
	p.End = at("14:05:00")
	got := tallyOf("14:02:00", "14:10:00", p).Traffic("azure", at("15:00:00"), 0, nil)
	if got.Metrics["sent_bytes"] != 180 || got.Metrics["sent_peak_bytes_per_s"] != 1 {
		t.Errorf("%v", got.Metrics)
	}
}

// TestMissing: minutes that may still come, and those that one bucket lacks, are named.
func TestMissing(t *testing.T) {
	var points []Point
	for _, bucket := range []string{"a", "b", "c"} {
		for _, m := range []string{"14:00", "14:01", "14:02", "14:03"} {
			if bucket != "b" || m != "14:01" {
				points = append(points, sent(bucket, m, 10))
			}
		}
	}
	got := tallyOf("14:00:00", "14:06:00", points...).Traffic("gcs", at("14:08:30"), 4*time.Minute, []string{"a", "x"})
	want := []time.Time{at("14:01:00"), at("14:04:00"), at("14:05:00")}
	if !slices.EqualFunc(got.Missing, want, time.Time.Equal) || got.Metrics["minutes_missing"] != 3 {
		t.Errorf("missing are %v", got.Missing)
	}
	if !warned(got, warnSilent) || !strings.Contains(got.Warnings[0].Text, "14:01, 14:04, 14:05") {
		t.Errorf("%+v", got.Warnings)
	}
}

// TestIdleEnds: a bucket that is idle before its first and after its last minute lacks none.
func TestIdleEnds(t *testing.T) {
	got := tallyOf("14:00:00", "14:03:00", sent("a", "14:00", 1), sent("a", "14:01", 1), sent("a", "14:02", 1), sent("c", "14:00", 1), sent("c", "14:01", 1), sent("c", "14:02", 1), sent("b", "14:01", 1)).Traffic("gcs", at("15:00:00"), 0, nil)
	if len(got.Missing) != 0 {
		t.Errorf("missing are %v", got.Missing)
	}
}

func warned(t result.Traffic, code string) bool {
	return slices.ContainsFunc(t.Warnings, func(w result.Warning) bool { return w.Code == code })
}

func TestNothing(t *testing.T) {
	got := tallyOf("14:00:00", "14:05:00").Traffic("gcs", at("15:00:00"), 0, nil)
	if _, there := got.Metrics["balance_fraction"]; there || got.Metrics["sent_bytes"] != 0 {
		t.Errorf("%v", got.Metrics)
	}
	for name := range got.Metrics {
		if v := got.Metrics[name]; math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%s is %v", name, v)
		}
	}
}

func TestQueryCheck(t *testing.T) {
	for want, q := range map[string]Query{
		"":                              {From: at("14:00:00"), To: at("15:00:00"), Prefix: "x"},
		"not in 0":                      {From: at("14:00:00"), To: at("15:00:00")},
		"not in 2":                      {From: at("14:00:00"), To: at("15:00:00"), Prefix: "x", Label: "a=b"},
		"ends at 2026-03-13T14:00:00Z":  {From: at("15:00:00"), To: at("14:00:00"), Prefix: "x"},
		"in the future (it is 2026-03-": {From: at("17:00:00"), To: at("18:00:00"), Prefix: "x"},
		"begins at 2026-03-13T17:30:00Z, which is in the future": {From: at("17:30:00"), To: at("16:00:00"), Prefix: "x"}, // --from alone
		"is 43 days long":           {From: at("15:00:00").AddDate(0, 0, -43), To: at("15:00:00"), Prefix: "x"},
		`label "a" isn't key=value`: {From: at("14:00:00"), To: at("15:00:00"), Label: "a"},
	} {
		err := q.Check(at("16:00:00"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: error is %v, want %q", q, err, want)
		}
	}
}

// TestMissingByDay: over several days a minute has its date, and one minute "is".
func TestMissingByDay(t *testing.T) {
	from := time.Date(2026, 3, 12, 15, 13, 20, 0, time.UTC)
	tally := NewTally(from, from.Add(24*time.Hour))
	got := tally.Traffic("gcs", from.Add(24*time.Hour-20*time.Second).Add(4*time.Minute), 4*time.Minute, []string{"a"})
	said := got.Warnings[0].Text + got.Warnings[1].Text
	for _, want := range []string{"1 of 1441 minutes is not known: 2026-03-13 15:13.", "cuts that of 2026-03-12 15:13 (67 % of it within) and that of 2026-03-13 15:13 (33 % of it within)"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q lacks %q", said, want)
		}
	}
}

// TestSparseWindow: six weeks of a hundred buckets that have two points each take no
// longer than their minutes times the buckets.
func TestSparseWindow(t *testing.T) {
	to := time.Date(2026, 3, 13, 15, 0, 0, 0, time.UTC)
	tally := NewTally(to.Add(-longest), to)
	for b := range 100 {
		for _, start := range []time.Time{to.Add(-longest), to.Add(-time.Minute)} {
			tally.Add(Point{Bucket: string(rune('a' + b)), Name: SentBytes, Start: start, End: start.Add(time.Minute), Value: 1})
		}
	}
	if got := tally.Traffic("gcs", to, 0, nil); len(got.Missing) != 0 || got.Metrics["sent_bytes"] != 200 {
		t.Errorf("%d are missing, %v", len(got.Missing), got.Metrics)
	}
}

// TestUnbilled: what was refused or failed is told by method.
func TestUnbilled(t *testing.T) {
	of := func(method, code string, n float64) Point {
		return Point{Bucket: "a", Name: Requests, Method: method, Code: code, Start: at("14:00:00"), End: at("14:01:00"), Value: n}
	}
	got := tallyOf("14:00:00", "14:01:00", of("ReadObject", "OK", 90), of("ReadObject", "UNAVAILABLE", 6), of("ReadObject", "NOT_FOUND", 3), of("WriteObject", "503", 1)).Traffic("gcs", at("15:00:00"), 0, nil)
	if got.Unbilled["ReadObject"] != 9 || got.Unbilled["WriteObject"] != 1 || got.Metrics["requests_failed"] != 7 || got.Metrics["requests_throttled"] != 7 {
		t.Errorf("%v, %v", got.Unbilled, got.Metrics)
	}
}
