package fio

import (
	"testing"
	"time"
)

func TestStatusEvery(t *testing.T) {
	for jobs, want := range map[int]time.Duration{1: 500 * time.Millisecond, 125: 500 * time.Millisecond, 1024: 4096 * time.Millisecond} {
		if got := statusEvery(jobs); got != want {
			t.Errorf("%d jobs: %v, want %v", jobs, got, want)
		}
	}
}
