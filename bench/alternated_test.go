package main

import (
	"os/exec"
	"testing"
	"time"
)

// TestAlternated: of two processes that compute, each has half of the processor's time,
// whatever the machine's: neither costs more than it would alone.
func TestAlternated(t *testing.T) {
	const loop = `i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done`
	first, second := exec.Command("/bin/sh", "-c", loop), exec.Command("/bin/sh", "-c", loop)
	began := time.Now()
	a, b, err := alternated(t.Context(), first, second)
	if err != nil {
		t.Fatal(err)
	}
	if wall := time.Since(began); a <= 0 || b <= 0 || a+b > wall+20*time.Millisecond {
		t.Errorf("%v and %v of CPU time in %v: both ran at once", a, b, wall)
	}
}

func TestAlternatedFails(t *testing.T) {
	if _, _, err := alternated(t.Context(), exec.Command("/bin/sh", "-c", "exit 1"), exec.Command("/bin/sleep", "0")); err == nil {
		t.Error("a process that failed is no error")
	}
	if _, _, err := alternated(t.Context(), exec.Command("/bin/sh", "-c", "exit 3"), exec.Command("/bin/sleep", "0")); err != nil {
		t.Errorf("a run that failed a rule: %v", err)
	}
}
