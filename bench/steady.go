package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/lbench/lbench/internal/stats"
)

// steadySeries is how many made series of each kind are asked for their steady state.
const steadySeries = 200

// steadyState makes series that ramp and then hold, with noise of 1 to 5 %, and series
// that never hold, and counts in how many the start is found within 10 %.
func steadyState(*bench) (outcome, error) {
	random := rand.New(rand.NewPCG(17, 4))
	found, wrong := 0, 0
	for range steadySeries {
		n := 200 + random.IntN(400)
		ramp := int((0.05 + 0.35*random.Float64()) * float64(n))
		depth, noise := 0.3+0.6*random.Float64(), 0.01+0.04*random.Float64()
		if s := stats.Steady(ramped(random, n, ramp, depth, noise)); s.Found && math.Abs(float64(s.From-ramp)) <= 0.1*float64(n) {
			found++
		}
		drift := (0.1 + 0.9*random.Float64()) * sign(random)
		if s := stats.Steady(drifting(random, n, drift, noise)); s.Found {
			wrong++
		}
	}
	return outcome{got: fmt.Sprintf("%d of %d found, %d of %d drifting ones called steady", found, steadySeries, wrong, steadySeries),
		met: found >= steadySeries*95/100 && wrong == 0, how: "200 to 600 windows; ramps of 5 to 40 % that rise or fall by 30 to 90 %, noise 1 to 5 %; drifts of 10 to 100 % of the mean over the whole"}, nil
}

func sign(random *rand.Rand) float64 { return float64(2*random.IntN(2) - 1) }

// ramped rises (or falls) to 1 over its first windows and stays.
func ramped(random *rand.Rand, n, ramp int, depth, noise float64) []float64 {
	from := 1 + depth*sign(random)
	all := make([]float64, n)
	for i := range all {
		level := 1.0
		if i < ramp {
			level = from + (1-from)*float64(i)/float64(ramp)
		}
		all[i] = 1e9 * level * (1 + noise*random.NormFloat64())
	}
	return all
}

// drifting rises or falls from end to end.
func drifting(random *rand.Rand, n int, drift, noise float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = 1e9 * (1 + drift*(float64(i)/float64(n)-0.5)) * (1 + noise*random.NormFloat64())
	}
	return all
}
