package report

import (
	"fmt"
	"strconv"

	"github.com/lbench/lbench/internal/units"
)

// coldFrom and warmTo are the shares of the bytes from which a run is called cold, and up
// to which warm.
const (
	coldFrom = 0.95
	warmTo   = 0.90
	// headersMost is by how much headers may raise what a NIC counts, at 1500 bytes a
	// packet: 1538 on the wire for 1448 of payload, of which the counters have 1514.
	headersMost = 0.05
)

type temperature int

const (
	undecided temperature = iota
	cold
	warm
)

// share is what a stage had of the bytes that were read. At least so much of it was read by
// this client: headers of packets and what the servers sent to others are taken off.
func (a *account) share(s *stage) amount {
	of := s.whole()
	if s.headers {
		of.low /= 1 + headersMost
	}
	if s != a.received && s != a.fetched {
		of.low = max(of.low-a.others(), 0)
	}
	return of.over(last(a.asked))
}

// others is what the servers sent to other clients, as far as counters tell; less than what
// headers come to is taken for none.
func (a *account) others() float64 {
	got := a.fetched
	if got == nil || a.sent != nil && a.sent.headers {
		got = a.received
	}
	if !a.sent.sure() || got == nil || got.whole().open() {
		return 0
	}
	if more := a.sent.whole().low - got.whole().high; more > headersMost*got.whole().at {
		return more
	}
	return 0
}

// judge decides where a share lets it be decided.
func judge(share amount) temperature {
	switch {
	case share.low >= coldFrom, share.at >= coldFrom && share.high-share.low < 0.05:
		return cold
	case share.high <= warmTo:
		return warm
	}
	return undecided
}

// sentence says how cold the run was, by the stage that is furthest from the client and
// knows it; empty where nothing does.
func (a *account) sentence() string {
	switch {
	case a == nil:
		return ""
	case a.elsewhere() != "":
		return a.elsewhere()
	case a.unjoined != "":
		line := fmt.Sprintf("The traffic of %s is attached, and %s: nothing is claimed from it.", plural(len(a.run.Traffic), "file"), a.unjoined)
		if a.sent.sure() && a.partly() == "" {
			line += " " + a.serverSentence()
		}
		return line
	case a.buckets != nil:
		return a.bucketSentence()
	case a.sent != nil:
		return a.serverSentence()
	}
	return a.clientSentence()
}

func (a *account) bucketSentence() string {
	share := a.share(a.buckets)
	state := judge(share)
	if why := a.against(a.buckets); state == cold && why != "" {
		return a.doubted(a.buckets, why)
	}
	switch {
	case state == cold && share.at > 1.05:
		return fmt.Sprintf("Cold end to end: the buckets sent %s (%s to %s).", multiple(share.at), plainNumber(share.low), atMost(share, plainNumber))
	case state == cold:
		return fmt.Sprintf("Cold end to end: %s of the bytes came from the buckets.", shareWords(atMostAll(share)))
	case state == warm:
		return fmt.Sprintf("Warm: the buckets sent only %s of what was read; %s.", shareWords(share), a.holders(a.buckets))
	}
	line := ""
	switch {
	case !share.open():
		line = fmt.Sprintf("The buckets sent between %s and %s of what was read: their minutes are too coarse for this run to say whether a cache served some of it.",
			units.Percent(share.low, 0), units.Percent(share.high, 0))
	case share.low < 0.005:
		line = "What part of the bytes the buckets sent isn't known: minutes of theirs are missing."
	default:
		line = fmt.Sprintf("The buckets sent at least %s of what was read: minutes of theirs are not known, so that nobody can say whether a cache served the rest.", units.Percent(share.low, 1))
	}
	if a.others() > 0 {
		line += " " + a.othersLine()
	}
	if a.sent.sure() && a.partly() == "" {
		line += " " + a.serverSentence()
	}
	return line
}

// serverSentence claims nothing of what is behind the servers.
func (a *account) serverSentence() string {
	if a.sent.loose {
		return "The servers' clocks were not compared with this client's, so that nothing is claimed from what they counted."
	}
	if why := a.partly(); why != "" {
		return sentence(why + ", so that nothing is claimed from what they counted")
	}
	if !a.pools.sure() {
		return a.sentSentence()
	}
	share := a.share(a.pools)
	state := judge(share)
	if why := a.against(a.pools); state == cold && why != "" {
		return a.doubted(a.pools, why)
	}
	switch {
	case state == cold && share.at > 1.05:
		return fmt.Sprintf("Cold to the servers' disks: their pools read %s.", multiple(share.at))
	case state == cold:
		return fmt.Sprintf("Cold to the servers' disks: their pools read %s of what was read.", shareWords(atMostAll(share)))
	case state == warm:
		return fmt.Sprintf("Warm: the servers' pools read only %s of what was read; %s.", shareWords(share), a.holders(a.pools))
	case a.others() > 0:
		return a.othersLine()
	}
	return fmt.Sprintf("The servers' pools read between %s and %s of what was read, which decides nothing.",
		units.Percent(share.low, 0), atMost(share, func(v float64) string { return units.Percent(v, 0) }))
}

// sentSentence is where the servers say what they sent, and not what they had to fetch.
func (a *account) sentSentence() string {
	share := a.share(a.sent)
	state := judge(share)
	if why := a.against(a.sent); state == cold && why != "" {
		return a.doubted(a.sent, why)
	}
	switch state {
	case cold:
		return fmt.Sprintf("Cold to this client: the servers sent %s of what was read; what of it lay in their own caches isn't known.", shareWords(atMostAll(share)))
	case warm:
		return fmt.Sprintf("Warm: the servers sent only %s of what was read; %s.", shareWords(share), a.holders(a.sent))
	}
	if a.others() > 0 {
		return a.othersLine()
	}
	return fmt.Sprintf("The servers sent between %s and %s of what was read, which decides nothing.",
		units.Percent(share.low, 0), atMost(share, func(v float64) string { return units.Percent(v, 0) }))
}

// partly is why the servers' counters can't be all of the run's; empty where they can.
func (a *account) partly() string {
	got := a.fetched
	if got == nil {
		got = a.received
	}
	switch {
	case a.missing != "":
		return "only " + a.missing
	case got == nil && targetsOf(a.run) == 0 && a.sent.whole().high < 0.9*last(a.asked):
		return fmt.Sprintf("the servers that are recorded sent %s of what was read, and nothing tells whether they are all", units.Percent(a.sent.whole().at/last(a.asked), 0))
	case got != nil && !a.sent.whole().open() && a.sent.whole().high < 0.9*got.whole().low/(1+headersMost):
		return fmt.Sprintf("the servers that are recorded sent %s of what this client received", units.Percent(a.sent.whole().at/got.whole().at, 0))
	}
	return ""
}

func (a *account) othersLine() string {
	return fmt.Sprintf("The servers sent %s more than this client received: others read meanwhile, and whose bytes had to be fetched can't be told.", units.Bytes(a.others()))
}

// clientSentence is where only this machine is known.
func (a *account) clientSentence() string {
	s := a.fetched
	if s == nil {
		s = a.received
	}
	if s == nil {
		return ""
	}
	share := a.share(s)
	state := judge(share)
	if why := a.against(s); state == cold && why != "" {
		return a.doubted(s, why)
	}
	text := fmt.Sprintf("%s %s %s of what was read", s.who, s.did, shareWords(share))
	switch state {
	case cold:
		return sentence("cold to this client: " + text + "; what servers had cached isn't known")
	case warm:
		return fmt.Sprintf("Warm: %s %s only %s of what was read; this client's page cache held the rest.", s.who, s.did, shareWords(share))
	}
	return sentence(text)
}

// holders says which caches held what a stage did not send, as far as they are known.
func (a *account) holders(s *stage) string {
	asked := last(a.asked)
	rest := asked - s.whole().at
	held := map[*stage]float64{}
	for _, c := range []*stage{a.cache, a.arc} {
		if c.sure() && !c.bound && !c.whole().open() && (c == a.cache || s != a.sent) {
			held[c] = c.whole().at
		}
	}
	if s == a.buckets && a.pools.sure() && a.partly() == "" && a.pools.whole().low > warmTo*asked {
		return "the servers' pools read more: a cache is between them and the buckets, or the traffic of some buckets is not attached"
	}
	switch client, server := held[a.cache], held[a.arc]; {
	case s == a.sent, client >= 0.9*rest:
		return "this client's page cache held the rest"
	case server >= 0.9*rest:
		return "the servers' ARC held the rest"
	case client+server >= 0.9*rest:
		return fmt.Sprintf("this client's page cache held %s and the servers' ARC %s", units.Percent(client/asked, 1), units.Percent(server/asked, 1))
	}
	return "caches served the rest"
}

// atMost prints the upper end of a share.
func atMost(share amount, print func(float64) string) string {
	if share.open() {
		return "more, as readings are missing"
	}
	return print(share.high)
}

// multiple says how many times what was read something is.
func multiple(v float64) string { return plainNumber(v) + " x the bytes that were read" }

func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
