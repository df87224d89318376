package mount

import (
	"path"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// nfs adds what client and server negotiated. The kernel shows every option with the
// value in force, but for nconnect, which it leaves out where there is one connection.
func (s system) nfs(m *result.Mount, e entry) {
	n := &result.NFSMount{Nconnect: 1}
	n.Vers, _ = option(e.super, "vers")
	n.Proto, _ = option(e.super, "proto")
	n.Rsize = size(e.super, "rsize")
	n.Wsize = size(e.super, "wsize")
	if connections := size(e.super, "nconnect"); connections > 0 {
		n.Nconnect = int(connections)
	}
	n.ReadAheadKB = s.number(path.Join("/sys/class/bdi", e.device, "read_ahead_kb"))
	m.NFS, m.Version, m.Servers = n, n.Vers, nfsServers(e)
}

func size(options []string, name string) int64 {
	text, _ := option(options, name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// nfsServers returns the address in use, or else the name before the colon of the source.
func nfsServers(e entry) []string {
	if addr, ok := option(e.super, "addr"); ok && addr != "" {
		return []string{addr}
	}
	host, _, ok := strings.Cut(e.source, ":/")
	if !ok || host == "" {
		return nil
	}
	return []string{strings.Trim(host, "[]")} // [2001:db8::1]:/export
}
