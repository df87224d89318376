package fio

import (
	"fmt"
	"strconv"
	"time"

	"github.com/lbench/lbench/internal/rules"
	"github.com/lbench/lbench/internal/units"
)

// evidence is one sentence for each thing that was measured, and might have bound the run.
func (f Facts) evidence(u usage) []string {
	all := []string{}
	for _, sentence := range []string{
		f.askedEvidence(), f.networkEvidence(u), f.carriedEvidence(u), f.cpuEvidence(u), f.jobsEvidence(u), coreEvidence(u),
		memoryEvidence(u), f.ceilingEvidence(), f.inflightEvidence(), f.syncEvidence(), f.cacheEvidence(),
	} {
		if sentence != "" {
			all = append(all, sentence)
		}
	}
	return all
}

func (f Facts) askedEvidence() string {
	asked := f.Job.RateBytesPerS
	if asked <= 0 {
		return ""
	}
	return fmt.Sprintf("%s is %s of the %s asked for", units.Rate(f.rate()), units.Percent(f.rate()/asked, 0), units.Rate(asked))
}

func (f Facts) networkEvidence(u usage) string {
	switch {
	case f.Mount == nil || !f.Mount.Network:
		return ""
	case u.nic == nil:
		return "network: not measured"
	case u.nic.lineRate == 0 && !u.nic.counted:
		return fmt.Sprintf("network: the line rate of %s isn't known", u.nic.name)
	case u.nic.lineRate == 0:
		return fmt.Sprintf("network: %s through %s, whose line rate isn't known", units.Rate(u.nic.bytesPerS), u.nic.name)
	}
	return fmt.Sprintf("%s is %s of %s's %s", units.Rate(u.nic.bytesPerS), units.Percent(u.nic.share(), 0), u.nic.name, units.Rate(u.nic.lineRate))
}

// carriedEvidence says when the interfaces counted less than 95 % of what was moved.
func (f Facts) carriedEvidence(u usage) string {
	if u.carried == nil || *u.carried >= 0.95*f.rate() {
		return ""
	}
	return fmt.Sprintf("the network interfaces counted %s of the run's %s: the rest stayed in this client's cache, or passes their counters by as RDMA does",
		units.Rate(*u.carried), units.Rate(f.rate()))
}

func (f Facts) cpuEvidence(u usage) string {
	fraction := f.cpuFraction(u)
	switch {
	case fraction == nil:
		return "client CPU: not measured"
	case u.quota:
		return fmt.Sprintf("client CPU: the jobs kept %s of %s usable cores busy (%s); a quota or cpuset leaves the host's others out",
			threeDigits(*u.jobsCores), threeDigits(f.Host.UsableCPUs), units.Percent(*fraction, 0))
	}
	return fmt.Sprintf("client CPU: %s of %s usable cores busy (%s)", threeDigits(*u.busyCores), threeDigits(f.Host.UsableCPUs), units.Percent(*fraction, 0))
}

func (f Facts) jobsEvidence(u usage) string {
	perByte, ok := f.Metrics["cpu_ns_per_byte_mean"]
	if u.jobsCores == nil || !ok {
		return ""
	}
	text := fmt.Sprintf("the jobs took %s of the %s cores that they can occupy, %s ns of CPU per byte",
		threeDigits(*u.jobsCores), threeDigits(f.occupiable()), threeDigits(perByte))
	if f.CeilingCPUPerByte > 0 {
		text += fmt.Sprintf("; copying from this client's own memory takes %s", threeDigits(f.CeilingCPUPerByte))
	}
	return text
}

func coreEvidence(u usage) string {
	if u.busiestCore == nil {
		return "busiest core: not measured"
	}
	return fmt.Sprintf("busiest core: %s busy", units.Percent(*u.busiestCore, 0))
}

func memoryEvidence(u usage) string {
	if u.memory == nil {
		return ""
	}
	return fmt.Sprintf("memory pressure: some task waited for memory %s of the time", units.Percent(*u.memory, 0))
}

func (f Facts) ceilingEvidence() string {
	if f.CeilingBytesPerS <= 0 {
		return ""
	}
	return fmt.Sprintf("%s is %s of the %s that this client copies from its own memory",
		units.Rate(f.rate()), units.Percent(f.rate()/f.CeilingBytesPerS, 0), units.Rate(f.CeilingBytesPerS))
}

// inflightEvidence holds the operations in flight, by Little's law, against how many there
// could have been.
func (f Facts) inflightEvidence() string {
	inflight, ok := f.Metrics["inflight_mean"]
	total, measured := latencyOf(f.Outcome.Total)
	if !ok || !measured {
		return ""
	}
	allowed := f.Job.Jobs * f.Job.Depth
	text := fmt.Sprintf("%s operations in flight on average (jobs x depth = %d) at %s each: ",
		threeDigits(inflight), allowed, units.Duration(time.Duration(total.MeanNS)))
	switch {
	case inflight >= usedInflight*float64(allowed):
		return text + "more in flight would give more only if latency stays"
	case f.Outcome.Capped:
		return text + "not all are used, for the jobs had to wait for --max-inflight"
	}
	return text + "not all are used, for the jobs spent time between their operations"
}

// syncEvidence is the share of the jobs' time that went to fsync.
func (f Facts) syncEvidence() string {
	sync, ok := latencyOf(f.Outcome.Sync)
	spent := float64(f.Outcome.Duration) * float64(f.Job.Jobs)
	if !ok || spent <= 0 {
		return ""
	}
	return fmt.Sprintf("fsync took %s of the jobs' time", units.Percent(sync.MeanNS*float64(sync.Count)/spent, 0))
}

func (f Facts) cacheEvidence() string {
	cached, ok := f.Metrics[rules.ColdMetric]
	if !ok || cached == 0 || f.Job.Op != Read || f.Job.Direct {
		return ""
	}
	return fmt.Sprintf("%s of the files lay in this client's cache before the first read: that part isn't the storage's", units.Percent(cached, 1))
}

// storageDoubts are what speaks against the name storage, though nothing else binds.
func (f Facts) storageDoubts() []string {
	inflight := f.Job.Jobs * f.Job.Depth
	if inflight >= fewInflight {
		return nil
	}
	return []string{fmt.Sprintf("with at most %d in flight (jobs x depth) the latency of single operations may bind, "+
		"and not the storage's bandwidth: try more --jobs or --depth", inflight)}
}

// threeDigits keeps three significant digits: 31.8, 0.261, 16.
func threeDigits(v float64) string {
	if v >= 999.5 {
		return units.Count(int64(v + 0.5))
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
