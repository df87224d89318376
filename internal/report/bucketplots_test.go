package report

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// fewMinutes are three buckets in five minutes, of which one isn't known.
func fewMinutes() result.Traffic {
	from := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
	t := result.Traffic{Source: "gcs", From: from, To: from.Add(5 * time.Minute), Metrics: map[string]float64{"sent_bytes": 1}, Buckets: []result.BucketTraffic{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	for i, sent := range [][]float64{{60, 60, 60}, {120, 120, 60}, nil, {60, 0, 60}, {3, 0, 0}} {
		m := result.Minute{Start: from.Add(time.Duration(i) * time.Minute), PerBucket: sent, ByMethod: map[string]float64{"ReadObject": float64(600 * (i + 1)), "ListObjects": 6}}
		for _, v := range sent {
			m.Sent += v
		}
		m.Requests = 600
		if sent != nil {
			t.Minutes = append(t.Minutes, m)
		}
	}
	t.Missing = []time.Time{from.Add(3 * time.Minute)}
	return t
}

func TestBucketAxis(t *testing.T) {
	traffic := fewMinutes()
	const minute = int64(time.Minute)
	a := newBucketAxis(traffic, nil, traffic.From.Add(-90*time.Second), 7*minute) // begins before the window and ends after it
	sent := a.line(ofAll(func(m result.Minute) float64 { return m.Sent }))
	const zero = 3 * minute / 2
	want := [][]point{
		{{zero, 3}, {zero + minute, 3}, {zero + minute, 5}, {zero + 2*minute, 5}, {zero + 2*minute, 0}, {zero + 3*minute, 0}}, // a minute without a point had no traffic
		{{zero + 4*minute, 0.05}, {zero + 5*minute, 0.05}},                                                                    // of a missing one nothing is known
	}
	if diff := cmp.Diff(want, sent, cmp.AllowUnexported(point{})); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	if got := a.line(ofBucket(0)); len(got) != 1 || len(got[0]) != 10 { // of a bucket that has a point in it, more is
		t.Errorf("bucket a: %v", got)
	}
	if got := a.line(ofBucket(1)); len(got) != 2 {
		t.Errorf("bucket b: %v", got)
	}
	if diff := cmp.Diff([]span{{0, zero}, {zero + 3*minute, zero + 4*minute}, {zero + 5*minute, 7 * minute}}, a.unknown(), cmp.AllowUnexported(span{})); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
	if got := a.unknownLine(); got != "Grey: 1 minute that monitoring doesn't have, of all buckets or of one, and 3 minutes outside the window that was asked for." {
		t.Error(got)
	}
	cut := newBucketAxis(traffic, nil, traffic.From.Add(30*time.Second), minute) // half of each of two minutes
	shares := cut.shares()
	if shares[0].sent != 90 || shares[2].bucket != 2 || shares[2].sent != 60 {
		t.Errorf("shares %+v", shares)
	}
	if m := cut.methods(); m[0].name != "ReadObject" || m[0].requests != 900 || m[1].requests != 6 {
		t.Errorf("methods %+v", m)
	}
}

func TestBalance(t *testing.T) {
	a := windowBuckets(fewMinutes())
	var got []float64
	for _, m := range a.minutes {
		if balance, ok := a.balanceOf(m, a.busiest()); ok {
			got = append(got, math.Round(1000*balance)/1000)
		}
	}
	if !slices.Equal(got, []float64{1, 0.833}) { // the others: no traffic, not known, less than a tenth of the busiest
		t.Errorf("balances are %v", got)
	}
	worst, ok := a.leastBalanced()
	if !ok || worst.odd != 2 || worst.times != 0.5 || a.when(worst.minute) != "14:03 UTC" {
		t.Errorf("the worst is %+v", worst)
	}
	for _, test := range []struct {
		values []float64
		odd    int
		times  float64
	}{{[]float64{10, 10, 4, 10}, 2, 0.4}, {[]float64{10, 35, 10}, 1, 3.5}, {[]float64{10, 0, 10}, 1, 0}, {[]float64{0, 7, 0}, 1, math.Inf(1)}, {[]float64{5, 5}, 0, 1}} {
		if odd, times := oddOne(test.values); odd != test.odd || times != test.times {
			t.Errorf("%v: %d with %v, want %d with %v", test.values, odd, times, test.odd, test.times)
		}
	}
}

// TestBucketFigures: what the plots of twelve buckets say, on the axis of a run and alone.
func TestBucketFigures(t *testing.T) {
	f := recordedRun(t)
	d, err := collect(f.Run, f)
	if err != nil {
		t.Fatal(err)
	}
	lines, ok := bucketSection(d)
	requests, asked := requestSection(d)
	if !ok || !asked {
		t.Fatal("no sections")
	}
	const want = "Balance is the mean of the buckets over the highest: 96.8 % over all of it. Least balanced at 14:07 UTC (5 min 0 s): 79.6 %, zettafs-vdev-07 sent 0.48 x the mean of the others. " +
		"Minutes with less than 10 % of the busiest one's bytes have no balance. Each step is a minute of UTC. Grey: 1 minute that monitoring doesn't have, of all buckets or of one."
	if diff := cmp.Diff(want, lines.Figure.Caption); diff != "" {
		t.Errorf("caption (-want +got):\n%s", diff)
	}
	var legend []string
	for _, l := range lines.Figure.Legend {
		legend = append(legend, strings.TrimSpace(string(l.Ink)+" "+l.Label+" "+l.Value))
	}
	if got := strings.Join(legend, "|"); got != "net most: zettafs-vdev-02 328 GB|bad least: zettafs-vdev-07 285 GB|mut 10 others" {
		t.Errorf("legend is %s", got)
	}
	wide := string(lines.Figure.Wide)
	if n := strings.Count(wide, `class="s-mut" stroke-width="0.7"`); n != 10 || !strings.Contains(wide, `class="s-net" stroke-width="1.8"`) || !strings.Contains(wide, `class="s-bad" stroke-width="1.8"`) || !strings.Contains(wide, `class="f-grid"`) {
		t.Errorf("%d muted lines in %.3000s", n, wide)
	}
	if got := requests.Figure.Caption; !strings.HasPrefix(got, "Requests in this time: ReadObject 3,6") || !strings.Contains(got, "GetObjectMetadata 593, ListObjects 167, WriteObject 101, ComposeObject 29, DeleteObject 14. Each step is the mean of a minute") {
		t.Errorf("caption is %q", got)
	}
	if got := strings.Count(string(requests.Figure.Wide), "/s</text>"); got != 10 || !strings.Contains(string(requests.Figure.Wide), ">2 other methods<") { // of each of five plots the unit and the highest
		t.Errorf("%d texts in %.3000s", got, requests.Figure.Wide)
	}
	if both := string(lines.Figure.Wide) + string(requests.Figure.Wide); strings.Count(both, ">epoch 5<") != 2 {
		t.Error("the epochs aren't marked on both")
	}
	sheet := strings.ReplaceAll(written(t, trafficSheet(f.Run.Traffic[0]).writeHTML), "\u00a0", " ")
	for _, want := range []string{`id="bucket-lines"`, `id="bucket-requests"`, "Least balanced at 14:07 UTC: 79.6 %", ">ListObjects<"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the page of the traffic lacks %q", want)
		}
	}
	checkSheet(t, "traffic.html", sheet)
}

// TestBucketFiguresWithout: of one bucket, of minutes that don't say which bucket or method,
// and of a run within one minute there is nothing to plot.
func TestBucketFiguresWithout(t *testing.T) {
	for name, change := range map[string]func(*result.Traffic){
		"one bucket":   func(t *result.Traffic) { t.Buckets = t.Buckets[:1] },
		"no minutes":   func(t *result.Traffic) { t.Minutes = nil },
		"one minute":   func(t *result.Traffic) { t.Minutes = t.Minutes[:1] },
		"sums only":    func(t *result.Traffic) { forMinutes(t, func(m *result.Minute) { m.PerBucket = nil }) },
		"another time": func(t *result.Traffic) { t.From, t.To = t.From.Add(-24*time.Hour), t.From.Add(-23*time.Hour) },
	} {
		traffic := fewMinutes()
		change(&traffic)
		a := windowBuckets(traffic)
		if _, ok := a.perBucket(); ok {
			t.Errorf("%s: there is a plot of buckets", name)
		}
	}
	traffic := fewMinutes()
	forMinutes(&traffic, func(m *result.Minute) { m.ByMethod = nil })
	if _, ok := windowBuckets(traffic).perMethod(); ok {
		t.Error("there is a plot of methods")
	}
}

func forMinutes(t *result.Traffic, do func(*result.Minute)) {
	for i := range t.Minutes {
		do(&t.Minutes[i])
	}
}
