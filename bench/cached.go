package main

import (
	"fmt"
	"slices"
)

// perGB runs lbench over a cached dataset for a few and for many epochs; the difference
// is the CPU of reading alone.
func (b *bench) perGB(dir string, args ...string) (float64, error) {
	run := func(epochs string) (float64, float64, error) {
		c, run, err := b.mlperf("", append([]string{"--data-dir", dir, "--accelerators", "4", "--ceiling", "off", "--epochs", epochs,
			"--param", "train.computation_time=0"}, args...)...)
		return c.cpu.Seconds(), run.Metrics["read_bytes"], err
	}
	cpu1, bytes1, err := run("1")
	if err != nil {
		return 0, err
	}
	cpu2, bytes2, err := run("9")
	return (cpu2 - cpu1) / (bytes2 - bytes1) * 1e9, err
}

func (b *bench) fioPerGB(files []string) (float64, error) {
	few, err := b.fio("", files, "--rw=read", "--invalidate=0", "--loops=1")
	if err != nil {
		return 0, err
	}
	many, err := b.fio("", files, "--rw=read", "--invalidate=0", "--loops=9")
	return (many.cpu - few.cpu).Seconds() / (many.bytes - few.bytes) * 1e9, err
}

func cachedCPU(b *bench) (outcome, error) {
	dir, err := b.cached()
	if err != nil {
		return outcome{}, err
	}
	files, err := names(dir)
	if err != nil {
		return outcome{}, err
	}
	var ours, theirs []float64
	for range b.rounds {
		a, err := b.perGB(dir, "--no-verify")
		if err != nil {
			return outcome{}, err
		}
		c, err := b.fioPerGB(files)
		if err != nil {
			return outcome{}, err
		}
		ours, theirs = append(ours, a), append(theirs, c)
	}
	ratio := median(ratios(ours, theirs))
	return outcome{fmt.Sprintf("%.2f", ratio), ratio <= 1.15,
		fmt.Sprintf("%.4f / %.4f CPU s per GB, medians of %d pairs; 9 epochs less 1", median(ours), median(theirs), b.rounds)}, nil
}

func cachedRate(b *bench) (outcome, error) {
	dir, err := b.cached()
	if err != nil {
		return outcome{}, err
	}
	files, err := names(dir)
	if err != nil {
		return outcome{}, err
	}
	var ours, theirs []float64
	best := ""
	for range b.rounds {
		_, run, err := b.mlperf("", "--data-dir", dir, "--accelerators", "4", "--ceiling", "off", "--epochs", "6", "--no-verify", "--param", "train.computation_time=0")
		if err != nil {
			return outcome{}, err
		}
		ours = append(ours, run.Metrics["read_bytes_per_s_mean"])
		top := 0.0
		for _, jobs := range []string{"1", "2", "3", "4"} {
			f, err := b.fio("", files, "--rw=read", "--invalidate=0", "--loops=3", "--numjobs="+jobs)
			if err != nil {
				return outcome{}, err
			}
			if f.bytesPerS > top {
				top, best = f.bytesPerS, jobs
			}
		}
		theirs = append(theirs, top)
	}
	ratio := median(ratios(ours, theirs))
	return outcome{fmt.Sprintf("%.2f", ratio), ratio >= 0.97,
		fmt.Sprintf("%.2f / %.2f GB/s, medians of %d pairs, range of ratios %.2f to %.2f; fio's best numjobs last: %s", median(ours)/1e9, median(theirs)/1e9, b.rounds,
			slices.Min(ratios(ours, theirs)), slices.Max(ratios(ours, theirs)), best)}, nil
}

func verifyCost(b *bench) (outcome, error) {
	dir, err := b.cached()
	if err != nil {
		return outcome{}, err
	}
	var extra []float64
	for range b.rounds {
		with, err := b.perGB(dir)
		if err != nil {
			return outcome{}, err
		}
		without, err := b.perGB(dir, "--no-verify")
		if err != nil {
			return outcome{}, err
		}
		extra = append(extra, with-without)
	}
	got := median(extra)
	return outcome{fmt.Sprintf("%.3f", got), got <= 0.06, fmt.Sprintf("median of %d pairs, page cache", b.rounds)}, nil
}
