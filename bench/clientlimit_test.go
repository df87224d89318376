package main

import (
	"math"
	"runtime"
	"testing"
	"time"
)

// TestPerByte: so many cores take 1 s for the bytes that the target's accelerators read in
// 1 s at the AU that passes.
func TestPerByte(t *testing.T) {
	for _, target := range []float64{8, 23.5, 60} {
		const cores = 2
		bytes := target * 0.9 * 8 * 114303 / 15.2e-3
		if took := bytes * perByte(target, cores) / cores; math.Abs(took-1) > 1e-9 {
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

func TestSpend(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const want = 5 * time.Millisecond
	before := threadTime()
	spend(want)
	if got := threadTime() - before; got < want || got > 2*want {
		t.Errorf("%v of CPU time spent, want %v", got, want)
	}
}
