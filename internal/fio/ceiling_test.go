package fio

import (
	"strings"
	"testing"
	"time"
)

func TestCeiling(t *testing.T) {
	for _, job := range []Job{readJob(1, 1<<30, 1<<20), writeJob(3, 1<<20, 4096)} {
		job.Jobs, job.Depth, job.RateBytesPerS = 2, 8, 1
		bytesPerS, cpu, err := Ceiling(t.Context(), job, 20*time.Millisecond)
		if err != nil || bytesPerS < 1e6 || cpu <= 0 {
			t.Errorf("op size %d: %v bytes/s, %v ns a byte, %v", job.OpBytes, bytesPerS, cpu, err)
		}
	}
	if _, _, err := Ceiling(t.Context(), Job{}, time.Second); err == nil || !strings.Contains(err.Error(), "measure the ceiling for 1s: job without files") && !strings.Contains(err.Error(), "op size 0") {
		t.Errorf("of no job: %v", err)
	}
	if _, _, err := Ceiling(t.Context(), readJob(1, 10, 10), 0); err == nil {
		t.Error("a span of 0 was taken")
	}
}
