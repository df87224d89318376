package dlio

import (
	"fmt"
	"math"

	"github.com/lbench/lbench/internal/stats"
)

// TuneEffect is what one factor does to AU: by how much its candidate's value multiplies it.
type TuneEffect struct {
	Factor
	Change    float64 // of AU, relative: 0.1 is a tenth more
	Low, High float64 // its interval; all intervals of a design hold at once with 98 %
	Matters   bool    // its interval leaves 0 out: such a change is not the noise's
}

// tuneError is how often a design may name any factor that does nothing.
const tuneError = 0.02

// TuneEffects says which factors mattered, from the AU of each run, in the order of runs.
//
// With y = log AU less its block's mean, and x = +-1 the level, the effect of a factor is
// 2 sum(x y)/n: columns are orthogonal, to blocks too. What the effects don't explain is the
// noise, s^2 = (sum y^2 - sum of n effect^2/4) / (n - blocks - factors); an effect's
// standard error is 2 s/sqrt(n), and Student's t with as many degrees gives its interval, at
// tuneError shared out over the factors (Bonferroni's inequality).
func TuneEffects(factors []Factor, runs []TuneRun, au []float64) ([]TuneEffect, error) {
	if len(runs) != len(au) || len(runs) == 0 {
		return nil, fmt.Errorf("find the effects of %d settings: %d runs gave %d values", len(factors), len(runs), len(au))
	}
	for i, run := range runs {
		if len(run.Candidate) != len(factors) {
			return nil, fmt.Errorf("find the effects of %d settings: run %d has %d", len(factors), i+1, len(run.Candidate))
		}
	}
	y, blocks, err := centred(runs, au)
	if err != nil {
		return nil, err
	}
	n, degrees := float64(len(runs)), float64(len(runs)-blocks-len(factors))
	effects := make([]float64, len(factors))
	left := 0.0
	for _, v := range y {
		left += v * v
	}
	for f := range factors {
		for i, run := range runs {
			if run.Candidate[f] {
				effects[f] += 2 * y[i] / n
			} else {
				effects[f] -= 2 * y[i] / n
			}
		}
		left -= n * effects[f] * effects[f] / 4
	}
	if degrees < 1 {
		return nil, fmt.Errorf("find the effects of %d settings: %d runs leave nothing to show the noise: want more blocks", len(factors), len(runs))
	}
	off := 2 * math.Sqrt(max(left/degrees, resolution*resolution)/n)
	half := off * stats.StudentWithin(1-tuneError/float64(len(factors)), degrees)
	all := make([]TuneEffect, len(factors))
	for f, e := range effects {
		low, high := math.Expm1(e-half), math.Expm1(e+half)
		all[f] = TuneEffect{Factor: factors[f], Change: math.Expm1(e), Low: low, High: high, Matters: Matters(low, high)}
	}
	return all, nil
}

// Matters says of the interval of a change whether it leaves 0 out.
func Matters(low, high float64) bool { return low > 0 || high < 0 }

// centred is log AU less the mean of its block, and how many blocks there are.
func centred(runs []TuneRun, au []float64) (y []float64, blocks int, err error) {
	sums, counts := map[int]float64{}, map[int]float64{}
	for i, run := range runs {
		if !(au[i] > 0) || math.IsInf(au[i], 1) {
			return nil, 0, fmt.Errorf("find the effects of settings: run %d has an AU of %g: want more than 0", i+1, au[i])
		}
		sums[run.Block] += math.Log(au[i])
		counts[run.Block]++
	}
	for i, run := range runs {
		y = append(y, math.Log(au[i])-sums[run.Block]/counts[run.Block])
	}
	return y, len(counts), nil
}
