package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func asks(bucket, minute, method, code string, n float64) Point {
	p := sent(bucket, minute, n)
	p.Name, p.Method, p.Code = Requests, method, code
	return p
}

// TestMinutesByMethod: minutes have the requests of each method whole, sums have the share.
func TestMinutesByMethod(t *testing.T) {
	received := sent("b", "14:01", 77)
	received.Name = ReceivedBytes
	got := tallyOf("14:00:45", "14:03:00",
		asks("a", "14:00", "GET", "OK", 40), asks("b", "14:00", "GET", "429", 20), asks("b", "14:00", "PUT", "503", 8), asks("a", "14:01", "PUT", "500", 5), received,
		sent("a", "14:00", 400), sent("b", "14:01", 90)).Traffic("gcs", at("15:00:00"), 0, nil)
	if len(got.Minutes) != 2 || !maps.Equal(got.Minutes[0].ByMethod, map[string]float64{"GET": 60, "PUT": 8}) || !maps.Equal(got.Minutes[1].ByMethod, map[string]float64{"PUT": 5}) {
		t.Errorf("%+v", got.Minutes)
	}
	if !maps.Equal(got.Methods, map[string]float64{"GET": 15, "PUT": 7}) || got.Metrics["requests_failed"] != 5+2+5 || got.Metrics["requests_throttled"] != 5+2 {
		t.Errorf("%v, %v", got.Methods, got.Metrics)
	}
	first, second := got.Minutes[0], got.Minutes[1]
	if !slices.Equal(first.RequestsPerBucket, []float64{40, 28}) || first.ReceivedPerBucket != nil || !slices.Equal(second.ReceivedPerBucket, []float64{0, 77}) || !slices.Equal(second.RequestsPerBucket, []float64{5, 0}) {
		t.Errorf("%+v", got.Minutes)
	}
}

// TestManyBuckets: past mostLines buckets minutes have sums only, whichever came first.
func TestManyBuckets(t *testing.T) {
	tally := tallyOf("14:00:00", "14:02:00")
	for i := range mostLines + 3 {
		tally.Add(asks(bucketName(i), "14:00", "GET", "OK", 1))
		if full := i+1 > mostLines; full != (tally.buckets[bucketName(0)].minutes == nil) || full != (tally.buckets[bucketName(i)].minutes == nil) {
			t.Fatalf("%d buckets: kept %v", i+1, !full)
		}
	}
	got := tally.Traffic("gcs", at("15:00:00"), 0, nil)
	if m := got.Minutes[0]; m.RequestsPerBucket != nil || m.PerBucket != nil || m.Requests != mostLines+3 || m.ByMethod["GET"] != mostLines+3 || got.Buckets[5].Metrics[Requests] != 1 {
		t.Errorf("%+v", m)
	}
}

// TestToTheByte: a whole minute has the value itself, of whatever size.
func TestToTheByte(t *testing.T) {
	for v := 42370224878.0; v < 42370224878+1000; v++ {
		if got := tallyOf("14:00:00", "14:01:00", sent("a", "14:00", v)).Traffic("s3", at("15:00:00"), 0, nil).Minutes[0].Sent; got != v {
			t.Fatalf("%v became %v", v, got)
		}
		s := s3Told{from: at("14:00:00"), to: at("14:01:00")}
		p := sent("a", "14:00", v)
		p.Name = s3Failed4xx
		if s.take(p); s.failed4xx != v {
			t.Fatalf("%v became %v", v, s.failed4xx)
		}
	}
}

// TestBounds: what hangs on the minutes that the window cuts, told with their shares.
func TestBounds(t *testing.T) {
	cut := []Point{sent("a", "14:00", 600<<20), sent("a", "14:01", 60<<20), sent("a", "14:02", 1000<<20)}
	got := tallyOf("14:00:45", "14:02:30", cut...).Traffic("gcs", at("15:00:00"), 0, nil)
	if m := got.Metrics; m["sent_low_bytes"] != 60<<20 || m["sent_bytes"] != 710<<20 || m["sent_high_bytes"] != 1660<<20 || m["received_low_bytes"] != 0 {
		t.Errorf("%v", m)
	}
	if text := got.Warnings[0].Text; !strings.Contains(text, "that of 14:00 (25 % of it within) and that of 14:02 (50 % of it within)") || !strings.Contains(text, "sent 60.0 MiB to 1.62 GiB") {
		t.Error(text)
	}
	whole := tallyOf("14:00:00", "14:03:00", cut...).Traffic("gcs", at("15:00:00"), 0, nil)
	if m := whole.Metrics; m["sent_low_bytes"] != m["sent_bytes"] || m["sent_high_bytes"] != m["sent_bytes"] || warned(whole, warnCut) {
		t.Errorf("%v", m)
	}
	for i := range cut {
		cut[i].Name = ReceivedBytes
	}
	if text := tallyOf("14:00:45", "14:02:30", cut...).Traffic("gcs", at("15:00:00"), 0, nil).Warnings[0].Text; !strings.Contains(text, "received 60.0 MiB to 1.62 GiB") {
		t.Error(text)
	}
}

// TestDoubtfulWindows: a window that isn't over, a minute that hasn't begun, no bucket at all.
func TestDoubtfulWindows(t *testing.T) {
	points := []Point{sent("a", "14:00", 1), sent("a", "14:04", 1)}
	for _, test := range []struct {
		read    string
		points  []Point
		want    []string
		without []string
	}{
		{"14:10:00", points, nil, []string{warnNotOver, warnClock, warnSilent}},
		{"14:04:30", points, []string{warnNotOver}, []string{warnClock}},
		{"14:03:30", points, []string{warnNotOver, warnClock}, nil},
		{"14:10:00", []Point{sent("a", "13:59", 1), sent("a", "14:05", 1)}, []string{warnSilent}, []string{warnClock}}, // beside the window
	} {
		got := tallyOf("14:00:00", "14:05:00", test.points...).Traffic("gcs", at(test.read), time.Minute, nil)
		for _, code := range test.want {
			if !warned(got, code) {
				t.Errorf("read at %s: no %s: %+v", test.read, code, got.Warnings)
			}
		}
		for _, code := range test.without {
			if warned(got, code) {
				t.Errorf("read at %s: %s: %+v", test.read, code, got.Warnings)
			}
		}
		for _, w := range got.Warnings {
			if strings.Contains(w.Text, "\n") || strings.Contains(fmt.Sprint(w.Text), "%!") {
				t.Errorf("%q", w.Text)
			}
		}
	}
}
