package cloud

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lbench/lbench/internal/result"
)

var allS3 = Query{Prefix: "vdev-"}

// checkTruth holds totals to the byte against what the buckets served.
func (c *cloudWatch) checkTruth(t *testing.T, got result.Traffic) {
	t.Helper()
	var sent, received, gets, puts, high float64
	for i := range cloudWatchBuckets {
		of := func(metric string) float64 { return c.served(bucketName(i), metric, got.From, got.To) }
		sent, received, gets, puts = sent+of("BytesDownloaded"), received+of("BytesUploaded"), gets+of("GetRequests"), puts+of("PutRequests")
		high = math.Max(high, of("BytesDownloaded"))
		if i < len(got.Buckets) && got.Buckets[i].Metrics["sent_bytes"] != of("BytesDownloaded") {
			t.Errorf("%s sent %v, served %v", got.Buckets[i].Name, got.Buckets[i].Metrics["sent_bytes"], of("BytesDownloaded"))
		}
	}
	m := got.Metrics
	if len(got.Buckets) != cloudWatchBuckets || m["sent_bytes"] != sent || m["received_bytes"] != received || m["requests"] != gets+puts || got.Methods["GET"] != gets || got.Methods["PUT"] != puts {
		t.Errorf("%d buckets, %v bytes sent, %v received, %v; served %v, %v, %v + %v", len(got.Buckets), m["sent_bytes"], m["received_bytes"], got.Methods, sent, received, gets, puts)
	}
	if balance := sent / cloudWatchBuckets / high; math.Abs(m["balance_fraction"]-balance) > 0.001 {
		t.Errorf("balance %v, served %v", m["balance_fraction"], balance)
	}
}

// TestS3Truth: under every fault that passes, totals are what the buckets served to the byte.
func TestS3Truth(t *testing.T) {
	for _, test := range []struct {
		name  string
		page  int
		slept time.Duration
		fault func(call int, w http.ResponseWriter) bool
	}{
		{name: "none"},
		{name: "many pages", page: 97},
		{name: "throttled", page: 500, slept: 2 * (1 + 2 + 4) * time.Second, fault: func(call int, w http.ResponseWriter) bool {
			if call <= 3 {
				refuse(w, http.StatusBadRequest, "Throttling", "Rate exceeded")
			}
			return call <= 3
		}},
		{name: "told when", slept: 2 * 9 * time.Second, fault: func(call int, w http.ResponseWriter) bool {
			if call == 1 {
				w.Header().Set("Retry-After", "9")
				refuse(w, http.StatusServiceUnavailable, "ServiceUnavailable", "later")
			}
			return call == 1
		}},
		{name: "broken off", page: 500, slept: 2 * time.Second, fault: func(call int, w http.ResponseWriter) bool {
			if call == 2 || call == 1 {
				w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
				w.Header().Set("Content-Type", "application/cbor")
				w.Header().Set("Content-Length", "1000")
				_, _ = w.Write([]byte{0xa1})
			}
			return call == 2 || call == 1
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCloudWatch(t)
			c.fault = test.fault
			if test.page > 0 {
				c.page = test.page
			}
			got, err := c.read(t, "14:02:00", "14:22:00", allS3)
			if err != nil {
				t.Fatal(err)
			}
			c.checkTruth(t, got)
			if got.Metrics["monitoring_waited_ns"] != float64(c.slept) || (got.Metrics["monitoring_calls_repeated"] > 0) != (test.slept > 0) {
				t.Errorf("%v", got.Metrics)
			}
			if len(got.Missing) != 0 || len(got.Minutes) != 19 || !warned(got, "best_effort") || c.slept < test.slept {
				t.Errorf("missing %v, %d minutes, waited %v, %+v", got.Missing, len(got.Minutes), c.slept, got.Warnings)
			}
			if test.name == "many pages" && c.calls["GetMetricData"] < 10 {
				t.Errorf("%v", c.calls)
			}
		})
	}
}

// TestS3Tells: latencies and errors are those within the window.
func TestS3Tells(t *testing.T) {
	c := newCloudWatch(t)
	got, err := c.read(t, "14:02:00", "14:22:00", Query{Buckets: []string{bucketName(0), bucketName(1)}})
	if err != nil {
		t.Fatal(err)
	}
	m := got.Metrics
	failed := 2 * c.served(bucketName(0), "5xxErrors", got.From, got.To)
	if m["first_byte_latency_mean_ns"] != 20e6 || got.Codes["5xx"] != failed || m["error_5xx_fraction"] != failed/m["requests"] || m["error_4xx_fraction"] != failed/2/m["requests"] || !warned(got, "requests_failed") {
		t.Errorf("%v, codes %v", m, got.Codes)
	}
	if _, told := m["throttled_fraction"]; told {
		t.Error("S3 doesn't tell throttled requests apart")
	}
	// One minute and a half: half of the errors of the second count.
	c.serve(bucketName(0), at("14:30:00"), map[string]float64{"GetRequests Sum": 10.0, "4xxErrors Sum": 4.0})
	c.serve(bucketName(0), at("14:31:00"), map[string]float64{"GetRequests Sum": 10.0, "4xxErrors Sum": 4.0})
	got, err = c.read(t, "14:30:00", "14:31:30", Query{Buckets: []string{bucketName(0)}})
	if err != nil || got.Codes["4xx"] != 6 || got.Metrics["requests"] != 15 || got.Metrics["error_4xx_fraction"] != 0.4 {
		t.Errorf("%v: codes %v, %v", err, got.Codes, got.Metrics)
	}
	if _, told := got.Metrics["first_byte_latency_mean_ns"]; told {
		t.Error("a latency without requests")
	}
}

// TestS3Late: minutes that have not come are named; what has is to the byte.
func TestS3Late(t *testing.T) {
	c := newCloudWatch(t)
	c.now, c.late = at("14:22:30"), 150*time.Second
	got, err := c.read(t, "14:02:00", "14:22:00", allS3)
	if err != nil || len(got.Missing) != 10 || got.Missing[9] != at("14:21:00") {
		t.Fatalf("%v: missing %v", err, got.Missing)
	}
	c.now = at("15:00:00")
	got, err = c.read(t, "14:02:00", "14:22:00", allS3)
	if err != nil || len(got.Missing) != 0 {
		t.Fatalf("%v: missing %v", err, got.Missing)
	}
	c.checkTruth(t, got)
}

// TestS3Old: after 15 days there are periods of 5 minutes; the sum is the same.
func TestS3Old(t *testing.T) {
	c := newCloudWatch(t)
	c.now = at("15:00:00").AddDate(0, 0, 20)
	got, err := c.read(t, "14:00:00", "14:25:00", allS3)
	if err != nil || !warned(got, "long_periods") {
		t.Fatalf("%v: %+v", err, got.Warnings)
	}
	sent := 0.0
	for i := range cloudWatchBuckets {
		sent += c.served(bucketName(i), "BytesDownloaded", got.From, got.To)
	}
	if math.Abs(got.Metrics["sent_bytes"]/sent-1) > 1e-12 {
		t.Errorf("%v sent, %v served", got.Metrics["sent_bytes"], sent)
	}
}

// TestS3ManyBuckets: more metrics than a question may have are asked for in parts.
func TestS3ManyBuckets(t *testing.T) {
	c := newCloudWatch(t)
	var names []string
	for i := range 100 {
		names = append(names, bucketName(i))
		c.filters[bucketName(i)] = "EntireBucket"
	}
	c.filters["zz"] = "EntireBucket"
	c.filters["vdev-filtered"] = "train"
	c.page = 30
	got, err := c.read(t, "14:02:00", "14:22:00", allS3)
	if err != nil || c.calls["ListMetrics"] < 4 {
		t.Fatalf("%v: %v", err, c.calls)
	}
	c.checkTruth(t, got)
	c.page, c.calls = 1e6, map[string]int{}
	got, err = c.read(t, "14:02:00", "14:22:00", Query{Buckets: names})
	if err != nil || c.calls["GetMetricData"] != 3 {
		t.Fatalf("%v: %v", err, c.calls)
	}
	c.checkTruth(t, got)
}

// TestS3WithoutMetrics: a bucket on which they aren't switched on is told from one that was idle.
func TestS3WithoutMetrics(t *testing.T) {
	c := newCloudWatch(t)
	c.filters["idle"], c.filters["filtered"] = "EntireBucket", "train"
	const command = "aws s3api put-bucket-metrics-configuration --bucket off --id EntireBucket --metrics-configuration Id=EntireBucket"
	got, err := c.read(t, "14:02:00", "14:22:00", Query{Buckets: []string{bucketName(0), "idle", "filtered", "off"}})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, w := range got.Warnings {
		if w.Code == "no_request_metrics" {
			text += w.Text + "\n"
		}
	}
	if strings.Count(text, "\n") != 2 || strings.Contains(text, `"idle"`) || !strings.Contains(text, command) || !strings.Contains(text, `"filtered" has no request metrics by the filter "EntireBucket": it has [train]`) {
		t.Errorf("%s", text)
	}
	c.fault = func(_ int, w http.ResponseWriter) bool {
		denied := c.calls["ListMetrics"] > 1
		if denied {
			refuse(w, http.StatusForbidden, "AccessDenied", "no ListMetrics")
		}
		return denied
	}
	got, err = c.read(t, "14:02:00", "14:22:00", Query{Buckets: []string{bucketName(0), "off"}})
	if err != nil || got.Metrics["sent_bytes"] == 0 || !strings.Contains(fmt.Sprint(got.Warnings), "buckets [off] have no point, and whether they have request metrics is not known: list the metrics of S3: permission denied") {
		t.Errorf("%v: %v", err, got.Warnings)
	}
	c.fault = nil
	for want, q := range map[string]Query{
		command:         {Buckets: []string{"off"}},
		"they have [tr": {Prefix: "filt"},
		`no bucket whose name begins with "none" had request metrics in region "us-east-1"`: {Prefix: "none"},
		"CloudWatch knows no labels": {Label: "a=b"},
	} {
		if _, err := c.read(t, "14:02:00", "14:22:00", q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

// planted is what a server might say that nobody else may read.
const planted = "arn:aws:sts::123456789012:assumed-role/Planted/planted@example.com with AKIAPLANTEDPLANTED12 and token=PLANTED"

func tellsPlanted(text string) bool {
	return strings.Contains(strings.ToLower(text), "planted") || strings.Contains(text, "123456789012")
}

// TestS3Refused: what can't be mended is one line that says what to do, and no secret.
func TestS3Refused(t *testing.T) {
	for code, want := range map[string]string{
		"AccessDenied": "needs cloudwatch:GetMetricData and cloudwatch:ListMetrics", "UnrecognizedClientException": "aws sso login", "ExpiredToken": "aws sso login",
		"SignatureDoesNotMatch": "this machine's clock", "InvalidParameterValue": "--filter-id", "Throttling": "asked too often", "SomethingElse": "SomethingElse: ",
	} {
		for _, operation := range []Query{allS3, {Buckets: []string{bucketName(0)}}} {
			c := newCloudWatch(t)
			c.fault = func(_ int, w http.ResponseWriter) bool {
				refuse(w, http.StatusBadRequest, code, "User: "+planted)
				return true
			}
			_, err := c.read(t, "14:02:00", "14:22:00", operation)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || tellsPlanted(err.Error()) {
				t.Errorf("%s: error is %v, want %q", code, err, want)
			}
		}
	}
	c := newCloudWatch(t)
	c.status = func(bucket, metric string) string {
		if bucket == bucketName(3) && metric == "BytesUploaded" {
			return "InternalError"
		}
		return ""
	}
	got, err := c.read(t, "14:02:00", "14:22:00", allS3)
	if err != nil || !warned(got, "partial_answer") {
		t.Errorf("%v: %+v", err, got.Warnings)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c.fault = func(int, http.ResponseWriter) bool { cancel(); return false }
	if _, err := c.s3.Points(ctx, Query{From: at("14:02:00"), To: at("14:22:00"), Prefix: "v"}, func(Point) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestS3Options(t *testing.T) {
	for name, v := range map[string]string{
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
	} {
		t.Setenv(name, v)
	}
	for want, o := range map[string]S3Options{
		`endpoint "x" isn't host:port`:            {Endpoint: "x"},
		"set AWS_ACCESS_KEY_ID and AWS_SECRET_AC": {Region: "us-east-1"},
		"give --region":                           {},
		`there is no profile "nobody"`:            {Region: "us-east-1", Profile: "nobody"},
	} {
		if _, err := NewS3(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAPLANTEDPLANTED12")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "planted")
	t.Setenv("AWS_ENDPOINT_URL", "http://192.0.2.1:80") // a name server isn't asked, and nothing is sent
	s, err := NewS3(t.Context(), S3Options{Region: "us-east-1", Filter: "EntireBucket"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Points(t.Context(), Query{From: at("14:02:00"), To: at("14:22:00"), Buckets: []string{"a"}}, nil); err == nil || !strings.Contains(err.Error(), "without TLS, which is for loopback only") || tellsPlanted(err.Error()) {
		t.Errorf("error is %v", err)
	}
	remote, err := NewS3(t.Context(), S3Options{Region: "us-east-1", Endpoint: "192.0.2.1:443"})
	if err != nil || *remote.Client.Options().BaseEndpoint != "https://192.0.2.1:443" {
		t.Errorf("%v: %v", err, remote)
	}
}

func TestAWSError(t *testing.T) {
	nowhere := fmt.Errorf("send: %w", &net.DNSError{Err: "no such host", Name: "monitoring.mars-1.amazonaws.com", IsNotFound: true})
	strange := &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 404}}, Err: errors.New("unexpected minor value 28")}
	if err := awsError(strange, "us-east-1"); !strings.Contains(err.Error(), "the answer (HTTP status 404) isn't one of CloudWatch") || strings.Contains(err.Error(), "minor value") {
		t.Error(err)
	}
	if err := awsError(nowhere, "mars-1"); !strings.Contains(err.Error(), `there is no region "mars-1": check --region`) {
		t.Error(err)
	}
	if errors.As(awsMoment(nowhere), &momentary{}) || !errors.As(awsMoment(&net.OpError{Op: "dial", Err: errors.New("refused")}), &momentary{}) {
		t.Error("a name that isn't there is asked for again, or a connection that is refused isn't")
	}
}
