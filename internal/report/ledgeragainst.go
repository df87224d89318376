package report

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// against is what contradicts that all bytes which were read came from a stage; empty where
// nothing does:
//
//   - a place nearer to the readers, which they had to pass, had less
//   - one of the epochs can't have had its bytes from there, whatever the others had
//   - the files lay in this client's page cache before, and nothing counted what was fetched
//
// Counters of servers that may not be all of them contradict nothing.
func (a *account) against(s *stage) string {
	for _, near := range a.upTo(s) {
		if why := a.less(near); why != "" {
			return why
		}
	}
	if held := a.heldBefore(); a.fetched == nil && held > 1-coldFrom {
		return fmt.Sprintf("%s of the bytes may have lain in this client's page cache before (cached_fraction_before), and nothing counted what it fetched", units.Percent(min(held, 1), 1))
	}
	return ""
}

// upTo are the places that bytes from a stage pass, from the client on, that stage too.
func (a *account) upTo(s *stage) (passed []*stage) {
	client := a.fetched
	if client == nil {
		client = a.received
	}
	for _, near := range []*stage{client, a.sent, a.pools, a.buckets} {
		server := near != nil && (near == a.sent || near == a.pools)
		if near != nil && !(server && a.partly() != "") {
			passed = append(passed, near)
		}
		if near == s {
			break
		}
	}
	return passed
}

// less says that a stage had less than a cold run's bytes, of all or of an epoch's; empty
// where it didn't. By a clock that was not compared no epoch can be told.
func (a *account) less(s *stage) string {
	most := s.whole().high / last(a.asked)
	if most < coldFrom {
		why := fmt.Sprintf("%s %s at most %s of it", s.who, s.did, units.Percent(most, 1))
		if s.loose {
			why += ", by clocks that were not compared"
		}
		return why
	}
	if s.loose {
		return ""
	}
	var short []string
	for i, p := range a.tally.periods[:len(a.tally.periods)-1] {
		if s.amounts[i].high < coldFrom*a.asked[i] {
			short = append(short, p.name)
		}
	}
	if len(short) == 0 {
		return ""
	}
	noun := "epoch "
	if len(short) > 1 {
		noun = "epochs "
	}
	return fmt.Sprintf("of what %s read %s %s less than %s", noun+strings.Join(fewOf(short), ", "), s.who, s.did, units.Percent(coldFrom, 0))
}

// heldBefore is the part of what was read that may have lain in the page cache before, as
// far as it is known.
func (a *account) heldBefore() (part float64) {
	for i, fraction := range a.cached {
		if fraction > 0 {
			part += fraction * a.asked[i] / last(a.asked)
		}
	}
	return part
}

// doubted is what is said instead of a claim that is contradicted.
func (a *account) doubted(s *stage, why string) string {
	nearer := ""
	switch {
	case s == a.buckets && a.sent.sure() && a.partly() == "":
		nearer = a.serverSentence()
	case s != a.fetched && s != a.received:
		nearer = a.clientSentence()
	}
	amount := fmt.Sprintf("%s %s %s, %s of what was read", s.who, s.did, units.Bytes(s.whole().at), shareWords(a.share(s)))
	if strings.HasPrefix(nearer, "Warm") {
		return nearer + " " + sentence(amount+": not all of it can have been this run's")
	}
	return sentence(amount + ", but " + why + ": nothing is claimed")
}

// elsewhere is what is said of buckets and servers where the mount is known to be of
// neither; empty where it may be.
func (a *account) elsewhere() string {
	on := onDevice(a.run.Mount)
	if on == "" || a.buckets == nil && a.sent == nil {
		return ""
	}
	amount := "what the servers sent meanwhile"
	if a.buckets != nil {
		amount = "what the buckets sent meanwhile"
		if !a.unknown(a.buckets) {
			amount += ", " + ranged(a.buckets.whole(), units.Bytes) + ","
		}
	}
	return sentence(fmt.Sprintf("%s, a block device and no network file system: %s can't have been this run's", on, amount))
}

// onDevice says on which block device of this machine a mount is; empty where it is on none,
// or on one that another machine may serve.
func onDevice(m *result.Mount) string {
	if m == nil || m.Network || !strings.HasPrefix(m.Source, "/dev/") {
		return ""
	}
	for _, remote := range []string{"nbd", "rbd", "drbd", "ublk", "zd", "zvol", "loop", "fuse"} { // what is behind these isn't known
		if strings.HasPrefix(m.Source, "/dev/"+remote) {
			return ""
		}
	}
	return fmt.Sprintf("the data is on %s, %s of %s", m.Path, m.Type, m.Source)
}
