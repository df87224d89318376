package cloud

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	monitoring "cloud.google.com/go/monitoring/apiv3/v2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/lbench/lbench/internal/result"
)

func TestServiceClock(t *testing.T) {
	now := at("14:00:00")
	for _, test := range []struct {
		heard []string
		ahead time.Duration
		known bool
		want  string
	}{
		{nil, 0, false, ""},
		{[]string{"noon", ""}, 0, false, ""},
		{[]string{"Fri, 13 Mar 2026 14:00:02 GMT"}, 2500 * time.Millisecond, true, ""},
		{[]string{"Fri, 13 Mar 2026 14:00:41 GMT", "Fri, 13 Mar 2026 14:00:30 GMT"}, 41500 * time.Millisecond, true, "is 42 s behind that of the service"},
		{[]string{"Fri, 13 Mar 2026 13:55:00 GMT", "Fri, 13 Mar 2026 13:58:59 GMT"}, -60500 * time.Millisecond, true, "is 1 min 1 s ahead of that of the service"},
	} {
		var c serviceClock
		for _, date := range test.heard {
			c.heard(date, now)
		}
		traffic := result.Traffic{Metrics: map[string]float64{}}
		c.tell(&traffic)
		ahead, known := traffic.Metrics["monitoring_clock_ahead_ns"]
		if known != test.known || ahead != float64(test.ahead) || warned(traffic, warnClock) != (test.want != "") {
			t.Errorf("%q: %v, %v, %+v", test.heard, ahead, known, traffic.Warnings)
		}
		if test.want != "" && !strings.Contains(traffic.Warnings[0].Text, test.want) {
			t.Errorf("%q, want %q", traffic.Warnings[0].Text, test.want)
		}
	}
}

// TestClocksAreCompared: each source hears the Date of its service.
func TestClocksAreCompared(t *testing.T) {
	date := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	check := func(name string, got result.Traffic, err error) {
		t.Helper()
		if err != nil || !warned(got, warnClock) || got.Metrics["monitoring_clock_ahead_ns"] < float64(50*time.Minute) {
			t.Errorf("%s: %v, %v, %+v", name, err, got.Metrics["monitoring_clock_ahead_ns"], got.Warnings)
		}
	}
	dated := func(_ int, w http.ResponseWriter) bool { w.Header().Set("Date", date); return false }

	watch := newCloudWatch(t)
	watch.fault = dated
	got, err := watch.read(t, "14:02:00", "14:22:00", allS3)
	check("s3", got, err)

	azure := newAzureMonitor(t)
	azure.fault = dated
	got, err = azure.read(t, at("14:02:00"), at("14:22:00"))
	check("azure", got, err)

	s := newService(t)
	intercept := func(ctx context.Context, method string, request, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		err := invoke(ctx, method, request, reply, cc, opts...)
		for _, o := range opts { // as the service's own servers send it
			if h, ok := o.(grpc.HeaderCallOption); ok {
				*h.HeaderAddr = metadata.Join(*h.HeaderAddr, metadata.Pairs("date", date))
			}
		}
		return err
	}
	client, err := monitoring.NewMetricClient(t.Context(), append(s.ClientOptions(), option.WithGRPCDialOption(grpc.WithUnaryInterceptor(intercept)))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s.gcs.Client = client
	got, err = s.read(t, "14:02:00", "14:22:00")
	check("gcs", got, err)
}
