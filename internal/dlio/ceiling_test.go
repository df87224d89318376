package dlio

import (
	"context"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/dataset"
)

func TestCeilingOf(t *testing.T) {
	p := mini("shuffled", 100, 10, 3, 10)
	p.ComputationTime = time.Second
	for _, test := range []struct {
		ends []int64
		want float64 // 0: an error
	}{
		{nil, 0}, {[]int64{1}, 0}, {[]int64{0, 2e9}, 0},
		{[]int64{0, 2e9, 6e9}, 0.25},
		{[]int64{0, 7e9, 10e9, 14e9, 15e9}, 0.4}, // 2 steps in 5 s
		{[]int64{0, 1e9, 2e9, 4e9}, 0.5},
	} {
		got, err := ceilingOf(p, test.ends)
		if (err == nil) != (test.want > 0) || !near(got["ceiling_au_fraction"], test.want) || len(got) > 1 {
			t.Errorf("%v: %v, %v, want %v", test.ends, got, err, test.want)
		}
	}
	p.ComputationTime = 0 // 30 records of 10 bytes a step
	if got, err := ceilingOf(p, []int64{0, 2e9, 6e9}); err != nil || got["ceiling_read_bytes_per_s"] != 75 || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

// TestCeiling runs for a moment of real time: here only that it reads and ends is tested.
func TestCeiling(t *testing.T) {
	spec := dataset.Spec{Format: "tfrecord", Prefix: "img", Files: 10, SamplesPerFile: 7, Dim: 30, Seed: 1}
	for _, profile := range []string{"shuffled", "v3.0"} {
		p := mini(profile, 10, 7, 2, 5)
		p.RecordBytes, p.ComputationTime, p.Verify, p.WarmupEpochs = spec.RecordBytes(), 100*time.Microsecond, true, 1
		o := TrainOptions{Clock: NewClock(time.Now()), Workers: 1, MaxInflight: 8, Before: func(context.Context, int) error { panic("called") }}
		got, err := Ceiling(t.Context(), p, spec, profile == "shuffled", o, 100*time.Millisecond)
		if au := got["ceiling_au_fraction"]; err != nil || au <= 0 || au > 1 {
			t.Errorf("%s: %v, %v", profile, got, err)
		}
		p.ComputationTime = 0
		o.Clock = NewClock(time.Now())
		got, err = Ceiling(t.Context(), p, spec, true, o, 50*time.Millisecond)
		if rate := got["ceiling_read_bytes_per_s"]; err != nil || rate <= 0 {
			t.Errorf("%s: %v, %v", profile, got, err)
		}
	}
}

func TestClock(t *testing.T) {
	c := NewClock(time.Now())
	for _, nap := range []time.Duration{0, 10 * time.Microsecond, time.Millisecond} {
		until := c.Now() + int64(nap)
		c.SleepUntil(until)
		if now := c.Now(); now < until {
			t.Errorf("woke %v too early", time.Duration(until-now))
		}
	}
	before := c.Now()
	if c.SleepUntil(before - 1e9); c.Now()-before > 1e9 {
		t.Error("slept until a time that was over")
	}
}
