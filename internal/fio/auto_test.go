package fio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// search runs a search on a client of 16 cores to its end, over a curve of rates.
func search(t *testing.T, s *Search, rate func(jobs int, op int64) float64) {
	t.Helper()
	for {
		jobs, op, ok := s.Next()
		if !ok {
			break
		}
		if againJobs, againOp, _ := s.Next(); againJobs != jobs || againOp != op {
			t.Fatalf("Next answers %d and %d jobs", jobs, againJobs)
		}
		s.Record(rate(jobs, op), int64(jobs)*op)
		if len(s.Steps()) > 14 {
			t.Fatalf("more than 14 steps: %v", s.Steps())
		}
	}
	chosen := 0
	for _, step := range s.Steps() {
		if step.Chosen {
			chosen++
		}
	}
	if len(s.Steps()) > 0 && chosen != 1 {
		t.Errorf("%d of the steps are the answer: %v", chosen, s.Steps())
	}
	before := len(s.Steps())
	s.Record(1e99, 1)
	if len(s.Steps()) != before {
		t.Error("recorded a step after the end")
	}
}

// The model curves, in bytes/s.
func saturating(jobs int, _ int64) float64 { return 13e9 * (1 - math.Exp(-float64(jobs)/4)) }
func linear(jobs int, _ int64) float64     { return 1e8 * float64(jobs) }
func flat(int, int64) float64              { return 1e9 }
func declining(jobs int, op int64) float64 {
	return float64(jobs) * 1e9 / (1 + math.Pow(float64(jobs)/8, 2)) * math.Min(1, float64(op)/(1<<20))
}

func TestSearch(t *testing.T) {
	const kib, mib = int64(1 << 10), int64(1 << 20)
	for _, c := range []struct {
		name      string
		cores     int
		fixedJobs int
		fixedOp   int64
		rate      func(int, int64) float64
		jobs      int
		op        int64
		tried     string
	}{
		{"saturating", 16, 0, 0, saturating, 16, mib, "1x1024 2x1024 4x1024 8x1024 16x1024 32x1024 64x1024 16x256 16x4096"},
		{"linear", 16, 0, 0, linear, 128, mib, "1x1024 2x1024 4x1024 8x1024 16x1024 32x1024 64x1024 128x1024 128x256 128x4096"},
		{"linear, many cores", 192, 0, 0, linear, 128, mib, "1x1024 2x1024 4x1024 8x1024 16x1024 32x1024 64x1024 128x1024 128x256 128x4096"},
		{"linear, more cores", 1024, 0, 256 * kib, linear, 512, 256 * kib, "1x256 2x256 4x256 8x256 16x256 32x256 64x256 128x256 256x256 512x256"},
		{"peak, then decline", 16, 0, 0, declining, 8, mib, "1x1024 2x1024 4x1024 8x1024 16x1024 32x1024 8x256 8x4096"},
		{"flat", 16, 0, 0, flat, 1, mib, "1x1024 2x1024 4x1024 1x256 1x4096"},
		{"nothing moves", 16, 0, 0, func(int, int64) float64 { return math.NaN() }, 1, mib,
			"1x1024 2x1024 4x1024 8x1024 16x1024 32x1024 64x1024 128x1024 1x256 1x4096"},
		{"a plateau of one doubling", 16, 0, 4 * mib, steps(1, 1.04, 2, 2, 2), 4, 4 * mib, "1x4096 2x4096 4x4096 8x4096 16x4096"},
		{"a gain after one without", 16, 0, mib, steps(1, 1.049, 1.11, 1.11, 1.11, 9), 4, mib, "1x1024 2x1024 4x1024 8x1024 16x1024"},
		{"two gains of less than 5 %", 16, 0, mib, steps(1, 1.02, 1.049, 9), 2, mib, "1x1024 2x1024 4x1024"},
		{"within 3 % of the best", 16, 0, mib, steps(1, 1.02, 1.03, 9), 1, mib, "1x1024 2x1024 4x1024"},
		{"jobs are fixed", 16, 6, 0, func(_ int, op int64) float64 { return float64(op) }, 6, 4 * mib, "6x1024 6x256 6x4096"},
		{"small ops are as good", 16, 6, 0, func(_ int, op int64) float64 { return math.Min(float64(op), 1<<18) }, 6, mib, "6x1024 6x256 6x4096"},
		{"small ops are better", 16, 6, 0, func(_ int, op int64) float64 { return 1 / float64(op) }, 6, 256 * kib, "6x1024 6x256 6x4096"},
		{"both are fixed", 16, 6, 8 * mib, flat, 6, 8 * mib, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSearch(c.cores, c.fixedJobs, c.fixedOp)
			search(t, s, c.rate)
			if jobs, op := s.Best(); jobs != c.jobs || op != c.op {
				t.Errorf("%d jobs, %d KiB, want %d and %d KiB", jobs, op/kib, c.jobs, c.op/kib)
			}
			tried := ""
			for _, step := range s.Steps() {
				tried += fmt.Sprintf("%dx%d ", step.Jobs, step.OpBytes/kib)
			}
			if want := c.tried; tried != want && tried != want+" " {
				t.Errorf("tried %s, want %s", tried, want)
			}
		})
	}
}

// steps is a curve over 1, 2, 4, ... jobs; the last rate goes on.
func steps(rates ...float64) func(int, int64) float64 {
	return func(jobs int, _ int64) float64 {
		return rates[min(int(math.Log2(float64(jobs))), len(rates)-1)]
	}
}

// With rates that are up to 2 % off, what is chosen gives at least 93 % of what the best
// would, with no more than four times as many jobs as it takes.
func TestSearchInNoise(t *testing.T) {
	for _, c := range []struct {
		name string
		rate func(int, int64) float64
		most int // jobs
	}{{"saturating", saturating, 64}, {"declining", declining, 16}, {"flat", flat, 4}, {"linear", linear, 128}} {
		best := 0.0
		for jobs := 1; jobs <= 128; jobs *= 2 {
			best = max(best, c.rate(jobs, 1<<20))
		}
		for seed := range uint64(300) {
			random := rand.New(rand.NewPCG(seed, 1))
			s := NewSearch(16, 0, 0)
			search(t, s, func(jobs int, op int64) float64 { return c.rate(jobs, op) * (0.98 + 0.04*random.Float64()) })
			jobs, op := s.Best()
			if got := c.rate(jobs, op); got < 0.93*best || jobs > c.most {
				t.Errorf("%s, seed %d: %d jobs, %d bytes give %.3f of the best", c.name, seed, jobs, op, got/best)
			}
		}
	}
}

// A search that is cut short answers from what it has.
func TestSearchCutShort(t *testing.T) {
	s := NewSearch(16, 0, 0)
	if jobs, op := s.Best(); jobs != 1 || op != 1<<20 || len(s.Steps()) != 0 {
		t.Errorf("before the first step: %d jobs, %d bytes", jobs, op)
	}
	for _, rate := range []float64{1e9, 1.9e9} {
		s.Next()
		s.Record(rate, 5)
	}
	want := []result.SearchStep{
		{Jobs: 1, OpBytes: 1 << 20, Bytes: 5, BytesPerS: 1e9},
		{Jobs: 2, OpBytes: 1 << 20, Bytes: 5, BytesPerS: 1.9e9, Chosen: true},
	}
	if diff := cmp.Diff(want, s.Steps()); diff != "" {
		t.Error(diff)
	}
}
