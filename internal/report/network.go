package report

import (
	"time"

	"github.com/lbench/lbench/internal/result"
)

// network sums up what the host's data NICs moved between their readings. IPoIB
// traffic is counted by the interface and by the port of its adapter, and RDMA by the
// port alone: of the two sources the larger one stands. A counter that goes back (a
// driver that was loaded again) is left out once.
type network struct {
	counter  string // rx_bytes, or tx_bytes for writes
	expected int64  // length of the run in ns, 0: unknown
	carries  map[string]bool
	last     map[string]result.Reading
	bySource map[string]*bins
}

func newNetwork(run result.Run, expected int64) *network {
	n := &network{counter: "rx_bytes", expected: expected, carries: map[string]bool{}, last: map[string]result.Reading{}}
	if writes(run) {
		n.counter = "tx_bytes"
	}
	for _, nic := range run.Host.NICs {
		n.carries[nic.Name] = true
	}
	n.restart()
	return n
}

// restart forgets what was summed up, but not where the counters stand.
func (n *network) restart() {
	n.bySource = map[string]*bins{"nic": newBins(n.expected), "infiniband": newBins(n.expected)}
}

// add counts a reading, as of zero; a zero that isn't known yet counts nothing.
func (n *network) add(r result.Reading, zero time.Time) {
	sum := n.bySource[r.Source]
	device := r.Labels["dev"]
	if sum == nil || r.Name != n.counter || !n.carries[device] {
		return
	}
	key := r.Source + " " + device
	before, ok := n.last[key]
	n.last[key] = r
	if !ok || zero.IsZero() || r.Value < before.Value || !r.T.After(zero) {
		return
	}
	start, end := int64(before.T.Sub(zero)), int64(r.T.Sub(zero))
	amount := r.Value - before.Value
	if start < 0 { // of an interval that began before zero, the part after it
		amount *= float64(end) / float64(end-start)
	}
	sum.add(start, end, amount)
}

func (n *network) larger() *bins {
	if n.bySource["infiniband"].total() > n.bySource["nic"].total() {
		return n.bySource["infiniband"]
	}
	return n.bySource["nic"]
}
