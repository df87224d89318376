package dlio

import (
	"fmt"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// The thresholds by which a limit is named.
const (
	unlimitedAU    = 0.99
	busyMemory     = 0.10 // share of the time in which some task waited for memory
	busyCPU        = 0.85 // of the usable processors
	busyNIC        = 0.90 // of the line rate
	ceilingPoints  = 0.01 // AU this close to the client's ceiling is the ceiling's
	ceilingShare   = 1.10 // the same for rates, with a computation time of 0
	uncountedBytes = 1.05 // bytes read over bytes that the NICs counted
)

// Facts is what the limit of a run is named from.
type Facts struct {
	Plan     Plan
	Epochs   []Epoch
	Tally    *Tally
	Metrics  map[string]float64 // of Measure, and those of the ceiling
	Started  time.Time
	Readings []result.Reading
	Host     result.Host
	Remote   bool // the file system is reached over a network
	// MaxInflight is how many reads may have blocked at once, where reads had to wait for
	// that; 0: none had to.
	MaxInflight int
}

// usage is what the client spent in the windows of all scored epochs; nil: not known.
type usage struct {
	cpu, memory *float64 // fractions
	cpuPressure *float64
	nic         *float64 // of the line rate, of the busiest
	nicName     string
	received    *float64 // bytes, over all NICs
}

// NameLimit names what kept the accelerators waiting. The first that holds: none, at an
// AU of 99 %; client-memory, where tasks waited for memory 10 % of the time; client-cpu,
// where 85 % of the usable processors were busy, or half of the loss was our own work and
// lateness, or the run came up to its own ceiling; network, where a NIC was 90 % full;
// else storage. Pressure of the CPUs decides nothing: wake-ups after I/O alone make some.
// Nor does our own work where reads had to wait for MaxInflight: it then holds waits in
// which no processor worked.
func NameLimit(f Facts) result.Limit {
	u := measureUsage(f)
	loss := f.Tally.loss()
	ownShare := 0.0
	if total := loss.Total(); total > 0 {
		ownShare = float64(loss.Work+loss.Late) / float64(total)
	}
	name := "storage"
	switch {
	case f.Metrics["au_mean_fraction"] >= unlimitedAU:
		name = "none"
	case over(u.memory, busyMemory):
		name = "client-memory"
	case over(u.cpu, busyCPU) || ownShare >= 0.5 && f.MaxInflight == 0 || atCeiling(f):
		name = "client-cpu"
	case f.Remote && over(u.nic, busyNIC):
		name = "network"
	}
	return result.Limit{Name: name, Evidence: f.evidence(u, loss)}
}

func over(v *float64, limit float64) bool { return v != nil && *v >= limit }

// atCeiling says whether the run reached what this client could have reached at most.
func atCeiling(f Facts) bool {
	if f.Plan.ComputationTime == 0 {
		ceiling, ok := f.Metrics["ceiling_read_bytes_per_s"]
		return ok && ceiling < f.Metrics["read_bytes_per_s_mean"]*ceilingShare
	}
	ceiling, ok := f.Metrics["ceiling_au_fraction"]
	return ok && ceiling < f.Metrics["au_mean_fraction"]+ceilingPoints
}

func (f Facts) evidence(u usage, loss Loss) []string {
	all := []string{}
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if total := loss.Total(); total > 0 {
		share := func(ns int64) string { return units.Percent(float64(ns)/float64(total), 0) }
		add("lost time %s: %s in read calls, %s in our own work, %s late (timer, scheduler, barrier)",
			units.Duration(time.Duration(total)), share(loss.Read), share(loss.Work), share(loss.Late))
	}
	if f.MaxInflight > 0 {
		add("reads had to wait for --max-inflight %d, which counts as our own work: whether the storage gives more with more, a run would show", f.MaxInflight)
	}
	if v, ok := f.Metrics["ceiling_au_fraction"]; ok {
		add("ceiling: this client would reach %s AU on infinitely fast storage", units.Percent(v, 1))
	}
	if v, ok := f.Metrics["ceiling_read_bytes_per_s"]; ok {
		add("ceiling: this client would read %s from infinitely fast storage", units.Rate(v))
	}
	return append(all, f.clientEvidence(u)...)
}

// clientEvidence is what this client and its network did meanwhile, as far as it is known.
func (f Facts) clientEvidence(u usage) (all []string) {
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if u.cpu != nil {
		add("client CPU %s busy", units.Percent(*u.cpu, 0))
	}
	if u.cpuPressure != nil {
		add("CPU pressure: some task waited for a processor %s of the time", units.Percent(*u.cpuPressure, 0))
	}
	if u.memory != nil {
		add("memory pressure: some task waited for memory %s of the time", units.Percent(*u.memory, 0))
	}
	if f.Remote {
		all = append(all, f.networkEvidence(u))
	}
	return all
}

func (f Facts) networkEvidence(u usage) string {
	var read float64
	for _, e := range f.Epochs {
		if !e.Warmup {
			read += float64(e.ReadBytes)
		}
	}
	switch {
	case u.received == nil || read*(1-f.Metrics["cached_fraction_max"]) > *u.received*uncountedBytes:
		return "network unknown: more bytes were read than the network counters and the page cache account for"
	case u.nic == nil:
		return "network: line rate unknown, " + units.Bytes(*u.received) + " received"
	}
	return fmt.Sprintf("network: %s at %s of its line rate", u.nicName, units.Percent(*u.nic, 0))
}

// grown is how much a counter grew, and in which time, in ns.
type grown struct{ by, in float64 }

func (g *grown) add(by float64, e Epoch) {
	g.by += by
	g.in += float64(e.End - e.Open)
}

// measureUsage takes counters at both edges of each scored epoch's window. A window that a
// counter was not read in is left out of that counter's share.
func measureUsage(f Facts) usage {
	counters := newCounters(f.Readings)
	var u usage
	received := map[string]float64{} // by source: IPoIB stands in both
	sums, nics := map[string]grown{}, map[string]grown{}
	for _, e := range f.Epochs {
		if e.Warmup {
			continue
		}
		from, to := f.at(e.Open), f.at(e.End)
		count := func(sums map[string]grown, key, name, dev string) {
			if d, ok := counters.delta(name, dev, from, to); ok {
				g := sums[key]
				g.add(d, e)
				sums[key] = g
			}
		}
		for _, name := range []string{"cpu.busy_ns", "cpu.idle_ns", "cpu.steal_ns", "process.user_ns", "process.system_ns", "pressure.memory_some_ns", "pressure.cpu_some_ns"} {
			count(sums, name, name, "")
		}
		for _, name := range []string{"nic.rx_bytes", "infiniband.rx_bytes"} {
			for _, nic := range counters.labels(name) {
				count(nics, nic, name, nic)
				if d, ok := counters.delta(name, nic, f.at(e.Start), to); ok {
					received[name] += d
				}
			}
		}
	}
	fraction := func(name string, of float64) *float64 {
		g, ok := sums[name]
		if !ok || of <= 0 {
			return nil
		}
		v := g.by / (of * g.in)
		return &v
	}
	u.cpu = fraction("cpu.busy_ns", f.Host.UsableCPUs)
	if counted := (sums["cpu.busy_ns"].by + sums["cpu.idle_ns"].by + sums["cpu.steal_ns"].by) / sums["cpu.busy_ns"].in; u.cpu != nil && f.Host.UsableCPUs < 0.95*counted {
		u.cpu = f.ownCPU(sums) // a quota: most of what was busy may have been others
	}
	u.memory = fraction("pressure.memory_some_ns", 1)
	u.cpuPressure = fraction("pressure.cpu_some_ns", 1)
	for _, nic := range f.Host.NICs {
		g, ok := nics[nic.Name]
		if share := g.by / (g.in / 1e9) / nic.BytesPerS; ok && nic.BytesPerS > 0 && (u.nic == nil || share > *u.nic) {
			u.nic, u.nicName = &share, nic.Name
		}
	}
	if len(received) > 0 {
		most := max(received["nic.rx_bytes"], received["infiniband.rx_bytes"])
		u.received = &most
	}
	return u
}

// ownCPU is the share of the usable processors that this process kept busy.
func (f Facts) ownCPU(sums map[string]grown) *float64 {
	user, system := sums["process.user_ns"], sums["process.system_ns"]
	if user.in == 0 || system.in == 0 {
		return nil
	}
	v := (user.by/user.in + system.by/system.in) / f.Host.UsableCPUs
	return &v
}

func (f Facts) at(ns int64) time.Time { return f.Started.Add(time.Duration(ns)) }

// CPUPerByte is the CPU time of this process, user and system, per byte read, in ns, over
// whole epochs that are not warm-up; false where it was not measured.
func CPUPerByte(f Facts) (float64, bool) {
	counters := newCounters(f.Readings)
	var cpu, bytes float64
	for _, e := range f.Epochs {
		user, ok1 := counters.delta("process.user_ns", "", f.at(e.Start), f.at(e.End))
		system, ok2 := counters.delta("process.system_ns", "", f.at(e.Start), f.at(e.End))
		if e.Warmup || !ok1 || !ok2 {
			continue
		}
		cpu += user + system
		bytes += float64(e.ReadBytes)
	}
	return cpu / bytes, bytes > 0
}
