package fio

import (
	"time"

	"github.com/lbench/lbench/internal/result"
)

// The thresholds by which a limit is named.
const (
	limitRate    = 0.98 // of the rate asked for: it is reached
	limitNIC     = 0.90 // of the line rate
	limitMemory  = 0.10 // share of the time in which some task waited for memory
	limitCPU     = 0.85 // of the usable processors, or of those that the jobs can occupy
	limitCeiling = 0.90 // of the rate at which this client copies from its own memory
	fewInflight  = 8    // jobs x depth below which latency may bind, not bandwidth
	usedInflight = 0.90 // of jobs x depth: all of it is in use
)

// Facts is what the limit of a run is named from.
type Facts struct {
	Job               Job
	Metrics           map[string]float64 // of Measure, and cached_fraction_before
	Outcome           Outcome
	Host              result.Host
	Mount             *result.Mount    // nil: not known
	Readings          []result.Reading // of the host's telemetry
	CeilingBytesPerS  float64          // at which this client reads its own memory; 0: not measured
	CeilingCPUPerByte float64          // ns of CPU time per byte of that; 0: not measured
	// Started must be the start of the first operation, as Outcome.Began, and by the same
	// clock as Readings: what the host did before, such as fio's own start or the opening
	// of files, would count as the run's, and some of the run's as after it.
	Started time.Time
}

// NameLimit names what kept a run from being faster: the first of these that holds, in
// exactly this order. What was not measured doesn't hold.
//
//  1. none: 98 % of the rate that was asked for is reached.
//  2. network: a network's mount, and the interface nearest to its line rate carried 90 %
//     of it. An only interface that doesn't count is taken to have carried the run's bytes,
//     unless they are more than its line rate.
//  3. client-memory: some task waited for memory 10 % of the time.
//  4. client-cpu: 85 % of the usable processors are busy, of all work of the host or, under
//     a quota, of the jobs; or the jobs used 85 % of the processors that they can occupy;
//     or buffered I/O is at 90 % of what this client copies from its own memory (O_DIRECT
//     is not copied).
//  5. storage: none of them.
//
// The evidence is all that was measured, whether it decides or not.
func NameLimit(f Facts) result.Limit {
	u := measureUsage(f)
	limit := result.Limit{Name: "storage", Evidence: f.evidence(u)}
	switch {
	case f.atAskedRate():
		limit.Name = "none"
	case u.nic.binds():
		limit.Name = "network"
	case reaches(u.memory, limitMemory):
		limit.Name = "client-memory"
	case reaches(f.cpuFraction(u), limitCPU) || reaches(f.jobsCPUFraction(u), limitCPU) || f.atCeiling():
		limit.Name = "client-cpu"
	default:
		limit.Evidence = append(limit.Evidence, f.storageDoubts()...)
	}
	return limit
}

// NICFraction is the metric nic_fraction: the share of its line rate that the busiest
// network interface carried; false where that isn't known, or the mount isn't a network's.
func NICFraction(f Facts) (fraction float64, ok bool) {
	nic := measureUsage(f).nic
	if nic == nil || !nic.counted || nic.lineRate == 0 {
		return 0, false
	}
	return nic.share(), true
}

func reaches(v *float64, limit float64) bool { return v != nil && *v >= limit }

// rate is bytes per second of the whole run.
func (f Facts) rate() float64 { return f.Metrics[rateMetric(f.Job.Op)] }

func (f Facts) atAskedRate() bool {
	return f.Job.RateBytesPerS > 0 && f.rate() >= limitRate*f.Job.RateBytesPerS
}

func (f Facts) atCeiling() bool {
	return !f.Job.Direct && f.CeilingBytesPerS > 0 && f.rate() >= limitCeiling*f.CeilingBytesPerS
}

// cpuFraction is how busy the usable processors were: with all work of the host, but under
// a quota, where most of what was busy may be others', with that of the jobs.
func (f Facts) cpuFraction(u usage) *float64 {
	cores := u.busyCores
	if u.quota {
		cores = u.jobsCores
	}
	if cores == nil || f.Host.UsableCPUs <= 0 {
		return nil
	}
	fraction := *cores / f.Host.UsableCPUs
	return &fraction
}

// jobsCPUFraction is the CPU time of the jobs over the most that they could have taken.
func (f Facts) jobsCPUFraction(u usage) *float64 {
	most := f.occupiable()
	if u.jobsCores == nil || most <= 0 {
		return nil
	}
	fraction := *u.jobsCores / most
	return &fraction
}

// occupiable is how many processors the jobs can keep busy: one for each stream, however
// many the host has. A job that queues its operations (uring, io_uring, libaio) is one
// stream, else each operation in flight is one.
func (f Facts) occupiable() float64 {
	streams := float64(f.Job.Jobs)
	switch f.Outcome.Engine {
	case "uring", "io_uring", "libaio":
	default:
		streams *= float64(f.Job.Depth)
	}
	if f.Host.UsableCPUs > 0 {
		return min(streams, f.Host.UsableCPUs)
	}
	return streams
}
