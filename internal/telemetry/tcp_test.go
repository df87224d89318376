package telemetry

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	snmpText    = "Ip: Forwarding\nIp: 1\nTcp: MaxConn InSegs OutSegs RetransSegs\nTcp: -1 20 30 4\nUdp: InDatagrams\nUdp: 9\n"
	netstatText = "TcpExt: TW TCPTimeouts\nTcpExt: 7 5\nIpExt: InOctets\nIpExt: 8\n"
)

func TestTCP(t *testing.T) {
	root := t.TempDir()
	write(t, snmpText, root, "proc/net/snmp")
	write(t, netstatText, root, "proc/net/netstat")
	want := map[string]float64{"in_segments": 20, "out_segments": 30, "retransmitted_segments": 4, "timeouts": 5}
	if diff := cmp.Diff(want, values(t, tcp{root})); diff != "" {
		t.Error(diff)
	}
	if got := values(t, tcp{"/"}); len(got) != 4 {
		t.Errorf("of this machine: %v", got)
	}
}

func TestTCPRefuses(t *testing.T) {
	for _, text := range []string{
		"", "Ip: 1\n", "Tcp: InSegs\n", "Tcp: InSegs OutSegs\nTcp: 1\n", "Tcp: InSegs\nTcp: x\n", "Tcp: InSegs\nTcp: 12",
	} {
		root := t.TempDir()
		write(t, text, root, "proc/net/snmp")
		if got, err := (tcp{root}).Read(t.Context()); err == nil || errors.Is(err, ErrNoData) {
			t.Errorf("%q is taken as %+v, %v", text, got, err)
		}
	}
}

func FuzzParseSNMP(f *testing.F) {
	f.Add(snmpText)
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := parseSNMP(text, "Tcp"); err == nil && got == nil {
			t.Errorf("%q gives neither counters nor an error", text)
		}
	})
}
