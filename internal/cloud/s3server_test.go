package cloud

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/lbench/lbench/internal/result"
)

// cloudWatch is CloudWatch in process, in the form that the SDK speaks (RPC v2, CBOR),
// with traffic whose truth is known, and a source that asks it.
type cloudWatch struct {
	*httptest.Server
	s3      *S3
	now     time.Time
	slept   time.Duration
	sums    map[[3]string]map[int64]float64 // by bucket, metric and statistic, then by minute in Unix seconds
	filters map[string]string               // of request metrics, by bucket
	late    time.Duration
	page    int // values, or metrics in a list
	calls   map[string]int
	fault   func(call int, w http.ResponseWriter) bool // true: it has answered
	status  func(bucket, metric string) string         // of a series
}

const cloudWatchBuckets = 12

// newCloudWatch has 12 buckets that served for 20 minutes from 14:02 on, asked at 15:00.
func newCloudWatch(t *testing.T) *cloudWatch {
	t.Helper()
	c := &cloudWatch{now: at("15:00:00"), sums: map[[3]string]map[int64]float64{}, filters: map[string]string{}, page: 1000, calls: map[string]int{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	s3, err := NewS3(t.Context(), S3Options{Region: "us-east-1", Filter: "EntireBucket", Endpoint: strings.TrimPrefix(c.URL, "http://")})
	if err != nil {
		t.Fatal(err)
	}
	c.s3 = s3
	c.s3.Now = func() time.Time { return c.now }
	c.s3.Retry.Sleep = func(_ context.Context, d time.Duration) { c.slept += d }
	random := rand.New(rand.NewPCG(5, 12))
	for b := range cloudWatchBuckets {
		name := bucketName(b)
		c.filters[name] = "EntireBucket"
		for second := range 20 * 60 {
			if second/60 == 7 {
				continue // all were idle
			}
			when, gets, sent := at("14:02:00").Add(time.Duration(second)*time.Second), float64(1+random.IntN(90)), float64(random.Int64N(90<<20))
			c.serve(name, when, map[string]float64{"BytesDownloaded Sum": sent, "GetRequests Sum": gets, "FirstByteLatency SampleCount": gets, "FirstByteLatency Sum": 20 * gets})
			if second%97 == 0 {
				c.serve(name, when, map[string]float64{"BytesUploaded Sum": 1000, "PutRequests Sum": 3, "5xxErrors Sum": 2, "4xxErrors Sum": 1})
			}
		}
	}
	return c
}

// serve adds values to metrics, each named with its statistic.
func (c *cloudWatch) serve(bucket string, when time.Time, values map[string]float64) {
	for name, v := range values {
		metric, stat, _ := strings.Cut(name, " ")
		key := [3]string{bucket, metric, stat}
		if c.sums[key] == nil {
			c.sums[key] = map[int64]float64{}
		}
		c.sums[key][when.Truncate(time.Minute).Unix()] += v
	}
}

// served is what a bucket's metric had in whole minutes.
func (c *cloudWatch) served(bucket, metric string, from, to time.Time) float64 {
	sum := 0.0
	for second, v := range c.sums[[3]string{bucket, metric, "Sum"}] {
		if second >= from.Unix() && second < to.Unix() {
			sum += v
		}
	}
	return sum
}

func (c *cloudWatch) read(t *testing.T, from, to string, q Query) (result.Traffic, error) {
	t.Helper()
	q.From, q.To = at(from), at(to)
	tally := NewTally(q.From, q.To)
	warnings, err := c.s3.Points(t.Context(), q, tally.Add)
	traffic := tally.Traffic("s3", c.now, c.s3.Late(), q.Buckets)
	traffic.Warnings = append(traffic.Warnings, warnings...)
	if err == nil {
		c.s3.Extend(&traffic)
	}
	return traffic, err
}

type (
	wireDimension struct{ Name, Value string }
	wireMetric    struct {
		Namespace, MetricName string
		Dimensions            []wireDimension
	}
	wireQuery struct {
		Id         string
		MetricStat struct {
			Metric wireMetric
			Period int64
			Stat   string
		}
	}
	wireRequest struct {
		StartTime, EndTime    time.Time
		MetricDataQueries     []wireQuery
		NextToken             string
		Namespace, MetricName string
	}
	wireSeries struct {
		Id, Label, StatusCode string
		Timestamps            []cbor.Tag
		Values                []float64
	}
)

func (c *cloudWatch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation, known := strings.CutPrefix(r.URL.Path, "/service/GraniteServiceVersion20100801/operation/")
	c.calls[operation]++
	if c.fault != nil && c.fault(c.calls[operation], w) {
		return
	}
	body, _ := io.ReadAll(r.Body)
	var ask wireRequest
	if err := cbor.Unmarshal(body, &ask); err != nil || !known || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=none/") {
		refuse(w, http.StatusBadRequest, "SerializationException", fmt.Sprint(r.URL.Path, err))
		return
	}
	first, _ := strconv.Atoi(cmp.Or(ask.NextToken, "0"))
	switch {
	case operation == "ListMetrics":
		c.list(w, ask, first)
	case len(ask.MetricDataQueries) > 500:
		refuse(w, http.StatusBadRequest, "ValidationError", "more than 500 queries")
	default:
		c.data(w, ask, first)
	}
}

func (c *cloudWatch) list(w http.ResponseWriter, ask wireRequest, first int) {
	type listed struct {
		Metrics   []wireMetric
		NextToken string `cbor:",omitempty"`
	}
	names := slices.Sorted(maps.Keys(c.filters))
	answer := listed{Metrics: []wireMetric{}}
	for _, name := range names[first:min(first+c.page, len(names))] {
		answer.Metrics = append(answer.Metrics, wireMetric{ask.Namespace, ask.MetricName, []wireDimension{{"FilterId", c.filters[name]}, {"BucketName", name}}})
	}
	if first+c.page < len(names) {
		answer.NextToken = strconv.Itoa(first + c.page)
	}
	reply(w, answer)
}

// data answers with at most so many values as a page has, the newest of a series first.
func (c *cloudWatch) data(w http.ResponseWriter, ask wireRequest, first int) {
	type answered struct {
		MetricDataResults []*wireSeries
		NextToken         string `cbor:",omitempty"`
	}
	var answer answered
	n := 0
	for _, q := range ask.MetricDataQueries {
		var bucket string
		entire := false
		for _, d := range q.MetricStat.Metric.Dimensions {
			entire = entire || d.Name == "FilterId" && d.Value == "EntireBucket"
			if d.Name == "BucketName" {
				bucket = d.Value
			}
		}
		series := &wireSeries{Id: q.Id, Label: q.MetricStat.Metric.MetricName, StatusCode: "Complete", Timestamps: []cbor.Tag{}, Values: []float64{}}
		if c.status != nil {
			series.StatusCode = cmp.Or(c.status(bucket, q.MetricStat.Metric.MetricName), series.StatusCode)
		}
		sums := map[int64]float64{} // by period; minutes are kept for 15 days
		for second, v := range c.sums[[3]string{bucket, q.MetricStat.Metric.MetricName, q.MetricStat.Stat}] {
			start := second / q.MetricStat.Period * q.MetricStat.Period
			if kept := q.MetricStat.Period >= 300 || c.now.Unix()-start < 15*24*3600; entire && kept && start >= ask.StartTime.Unix() && start < ask.EndTime.Unix() && !time.Unix(second+60, 0).After(c.now.Add(-c.late)) {
				sums[start] += v
			}
		}
		for _, start := range slices.Backward(slices.Sorted(maps.Keys(sums))) {
			if n++; n > first && n <= first+c.page {
				series.Timestamps = append(series.Timestamps, cbor.Tag{Number: 1, Content: float64(start)})
				series.Values = append(series.Values, sums[start])
			}
		}
		if n > first+c.page {
			series.StatusCode = "PartialData"
		}
		answer.MetricDataResults = append(answer.MetricDataResults, series)
	}
	if n > first+c.page {
		answer.NextToken = strconv.Itoa(first + c.page)
	}
	reply(w, answer)
}

func reply(w http.ResponseWriter, answer any) {
	body, err := cbor.Marshal(answer)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	_, _ = w.Write(body)
}

// refuse answers as CloudWatch does; code and message are the caller's.
func refuse(w http.ResponseWriter, status int, code, message string) {
	body, err := cbor.Marshal(map[string]string{"__type": "com.amazonaws.cloudwatch#" + code, "message": message})
	if err != nil {
		panic(err)
	}
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("X-Amzn-Query-Error", code+";Sender")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
