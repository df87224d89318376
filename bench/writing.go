package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// genFiles is how many files of 143 MB are written in each round.
const genFiles = 8

func datagen(b *bench) (outcome, error) {
	var ours, theirs []float64
	for range b.rounds {
		dir := filepath.Join(b.dir, "datagen")
		if err := os.RemoveAll(dir); err != nil {
			return outcome{}, err
		}
		c, err := b.process("", b.lbench, "datagen", "--quiet", "--workload", "resnet50_h100", "--data-dir", dir, "--files", fmt.Sprint(genFiles))
		if err != nil {
			return outcome{}, err
		}
		ours = append(ours, genFiles*1251*recordBytes/c.wall.Seconds())
		if err := os.RemoveAll(dir); err != nil {
			return outcome{}, err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return outcome{}, err
		}
		var files []string
		for i := range genFiles {
			files = append(files, filepath.Join(dir, fmt.Sprintf("fio%d", i)))
		}
		f, err := b.fio("", "--filename="+strings.Join(files, ":"), "--rw=write", "--bs=1m", fmt.Sprintf("--filesize=%d", 1251*recordBytes), "--fsync_on_close=1", "--fallocate=none")
		if err != nil {
			return outcome{}, err
		}
		theirs = append(theirs, f.bytes/f.wall.Seconds())
		if err := os.RemoveAll(dir); err != nil {
			return outcome{}, err
		}
	}
	ratio := median(ratios(ours, theirs))
	return outcome{fmt.Sprintf("%.2f", ratio), ratio >= 0.9,
		fmt.Sprintf("%.0f / %.0f MB/s, %d files, whole process, medians of %d pairs", median(ours)/1e6, median(theirs)/1e6, genFiles, b.rounds)}, nil
}
