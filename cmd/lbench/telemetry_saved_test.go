package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// savedAnswer writes an answer of Cloud Monitoring of three buckets with traffic from 14:10
// to 14:20; more stands before its series.
func savedAnswer(t *testing.T, more string) string {
	t.Helper()
	var series []string
	for b := range 3 {
		var points []string
		for m := range 10 {
			points = append(points, fmt.Sprintf(`{"interval":{"startTime":"2026-03-13T14:%d:00Z","endTime":"2026-03-13T14:%d:00Z"},"value":{"int64Value":"%d"}}`, 10+m, 11+m, 1<<30))
		}
		series = append(series, fmt.Sprintf(`{"metric":{"type":"storage.googleapis.com/network/sent_bytes_count"},"resource":{"type":"gcs_bucket","labels":{"bucket_name":"b-%02d"}},"points":[%s]}`, b, strings.Join(points, ",")))
	}
	path := filepath.Join(t.TempDir(), "saved.json")
	if err := os.WriteFile(path, []byte(`{`+more+`"timeSeries":[`+strings.Join(series, ",")+`]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTelemetrySaved: of a saved answer the buckets that are named count, and what it can't
// say isn't known.
func TestTelemetrySaved(t *testing.T) {
	for _, c := range []struct {
		more, to string
		args     []string
		buckets  float64
		missing  int
		warnings string
	}{
		{"", "14:20", nil, 3, 0, ""},
		{"", "14:20", []string{"--buckets", "b-00"}, 1, 0, ""},
		{"", "14:20", []string{"--buckets", "b-00,b-02,x"}, 2, 0, "silent_bucket"},
		{"", "14:20", []string{"--bucket-prefix", "b-0"}, 3, 0, ""},
		{"", "14:20", []string{"--bucket-prefix", "c-"}, 0, 0, "silent_bucket"},
		{"", "14:25", nil, 3, 5, "minutes_missing"},
		{`"nextPageToken":"x",`, "14:20", nil, 3, 10, "minutes_missing partial_answer"},
		{`"executionErrors":[{"message":"left out"}],`, "14:20", nil, 3, 10, "minutes_missing partial_answer"},
	} {
		args := append([]string{"telemetry", "gcs", "--file", savedAnswer(t, c.more), "--from", "2026-03-13T14:10:00Z", "--to", "2026-03-13T" + c.to + ":00Z"}, c.args...)
		_, stdout, stderr := asked(t, nil, append(args, "--json")...)
		got, err := result.ParseTraffic([]byte(stdout))
		if err != nil {
			t.Fatalf("%q: %v: %s", c.args, err, stderr)
		}
		var codes []string
		for _, w := range got.Warnings {
			codes = append(codes, w.Code)
			if strings.Contains(w.Text, "--wait") || strings.Contains(w.Text, "0 ns") {
				t.Errorf("%q: %s", c.args, w.Text)
			}
		}
		if got.Metrics["sent_bytes"] != c.buckets*10*(1<<30) || len(got.Missing) != c.missing || strings.Join(codes, " ") != c.warnings {
			t.Errorf("%q %q: %v bytes, missing %v, warnings %q", c.more, c.args, got.Metrics["sent_bytes"], got.Missing, codes)
		}
	}
}

// TestTelemetrySavedRefuses: what only a service can be asked for, and two ways to choose.
func TestTelemetrySavedRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"--project is for asking Google": {"--project", "p"},
		"--label is for asking":          {"--label", "team=storage"},
		"--wait is for asking":           {"--wait", "5m"},
		"by a label, not in 2":           {"--buckets", "b-00", "--bucket-prefix", "b-"},
	} {
		args = append([]string{"telemetry", "gcs", "--file", savedAnswer(t, ""), "--last", "1h"}, args...)
		if code, _, stderr := asked(t, nil, args...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%q: exit %d, want %q: %s", args, code, want, stderr)
		}
	}
}

// TestTelemetryReadsNoPipes: a pipe, that nobody may ever write to, is no file to read.
func TestTelemetryReadsNoPipes(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	run := `{"schema":"lbench.run/1","status":"complete","started":"2026-03-13T14:10:00Z","ended":"2026-03-13T14:12:00Z","metrics":{"read_bytes":5},"warnings":[]}`
	if err := os.WriteFile(filepath.Join(dir, result.RunFile), []byte(run), 0o644); err != nil {
		t.Fatal(err)
	}
	window := []string{"telemetry", "gcs", "--from", "2026-03-13T14:10:00Z", "--to", "2026-03-13T14:20:00Z"}
	saved := []string{"--file", savedAnswer(t, "")}
	for _, args := range [][]string{
		slices.Concat(window, []string{"--file", pipe}),
		slices.Concat(window, saved, []string{"--prices", pipe}),
		slices.Concat(window, saved, []string{"--claims", pipe}),
		{"telemetry", "prices", "--prices", pipe, "--table"},
		{"report", dir, "--claims", pipe},
	} {
		code, stdout, stderr := 0, "", ""
		if args[0] == "report" || args[1] == "prices" {
			code, stdout, stderr = told(args...)
		} else {
			code, stdout, stderr = asked(t, nil, args...)
		}
		if code == exitOK || !strings.Contains(stderr, "isn't a regular file") {
			t.Errorf("%q: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
}

// TestTelemetryHelp: a flag without a default has none in the help.
func TestTelemetryHelp(t *testing.T) {
	if _, stdout, _ := told("telemetry", "gcs", "--help"); strings.Contains(stdout, "(default )") || !strings.Contains(stdout, "--wait") {
		t.Error(stdout)
	}
}

// TestAttachHostile: what is attached names no path out of the run, and no letter of it
// reaches the terminal that acts on it.
func TestAttachHostile(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	at := time.Date(2026, 3, 13, 14, 10, 0, 0, time.UTC)
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("run/run.json", []byte(`{"schema":"lbench.run/1","status":"complete","started":"2026-03-13T14:10:00Z","ended":"2026-03-13T14:12:00Z","host":{"name":"client7"},"metrics":{"read_bytes":5},"warnings":[]}`))
	evil := write("trav.json", []byte(`{"source":"../../evil","from":"2026-03-13T14:10:00Z","to":"2026-03-13T14:12:00Z","sent_bytes":0,"minutes":[]}`))
	if code, _, stderr := told("telemetry", "attach", run, evil); code == exitOK || !strings.Contains(stderr, `source is "../../evil": want one of`) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "evil*")); len(left) > 0 {
		t.Errorf("it wrote %q", left)
	}
	recording := func(name string, hosts ...string) string {
		var lines []byte
		for _, host := range hosts {
			line, err := json.Marshal(result.Reading{T: at, Source: "nic", Name: "tx_bytes", Labels: map[string]string{"host": host}, Value: 1})
			if err != nil {
				t.Fatal(err)
			}
			lines = append(append(lines, line...), '\n')
		}
		return write(name, lines)
	}
	var many []string
	for i := range 2000 {
		many = append(many, fmt.Sprintf("oss%04d", i))
	}
	for _, c := range []struct{ file, want string }{
		{recording("hostile.ndjson", "\x1b[31moss\n1\u202e"), "readings of \ufffd[31moss\ufffd1\ufffd; its clock was not compared\n"},
		{recording("long.ndjson", strings.Repeat("a", 5000)), "readings of " + strings.Repeat("a", 64) + "...;"},
		{recording("many.ndjson", many...), "readings of oss0000, oss0001, oss0002, oss0003, oss0004 and 1,995 more;"},
		{recording("own.ndjson", "client7"), "readings of client7; its clock was not compared, and needn't be if this is the run's own host"},
	} {
		if code, _, stderr := told("telemetry", "attach", run, c.file); code != exitOK || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("exit %d, want %q: %.300q", code, c.want, stderr)
		}
	}
	named := recording("\x1b[31m.ndjson", "oss1")
	if code, _, stderr := told("telemetry", "attach", run, named); code == exitOK || !strings.Contains(stderr, "rename it") || strings.Contains(stderr, "\x1b") {
		t.Errorf("exit %d: %q", code, stderr)
	}
}
