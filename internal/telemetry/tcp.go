package telemetry

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// tcp reads what TCP did in the network namespace of this process: in_segments,
// out_segments (without retransmitted ones), retransmitted_segments, and timeouts, the
// retransmission timers that ran out. NFS, Lustre over tcp and HTTP storage are in them
// as far as they use this namespace.
type tcp struct{ root string }

func (tcp) Name() string { return "tcp" }

func (s tcp) Read(context.Context) ([]result.Reading, error) {
	r := readings{t: time.Now(), source: s.Name()}
	for _, f := range []struct {
		path, protocol string
		columns        [][2]string // the kernel's name, ours
	}{
		{"proc/net/snmp", "Tcp", [][2]string{{"InSegs", "in_segments"}, {"OutSegs", "out_segments"}, {"RetransSegs", "retransmitted_segments"}}},
		{"proc/net/netstat", "TcpExt", [][2]string{{"TCPTimeouts", "timeouts"}}},
	} {
		b, err := os.ReadFile(filepath.Join(s.root, f.path))
		if err != nil {
			return r.all, absent(err)
		}
		counters, err := parseSNMP(string(b), f.protocol)
		if err != nil {
			return r.all, fmt.Errorf("/%s: %w", f.path, err)
		}
		for _, c := range f.columns {
			if value, ok := counters[c[0]]; ok {
				r.add(c[1], value)
			}
		}
	}
	return r.all, nil
}

// parseSNMP reads the two lines of one protocol: "Tcp: InSegs OutSegs" and "Tcp: 12 34".
func parseSNMP(text, protocol string) (map[string]float64, error) {
	if err := whole(text); err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(text) {
		kind, rest, _ := strings.Cut(line, ":")
		if kind != protocol {
			continue
		}
		fields := strings.Fields(rest)
		if names == nil {
			names = fields
			continue
		}
		if len(fields) != len(names) {
			return nil, fmt.Errorf("%s has %d names and %d values", protocol, len(names), len(fields))
		}
		counters := make(map[string]float64, len(names))
		for i, name := range names {
			n, err := strconv.ParseInt(fields[i], 10, 64) // MaxConn is -1
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", protocol, name, err)
			}
			counters[name] = float64(n)
		}
		return counters, nil
	}
	return nil, fmt.Errorf("has no names and values of %s", protocol)
}

// whole refuses text that doesn't end with its line: the last number may be cut short.
func whole(text string) error {
	if text == "" || strings.HasSuffix(text, "\n") {
		return nil
	}
	return fmt.Errorf("the last line %q is cut off", text[strings.LastIndexByte(text, '\n')+1:])
}
