package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/monitoringtest"
)

// asked runs a command against a monitoring server that has an hour of traffic of two
// buckets, and was last asked at 15:00.
func asked(t *testing.T, change func(*monitoringtest.Server), args ...string) (code int, stdout, stderr string) {
	t.Helper()
	now := time.Date(2026, 3, 13, 15, 0, 0, 0, time.UTC)
	server, err := monitoringtest.Start(t.Context(), monitoringtest.Options{Project: "p", Number: "123456789012", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for second := range 3600 {
		for b := range 2 {
			server.Serve(fmt.Sprintf("vdev-%d", b), "ReadObject", "OK", now.Add(-time.Hour+time.Duration(second)*time.Second), 1<<20, 0, 1)
		}
	}
	if change != nil {
		change(server)
	}
	var out, errs bytes.Buffer
	a := realApp()
	a.stdout, a.stderr, a.now = &out, &errs, func() time.Time { return now }
	a.getenv = func(string) string { return "" }
	code = run(context.Background(), a, append(args, "--endpoint", server.Endpoint()))
	return code, out.String(), errs.String()
}

func TestTelemetryGCS(t *testing.T) {
	code, stdout, stderr := asked(t, nil, "telemetry", "gcs", "--project", "p", "--bucket-prefix", "vdev-", "--from", "2026-03-13T14:10:00Z", "--to", "2026-03-13T14:20:00Z", "--json")
	var doc struct {
		Sent    float64 `json:"sent_bytes"`
		Peak    float64 `json:"sent_peak_bytes_per_s"`
		Balance float64 `json:"balance_fraction"`
		Missing float64 `json:"minutes_missing"`
		Buckets []struct {
			Name string
			Sent float64 `json:"sent_bytes"`
		}
		Methods map[string]float64
	}
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v:\n%s%s", code, err, stdout, stderr)
	}
	if doc.Sent != 2*600<<20 || doc.Peak != 2<<20 || doc.Balance != 1 || doc.Missing != 0 || len(doc.Buckets) != 2 || doc.Buckets[1].Name != "vdev-1" || doc.Methods["ReadObject"] != 1200 {
		t.Errorf("%+v", doc)
	}
	code, stdout, stderr = asked(t, nil, "telemetry", "gcs", "--project", "p", "--buckets", "vdev-0,idle", "--last", "1h")
	if code != exitOK || !strings.Contains(stdout, "3.52 GiB") && !strings.Contains(stdout, "3.28 GiB") || !strings.Contains(stdout, `ucket "idle" has no point`) || !strings.Contains(stdout, "minutes are not known") {
		t.Errorf("exit %d:\n%s%s", code, stdout, stderr)
	}
}

// TestTelemetryTellsNoSecrets: whatever the server says, what names or opens an account is
// in no output.
func TestTelemetryTellsNoSecrets(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key.json")
	if err := os.WriteFile(key, []byte(`{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\nPLANTEDKEY\n-----END PRIVATE KEY-----","client_email":"planted@p.iam.gserviceaccount.com"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(dir, "page.html")
	for name, change := range map[string]func(*monitoringtest.Server){
		"denied": func(s *monitoringtest.Server) { s.Deny(true) }, "fine": nil,
		"partial": func(s *monitoringtest.Server) {
			s.Incomplete("vdev-0", 13, "planted@p.iam.gserviceaccount.com of 123456789012, token=PLANTEDKEY")
		},
	} {
		_, stdout, stderr := asked(t, change, "telemetry", "gcs", "--project", "p", "--bucket-prefix", "vdev-", "--last", "1h", "--credentials-file", key, "-o", page)
		html, _ := os.ReadFile(page)
		for _, secret := range []string{"PLANTEDKEY", "planted@", "123456789012"} {
			if strings.Contains(stdout+stderr+string(html), secret) {
				t.Errorf("%s: %s is told:\n%s%s", name, secret, stdout, stderr)
			}
		}
	}
}

func TestTelemetryGCSRefuses(t *testing.T) {
	window := []string{"--from", "2026-03-13T14:10:00Z", "--to", "2026-03-13T14:20:00Z"}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{append([]string{"--project", "other", "--bucket-prefix", "v"}, window...), exitCannotRun, "check --project"},
		{append([]string{"--bucket-prefix", "v"}, window...), exitUsage, "--project is missing"},
		{append([]string{"--project", "p"}, window...), exitUsage, "choose the buckets in one way"},
		{[]string{"--project", "p", "--bucket-prefix", "v"}, exitUsage, "say which window, in one way"},
		{[]string{"--project", "p", "--bucket-prefix", "v", "--last", "soon"}, exitUsage, `--last "soon" isn't a time`},
		{[]string{"--project", "p", "--bucket-prefix", "v", "--from", "noon"}, exitUsage, `--from "noon" isn't a time as 2026-03-13T14:02:00Z`},
		{[]string{"--project", "p", "--bucket-prefix", "v", "--from", "2026-03-13T14:20:00Z", "--to", "2026-03-13T14:10:00Z"}, exitUsage, "isn't after its start"},
		{[]string{"--project", "p", "--bucket-prefix", "v", "--from", "2027-03-13T14:20:00Z", "--to", "2027-03-13T14:30:00Z"}, exitUsage, "in the future"},
		{[]string{"--project", "p", "--bucket-prefix", "v", "--run", "nowhere"}, exitCannotRun, "nowhere"},
	} {
		code, _, stderr := asked(t, nil, append([]string{"telemetry", "gcs"}, test.args...)...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
			t.Errorf("%q: exit %d, want %d with %q:\n%s", test.args, code, test.code, test.want, stderr)
		}
	}
}
