package main

import (
	"fmt"
	"runtime"
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
	cpu2, bytes2, err := run("5")
	return (cpu2 - cpu1) / (bytes2 - bytes1) * 1e9, err
}

func (b *bench) fioPerGB(dir string) (float64, error) {
	few, err := b.fioRead("", dir, "--loops=1")
	if err != nil {
		return 0, err
	}
	many, err := b.fioRead("", dir, "--loops=5")
	return (many.cpu - few.cpu).Seconds() / (many.bytes - few.bytes) * 1e9, err
}

func cachedCPU(b *bench) (outcome, error) {
	dir, err := b.cached()
	if err != nil {
		return outcome{}, err
	}
	var ours, theirs []float64
	for range b.rounds {
		a, err := b.perGB(dir, "--no-verify")
		if err != nil {
			return outcome{}, err
		}
		c, err := b.fioPerGB(dir)
		if err != nil {
			return outcome{}, err
		}
		ours, theirs = append(ours, a), append(theirs, c)
	}
	ratio := median(ratios(ours, theirs))
	return outcome{fmt.Sprintf("%.2f", ratio), ratio <= 1.15,
		fmt.Sprintf("%.4f / %.4f CPU s per GB, medians of %d pairs; 5 epochs less 1", median(ours), median(theirs), b.rounds)}, nil
}

func cachedRate(b *bench) (outcome, error) {
	dir, err := b.cached()
	if err != nil {
		return outcome{}, err
	}
	jobs, err := b.bestJobs(dir)
	if err != nil {
		return outcome{}, err
	}
	var ours, theirs []float64
	for range b.rounds {
		_, run, err := b.mlperf("", "--data-dir", dir, "--accelerators", "4", "--ceiling", "off", "--warmup-epochs", "1", "--epochs", "3", "--no-verify", "--param", "train.computation_time=0")
		if err != nil {
			return outcome{}, err
		}
		f, err := b.fioSplit(dir, jobs, 3)
		if err != nil {
			return outcome{}, err
		}
		ours, theirs = append(ours, run.Metrics["read_bytes_per_s_mean"]), append(theirs, f.bytesPerS)
	}
	all := ratios(ours, theirs)
	return outcome{fmt.Sprintf("%.2f", median(all)), median(all) >= 0.97,
		fmt.Sprintf("%.2f / %.2f GB/s, medians of %d pairs, ratios %.2f to %.2f; fio with %d jobs, each on its own files", median(ours)/1e9, median(theirs)/1e9,
			b.rounds, slices.Min(all), slices.Max(all), jobs)}, nil
}

// bestJobs finds fio's best number of processes: by medians, since the largest of many
// noisy figures would only be the luckiest.
func (b *bench) bestJobs(dir string) (int, error) {
	best, top := 0, 0.0
	for jobs := 1; jobs <= 2*runtime.NumCPU(); jobs++ {
		var rates []float64
		for range 3 {
			f, err := b.fioSplit(dir, jobs, 2)
			if err != nil {
				return 0, err
			}
			rates = append(rates, f.bytesPerS)
		}
		if m := median(rates); m > top {
			best, top = jobs, m
		}
	}
	return best, nil
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
