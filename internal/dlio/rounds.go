package dlio

import (
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// round is the formulas of one MLPerf Storage round for one rank's epoch of one block.
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
type round struct {
	name          string
	nominal       bool // the computation counts as long as it should be, not as it was
	whole         bool // samples/s over T, step 0 included
	excludedSteps int  // of the samples in samples/s
}

func rounds() []round {
	return []round{
		{name: "v1.0", nominal: true, whole: true},
		{name: "v2.0", excludedSteps: 2},
		{name: "v3.0", excludedSteps: 1},
	}
}

// roundOf finds the round that a profile is named after; "shuffled" has none.
func roundOf(profile string) (round, bool) {
	for _, r := range rounds() {
		if r.name == profile {
			return r, true
		}
	}
	return round{}, false
}

// rankEpoch is one epoch of one rank in seconds.
type rankEpoch struct {
	steps       int
	batch       int
	total       float64 // T
	first       float64 // p0
	computation float64 // c
	compute     float64 // measured, steps 1..n-1
}

func (r round) au(e rankEpoch) float64 {
	window := e.total - e.first
	if e.steps < 2 || window <= 0 || e.computation == 0 { // a late timer alone computes nothing
		return 0
	}
	if r.nominal {
		return float64(e.steps-1) * e.computation / window
	}
	return e.compute / window
}

// throughput is in samples per second.
func (r round) throughput(e rankEpoch) float64 {
	window := e.total - e.first
	if r.whole {
		window = e.total
	}
	if window <= 0 {
		return 0
	}
	return float64(e.steps-r.excludedSteps) * float64(e.batch) / window
}

// Rounds gives the run by the formulas of each round, with DLIO's field names: the mean
// of the ranks' AU and the sum of their throughput per epoch, then the plain mean and the
// population deviation over the epochs that are not warm-up. MB/s are MiB/s of nominal
// record lengths, as in DLIO.
func Rounds(plan Plan, epochs []Epoch, tally *Tally) map[string]result.DLIO {
	all := map[string]result.DLIO{}
	for _, r := range rounds() {
		var au, throughput []float64
		for _, e := range epochs {
			if !e.Warmup {
				share, rate := r.epoch(plan, e, tally.epochs[e.Epoch])
				au, throughput = append(au, 100*share), append(throughput, rate)
			}
		}
		all[r.name] = dlioFigures(au, throughput, plan.NominalBytes, plan.MinAU)
	}
	return all
}

// epoch is the mean of the ranks' AU, a fraction, and the sum of their samples/s.
func (r round) epoch(plan Plan, e Epoch, t *epochTally) (au, rate float64) {
	for _, rank := range t.ranks {
		figures := rankEpoch{
			steps: t.steps, batch: plan.BatchSize, total: seconds(e.End - e.Start), first: seconds(rank.first),
			computation: plan.ComputationTime.Seconds(), compute: seconds(rank.compute),
		}
		au += r.au(figures) / float64(len(t.ranks))
		rate += r.throughput(figures)
	}
	return au, rate
}

// dlioFigures summarizes epochs as DLIO does. au in per cent, throughput in samples/s.
func dlioFigures(au, throughput []float64, recordBytes, minAU float64) result.DLIO {
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
