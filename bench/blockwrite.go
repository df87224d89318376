package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeSet is what one job writes and syncs.
const writeSet = 1 << 30

// blockWrite holds 1 MiB writes with an fsync at the end against fio's.
func blockWrite(b *bench) (outcome, error) {
	dir := filepath.Join(b.dir, "write")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return outcome{}, err
	}
	c, err := b.pairs(func() (float64, error) {
		_, run, err := b.block("write", "--data-dir", dir, "--size", fmt.Sprint(writeSet), "--files", "4", "--jobs", "4", "--op-size", "1MiB", "--fsync", "end")
		return run.Metrics["write_bytes_per_s"], err
	}, func() (float64, error) { return b.fioWrite(dir) })
	if err != nil {
		return outcome{}, err
	}
	return c.atLeast(0.98).outcome(c.String(), fmt.Sprintf("%.0f / %.0f MB/s, 4 jobs, new files of 256 MiB, fsync within the time", median(c.ours)/1e6, median(c.theirs)/1e6))
}

// fioWrite writes new files as blockWrite does, and deletes them.
func (b *bench) fioWrite(dir string) (float64, error) {
	var names []string
	for i := range 4 {
		names = append(names, filepath.Join(dir, fmt.Sprintf("fio-%d", i)))
	}
	defer func() {
		for _, name := range names {
			_ = os.Remove(name)
		}
	}()
	text := "[global]\nrw=write\nbs=1m\nioengine=psync\nfallocate=none\ncreate_on_open=1\nend_fsync=1\ngroup_reporting\n"
	for i, name := range names {
		text += fmt.Sprintf("[job%d]\nfilename=%s\nsize=%d\n", i, name, writeSet/4)
	}
	file, err := b.jobFile(text)
	if err != nil {
		return 0, err
	}
	f, err := b.runFio("", "--output-format=json", file)
	return f.bytesPerS, err
}

// jobFile stores a job file of fio.
func (b *bench) jobFile(text string) (string, error) {
	name := filepath.Join(b.dir, "block.fio")
	return name, os.WriteFile(name, []byte(text), 0o644)
}

// bothRunners runs one job through both runners of lbench.
func bothRunners(b *bench) (outcome, error) {
	dir, _, err := b.blockFiles(directSet, 8)
	if err != nil {
		return outcome{}, err
	}
	all, got, how := isMet, []string{}, []string{}
	for _, job := range []struct {
		name string
		args []string
	}{
		{"1 MiB sequential direct, depth 8", []string{"--pattern", "sequential", "--op-size", "1MiB", "--direct", "--depth", "8", "--jobs", "1"}},
		{"4 KiB random direct, depth 32", []string{"--pattern", "random", "--op-size", "4KiB", "--direct", "--depth", "32", "--jobs", "1"}},
	} {
		_, run, err := b.block("sustained", append([]string{"--data-dir", dir, "--runner", "both", "--repeats", "10", "--cell-time", seconds()}, job.args...)...)
		if err != nil {
			return outcome{}, err
		}
		native, theirs := run.Block.Cells[0], run.Block.Cells[1]
		rate := compareSeries(native.Values, theirs.Values)
		p50, p99 := compareSeries(floats(native.P50NS), floats(theirs.P50NS)), compareSeries(floats(native.P99NS), floats(theirs.P99NS))
		all = worst(all, rate.within(0.02), p50.within(0.10), p99.within(0.10))
		got = append(got, fmt.Sprintf("%s: rate %s, p50 %s, p99 %s", job.name, rate, p50, p99))
		how = append(how, fmt.Sprintf("%s: %.0f / %.0f MB/s, p50 %.0f / %.0f us, p99 %.0f / %.0f us", job.name, median(native.Values)/1e6, median(theirs.Values)/1e6,
			median(p50.ours)/1e3, median(p50.theirs)/1e3, median(p99.ours)/1e3, median(p99.theirs)/1e3))
	}
	return all.outcome(strings.Join(got, "; "), strings.Join(how, "; "))
}

func floats(all []int64) []float64 {
	out := make([]float64, len(all))
	for i, v := range all {
		out[i] = float64(v)
	}
	return out
}
