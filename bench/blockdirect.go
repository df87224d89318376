package main

import (
	"fmt"
	"strings"
)

// directSet is read past the cache.
const directSet = "2GiB"

// fioEngines are those that fio can keep operations in flight with.
func fioEngines(depth int) []string {
	if depth == 1 {
		return []string{"psync", "io_uring", "libaio"}
	}
	return []string{"io_uring", "libaio"}
}

// directSequential holds 1 MiB reads past the cache against the best of fio's engines.
func directSequential(b *bench) (outcome, error) {
	return b.direct([]int{1, 8, 32}, "1MiB", "sequential", "read", 0.98)
}

// directRandom holds 4 KiB reads at random offsets past the cache.
func directRandom(b *bench) (outcome, error) {
	return b.direct([]int{32}, "4KiB", "random", "randread", 0.95)
}

func (b *bench) direct(depths []int, op, pattern, rw string, bar float64) (outcome, error) {
	dir, names, err := b.blockFiles(directSet, 8)
	if err != nil {
		return outcome{}, err
	}
	all, got, how := isMet, "", ""
	for _, depth := range depths {
		theirs := func(engine string) (float64, error) {
			f, err := b.fioBlock(names, "--rw="+rw, "--bs="+strings.TrimSuffix(op, "iB"), "--direct=1", "--ioengine="+engine, fmt.Sprintf("--iodepth=%d", depth), "--norandommap", "--file_service_type="+fioService(pattern))
			return f.bytesPerS, err
		}
		engine, err := best(fioEngines(depth), theirs)
		if err != nil {
			return outcome{}, err
		}
		c, err := b.pairs(func() (float64, error) {
			_, run, err := b.block("sustained", "--data-dir", dir, "--pattern", pattern, "--duration", seconds(), "--jobs", "1", "--op-size", op, "--direct", "--depth", fmt.Sprint(depth))
			return run.Metrics["read_bytes_per_s"], err
		}, func() (float64, error) { return theirs(engine) })
		if err != nil {
			return outcome{}, err
		}
		all = worst(all, c.atLeast(bar))
		got += fmt.Sprintf("depth %d: %s; ", depth, c)
		how += fmt.Sprintf("depth %d: %.0f / %.0f MB/s, fio with %s; ", depth, median(c.ours)/1e6, median(c.theirs)/1e6, engine)
	}
	return all.outcome(got, how)
}

func fioService(pattern string) string {
	if pattern == "random" {
		return "random"
	}
	return "sequential"
}

// best names the candidate with the highest median of three.
func best(names []string, measure func(string) (float64, error)) (string, error) {
	winner, top := "", 0.0
	for _, name := range names {
		var values []float64
		for range 3 {
			v, err := measure(name)
			if err != nil {
				return "", err
			}
			values = append(values, v)
		}
		if m := median(values); m > top {
			winner, top = name, m
		}
	}
	return winner, nil
}
