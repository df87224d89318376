package losses

import (
	"math/rand/v2"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// costs is what causes of a kind cost, of the window of AU.
func costs(lost *result.Lost, kind string) (fraction float64) {
	for _, c := range lost.Causes {
		if c.Kind == kind {
			fraction += c.Fraction
		}
	}
	return fraction
}

// TestUnevenStall: reads hold all ranks up in 20 of 500 steps, each for as long as it
// happens: the seconds cost nearly all that is lost, and no rank is to blame.
func TestUnevenStall(t *testing.T) {
	for _, ranks := range []int{4, 8, 48, 200} {
		for name, wait := range map[string]func(*rand.Rand) float64{
			"alike":       func(*rand.Rand) float64 { return 1 },
			"normal":      func(r *rand.Rand) float64 { return max(0, 1+0.5*r.NormFloat64()) },
			"exponential": (*rand.Rand).ExpFloat64,
		} {
			random := rand.New(rand.NewPCG(1, 2))
			run, steps := madeRun(1, 500, ranks, func(_, step, _ int) (int64, int64, int64) {
				if step >= 60 && step < 80 {
					return int64(wait(random) * float64(second) / 8), 0, 0
				}
				return second / 1000, 0, 0
			})
			lost := lostOf(run, steps)
			all := 1 - lost.Parts[AU]
			if got := costs(lost, result.LostToSeconds); got < 0.9*all-0.01 || costs(lost, result.LostToRank) > 0 {
				t.Errorf("%d ranks, %s: seconds cost %.3f of the %.3f that are lost: %+v", ranks, name, got, all, lost.Causes)
			}
		}
	}
}

// TestSomeRanksWait: in 12 s some ranks of 8 wait, others in each step, as for files on one
// OST: the seconds are named, with it.
func TestSomeRanksWait(t *testing.T) {
	for _, waiting := range []int{1, 2, 3, 4, 8} {
		run, steps := madeRun(1, 200, 8, func(_, step, rank int) (int64, int64, int64) {
			if step >= 100 && step < 120 && (rank+step)%8 < waiting {
				return second / 2, 0, 0
			}
			return second / 1000, 0, 0
		})
		run.Started, run.Mount = began, lustre()
		tally := New(*run.Plan)
		tally.Add(steps...)
		from := steps[8*100].StartNS / second
		lost := tally.Lost(run, targetsOf(run.Mount, ostReadings(4, 60, func(s, ost int) (float64, float64) {
			if ost == 2 && int64(s) >= from && int64(s) < from+12 {
				return 400e6, 10
			}
			return 5e6, 10
		})))
		if c := lost.Causes; len(c) == 0 || c[0].Kind != result.LostToSeconds || c[0].Target == nil || c[0].Target.Name != "lb-OST0002" {
			t.Errorf("%d of 8 wait: %+v", waiting, c)
		}
	}
}

// TestManyStalls: of many stalls, each too short to be named, all are.
func TestManyStalls(t *testing.T) {
	for _, n := range []int{3, 10, 19, 25, 60} {
		run, steps := madeRun(1, n*50, 8, func(_, step, _ int) (int64, int64, int64) {
			if step%50 == 25 {
				return 3 * second, 0, 0
			}
			return second / 1000, 0, 0
		})
		lost := lostOf(run, steps)
		if got, all := costs(lost, result.LostToSeconds), 1-lost.Parts[AU]; got < 0.9*all-0.01 || got > all {
			t.Errorf("%d stalls cost %.3f of the %.3f that are lost: %+v", n, got, all, lost.Causes)
		}
		if n == 60 && (len(lost.Causes) == 0 || lost.Causes[0].Times < 50) {
			t.Errorf("of 60 stalls %+v", lost.Causes)
		}
	}
}

// TestChanceNamesNoRank: ranks that are drawn evenly for single waits.
func TestChanceNamesNoRank(t *testing.T) {
	for _, ranks := range []int{2, 4, 8, 16} {
		for _, waits := range []int{5, 10, 20, 50, 100} {
			named := 0
			for i := range 50 {
				random := rand.New(rand.NewPCG(7, uint64(i)))
				at := map[int]int{}
				for len(at) < waits {
					at[1+random.IntN(499)] = random.IntN(ranks)
				}
				run, steps := madeRun(1, 500, ranks, func(_, step, rank int) (int64, int64, int64) {
					if who, ok := at[step]; ok && who == rank {
						return int64(random.ExpFloat64() * float64(second) / 2), 0, 0
					}
					return 0, 0, 0
				})
				if costs(lostOf(run, steps), result.LostToRank) > 0 {
					named++
				}
			}
			if named > 1 {
				t.Errorf("%d ranks, %d waits: a rank is named in %d of 50 runs", ranks, waits, named)
			}
		}
	}
}
