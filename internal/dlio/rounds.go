package dlio

import (
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// Round is the formulas of one MLPerf Storage round for one rank's epoch of one block.
//
//	n = steps, B = batch size, T = end of the last barrier - start of the block,
//	p0 = wait + compute of step 0, c = computation time
//
//	        AU                                    samples/s
//	v1.0    (n-1) c / (T - p0)                    n B / T
//	v2.0    sum(measured compute[1:]) / (T - p0)  (n-2) B / (T - p0)
//	v3.0    as v2.0                               (n-1) B / (T - p0)
//
// The block's T holds the barrier waits of all steps, step 0's too, and in v3.0 the wait
// for one batch more than the epoch has. Where the window is empty both figures are 0.
type Round struct {
	Name          string
	nominal       bool // the computation counts as long as it should be, not as it was
	whole         bool // samples/s over T, step 0 included
	excludedSteps int  // of the samples in samples/s
}

// AllRounds are the rounds in their order.
func AllRounds() []Round {
	return []Round{
		{Name: "v1.0", nominal: true, whole: true},
		{Name: "v2.0", excludedSteps: 2},
		{Name: "v3.0", excludedSteps: 1},
	}
}

// RoundOf finds the round that a profile is named after; "shuffled" has none.
func RoundOf(profile string) (Round, bool) {
	for _, r := range AllRounds() {
		if r.Name == profile {
			return r, true
		}
	}
	return Round{}, false
}

// RankEpoch is one epoch of one rank in seconds.
type RankEpoch struct {
	Steps       int
	Batch       int
	Total       float64 // T
	First       float64 // p0
	Computation float64 // c
	Compute     float64 // measured, steps 1..n-1
}

// AU is a rank's utilization in an epoch, a fraction.
func (r Round) AU(e RankEpoch) float64 {
	window := e.Total - e.First
	if e.Steps < 2 || window <= 0 || e.Computation == 0 { // a late timer alone computes nothing
		return 0
	}
	if r.nominal {
		return float64(e.Steps-1) * e.Computation / window
	}
	return e.Compute / window
}

// Throughput is a rank's in an epoch, in samples per second.
func (r Round) Throughput(e RankEpoch) float64 {
	window := e.Total - e.First
	if r.whole {
		window = e.Total
	}
	if window <= 0 {
		return 0
	}
	return float64(e.Steps-r.excludedSteps) * float64(e.Batch) / window
}

// Rounds gives the run by the formulas of each round, with DLIO's field names: the mean
// of the ranks' AU and the sum of their throughput per epoch, then the plain mean and the
// population deviation over the epochs that are not warm-up. MB/s are MiB/s of nominal
// record lengths, as in DLIO.
func Rounds(plan Plan, epochs []Epoch, tally *Tally) map[string]result.DLIO {
	all := map[string]result.DLIO{}
	for _, r := range AllRounds() {
		var au, throughput []float64
		for _, e := range epochs {
			if !e.Warmup {
				share, rate := r.epoch(plan, e, tally.epochs[e.Epoch])
				au, throughput = append(au, 100*share), append(throughput, rate)
			}
		}
		all[r.Name] = Figures(au, throughput, plan.NominalBytes, plan.MinAU)
	}
	return all
}

// epoch is the mean of the ranks' AU, a fraction, and the sum of their samples/s.
func (r Round) epoch(plan Plan, e Epoch, t *epochTally) (au, rate float64) {
	for _, rank := range t.ranks {
		figures := RankEpoch{
			Steps: t.steps, Batch: plan.BatchSize, Total: seconds(e.End - e.Start), First: seconds(rank.first),
			Computation: plan.ComputationTime.Seconds(), Compute: seconds(rank.compute),
		}
		au += r.AU(figures) / float64(len(t.ranks))
		rate += r.Throughput(figures)
	}
	return au, rate
}

// Figures summarizes epochs as DLIO does: au in per cent, throughput in samples/s,
// recordBytes nominal, minAU a fraction.
func Figures(au, throughput []float64, recordBytes, minAU float64) result.DLIO {
	auMean, _ := stats.Mean(au)
	auStdev, _ := stats.PopulationStdev(au)
	rate, _ := stats.Mean(throughput)
	rateStdev, _ := stats.PopulationStdev(throughput)
	meets := "fail"
	if auMean >= minAU*100 {
		meets = "success"
	}
	const mib = 1 << 20
	return result.DLIO{
		AUPercentage: au, AUMean: auMean, AUStdev: auStdev, AUMeetExpectation: meets,
		Throughput: throughput, ThroughputMean: rate, ThroughputStdev: rateStdev,
		IOMeanMBPerSecond: rate * recordBytes / mib, IOStdevMBPerSecond: rateStdev * recordBytes / mib,
	}
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }
