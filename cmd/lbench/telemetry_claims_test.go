package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTelemetryClaims: published figures against 172 minutes, of which a slide says 3 h.
func TestTelemetryClaims(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	from := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
	var points []string
	for i := range 172 {
		at := from.Add(time.Duration(i) * time.Minute)
		points = append(points, fmt.Sprintf(`{"interval":{"startTime":%q,"endTime":%q},"value":{"int64Value":"%d"}}`, at.Format(time.RFC3339), at.Add(time.Minute).Format(time.RFC3339), 60<<30))
	}
	saved := write("saved.json", `{"timeSeries":[{"metric":{"type":"storage.googleapis.com/network/sent_bytes_count"},"resource":{"type":"gcs_bucket","labels":{"bucket_name":"b1"}},"points":[`+strings.Join(points, ",")+`]}]}`)
	for _, c := range []struct {
		figures string
		code    int
		want    string
	}{
		{"{sent_mean_bytes_per_s: 1.00 GiB/s, window_ns: 3 h}", exitOK, `The claimed "3 h" is rounded: the run has 2.87 h.`},
		{"{sent_mean_bytes_per_s: 1.07 GiB/s}", exitFailed, `The claimed "1.07 GiB/s" is GB/s`},
		{"{sent_meen_bytes_per_s: 1 GiB/s}", exitUsage, ""},
	} {
		file := write("claims.yaml", "runs:\n  - command: telemetry\n    figures: "+c.figures+"\n")
		code, stdout, stderr := asked(t, nil, "telemetry", "gcs", "--file", saved, "--from", "2026-03-13T14:02:00Z", "--to", "2026-03-13T16:54:00Z", "--claims", file)
		if code != c.code || !strings.Contains(strings.Join(strings.Fields(stdout), " "), c.want) {
			t.Errorf("%s: exit %d, want %d and %q:\n%s%s", c.figures, code, c.code, c.want, stdout, stderr)
		}
	}
}
