package fio

import (
	"time"

	"github.com/lbench/lbench/internal/result"
)

// usage is what the client spent while the job ran; nil is not measured.
type usage struct {
	busyCores   *float64 // of all work of the host, among the usable processors
	quota       bool     // fewer processors may be used than busyCores is about
	jobsCores   *float64 // of the jobs
	busiestCore *float64 // fraction
	memory      *float64 // share of the time in which some task waited for memory
	nic         *nicUsage
	carried     *float64 // bytes/s, over all interfaces
}

// nicUsage is the busiest network interface.
type nicUsage struct {
	name      string
	bytesPerS float64
	lineRate  float64 // 0: not known
	counted   bool    // by the interface, else bytesPerS is the run's
}

func (n *nicUsage) share() float64 { return n.bytesPerS / n.lineRate }

// binds: more than the line rate of an interface that did not count can't have come
// through it.
func (n *nicUsage) binds() bool {
	return n != nil && n.lineRate > 0 && n.share() >= limitNIC && (n.counted || n.share() <= 1)
}

func measureUsage(f Facts) usage {
	w := window{readings: f.Readings, from: f.Started, to: f.Started.Add(f.Outcome.Duration)}
	u := usage{memory: w.perSecond("pressure", "memory_some_ns", nil, 1e-9)}
	u.busyCores = w.perSecond("cpu", "busy_ns", nil, 1e-9)
	idle, steal := w.perSecond("cpu", "idle_ns", nil, 1e-9), w.perSecond("cpu", "steal_ns", nil, 1e-9)
	if u.busyCores != nil && idle != nil && steal != nil {
		u.quota = f.Host.UsableCPUs < 0.95*(*u.busyCores+*idle+*steal)
	}
	if f.Outcome.CPU > 0 && f.Outcome.Duration > 0 {
		cores := float64(f.Outcome.CPU) / float64(f.Outcome.Duration)
		u.jobsCores = &cores
	}
	for _, core := range w.labels("cpu", "core_busy_ns", "cpu") {
		if busy := w.perSecond("cpu", "core_busy_ns", map[string]string{"cpu": core}, 1e-9); busy != nil && !reaches(u.busiestCore, *busy) {
			u.busiestCore = busy
		}
	}
	if f.Mount != nil && f.Mount.Network {
		u.measureNICs(f, w)
	}
	return u
}

// measureNICs takes what each interface received, or sent where the job writes. Without
// such counters, an only interface carried all that the run moved.
func (u *usage) measureNICs(f Facts, w window) {
	counter := "rx_bytes"
	if f.Job.Op == Write {
		counter = "tx_bytes"
	}
	sums := map[string]float64{} // by source: IPoIB stands in both
	for _, source := range []string{"nic", "infiniband"} {
		for _, dev := range w.labels(source, counter, "dev") {
			moved := w.perSecond(source, counter, map[string]string{"dev": dev}, 1)
			if moved == nil {
				continue
			}
			sums[source] += *moved
			u.offer(nicUsage{name: dev, bytesPerS: *moved, lineRate: lineRateOf(f.Host, dev), counted: true})
		}
	}
	if len(sums) > 0 {
		most := max(sums["nic"], sums["infiniband"])
		u.carried = &most
	} else if nics := f.Host.NICs; len(nics) == 1 {
		u.nic = &nicUsage{name: nics[0].Name, bytesPerS: f.rate(), lineRate: nics[0].BytesPerS}
	}
}

// offer keeps the interface nearest to its line rate; of those without one the busiest.
func (u *usage) offer(n nicUsage) {
	switch {
	case u.nic == nil,
		n.lineRate > 0 && u.nic.lineRate == 0,
		n.lineRate > 0 && n.share() > u.nic.share(),
		n.lineRate == 0 && u.nic.lineRate == 0 && n.bytesPerS > u.nic.bytesPerS:
		u.nic = &n
	}
}

func lineRateOf(h result.Host, dev string) float64 {
	for _, n := range h.NICs {
		if n.Name == dev {
			return n.BytesPerS
		}
	}
	return 0
}

// window is the readings of a stretch of time.
type window struct {
	readings []result.Reading
	from, to time.Time
}

// labels lists the values that a label of a counter has, in order of appearance.
func (w window) labels(source, name, label string) []string {
	var all []string
	seen := map[string]bool{}
	for _, r := range w.readings {
		if v := r.Labels[label]; r.Source == source && r.Name == name && !seen[v] {
			seen[v] = true
			all = append(all, v)
		}
	}
	return all
}

// perSecond is how much a counter grew each second, times scale, between its readings
// nearest to the edges of the window. It is nil where those are less than half, or more
// than twice, the window apart, and where the counter went back.
func (w window) perSecond(source, name string, labels map[string]string, scale float64) *float64 {
	var first, last *result.Reading
	nearer := func(a, b *result.Reading, edge time.Time) bool {
		return b == nil || a.T.Sub(edge).Abs() < b.T.Sub(edge).Abs()
	}
	for i := range w.readings {
		r := &w.readings[i]
		if r.Source != source || r.Name != name || !hasLabels(r.Labels, labels) {
			continue
		}
		if nearer(r, first, w.from) {
			first = r
		}
		if nearer(r, last, w.to) {
			last = r
		}
	}
	if first == nil {
		return nil
	}
	span, whole := last.T.Sub(first.T), w.to.Sub(w.from)
	if span <= 0 || span < whole/2 || span > 2*whole || last.Value < first.Value {
		return nil
	}
	v := (last.Value - first.Value) / span.Seconds() * scale
	return &v
}

func hasLabels(have, want map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}
