package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// stage is a place on the way of the bytes where something counted them.
type stage struct {
	head    string // of its column
	who     string // "the servers"
	did     string // "sent"
	amounts []amount
	source  string // which counters, of which devices
	doubt   string // what else is in the figure, or what isn't
	loose   bool   // by a clock that was not compared with the run's: no claim rests on it
	headers bool   // counts those of packets too
	bound   bool   // says only how much it is at most
}

func (s *stage) whole() amount { return last(s.amounts) }

// sure says that a claim may rest on a stage.
func (s *stage) sure() bool { return s != nil && !s.loose }

// settle makes the stages when all readings are in.
func (a *account) settle() {
	if a == nil {
		return
	}
	a.tally.finish()
	a.received = a.larger("", "rx_bytes")
	if a.received != nil {
		a.received.head, a.received.who, a.received.did = "NICs", "this client's NICs", "received"
		a.received.headers = true
		a.received.doubt = "with the headers of its packets, 1 to 5 %, and whatever else this machine received"
	}
	a.fetched = a.byFileSystem()
	a.settleServers()
	if a.traffic, a.unjoined = joinTraffic(a.run.Traffic); a.unjoined == "" && len(a.run.Traffic) > 0 {
		a.buckets = a.byBuckets()
	}
	a.cache = a.byPageCache()
}

// larger is what a host's NICs moved, by their interfaces or by their RDMA ports: IPoIB is
// counted by both, RDMA by the ports alone.
func (a *account) larger(host, name string) *stage {
	var best *stage
	for _, source := range []string{"nic", "infiniband"} {
		sum := a.tally.of(host, source, name)
		if sum == nil || last(sum.amounts).at == 0 || best != nil && last(sum.amounts).at <= best.whole().at {
			continue
		}
		best = &stage{amounts: sum.amounts, source: fmt.Sprintf("%s %s of %s", source, name, listedFew(sum.devices))}
	}
	return best
}

// byFileSystem is what the file system's client fetched over the network.
func (a *account) byFileSystem() *stage {
	for _, of := range []struct{ source, name, head, who string }{
		{"nfs", "server_read_bytes", "NFS", "the NFS client"}, {"lustre", "osc_read_bytes", "Lustre", "the Lustre client"},
	} {
		if sum := a.tally.of("", of.source, of.name); sum != nil {
			s := &stage{head: of.head, who: of.who, did: "fetched", amounts: sum.amounts, source: of.source + " " + of.name + " of " + a.run.Mount.Path,
				doubt: "what any program on this machine fetched through the mount, read-ahead included"}
			if of.source == "lustre" {
				s.source = fmt.Sprintf("lustre osc_read_bytes of %s", plural(len(sum.devices), "target"))
			}
			return s
		}
	}
	return nil
}

// byPageCache is what the readers got without its being fetched: at least so much, since
// what was fetched and not asked for hides as much of it.
func (a *account) byPageCache() *stage {
	s := &stage{head: "page cache", who: "this client's page cache", did: "held"}
	if a.fetched != nil {
		for i, f := range a.fetched.amounts {
			s.amounts = append(s.amounts, exactly(a.asked[i]).minus(f))
		}
		s.source = fmt.Sprintf("what was read less what %s fetched", a.fetched.who)
		s.doubt = "what was fetched and not asked for hides as much of it"
		return s
	}
	if slices.Max(a.cached) < 0 {
		return nil
	}
	var whole amount
	for i, fraction := range a.cached {
		upper := amount{high: fraction * a.asked[i]}
		switch {
		case fraction < 0 && i == len(a.cached)-1 && i > 0: // all of them
			upper = whole
		case fraction < 0:
			upper.high = a.asked[i]
		}
		whole = whole.plus(upper)
		s.amounts = append(s.amounts, upper)
	}
	s.bound, s.source = true, "cached_fraction_before"
	s.doubt = "a bound: what lay there before may have been read from there"
	return s
}

// settleServers makes the stages of recorded servers.
func (a *account) settleServers() {
	hosts := a.hosts("lustre_server", "obdfilter_read_bytes")
	if len(hosts) > 0 {
		sum := a.sum(hosts, "lustre_server", "obdfilter_read_bytes")
		a.sent = &stage{amounts: sum.amounts, source: fmt.Sprintf("lustre_server obdfilter_read_bytes of %s on %s", plural(len(sum.devices), "target"), listedFew(hosts)),
			doubt: "what these targets sent, to any client"}
		if want := targetsOf(a.run); len(sum.devices) < want {
			a.missing = fmt.Sprintf("%d of the %d targets of the file system are recorded", len(sum.devices), want)
		}
	} else {
		hosts = a.settleNICs()
	}
	if a.sent == nil {
		return
	}
	a.sent.head, a.sent.who, a.sent.did, a.sent.loose = "servers", "the servers", "sent", a.loose(hosts)
	a.settlePools(hosts)
}

func targetsOf(run result.Run) int {
	if run.Mount == nil || run.Mount.Lustre == nil {
		return 0
	}
	return run.Mount.Lustre.Targets
}

// settleNICs takes what recorded hosts sent through their NICs for what the servers sent:
// of those that have pools, where some do.
func (a *account) settleNICs() []string {
	hosts := a.hosts("zfs", "")
	if len(hosts) == 0 {
		hosts = a.hosts("", "tx_bytes")
	}
	var parts []*subtotal
	var sources, sending []string
	for _, host := range hosts {
		if s := a.larger(host, "tx_bytes"); s != nil {
			parts = append(parts, &subtotal{amounts: s.amounts})
			sources = append(sources, s.source)
			sending = append(sending, host)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	slices.Sort(sources)
	a.sent = &stage{headers: true, amounts: sumOf(parts), source: strings.Join(slices.Compact(sources), ", ") + " on " + listedFew(sending),
		doubt: "with the headers of its packets, and whatever else these machines sent"}
	return sending
}

// settlePools tells what the servers' caches held from what their pools read. Where the
// pools' bytes are not known, the blocks that were fetched of those that were asked for
// stand for them: (demand misses + prefetch misses) / (demand hits + demand misses), of
// data, as a block that was prefetched is a hit when it is asked for.
func (a *account) settlePools(hosts []string) {
	a.arc = &stage{head: "ARC", who: "the servers' ARC", did: "held", loose: a.sent.loose}
	if pools := a.sum(hosts, "zfs", "pool_read_bytes"); pools != nil && len(a.hostsOf(hosts, "zfs", "pool_read_bytes")) == len(hosts) {
		a.pools = &stage{head: "pools", who: "the servers' pools", did: "read", amounts: pools.amounts, loose: a.sent.loose,
			source: fmt.Sprintf("zfs pool_read_bytes of %s on %s", plural(len(pools.devices), "pool"), listedFew(hosts)),
			doubt:  "as stored, whoever asked: compression makes it less, scrubs and metadata more"}
		a.arc.amounts = byPeriod(a.sent.amounts, pools.amounts, a.heldBy)
		a.arc.source = "what the servers sent less what their pools read"
		a.arc.doubt = "as sure as both"
		if a.sent.headers {
			a.arc.doubt += ", headers of packets included"
		}
		return
	}
	misses, prefetched, hits := a.sum(hosts, "zfs", "arc_demand_data_misses"), a.sum(hosts, "zfs", "arc_prefetch_data_misses"), a.sum(hosts, "zfs", "arc_demand_data_hits")
	if misses == nil || prefetched == nil || hits == nil || len(a.hostsOf(hosts, "zfs", "arc_demand_data_hits")) < len(hosts) {
		a.arc = nil
		return
	}
	for i, sent := range a.sent.amounts {
		fetched := partOfBlocks(misses.amounts[i].plus(prefetched.amounts[i]), hits.amounts[i].plus(misses.amounts[i]))
		held := exactly(1).minus(fetched)
		a.arc.amounts = append(a.arc.amounts, amount{sent.at * held.at, sent.low * held.low, sent.high * held.high})
	}
	a.arc.source = "sent by the servers x (1 - (demand misses + prefetch misses) / (demand hits + demand misses)) of zfs arc_*_data_* on " + listedFew(hosts)
	a.arc.doubt = "an estimate (~): it counts blocks, of all sizes, and whoever asked"
	a.arc.loose = true
}

// heldBy is what was sent and not read from pools. Headers of packets are in no pool.
func (a *account) heldBy(sent, pools amount) amount {
	if a.sent.headers {
		sent.low /= 1 + headersMost
	}
	return sent.minus(pools)
}

// partOfBlocks is a part of a whole, at most 1; of no blocks it is all.
func partOfBlocks(of, whole amount) amount {
	divided := func(a, b float64) float64 {
		if !(b > 0) {
			return 1
		}
		return min(a/b, 1)
	}
	r := amount{at: divided(of.at, whole.at), high: divided(of.high, whole.low)}
	if !whole.open() {
		r.low = divided(of.low, whole.high)
	}
	return r
}

// hosts are those that were recorded and have a counter, sorted; an empty source or name is any.
func (a *account) hosts(source, name string) []string {
	found := map[string]bool{}
	for of := range maps.Keys(a.tally.sums) {
		if of.host != "" && (source == "" || of.source == source) && (name == "" || of.name == name) {
			found[of.host] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// hostsOf are those of some hosts that have a counter.
func (a *account) hostsOf(hosts []string, source, name string) []string {
	return slices.DeleteFunc(slices.Clone(hosts), func(host string) bool { return a.tally.of(host, source, name) == nil })
}

// sum adds up a counter over hosts; nil where none has it.
func (a *account) sum(hosts []string, source, name string) *subtotal {
	var parts []*subtotal
	all := &subtotal{}
	for _, host := range a.hostsOf(hosts, source, name) {
		part := a.tally.of(host, source, name)
		parts = append(parts, part)
		all.devices = append(all.devices, part.devices...)
	}
	if len(parts) == 0 {
		return nil
	}
	all.amounts = sumOf(parts)
	return all
}

func (a *account) loose(hosts []string) bool {
	return slices.ContainsFunc(hosts, func(host string) bool { return a.clocks[host].How == result.ClockUnknown })
}

// listedFew names up to four, and how many more there are.
func listedFew(names []string) string {
	names = fewOf(slices.Compact(slices.Sorted(slices.Values(names))))
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

func fewOf(names []string) []string {
	const most = 4
	if len(names) <= most {
		return names
	}
	return append(slices.Clone(names[:most-1]), units.Count(int64(len(names)-most+1))+" more")
}
