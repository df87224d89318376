package telemetry

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// nfsMount is one mount's part of mountstats.
type nfsMount struct {
	mount       string
	bytes       []uint64 // read, write, direct read, direct write, server read, server write, ...
	connections int
	transport   [5]uint64 // connects, sends, receives, in_flight_sum, backlog_sum
	ops         []nfsOp
	done        bool // its empty line came
}

type nfsOp struct {
	name   string
	counts []uint64 // ops, transmissions, major timeouts, sent, received, queue, rtt, execute, errors
}

// parseMountstats reads the NFS mounts in /proc/self/mountstats; of those mounted over
// each other the last. A mount that isn't complete ends the reading with an error.
func parseMountstats(text string) ([]nfsMount, error) {
	if err := whole(text); err != nil {
		return nil, err
	}
	var all []nfsMount
	var m *nfsMount // the mount being read
	for line := range strings.Lines(text) {
		if m == nil {
			if m = startMount(strings.Fields(line)); m != nil {
				all = slices.DeleteFunc(all, func(o nfsMount) bool { return o.mount == m.mount })
			}
			continue
		}
		if err := m.take(strings.Fields(line)); err != nil {
			return all, fmt.Errorf("NFS mount %q, line %q: %w", m.mount, strings.TrimSpace(line), err)
		}
		if m.done {
			all, m = append(all, *m), nil
		}
	}
	if m != nil {
		return all, fmt.Errorf("NFS mount %q has no end", m.mount)
	}
	return all, nil
}

// startMount returns the mount that a line "device SERVER:/EXPORT mounted on PATH with
// fstype nfs4 statvers=1.1" begins, if it is NFS and has statistics.
func startMount(fields []string) *nfsMount {
	if len(fields) < 9 || fields[0] != "device" || fields[7] != "nfs" && fields[7] != "nfs4" {
		return nil
	}
	escapes := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	return &nfsMount{mount: escapes.Replace(fields[4])}
}

// take adds one line of the mount.
func (m *nfsMount) take(fields []string) error {
	if len(fields) == 0 {
		if m.bytes == nil || m.ops == nil {
			return fmt.Errorf("the mount ends without its bytes or its operations")
		}
		m.done = true
		return nil
	}
	name, isLabel := strings.CutSuffix(fields[0], ":")
	switch {
	case fields[0] == "device":
		return fmt.Errorf("the mount before has no end")
	case name == "bytes":
		var err error
		m.bytes, err = counts(fields[1:], 6)
		return err
	case name == "xprt" && len(fields) > 1:
		return m.takeTransport(fields[1], fields[2:])
	case isLabel && slices.Contains(nfsOps(), name):
		op, err := counts(fields[1:], 8)
		m.ops = append(m.ops, nfsOp{name, op})
		return err
	}
	return nil
}

// takeTransport adds a connection: port, binds and, but for udp, connects, connect time
// and idle time; then sends, receives, bad ids, in flight and backlog. Of a protocol
// unknown here only the connection is counted.
func (m *nfsMount) takeTransport(protocol string, fields []string) error {
	var columns [5]int
	switch protocol {
	case "tcp", "rdma":
		columns = [5]int{2, 5, 6, 8, 9}
	case "udp":
		columns = [5]int{-1, 2, 3, 5, 6}
	default:
		m.connections++
		return nil
	}
	values, err := counts(fields, columns[4]+1)
	if err != nil {
		return err
	}
	m.connections++
	for i, column := range columns {
		if column >= 0 {
			m.transport[i] += values[column]
		}
	}
	return nil
}

// counts turns fields into numbers, of which there must be at least so many.
func counts(fields []string, least int) ([]uint64, error) {
	if len(fields) < least {
		return nil, fmt.Errorf("has %d numbers, want at least %d", len(fields), least)
	}
	all := make([]uint64, len(fields))
	for i, f := range fields {
		n, err := strconv.ParseUint(f, 10, 64)
		if err != nil {
			return nil, err
		}
		all[i] = n
	}
	return all, nil
}
