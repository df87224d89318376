package telemetry

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// nfs reads the client's counters of each NFS mount (label mount, the mount point).
//
//   - server_read_bytes, server_write_bytes: what READ and WRITE moved; app_read_bytes,
//     app_write_bytes: what read() and write() did, O_DIRECT included, mmap not.
//   - For each operation of nfsOps that the protocol has (label op): op_count,
//     op_transmissions (less op_count: retransmits), op_sent_bytes, op_received_bytes,
//     op_queue_ns (until sent), op_rtt_ns (sent until answered), op_execute_ns (all of
//     it), and op_errors where the kernel counts them (5.3 and later).
//   - connections; and summed over them connects (its growth in a run is reconnects),
//     sends, receives; in_flight_sum and backlog_sum, which grow at each send by the
//     requests in flight and by those that wait for a slot: divide by sends for means.
//
// Mounts of one server share connections, and mounts of one export share all counters,
// so sums over mounts count twice.
type nfs struct{ root string }

func (nfs) Name() string { return "nfs" }

func (n nfs) Read(context.Context) ([]result.Reading, error) {
	b, err := os.ReadFile(filepath.Join(n.root, "proc/self/mountstats"))
	if err != nil {
		return nil, absent(err)
	}
	r := readings{t: time.Now(), source: n.Name()}
	mounts, err := parseMountstats(string(b))
	for _, m := range mounts {
		m.addTo(&r)
	}
	if err != nil {
		return r.all, fmt.Errorf("/proc/self/mountstats: %w", err)
	}
	if len(mounts) == 0 {
		return nil, ErrNoData
	}
	return r.all, nil
}

// nfsOps are the operations whose counters are kept, of v3 and v4.
func nfsOps() []string {
	return []string{"READ", "READ_PLUS", "WRITE", "COMMIT", "OPEN", "LOOKUP", "ACCESS", "GETATTR", "READDIR", "READDIRPLUS"}
}

func (m nfsMount) addTo(r *readings) {
	labels := map[string]string{"mount": m.mount}
	if b := m.bytes; b != nil {
		r.addLabels("app_read_bytes", labels, float64(b[0]+b[2]))
		r.addLabels("app_write_bytes", labels, float64(b[1]+b[3]))
		r.addLabels("server_read_bytes", labels, float64(b[4]))
		r.addLabels("server_write_bytes", labels, float64(b[5]))
	}
	r.addLabels("connections", labels, float64(m.connections))
	for i, name := range []string{"connects", "sends", "receives", "in_flight_sum", "backlog_sum"} {
		r.addLabels(name, labels, float64(m.transport[i]))
	}
	for _, op := range m.ops {
		labels := map[string]string{"mount": m.mount, "op": op.name}
		for i, c := range []struct {
			name string
			unit float64
		}{
			{"op_count", 1}, {"op_transmissions", 1}, {}, {"op_sent_bytes", 1}, {"op_received_bytes", 1},
			{"op_queue_ns", 1e6}, {"op_rtt_ns", 1e6}, {"op_execute_ns", 1e6}, {"op_errors", 1},
		} {
			if c.name != "" && i < len(op.counts) {
				r.addLabels(c.name, labels, float64(op.counts[i])*c.unit)
			}
		}
	}
}

// addLabels adds a reading; the labels are shared with others and so not to be changed.
func (r *readings) addLabels(name string, labels map[string]string, value float64) {
	r.all = append(r.all, result.Reading{T: r.t, Source: r.source, Name: name, Labels: labels, Value: value})
}
