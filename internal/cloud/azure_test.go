package cloud

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// checkTruth holds totals to the byte against what the accounts served.
func (m *azureMonitor) checkTruth(t *testing.T, got result.Traffic) {
	t.Helper()
	var sent, received, requests, busy, failed, latency, succeeded float64
	for i, account := range m.names {
		of := func(metric, kind string) float64 { return m.served(account, metric, kind, got.From, got.To) }
		sent, received, requests = sent+of("Egress", ""), received+of("Ingress", ""), requests+of("Transactions", "")
		busy, failed = busy+of("Transactions", "ServerBusy"), failed+of("Transactions", "ClientOther")
		if i < len(got.Buckets) && got.Buckets[i].Metrics["sent_bytes"] != of("Egress", "") {
			t.Errorf("%s sent %v, served %v", got.Buckets[i].Name, got.Buckets[i].Metrics["sent_bytes"], of("Egress", ""))
		}
	}
	for key, minutes := range m.sums {
		for second, n := range minutes {
			if key.metric == "Transactions" && key.kind == "Success" && slices.Contains(m.names, key.account) {
				latency += n * m.sums[azureKey{key.account, "SuccessE2ELatency", "", ""}][second]
				succeeded += n
			}
		}
	}
	f := got.Metrics
	if len(got.Buckets) != len(m.names) || f["sent_bytes"] != sent || f["received_bytes"] != received || f["requests"] != requests || len(got.Methods) != 15 {
		t.Errorf("%d accounts, %v bytes sent, %v received, %v requests, %v; served %v, %v, %v", len(got.Buckets), f["sent_bytes"], f["received_bytes"], f["requests"], got.Methods, sent, received, requests)
	}
	if f["throttled_fraction"] != busy/requests || f["error_fraction"] != (busy+failed)/requests || got.Codes["ClientOtherError"] != failed {
		t.Errorf("%v, codes %v; %v busy and %v failed of %v", f, got.Codes, busy, failed, requests)
	}
	if math.Abs(f["e2e_latency_mean_ns"]/(latency/succeeded*1e6)-1) > 1e-12 {
		t.Errorf("latency %v, served %v ms", f["e2e_latency_mean_ns"], latency/succeeded)
	}
}

// TestAzureTruth: under every fault that passes, totals are what the accounts served to the byte.
func TestAzureTruth(t *testing.T) {
	for _, test := range []struct {
		name  string
		slept time.Duration
		fault func(call int, w http.ResponseWriter) bool
	}{
		{name: "none"},
		{name: "throttled", slept: (1 + 2 + 4) * time.Second, fault: func(call int, w http.ResponseWriter) bool {
			if call <= 3 {
				refuseAzure(w, http.StatusTooManyRequests, "TooManyRequests", "too many")
			}
			return call <= 3
		}},
		{name: "told when", slept: 18 * time.Second, fault: func(call int, w http.ResponseWriter) bool {
			if call <= 2 {
				w.Header().Set("Retry-After", "9")
				refuseAzure(w, http.StatusServiceUnavailable, "ServerBusy", "later")
			}
			return call <= 2
		}},
		{name: "broken off", slept: time.Second, fault: func(call int, w http.ResponseWriter) bool {
			if call == 2 {
				w.Header().Set("Content-Length", "1000")
				_, _ = w.Write([]byte(`{"value":[`))
			}
			return call == 2
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newAzureMonitor(t)
			m.fault = test.fault
			got, err := m.read(t, at("14:02:00"), at("14:22:00"))
			if err != nil {
				t.Fatal(err)
			}
			m.checkTruth(t, got)
			if got.Metrics["monitoring_waited_ns"] != float64(test.slept) || (got.Metrics["monitoring_calls_repeated"] > 0) != (test.slept > 0) {
				t.Errorf("%v", got.Metrics)
			}
			if len(got.Missing) != 0 || len(got.Minutes) != 19 || len(got.Warnings) != 0 || m.slept != test.slept {
				t.Errorf("missing %v, %d minutes, waited %v, %+v", got.Missing, len(got.Minutes), m.slept, got.Warnings)
			}
		})
	}
}

// TestAzureDays: a window of days is asked for day by day, and no minute counts twice.
func TestAzureDays(t *testing.T) {
	m := newAzureMonitor(t)
	m.names = m.names[:2]
	from := at("14:02:00").AddDate(0, 0, -2)
	for _, account := range m.names {
		m.serve(account, "Egress", "", "", from.Add(24*time.Hour), 7) // on the edge of the first day
	}
	got, err := m.read(t, from, at("14:22:00"))
	if err != nil || m.calls != 2*3*3 {
		t.Fatalf("%v: %d calls", err, m.calls)
	}
	m.checkTruth(t, got)
}

// TestAzureLate: minutes that have not come are named; what has is to the byte.
func TestAzureLate(t *testing.T) {
	m := newAzureMonitor(t)
	m.now, m.late = at("14:22:30"), 150*time.Second
	got, err := m.read(t, at("14:02:00"), at("14:22:00"))
	if err != nil || len(got.Missing) != 5 || got.Missing[4] != at("14:21:00") {
		t.Fatalf("%v: missing %v", err, got.Missing)
	}
	m.now = at("15:00:00")
	got, err = m.read(t, at("14:02:00"), at("14:22:00"))
	if err != nil || len(got.Missing) != 0 {
		t.Fatalf("%v: missing %v", err, got.Missing)
	}
	m.checkTruth(t, got)
}

// TestAzureEdges: a latency counts by the share of its minute, and there is none without requests.
func TestAzureEdges(t *testing.T) {
	m := newAzureMonitor(t)
	m.names = m.names[:2]
	m.serve(m.names[1], "Transactions", "GetBlob", "Success", at("14:40:00"), 900) // without a latency
	for minute, latency := range []float64{10, 40} {
		when := at("14:40:00").Add(time.Duration(minute) * time.Minute)
		m.set(m.names[0], "SuccessE2ELatency", when, latency)
		m.serve(m.names[0], "Transactions", "GetBlob", "Success", when, 100)
	}
	got, err := m.read(t, at("14:40:00"), at("14:41:30"))
	if want := (100*10.0 + 50*40) / 150 * 1e6; err != nil || got.Metrics["e2e_latency_mean_ns"] != want || got.Metrics["requests"] != 1050 || !warned(got, warnCut) {
		t.Errorf("%v: %v, want %v", err, got.Metrics, want)
	}
	got, err = m.read(t, at("14:50:00"), at("14:52:00"))
	if _, told := got.Metrics["e2e_latency_mean_ns"]; err != nil || told {
		t.Errorf("%v: %v", err, got.Metrics)
	}
}

// TestAzureRefused: what can't be mended is one line that says what to do, and no secret.
func TestAzureRefused(t *testing.T) {
	const said = "client planted@example.com of /subscriptions/12345678-aaaa-bbbb-cccc-123456789012 with token=PLANTED"
	for _, test := range []struct {
		status     int
		code, want string
	}{
		{http.StatusForbidden, "AuthorizationFailed", "the role Monitoring Reader"}, {http.StatusUnauthorized, "ExpiredAuthenticationToken", "az login"},
		{http.StatusNotFound, "ResourceNotFound", "check --resource-id"}, {http.StatusBadRequest, "BadRequest", "not understood"},
		{http.StatusTooManyRequests, "TooManyRequests", "asked too often"}, {http.StatusTeapot, "Teapot", "I'm a teapot: Teapot"},
	} {
		m := newAzureMonitor(t)
		m.fault = func(_ int, w http.ResponseWriter) bool { refuseAzure(w, test.status, test.code, said); return true }
		_, err := m.read(t, at("14:02:00"), at("14:22:00"))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.code) || strings.Contains(err.Error(), "\n") || tellsPlanted(err.Error()) || strings.Contains(err.Error(), "aaaa-bbbb") {
			t.Errorf("%d: error is %v, want %q", test.status, err, test.want)
		}
	}
	m := newAzureMonitor(t)
	m.code = "InternalError"
	got, err := m.read(t, at("14:02:00"), at("14:22:00"))
	if err != nil || !warned(got, "partial_answer") || strings.Contains(fmt.Sprint(got.Warnings), "aaaa-bbbb") {
		t.Errorf("%v: %+v", err, got.Warnings)
	}
	m.names = m.names[:1]
	m.azure.Accounts[m.names[0]] = azureGroup + "elsewhere"
	if _, err := m.read(t, at("14:02:00"), at("14:22:00")); err == nil || !strings.Contains(err.Error(), `storage account "zettafs00": there is no such storage account`) || strings.Contains(err.Error(), "aaaa-bbbb") {
		t.Errorf("error is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m.fault = func(int, http.ResponseWriter) bool { cancel(); return false }
	if _, err := m.azure.Points(ctx, Query{From: at("14:02:00"), To: at("14:22:00"), Buckets: m.names}, func(Point) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if _, err := m.azure.Points(t.Context(), Query{From: at("14:02:00"), To: at("14:22:00"), Prefix: "z"}, nil); err == nil || !strings.Contains(err.Error(), "by their resource IDs only") {
		t.Errorf("error is %v", err)
	}
}

func TestAzureOptions(t *testing.T) {
	for name, v := range map[string]string{"AZURE_TENANT_ID": "", "AZURE_CLIENT_ID": "", "AZURE_CLIENT_SECRET": "", "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"} {
		t.Setenv(name, v)
	}
	for want, o := range map[string]AzureOptions{
		`endpoint "x" isn't host:port`:                                      {Endpoint: "x"},
		"AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give": {},
	} {
		if _, err := NewAzure(t.Context(), nil, o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	for _, id := range []string{"", "zettafs00", "/subscriptions/x/resourceGroups/y", azureGroup + "a/b", azureGroup + "Capital/blobServices/other"} {
		if _, _, err := AzureAccounts([]string{id}); err == nil || !strings.Contains(err.Error(), "isn't /subscriptions/ID/") || strings.Contains(err.Error(), "aaaa-bbbb") {
			t.Errorf("%q: error is %v", id, err)
		}
	}
}

func TestAzureMoment(t *testing.T) {
	if !errors.As(azureMoment(fmt.Errorf("get: %w", &net.OpError{Op: "dial", Err: errors.New("refused")})), &momentary{}) || errors.As(azureMoment(&net.DNSError{IsNotFound: true}), &momentary{}) || errors.As(azureMoment(errors.New("x")), &momentary{}) {
		t.Error("a name that isn't there is asked for again, or a connection that is refused isn't")
	}
}
