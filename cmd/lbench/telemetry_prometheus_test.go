package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// askedPrometheus runs the command, at 15:00, against a server whose answer is that of a
// disk's counter for node_disk_read_bytes_total, empty for other metrics, and a parse error
// for what has no name in it.
func askedPrometheus(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.FormValue("query")
		switch {
		case strings.Contains(query, "node_disk_read_bytes_total"):
			fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"node_disk_read_bytes_total","device":"sda","instance":"oss1:9100","job":"node"},"values":[[1773410520,"4096"],[1773410535,"NaN"],[1773410550,"8192"]]}]},"warnings":["a warning"]}`)
		case strings.ContainsAny(query, "abcdefghijklmnopqrstuvwxyz"):
			fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[]}}`)
		default:
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:1: parse error, %s"}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		}
	}))
	defer server.Close()
	var out, errs bytes.Buffer
	a := realApp()
	a.stdout, a.stderr, a.now = &out, &errs, func() time.Time { return time.Date(2026, 3, 13, 15, 0, 0, 0, time.UTC) }
	a.getenv = func(string) string { return "" }
	a.terminal = false
	code = run(context.Background(), a, append([]string{"telemetry", "prometheus", "--url", server.URL}, args...))
	return code, out.String(), errs.String()
}

func TestTelemetryPrometheus(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, result.ReadingsFile)
	code, stdout, stderr := askedPrometheus(t, "--preset", "node", "--match", `instance=~"oss.*"`, "--from", "2026-03-13T14:02:00Z", "--to", "2026-03-13T14:10:00Z", "-o", file)
	if code != exitOK || stdout != "" || !strings.Contains(stderr, "2 readings of 1 series\n") || !strings.Contains(stderr, "warning: 1 values were left out") ||
		!strings.Contains(stderr, "of 22 queries 21 gave nothing: cpu busy_ns, cpu idle_ns, ") || !strings.Contains(stderr, ": a warning\n") {
		t.Errorf("exit %d:\n%s%s", code, stdout, stderr)
	}
	var values []float64
	err := (&result.Folder{Dir: dir}).Readings(func(r result.Reading) error {
		if r.Source != "disk" || r.Name != "read_bytes" || !maps.Equal(r.Labels, map[string]string{"dev": "sda", "host": "oss1"}) {
			t.Errorf("%+v", r)
		}
		values = append(values, r.Value)
		return nil
	})
	if err != nil || len(values) != 2 || values[1] != 8192 {
		t.Errorf("%v, error %v", values, err)
	}
	code, stdout, stderr = askedPrometheus(t, "--query", "node_disk_read_bytes_total", "--query", "up", "--last", "1h", "--step", "1m", "--json")
	var doc prometheusDocument
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v:\n%s%s", code, err, stdout, stderr)
	}
	if doc.Step != int64(time.Minute) || len(doc.Queries) != 2 || doc.Queries[0].LeftOut != 1 || len(doc.Readings) != 2 || doc.Readings[0].Value != 4096 || doc.Readings[0].Source != "prometheus" || doc.Readings[0].Labels["instance"] != "oss1:9100" || doc.To.Sub(doc.From) != time.Hour {
		t.Errorf("%+v", doc)
	}
}

func TestTelemetryPrometheusRefuses(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("PLANTEDTOKEN"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "out.ndjson")
	query := []string{"--query", "up", "--last", "1h", "--json"}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{query, exitCannotRun, "the server has nothing in this window"},
		{[]string{"--query", "((", "--last", "1h", "-o", file, "--token-file", token}, exitCannotRun, `query "((": the server doesn't understand it: invalid parameter "query": 1:1: parse error, [removed]`},
		{[]string{"--last", "1h", "--json"}, exitUsage, "--query (as often as you like) or --preset"},
		{append(query, "--preset", "node"), exitUsage, "in one way"},
		{[]string{"--preset", "nodes", "--last", "1h", "--json"}, exitUsage, `preset "nodes" isn't one of [node zfs lustre]`},
		{append(query, "--match", "a"), exitUsage, "put it into the --query"},
		{query[:4], exitUsage, "-o FILE, or --json"},
		{[]string{"--query", "up", "--json"}, exitUsage, "say which window"},
		{append(query, "--step", "0s"), exitUsage, "the step 0s"},
		{append(query, "--step", "soon"), exitUsage, "--step"},
		{append(query, "--url", ""), exitUsage, "--url is missing"},
		{append(query, "--url", "https://me:PLANTEDTOKEN@prometheus.example"), exitUsage, "put a bearer token into a file"},
		{append(query, "--url", "http://prometheus.example"), exitUsage, "--insecure-http"},
		{append(query, "--token-file", filepath.Join(dir, "none")), exitUsage, "read --token-file"},
		{[]string{"--query", "node_disk_read_bytes_total", "--last", "1h", "-o", filepath.Join(dir, "none", "x")}, exitCannotRun, "no such file or directory"},
	} {
		code, stdout, stderr := askedPrometheus(t, test.args...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(strings.TrimSpace(stderr), "\n") > 0 || stdout != "" || strings.Contains(stderr, "PLANTED") {
			t.Errorf("%q: exit %d, want %d with %q:\n%s%s", test.args, code, test.code, test.want, stdout, stderr)
		}
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("a file was left: %v", err)
	}
}
