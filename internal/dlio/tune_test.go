package dlio

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func settings(n int) []Factor {
	return []Factor{{"reader.read_threads", "8", "16"}, {"reader.transfer_size", "262144", "1048576"}, {"reader.prefetch_size", "2", "4"},
		{"reader.computation_threads", "8", "16"}, {"a", "1", "2"}, {"b", "1", "2"}, {"c", "1", "2"}, {"d", "1", "2"}}[:n]
}

// TestTuneDesign: in each block every factor is at each level in half of the runs, apart
// from every other factor and from every pair.
func TestTuneDesign(t *testing.T) {
	for factors := 1; factors <= MostFactors; factors++ {
		runs, err := TuneDesign(factors, 3, 5)
		if err != nil {
			t.Fatal(err)
		}
		size := len(runs) / 3
		if want := map[bool]int{true: 8, false: 16}[factors <= 4]; size != want {
			t.Errorf("%d factors: a block has %d runs, want %d", factors, size, want)
		}
		sign := func(r TuneRun, f int) int { return map[bool]int{true: 1, false: -1}[r.Candidate[f]] }
		for block := range 3 {
			part := runs[block*size:][:size]
			for a := range factors {
				sum, one := 0, make([]int, 0)
				for b := range factors {
					for c := range factors {
						three := 0
						for _, r := range part {
							three += sign(r, a) * sign(r, b) * sign(r, c)
						}
						if b == c { // x*x is 1: the factor's own sum
							sum += three
						} else if three != 0 && a != b && a != c {
							one = append(one, b, c)
						}
					}
				}
				if sum != 0 || len(one) > 0 {
					t.Errorf("%d factors, block %d: factor %d is unbalanced by %d, or mixed with pairs %v", factors, block, a, sum, one)
				}
			}
			if i := slices.IndexFunc(part, func(r TuneRun) bool { return r.Block != block }); i >= 0 {
				t.Errorf("block %d has a run of block %d", block, part[i].Block)
			}
		}
		if slices.EqualFunc(runs[:size], runs[size:2*size], func(a, b TuneRun) bool { return slices.Equal(a.Candidate, b.Candidate) }) {
			t.Errorf("%d factors: two blocks have one order", factors)
		}
	}
	for _, bad := range [][2]int{{0, 2}, {9, 2}, {1, 1}} {
		if _, err := TuneDesign(bad[0], bad[1], 1); err == nil {
			t.Errorf("%d factors in %d blocks: no error", bad[0], bad[1])
		}
	}
}

// TestTuneNamesTheCause: one of four settings matters by 10 %; it is named, and no other,
// whatever drifts from block to block.
func TestTuneNamesTheCause(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	named, others, none := 0, 0, 0
	const trials = 400
	for trial := range trials {
		runs, err := TuneDesign(4, 3, int64(trial))
		if err != nil {
			t.Fatal(err)
		}
		cause := trial % 4
		au, still := make([]float64, len(runs)), make([]float64, len(runs))
		for i, r := range runs {
			noise := 0.8 * (1 - 0.05*float64(r.Block)) * (1 + 0.03*random.NormFloat64())
			au[i], still[i] = noise, noise
			if r.Candidate[cause] {
				au[i] *= 1.1
			}
		}
		for f, e := range effects(t, 4, runs, au) {
			switch {
			case e.Matters && f == cause:
				named++
			case e.Matters:
				others++
			}
			if math.Abs(e.Change-map[bool]float64{true: 0.1}[f == cause]) > 0.06 {
				t.Errorf("trial %d: factor %d changes AU by %.3f", trial, f, e.Change)
			}
		}
		if slices.ContainsFunc(effects(t, 4, runs, still), func(e TuneEffect) bool { return e.Matters }) {
			none++
		}
	}
	t.Logf("named %d of %d, another %d times, any where none matters %d times", named, trials, others, none)
	if named < trials*97/100 || others > trials*4/100 || none > trials*4/100 {
		t.Errorf("named %d of %d, another %d times, any where none matters %d times", named, trials, others, none)
	}
}

func effects(t *testing.T, factors int, runs []TuneRun, au []float64) []TuneEffect {
	t.Helper()
	all, err := TuneEffects(settings(factors), runs, au)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTuneByHand: effects without noise are exact.
func TestTuneByHand(t *testing.T) {
	runs, err := TuneDesign(3, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	var au []float64
	for _, r := range runs {
		v := 0.5
		if r.Candidate[0] {
			v *= 1.2
		}
		if r.Candidate[2] {
			v *= 0.9
		}
		au = append(au, v)
	}
	got := effects(t, 3, runs, au)
	for f, want := range []float64{0.2, 0, -0.1} {
		if e := got[f]; math.Abs(e.Change-want) > 1e-9 || e.Matters != (want != 0) || e.Low > want || e.High < want || e.Name != settings(3)[f].Name {
			t.Errorf("effect %+v, want %v", e, want)
		}
	}
	for _, bad := range [][]float64{nil, au[1:], append([]float64{0}, au[1:]...), append([]float64{math.NaN()}, au[1:]...)} {
		if _, err := TuneEffects(settings(3), runs, bad); err == nil {
			t.Errorf("values %v: no error", bad)
		}
	}
	if _, err := TuneEffects(settings(4), runs, au); err == nil {
		t.Error("runs of 3 factors for 4: no error")
	}
	few, err := TuneDesign(8, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := TuneEffects(settings(8), few[:9], au[:9]); err == nil {
		t.Error("8 factors of 9 runs: no error")
	}
}
