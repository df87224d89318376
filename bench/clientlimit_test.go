package main

import (
	"math"
	"testing"
)

// TestStepsPerByte: so many cores take 1 s for the bytes that the target's accelerators
// read in 1 s at the AU that passes.
func TestStepsPerByte(t *testing.T) {
	for _, target := range []float64{8, 23.5, 60} {
		const step, cores = 2e-9, 2
		steps := stepsPerByte(target, cores, step)
		bytes := target * 0.9 * 8 * 114303 / 15.2e-3
		if took := bytes * steps * step / cores; math.Abs(took-1) > 1e-9 {
			t.Errorf("%v accelerators: a second's bytes take %v s", target, took)
		}
	}
}

func TestAroundNumber(t *testing.T) {
	for _, c := range []struct{ answer, pass, fail int }{{0, 0, 1}, {1, 0, 3}, {8, 7, 10}, {20, 19, 22}, {60, 57, 64}} {
		if pass, fail := aroundNumber(c.answer); pass != c.pass || fail != c.fail {
			t.Errorf("%d: %d has to pass and %d to fail, want %d and %d", c.answer, pass, fail, c.pass, c.fail)
		}
	}
}

func TestComputeIsNeverZero(t *testing.T) {
	for n := range 1000 {
		if compute(n) == 0 {
			t.Fatalf("0 after %d steps", n)
		}
	}
}
