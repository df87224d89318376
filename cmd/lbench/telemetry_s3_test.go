package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// wireS3 is what CloudWatch is asked, in the form that the SDK speaks.
type wireS3 struct {
	StartTime, EndTime time.Time
	MetricDataQueries  []struct {
		Id         string
		MetricStat struct {
			Metric struct {
				MetricName string
				Dimensions []map[string]string
			}
			Stat string
		}
	}
}

// cloudWatch is a CloudWatch whose two buckets have 600 MiB and 60 requests in every
// minute. refusal is the code of its answers instead, where it isn't empty.
func cloudWatch(t *testing.T, refusal string) string {
	t.Helper()
	answer := func(w http.ResponseWriter, status int, doc any) {
		body, err := cbor.Marshal(doc)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		w.Header().Set("Content-Type", "application/cbor")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var ask wireS3
		if err := cbor.Unmarshal(body, &ask); err != nil || refusal != "" {
			answer(w, http.StatusBadRequest, map[string]string{"__type": "com.amazonaws.cloudwatch#" + refusal, "message": "User: arn:aws:iam::123456789012:user/planted, token=PLANTEDKEY"})
			return
		}
		if strings.HasSuffix(r.URL.Path, "/ListMetrics") {
			var metrics []any
			for b := range 2 {
				metrics = append(metrics, map[string]any{"Dimensions": []map[string]string{{"Name": "BucketName", "Value": fmt.Sprintf("zettafs-vdev-%02d", b)}, {"Name": "FilterId", "Value": "EntireBucket"}}})
			}
			answer(w, http.StatusOK, map[string]any{"Metrics": metrics})
			return
		}
		var results []any
		for _, q := range ask.MetricDataQueries {
			times, values := []any{}, []float64{}
			value, metric := map[string]float64{"BytesDownloaded": 600 << 20, "GetRequests": 60}, q.MetricStat.Metric
			for at := ask.StartTime; at.Before(ask.EndTime) && value[metric.MetricName] > 0 && strings.HasPrefix(metric.Dimensions[0]["Value"], "zettafs-vdev-"); at = at.Add(time.Minute) {
				times, values = append(times, cbor.Tag{Number: 1, Content: at.Unix()}), append(values, value[metric.MetricName])
			}
			results = append(results, map[string]any{"Id": q.Id, "StatusCode": "Complete", "Timestamps": times, "Values": values})
		}
		answer(w, http.StatusOK, map[string]any{"MetricDataResults": results})
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// askedOf runs a command at 15:00 against a server.
func askedOf(endpoint string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := realApp()
	a.stdout, a.stderr, a.now = &out, &errs, func() time.Time { return time.Date(2026, 3, 13, 15, 0, 0, 0, time.UTC) }
	a.getenv = func(string) string { return "" }
	code = run(context.Background(), a, append(args, "--endpoint", endpoint))
	return code, out.String(), errs.String()
}

func TestTelemetryS3(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.html")
	code, stdout, stderr := askedOf(cloudWatch(t, ""), "telemetry", "s3", "--region", "us-east-1", "--bucket-prefix", "zettafs-", "--from", "2026-03-13T14:10:00Z", "--to", "2026-03-13T14:20:00Z", "--json", "-o", page)
	var doc struct {
		Source  string
		Sent    float64 `json:"sent_bytes"`
		Peak    float64 `json:"sent_peak_bytes_per_s"`
		Failed  float64 `json:"error_5xx_fraction"`
		Buckets []struct{ Name string }
		Methods map[string]float64
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v:\n%s%s", code, err, stdout, stderr)
	}
	if doc.Source != "s3" || doc.Sent != 2*6000<<20 || doc.Peak != 20<<20 || doc.Failed != 0 || len(doc.Buckets) != 2 || doc.Methods["GET"] != 1200 {
		t.Errorf("%+v", doc)
	}
	if html, err := os.ReadFile(page); err != nil || !bytes.Contains(html, []byte("zettafs-vdev-01")) {
		t.Errorf("the page: %v, %d bytes", err, len(html))
	}
	code, stdout, stderr = askedOf(cloudWatch(t, ""), "telemetry", "s3", "--buckets", "zettafs-vdev-00,off", "--last", "1h")
	if code != exitOK || !strings.Contains(stdout, "put-bucket-metrics-configuration") || !strings.Contains(stdout, "best-effort") || !strings.Contains(stdout, "minutes are not known") {
		t.Errorf("exit %d:\n%s%s", code, stdout, stderr)
	}
}

func TestTelemetryS3Refuses(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAPLANTEDKEY123456")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "PLANTEDKEY")
	window := []string{"--from", "2026-03-13T14:10:00Z", "--to", "2026-03-13T14:20:00Z"}
	for _, test := range []struct {
		refusal string
		args    []string
		code    int
		want    string
	}{
		{"AccessDenied", append([]string{"--bucket-prefix", "zettafs-"}, window...), exitCannotRun, "the caller needs cloudwatch:GetMetricData"},
		{"ExpiredToken", append([]string{"--buckets", "zettafs-vdev-00"}, window...), exitCannotRun, "aws sso login"},
		{"", append([]string{"--buckets", "off"}, window...), exitCannotRun, "aws s3api put-bucket-metrics-configuration --bucket off"},
		{"", append([]string{"--bucket-prefix", "other"}, window...), exitCannotRun, "check --bucket-prefix and --region"},
		{"", window, exitUsage, "choose the buckets in one way"},
		{"", append([]string{"--label", "a=b"}, window...), exitUsage, "unknown flag: --label"},
		{"", append([]string{"--file", "f"}, window...), exitUsage, "unknown flag: --file"},
		{"", []string{"--buckets", "a"}, exitUsage, "say which window, in one way"},
	} {
		code, stdout, stderr := askedOf(cloudWatch(t, test.refusal), append([]string{"telemetry", "s3"}, test.args...)...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
			t.Errorf("%q: exit %d, want %d with %q:\n%s", test.args, code, test.code, test.want, stderr)
		}
		for _, secret := range []string{"PLANTEDKEY", "planted", "123456789012"} {
			if strings.Contains(stdout+stderr, secret) {
				t.Errorf("%q: %s is told:\n%s%s", test.args, secret, stdout, stderr)
			}
		}
	}
}
