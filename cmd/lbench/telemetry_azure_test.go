package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const azureAccount = "/subscriptions/12345678-aaaa-bbbb-cccc-123456789012/resourceGroups/training/providers/Microsoft.Storage/storageAccounts/zettafs00"

// azureMonitor is an Azure Monitor whose every account has 600 MiB and 60 requests in
// every minute, at 20 ms. status is that of its answers instead, where it isn't 0.
func azureMonitor(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if status != 0 {
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": "Refused", "message": "The client planted@example.com of '" + r.URL.Path + "', token=PLANTEDKEY"}})
			return
		}
		ask := r.URL.Query()
		first, last, _ := strings.Cut(ask.Get("timespan"), "/")
		from, _ := time.Parse(time.RFC3339, first)
		to, _ := time.Parse(time.RFC3339, last)
		metrics := []any{}
		for name := range strings.SplitSeq(ask.Get("metricnames"), ",") {
			data := []any{}
			for at := from; at.Before(to); at = at.Add(time.Minute) {
				value := map[string]float64{"Egress": 600 << 20, "Transactions": 60, "SuccessE2ELatency": 20}[name]
				data = append(data, map[string]any{"timeStamp": at, strings.ToLower(ask.Get("aggregation")): value})
			}
			metadata := []any{}
			if ask.Get("$filter") != "" {
				metadata = append(metadata, map[string]any{"name": map[string]string{"value": "apiname"}, "value": "GetBlob"}, map[string]any{"name": map[string]string{"value": "responsetype"}, "value": "Success"})
			}
			metrics = append(metrics, map[string]any{"name": map[string]string{"value": name}, "errorCode": "Success", "timeseries": []any{map[string]any{"metadatavalues": metadata, "data": data}}})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"timespan": ask.Get("timespan"), "value": metrics})
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestTelemetryAzure(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.html")
	args := []string{"telemetry", "azure", "--resource-id", azureAccount + "," + strings.Replace(azureAccount, "00", "01", 1), "--from", "2026-03-13T14:10:00Z", "--to", "2026-03-13T14:20:00Z", "-o", page}
	code, stdout, stderr := askedOf(azureMonitor(t, 0), append(args, "--json")...)
	var doc struct {
		Source  string
		Sent    float64 `json:"sent_bytes"`
		Latency float64 `json:"e2e_latency_mean_ns"`
		Buckets []struct{ Name string }
		Methods map[string]float64
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v:\n%s%s", code, err, stdout, stderr)
	}
	if doc.Source != "azure" || doc.Sent != 2*6000<<20 || doc.Latency != 20e6 || len(doc.Buckets) != 2 || doc.Buckets[1].Name != "zettafs01" || doc.Methods["GetBlob"] != 1200 {
		t.Errorf("%+v", doc)
	}
	code, text, stderr := askedOf(azureMonitor(t, 0), args...)
	html, err := os.ReadFile(page)
	if err != nil || code != exitOK || !strings.Contains(text, "11.7 GiB") {
		t.Errorf("exit %d, %v:\n%s%s", code, err, text, stderr)
	}
	if all := stdout + text + stderr + string(html); strings.Contains(all, "aaaa-bbbb") {
		t.Errorf("the subscription is told:\n%s%s", stdout, text)
	}
}

func TestTelemetryAzureRefuses(t *testing.T) {
	window := []string{"--from", "2026-03-13T14:10:00Z", "--to", "2026-03-13T14:20:00Z"}
	account := append([]string{"--resource-id", azureAccount}, window...)
	for _, test := range []struct {
		status int
		args   []string
		code   int
		want   string
	}{
		{http.StatusForbidden, account, exitCannotRun, "the role Monitoring Reader on the storage account"},
		{http.StatusUnauthorized, account, exitCannotRun, "az login"},
		{http.StatusNotFound, account, exitCannotRun, "check --resource-id"},
		{0, window, exitUsage, "--resource-id is missing"},
		{0, append([]string{"--resource-id", "zettafs00"}, window...), exitUsage, `resource ID "zettafs00" isn't /subscriptions/ID/`},
		{0, append([]string{"--buckets", "a"}, window...), exitUsage, "unknown flag: --buckets"},
		{0, []string{"--resource-id", azureAccount}, exitUsage, "say which window, in one way"},
	} {
		code, stdout, stderr := askedOf(azureMonitor(t, test.status), append([]string{"telemetry", "azure"}, test.args...)...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
			t.Errorf("%q: exit %d, want %d with %q:\n%s", test.args, code, test.code, test.want, stderr)
		}
		for _, secret := range []string{"PLANTEDKEY", "planted@", "aaaa-bbbb"} {
			if strings.Contains(stdout+stderr, secret) {
				t.Errorf("%q: %s is told:\n%s%s", test.args, secret, stdout, stderr)
			}
		}
	}
}
