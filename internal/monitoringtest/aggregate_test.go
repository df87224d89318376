package monitoringtest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	delta = monitoringpb.Aggregation_ALIGN_DELTA
	rate  = monitoringpb.Aggregation_ALIGN_RATE
	sum   = monitoringpb.Aggregation_ALIGN_SUM
)

// aggregated is an aggregation over periods of so many seconds; groups: nil for no reducer.
func aggregated(seconds int64, aligner monitoringpb.Aggregation_Aligner, groups []string) *monitoringpb.Aggregation {
	a := &monitoringpb.Aggregation{AlignmentPeriod: &durationpb.Duration{Seconds: seconds}, PerSeriesAligner: aligner}
	if groups != nil {
		a.CrossSeriesReducer, a.GroupByFields = monitoringpb.Aggregation_REDUCE_SUM, groups
	}
	return a
}

// Periods count back from the interval's end. A delta that lies in two of them is shared by
// time with ALIGN_DELTA and ALIGN_RATE, and counts where it ends with ALIGN_SUM.
func TestAlign(t *testing.T) {
	for _, c := range []struct {
		what     string
		seconds  int64
		aligner  monitoringpb.Aggregation_Aligner
		from, to time.Time
		want     string
	}{
		{"on the minute, as raw", 60, delta, at(14, 0, 0), at(14, 5, 0),
			"14:04:00-14:05:00=61 14:02:00-14:03:00=600 14:01:00-14:02:00=60 14:00:00-14:01:00=7"},
		{"two minutes", 120, delta, at(14, 0, 0), at(14, 4, 0), "14:02:00-14:04:00=600 14:00:00-14:02:00=67"},
		{"start in a period: it's whole", 120, delta, at(14, 1, 0), at(14, 4, 0), "14:02:00-14:04:00=600 14:00:00-14:02:00=67"},
		{"start in a period: sum too", 120, sum, at(14, 1, 0), at(14, 4, 0), "14:02:00-14:04:00=600 14:00:00-14:02:00=67"},
		{"end in a minute: shared", 60, delta, at(14, 1, 30), at(14, 4, 30),
			"14:03:30-14:04:30=30 14:02:30-14:03:30=300 14:01:30-14:02:30=330"},
		{"end in a minute: sum", 60, sum, at(14, 1, 30), at(14, 4, 30), "14:02:30-14:03:30=600 14:01:30-14:02:30=60"},
		{"rate", 60, rate, at(14, 1, 0), at(14, 3, 0), "14:03:00=10/s 14:02:00=1/s"},
		{"rate of two minutes", 120, rate, at(14, 0, 0), at(14, 3, 0), "14:03:00=5.5/s 14:01:00=0.058333333333333334/s"},
		{"nothing there", 60, delta, at(15, 0, 0), at(16, 0, 0), ""},
		{"one period for all", 3600, delta, at(14, 0, 0), at(15, 0, 0), "14:00:00-15:00:00=728"},
		{"longer than the interval", 3600, sum, at(14, 59, 0), at(15, 0, 0), "14:00:00-15:00:00=728"},
	} {
		s, client, _ := start(t)
		for minute, bytes := range []int64{7, 60, 600, 0, 61} { // minute 3 is idle
			s.Serve("a", "ReadObject", "OK", at(14, minute, 0), bytes, 0, 1)
		}
		r := request(sent, "", c.from, c.to)
		r.Aggregation = aggregated(c.seconds, c.aligner, nil)
		text := ""
		if c.want != "" {
			text = "a ReadObject OK  " + c.want + "\n"
		}
		want(t, c.what, lines(t, client, r), text)
	}
}

// A delta that starts in the middle of a minute is shared over its own time only. 1001 bytes
// come from 14:00:30 to 14:01:00; no byte is lost by rounding.
func TestAlignDeltaFromMidMinute(t *testing.T) {
	s, client, _ := start(t)
	text, err := os.ReadFile("testdata/small.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Load(text); err != nil {
		t.Fatal(err)
	}
	for end, points := range map[time.Time]string{
		at(14, 1, 0):  "14:00:00-14:01:00=1001",
		at(14, 1, 30): "14:00:30-14:01:30=1001",
		at(14, 1, 40): "14:00:40-14:01:40=668 13:59:40-14:00:40=333", // two thirds, one third
	} {
		r := request(sent, "", end.Add(-2*time.Minute), end)
		r.Aggregation = aggregated(60, delta, nil)
		want(t, end.String(), lines(t, client, r), "north ReadObject OK  "+points+"\n")
	}
}

// A delta longer than the period counts in each period it lies in, and not beyond the
// interval's end.
func TestAlignLongDelta(t *testing.T) {
	s, client, _ := start(t)
	text, err := os.ReadFile("testdata/small.json")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.ReplaceAll(string(text), "T14:03:00Z", "T14:12:00Z") // 3000 bytes in ten minutes
	if err := s.Load([]byte(long)); err != nil {
		t.Fatal(err)
	}
	r := request(sent, "", at(14, 0, 0), at(14, 4, 0))
	r.Aggregation = aggregated(60, delta, nil)
	want(t, "half of it", lines(t, client, r), "north ReadObject OK  14:03:00-14:04:00=300 14:02:00-14:03:00=300 14:00:00-14:01:00=1001\n")
}

// Amounts beyond 2^53 are shared without an error: parts add up to the whole.
func TestAlignHugeDelta(t *testing.T) {
	s, client, _ := start(t)
	s.Serve("a", "ReadObject", "OK", at(14, 0, 0), 1<<62+1, 0, 1)
	r := request(sent, "", at(13, 58, 20), at(14, 1, 20))
	r.Aggregation = aggregated(60, delta, nil)
	want(t, "parts", lines(t, client, r), "a ReadObject OK  14:00:20-14:01:20=3074457345618258604 13:59:20-14:00:20=1537228672809129301\n")
}

// Whatever the interval's end, aligned points of the whole time add up to what was served.
func TestAlignedAddUpToTheTruth(t *testing.T) {
	s, client, _ := start(t)
	for i := range 200 {
		s.Serve("a", "ReadObject", "OK", at(14, 0, 0).Add(time.Duration(i*i)*time.Second/7), int64(i*i*i+1), 0, 1)
	}
	truth := s.Served("a", at(0, 0, 0), at(19, 0, 0)).SentBytes
	for _, aligner := range []monitoringpb.Aggregation_Aligner{delta, sum} {
		for second := range 7 {
			r := request(sent, "", at(13, 0, 0), at(19, 0, 11*second))
			r.Aggregation = aggregated(90+int64(second), aligner, nil)
			all, err := list(t.Context(), client, r)
			if err != nil {
				t.Fatal(err)
			}
			var total int64
			for _, p := range all[0].GetPoints() {
				total += p.GetValue().GetInt64Value()
			}
			want(t, fmt.Sprint(aligner, second), total, truth)
		}
	}
}

func TestReduce(t *testing.T) {
	s, client, _ := start(t)
	for i, line := range [][3]string{
		{"a", "ReadObject", "OK"}, {"a", "ReadObject", "UNAVAILABLE"}, {"a", "WriteObject", "OK"}, {"b", "ReadObject", "OK"},
	} {
		s.Serve(line[0], line[1], line[2], at(14, 0, 0), 1<<i, 0, 1)
		s.Serve(line[0], line[1], line[2], at(14, 1+i, 0), 100<<i, 0, 1)
	}
	for _, c := range []struct {
		groups []string
		want   string
	}{
		{[]string{}, " 14:04:00-14:05:00=800 14:03:00-14:04:00=400 14:02:00-14:03:00=200 14:01:00-14:02:00=100 14:00:00-14:01:00=15\n"},
		{[]string{"resource.labels.bucket_name"}, "" +
			"a  14:03:00-14:04:00=400 14:02:00-14:03:00=200 14:01:00-14:02:00=100 14:00:00-14:01:00=7\n" +
			"b  14:04:00-14:05:00=800 14:00:00-14:01:00=8\n"},
		{[]string{"metric.label.method", "resource.type"}, "" +
			"ReadObject  14:04:00-14:05:00=800 14:02:00-14:03:00=200 14:01:00-14:02:00=100 14:00:00-14:01:00=11\n" +
			"WriteObject  14:03:00-14:04:00=400 14:00:00-14:01:00=4\n"},
	} {
		r := request(sent, "", at(14, 0, 0), at(14, 5, 0))
		r.Aggregation = aggregated(60, delta, c.groups)
		want(t, fmt.Sprint(c.groups), lines(t, client, r), c.want)
		r.PageSize = 3 // a reduced line goes on over pages too
		all, err := list(t.Context(), client, r)
		points := 0
		for _, series := range all {
			points += len(series.GetPoints())
			want(t, "project", series.GetResource().GetLabels()["project_id"], "lab")
		}
		if err != nil || len(all) < 2 || points < 5 {
			t.Errorf("%v in pages: %d series, %d points, %v", c.groups, len(all), points, err)
		}
	}
	r := request(requests, "", at(14, 0, 0), at(14, 5, 0))
	r.Aggregation = aggregated(300, rate, []string{})
	all, err := list(t.Context(), client, r)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "rate of all", show(all[0].GetPoints()[0]), fmt.Sprintf("14:05:00=%g/s", 8/300.))
	want(t, "kind and unit", fmt.Sprintln(all[0].GetMetricKind(), all[0].GetValueType(), all[0].GetUnit()), "GAUGE DOUBLE 1/s\n")
}

func TestAggregationsRefused(t *testing.T) {
	_, client, _ := start(t)
	for _, c := range []struct {
		a    *monitoringpb.Aggregation
		text string
	}{
		{aggregated(59, delta, nil), "alignmentPeriod had an invalid value of \"59s\": The alignment period must be at least 60 seconds"},
		{aggregated(0, rate, nil), "at least 60 seconds"},
		{aggregated(105*7*24*3600, rate, nil), "104 weeks"},
		{aggregated(60, monitoringpb.Aggregation_ALIGN_PERCENTILE_99, nil), `"ALIGN_PERCENTILE_99": not one of [ALIGN_NONE`},
		{aggregated(60, monitoringpb.Aggregation_ALIGN_NONE, []string{}), "must be set, and not to ALIGN_NONE"},
		{&monitoringpb.Aggregation{AlignmentPeriod: durationpb.New(time.Minute), PerSeriesAligner: delta,
			CrossSeriesReducer: monitoringpb.Aggregation_REDUCE_MEAN}, `"REDUCE_MEAN": not one of`},
		{aggregated(60, delta, []string{"resource.labels.zone"}), `groupByFields had an invalid value of "resource.labels.zone"`},
	} {
		r := day(sent, "")
		r.Aggregation = c.a
		_, err := list(t.Context(), client, r)
		wantError(t, c.a.String(), err, codes.InvalidArgument, c.text)
	}
	r := day(sent, "") // without an aligner the period doesn't matter
	r.Aggregation = aggregated(5, monitoringpb.Aggregation_ALIGN_NONE, nil)
	if _, err := list(t.Context(), client, r); err != nil {
		t.Error(err)
	}
	r = request(sent, "", time.Time{}, at(15, 0, 0)) // 2025 years
	r.Aggregation = aggregated(60, delta, nil)
	want(t, "a long interval", lines(t, client, r), "")
}
