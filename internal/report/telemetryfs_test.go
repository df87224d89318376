package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// TestTelemetryOfFileSystems: of NFS mounts only the one under test has a line, and levels
// are not taken for counters.
func TestTelemetryOfFileSystems(t *testing.T) {
	m := stalledRun()
	m.run.Mount = &result.Mount{Path: "/mnt/nfs", Type: "nfs4", Network: true}
	add := func(second int, source, name string, labels map[string]string, value float64) {
		m.readings = append(m.readings, result.Reading{T: m.run.Started.Add(time.Duration(second) * time.Second), Source: source, Name: name, Labels: labels, Value: value})
	}
	m.readings = nil
	for s := range 30 {
		add(s, "nfs", "server_read_bytes", map[string]string{"mount": "/mnt/nfs"}, float64(s)*3e6)
		add(s, "nfs", "server_read_bytes", map[string]string{"mount": "/mnt/other"}, float64(s)*7e9)
		add(s, "nfs", "connections", map[string]string{"mount": "/mnt/nfs"}, 4)
		add(s, "zfs", "arc_size_bytes", nil, 5e8)
		add(s, "lustre", "osc_import_state", map[string]string{"target": "a-OST0000"}, 9)
	}
	page := strings.ReplaceAll(pageOf(t, m), "\u00a0", " ")
	if !strings.Contains(page, "NFS read 3.00 MB/s all the time") || strings.Contains(page, "GB/s (at") {
		t.Errorf("the line of NFS isn't that of the mount under test:\n%s", section1(page, "telemetry"))
	}
	for _, level := range []string{"connections", "arc_size_bytes", "osc_import_state"} {
		if !isGauge(map[string]string{"connections": "nfs", "arc_size_bytes": "zfs", "osc_import_state": "lustre"}[level], level) {
			t.Errorf("%s is taken for a counter", level)
		}
	}
	for _, counter := range []string{"lustre osc_read_bytes", "lustre osc_read_rpcs_by_inflight", "nfs op_rtt_ns", "zfs arc_hits", "tcp retransmitted_segments"} {
		var source, name string
		if _, err := fmt.Sscan(counter, &source, &name); err != nil || isGauge(source, name) {
			t.Errorf("%s is taken for a level (%v)", counter, err)
		}
	}
}

// section1 is the text of a page from a section's heading on.
func section1(page, id string) string {
	_, rest, _ := strings.Cut(page, `<h2 id="`+id)
	return rest[:min(len(rest), 30000)]
}
