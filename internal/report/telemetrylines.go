package report

import "github.com/lbench/lbench/internal/result"

// panel is one small plot, of lines with one unit.
type panel struct {
	title string
	unit  panelUnit
	lines []lineOf
}

// panelUnit is what a panel's axis is marked in.
type panelUnit int

const (
	inFractions panelUnit = iota
	inBytes
	inBytesPerS
	inRequestsPerS
)

// lineOf says what a line is made of. Counters with more than one device are summed.
type lineOf struct {
	label      string // in the panel's title line
	subject    string // in the caption, before "at most ..."
	ink        ink
	source     string
	name       string
	outOf      []string // of a share: what it is a part of, besides itself
	ranges     bool     // its lowest value says as much as its highest
	hostNICs   bool     // only of the NICs that the run says it has; of another host of all real ones
	wholeDisks bool     // not of disks that are made of others
	ourMount   bool     // only of the mount that the run was on
	writes     bool     // only of runs that write; of another host always
}

// panels are the plots in their order. Of lines with one label in a panel the higher one
// stands: IPoIB is counted by the interface and by the port both. Those of a file system
// have data where its source counts bytes under these names.
func panels() []panel {
	return []panel{
		{"CPU of this host", inFractions, []lineOf{
			{label: "busy", subject: "the host's CPUs were busy", ink: inkAU, source: "cpu", name: "busy_ns", outOf: []string{"idle_ns", "steal_ns"}},
		}},
		{"Network cards", inBytesPerS, []lineOf{
			{label: "received", subject: "the network cards received", ink: inkNet, source: "nic", name: "rx_bytes", hostNICs: true},
			{label: "sent", subject: "the network cards sent", ink: inkAU, source: "nic", name: "tx_bytes", hostNICs: true, writes: true},
			{label: "received", subject: "the RDMA ports received", ink: inkNet, source: "infiniband", name: "rx_bytes", hostNICs: true},
			{label: "sent", subject: "the RDMA ports sent", ink: inkAU, source: "infiniband", name: "tx_bytes", hostNICs: true, writes: true},
		}},
		{"File system", inBytesPerS, []lineOf{
			{label: "NFS read", subject: "NFS read", ink: inkNet, source: "nfs", name: "server_read_bytes", ourMount: true},
			{label: "NFS written", subject: "NFS wrote", ink: inkAU, source: "nfs", name: "server_write_bytes", ourMount: true, writes: true},
			{label: "Lustre read", subject: "Lustre read", ink: inkText, source: "lustre", name: "osc_read_bytes"},
			{label: "Lustre written", subject: "Lustre wrote", ink: inkMuted, source: "lustre", name: "osc_write_bytes", writes: true},
		}},
		{"Lustre targets of this host", inBytesPerS, []lineOf{
			{label: "read", subject: "clients read from its targets", ink: inkNet, source: "lustre_server", name: "obdfilter_read_bytes"},
			{label: "written", subject: "clients wrote to its targets", ink: inkAU, source: "lustre_server", name: "obdfilter_write_bytes"},
		}},
		{"ZFS cache (ARC): hits", inFractions, []lineOf{
			{label: "all", subject: "hits of the ARC were", ink: inkNet, source: "zfs", name: "arc_hits", outOf: []string{"arc_misses"}, ranges: true},
			{label: "demand", subject: "demand hits of the ARC were", ink: inkAU, source: "zfs", name: "arc_demand_data_hits", outOf: []string{"arc_demand_data_misses"}, ranges: true},
		}},
		{"ZFS cache (ARC): size", inBytes, []lineOf{
			{label: "held", subject: "the ARC held", ink: inkNet, source: "zfs", name: "arc_size_bytes"},
			{label: "its limit", subject: "the ARC may hold", ink: inkMuted, source: "zfs", name: "arc_max_bytes"},
		}},
		{"ZFS pools", inBytesPerS, []lineOf{
			{label: "read", subject: "the pools read from their devices", ink: inkNet, source: "zfs", name: "pool_read_bytes"},
			{label: "written", subject: "the pools wrote to their devices", ink: inkAU, source: "zfs", name: "pool_write_bytes"},
		}},
		{"Memory", inBytes, []lineOf{
			{label: "page cache", subject: "the page cache held", ink: inkNet, source: "memory", name: "cached_bytes"},
			{label: "available", subject: "available memory was", ink: inkAU, source: "memory", name: "available_bytes"},
			{label: "dirty", subject: "dirty pages held", ink: inkBad, source: "memory", name: "dirty_bytes", writes: true},
		}},
		{"Tasks waiting", inFractions, []lineOf{
			{label: "for I/O", subject: "some task waited for I/O", ink: inkAU, source: "pressure", name: "io_some_ns"},
			{label: "for a CPU", subject: "some task waited for a CPU", ink: inkBad, source: "pressure", name: "cpu_some_ns"},
			{label: "for memory", subject: "some task waited for memory", ink: inkNet, source: "pressure", name: "memory_some_ns"},
		}},
		{"Disks of this host", inBytesPerS, []lineOf{
			{label: "read", subject: "the disks read", ink: inkNet, source: "disk", name: "read_bytes", wholeDisks: true},
			{label: "written", subject: "the disks wrote", ink: inkAU, source: "disk", name: "write_bytes", wholeDisks: true, writes: true},
		}},
	}
}

// feed is what a series gives to a line: to its value, or only to what that is a share of.
type feed struct {
	line *line
	part bool
}

// line sums up the series that it is made of, round by round: readings of one source at
// one time belong together.
type line struct {
	of    lineOf
	panel int
	unit  panelUnit
	env   *envelope

	open       bool
	round      interval // of the round that is being summed
	top, below float64
	broken     bool  // something of the round is missing
	unasked    int64 // rounds of a share in which there was nothing that it could be of
}

// add takes in one part of a round.
func (l *line) add(i interval, part bool) {
	if l.open && i.to != l.round.to {
		l.flush()
	}
	if i.state == nothing || i.state == backwards {
		return
	}
	l.open, l.round = true, i
	gauge := l.unit == inBytes
	if i.state == gap && gauge {
		l.env.breakLine() // the value after the gap is known
	} else if i.state == gap {
		l.broken = true
		return
	}
	amount := i.value
	if !gauge && len(l.of.outOf) == 0 {
		amount /= float64(i.to - i.from) // of counters of ns: the share of time
		if l.unit == inBytesPerS {
			amount *= 1e9
		}
	}
	if part {
		l.top += amount
	}
	l.below += amount
}

// flush makes a point of the round. A rate stands in the middle of its interval.
func (l *line) flush() {
	value, at := l.top, l.round.from+(l.round.to-l.round.from)/2
	if len(l.of.outOf) > 0 {
		value = l.top / l.below
	}
	if l.unit == inBytes {
		at = l.round.to
	}
	switch {
	case !l.open:
	case l.broken:
		l.env.breakLine()
	case len(l.of.outOf) > 0 && l.below <= 0:
		l.env.breakLine()
		l.unasked++
	default:
		l.env.add(point{at, value})
	}
	l.open, l.broken, l.top, l.below = false, false, 0, 0
}

// wants says whether a line of a host is made of a series, and whether of it as a part.
func (l lineOf) wants(s *series, run result.Run, kind hostKind) (part, ok bool) {
	others := l.wholeDisks && madeOfOthers(s.device) || l.ourMount && run.Mount != nil && s.device != run.Mount.Path
	if l.hostNICs && kind == ownHost {
		others = others || !hasNIC(run.Host, s.device)
	} else if l.hostNICs {
		others = others || madeOfNICs(s.device)
	}
	if s.source != l.source || others {
		return false, false
	}
	for _, name := range l.outOf {
		if s.name == name {
			return false, true
		}
	}
	return true, s.name == l.name
}

func hasNIC(host result.Host, device string) bool {
	for _, nic := range host.NICs {
		if nic.Name == device {
			return true
		}
	}
	return false
}
