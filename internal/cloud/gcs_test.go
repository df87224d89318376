package cloud

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	monitoring "cloud.google.com/go/monitoring/apiv3/v2"
	"google.golang.org/grpc/codes"

	"github.com/lbench/lbench/internal/monitoringtest"
	"github.com/lbench/lbench/internal/result"
)

// service is Cloud Monitoring with traffic whose truth is known, and a source that asks it.
type service struct {
	*monitoringtest.Server
	gcs   *GCS
	now   time.Time
	slept time.Duration
}

const serviceBuckets = 12

// newService has 12 buckets that served for 20 minutes from 14:02 on, asked at 15:00.
func newService(t *testing.T) *service {
	t.Helper()
	s := &service{now: at("15:00:00")}
	server, err := monitoringtest.Start(t.Context(), monitoringtest.Options{Project: "p", Now: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	client, err := monitoring.NewMetricClient(t.Context(), server.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	s.Server = server
	s.gcs = &GCS{Project: "p", Client: client, Retry: Retry{Sleep: func(_ context.Context, d time.Duration) { s.slept += d }}}
	random := rand.New(rand.NewPCG(5, 12))
	for b := range serviceBuckets {
		for second := range 20 * 60 {
			if second/60 == 7 {
				continue // all were idle
			}
			sent := random.Int64N(90 << 20)
			s.Serve(bucketName(b), "ReadObject", "OK", at("14:02:00").Add(time.Duration(second)*time.Second), sent, 0, 1+sent>>20)
			if second%97 == 0 {
				s.Serve(bucketName(b), "WriteObject", "429", at("14:02:00").Add(time.Duration(second)*time.Second), 0, 1000, 3)
			}
		}
	}
	return s
}

func bucketName(i int) string { return fmt.Sprintf("vdev-%02d", i) }

func (s *service) read(t *testing.T, from, to string) (result.Traffic, error) {
	t.Helper()
	tally := NewTally(at(from), at(to))
	warnings, err := s.gcs.Points(t.Context(), Query{From: at(from), To: at(to), Prefix: "vdev-"}, tally.Add)
	traffic := tally.Traffic("gcs", s.now, s.gcs.Late(), nil)
	traffic.Warnings = append(traffic.Warnings, warnings...)
	s.gcs.Extend(&traffic)
	return traffic, err
}

// checkTruth holds totals to the byte against what the buckets served, and balance to a
// tenth of a point.
func (s *service) checkTruth(t *testing.T, got result.Traffic) {
	t.Helper()
	var sent, received, requests, high float64
	for i := range serviceBuckets {
		served := s.Served(bucketName(i), got.From, got.To)
		sent, received, requests = sent+float64(served.SentBytes), received+float64(served.ReceivedBytes), requests+float64(served.Requests)
		high = math.Max(high, float64(served.SentBytes))
		if b := got.Buckets[i]; b.Metrics["sent_bytes"] != float64(served.SentBytes) {
			t.Errorf("%s sent %v, served %d", b.Name, b.Metrics["sent_bytes"], served.SentBytes)
		}
	}
	if m := got.Metrics; m["sent_bytes"] != sent || m["received_bytes"] != received || m["requests"] != requests {
		t.Errorf("%v bytes sent, %v received, %v requests; served %v, %v, %v", m["sent_bytes"], m["received_bytes"], m["requests"], sent, received, requests)
	}
	if balance := sent / serviceBuckets / high; math.Abs(got.Metrics["balance_fraction"]-balance) > 0.001 {
		t.Errorf("balance %v, served %v", got.Metrics["balance_fraction"], balance)
	}
}

// TestGCSTruth: under every fault that passes, totals are what the buckets served to the byte.
func TestGCSTruth(t *testing.T) {
	for name, fault := range map[string]func(s *service){
		"none":       func(*service) {},
		"throttled":  func(s *service) { s.Throttle(5, 0) },
		"told when":  func(s *service) { s.Throttle(2, 9*time.Second) },
		"broken off": func(s *service) { s.BreakOff(1, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			fault(s)
			got, err := s.read(t, "14:02:00", "14:22:00")
			if err != nil {
				t.Fatal(err)
			}
			s.checkTruth(t, got)
			if len(got.Missing) != 0 || got.Metrics["throttled_fraction"] == 0 || len(got.Methods) != 2 || len(got.Minutes) != 19 {
				t.Errorf("missing %v, %v, methods %v, %d minutes", got.Missing, got.Metrics, got.Methods, len(got.Minutes))
			}
			repeats := map[string]float64{"none": 0, "throttled": 5, "told when": 2, "broken off": 2}[name]
			if m := got.Metrics; m["monitoring_calls_repeated"] != repeats || m["monitoring_waited_ns"] != float64(s.slept) {
				t.Errorf("%v calls repeated after %v ns, want %v after %v", m["monitoring_calls_repeated"], m["monitoring_waited_ns"], repeats, s.slept)
			}
			if name == "throttled" && s.slept < 31*time.Second || name == "told when" && s.slept != 18*time.Second {
				t.Errorf("waited %v", s.slept)
			}
		})
	}
}

// TestGCSLate: minutes that have not come are named; what has is to the byte.
func TestGCSLate(t *testing.T) {
	s := newService(t)
	s.now = at("14:22:30")
	s.Delay(150 * time.Second)
	got, err := s.read(t, "14:02:00", "14:22:00")
	if err != nil || len(got.Missing) != 4 || got.Missing[3] != at("14:21:00") {
		t.Fatalf("%v: missing %v", err, got.Missing)
	}
	s.now = at("15:00:00")
	got, err = s.read(t, "14:02:00", "14:22:00")
	if err != nil || len(got.Missing) != 0 {
		t.Fatalf("%v: missing %v", err, got.Missing)
	}
	s.checkTruth(t, got)
	s.Drop(bucketName(3), at("14:10:00"), at("14:11:00"))
	got, err = s.read(t, "14:02:00", "14:22:00")
	if err != nil || len(got.Missing) != 1 || got.Missing[0] != at("14:10:00") || !warned(got, warnMissing) {
		t.Errorf("%v: missing %v", err, got.Missing)
	}
}

// TestGCSEdges: a window that cuts minutes is within what their shares allow.
func TestGCSEdges(t *testing.T) {
	s := newService(t)
	got, err := s.read(t, "14:03:20", "14:17:40")
	if err != nil {
		t.Fatal(err)
	}
	var low, high float64
	for i := range serviceBuckets {
		low += float64(s.Served(bucketName(i), at("14:04:00"), at("14:17:00")).SentBytes)
		high += float64(s.Served(bucketName(i), at("14:03:00"), at("14:18:00")).SentBytes)
	}
	if sent := got.Metrics["sent_bytes"]; sent <= low || sent >= high || !warned(got, warnCut) {
		t.Errorf("%v isn't between %v and %v", sent, low, high)
	}
}

// TestGCSRefused: what can't be mended is one line that says what to do.
func TestGCSRefused(t *testing.T) {
	for want, fault := range map[string]func(s *service){
		"roles/monitoring.viewer": func(s *service) { s.Deny(true) },
		"check --project":         func(s *service) { s.gcs.Project = "other" },
		"the quota of Monitoring": func(s *service) { s.Throttle(1000, 0) },
		"Unavailable":             func(s *service) { s.BreakOff(1, 1000) },
	} {
		s := newService(t)
		fault(s)
		if _, err := s.read(t, "14:02:00", "14:22:00"); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "read sent_bytes of project ") {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	s := newService(t)
	s.Incomplete(bucketName(1), codes.Internal, "series of project 123456789012 left out")
	got, err := s.read(t, "14:02:00", "14:22:00")
	if err != nil || !warned(got, "partial_answer") || strings.Contains(fmt.Sprint(got.Warnings), "123456789012") {
		t.Errorf("%v: %+v", err, got.Warnings)
	}
}

// TestGCSNobodyThere: an endpoint where nothing listens isn't asked again.
func TestGCSNobodyThere(t *testing.T) {
	gcs, err := NewGCS(t.Context(), "p", GCSOptions{Endpoint: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer gcs.Client.Close()
	gcs.Retry.Sleep = func(context.Context, time.Duration) { t.Error("it waits") }
	if _, err := gcs.Points(t.Context(), Query{From: at("14:02:00"), To: at("14:22:00"), Prefix: "x"}, func(Point) {}); err == nil || !strings.Contains(err.Error(), "check --endpoint") {
		t.Errorf("error is %v", err)
	}
}

// TestGCSManyNames: more names than a filter may have are asked for in parts.
func TestGCSManyNames(t *testing.T) {
	s := newService(t)
	var names []string
	for i := range 250 {
		names = append(names, bucketName(i))
	}
	tally := NewTally(at("14:02:00"), at("14:22:00"))
	if _, err := s.gcs.Points(t.Context(), Query{From: at("14:02:00"), To: at("14:22:00"), Buckets: names}, tally.Add); err != nil {
		t.Fatal(err)
	}
	s.checkTruth(t, tally.Traffic("gcs", s.now, s.gcs.Late(), nil))
}

func TestGCSFilter(t *testing.T) {
	const base = `metric.type = "m" AND resource.type = "gcs_bucket" AND `
	for want, q := range map[string]Query{
		`resource.labels.bucket_name = "a"`:                {Buckets: []string{"a"}},
		`resource.labels.bucket_name = one_of("a", "b\"")`: {Buckets: []string{"a", `b"`}},
		`resource.labels.bucket_name = starts_with("z-")`:  {Prefix: "z-"},
		`metadata.user_labels."team" = "storage"`:          {Label: "team=storage"},
	} {
		if got := gcsFilter(q, "m"); got != base+want {
			t.Errorf("%s, want %s%s", got, base, want)
		}
	}
}

func TestGCSOptions(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(elsewhere, []byte(`{"type":"external_account"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]GCSOptions{
		`endpoint "x" isn't host:port`:                                  {Endpoint: "x"},
		`read --credentials-file "/nowhere": no such file or directory`: {CredentialsFile: "/nowhere"},
		"it isn't the JSON of a key":                                    {CredentialsFile: "gcs_test.go"},
		`its type "external_account" isn't one of`:                      {CredentialsFile: elsewhere},
	} {
		if _, err := NewGCS(t.Context(), "p", o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}
