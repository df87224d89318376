package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// unexplained is the commit before runs said where their lost time went. There is no
// switch that turns that off.
const unexplained = "fec533b"

const (
	explainedPairs  = 9                              // of AU
	explainedEpochs = 10                             // of a run whose CPU time counts
	explainedTime   = 4*time.Minute + 30*time.Second // for all pairs: those of AU take half of it at most
	explainedMost   = 0.01                           // change of AU and of CPU per GB
)

// explained compares this lbench with an older one, which kept neither what reads took nor
// who was waited for: AU on the null engine, and CPU per GB from the page cache.
func explained(b *bench) (outcome, error) {
	binary, err := b.built(unexplained)
	if err != nil {
		return outcome{}, err
	}
	defer os.Remove(binary)
	old := *b
	old.lbench = binary
	dir, err := b.cached()
	if err != nil {
		return outcome{}, err
	}
	began := time.Now()
	var au, cpu compared
	for len(au.ours) < explainedPairs && time.Since(began) < explainedTime/2 {
		if err := au.add(b.nullAU, old.nullAU); err != nil {
			return outcome{}, err
		}
	}
	for len(cpu.ours) == 0 || time.Since(began) < explainedTime {
		if err := cpu.addAlternated(b, &old, dir); err != nil {
			return outcome{}, err
		}
	}
	auText, auIs := change(ratios(au.theirs, au.ours), explainedMost) // AU is to fall by no more
	cpuText, cpuIs := change(ratios(cpu.ours, cpu.theirs), explainedMost)
	return worst(auIs, cpuIs).outcome(fmt.Sprintf("AU before / after %s, CPU per GB after / before %s", auText, cpuText),
		fmt.Sprintf("against commit %s, medians with their 95 %% intervals; AU %.3f %% after %.3f %%, %d pairs, %.3f to %.3f and %.3f to %.3f %%; CPU %.4f after %.4f s per GB, %d pairs, %.4f to %.4f and %.4f to %.4f",
			unexplained, 100*median(au.ours), 100*median(au.theirs), len(au.ours), 100*slices.Min(au.ours), 100*slices.Max(au.ours), 100*slices.Min(au.theirs), 100*slices.Max(au.theirs),
			median(cpu.ours), median(cpu.theirs), len(cpu.ours), slices.Min(cpu.ours), slices.Max(cpu.ours), slices.Min(cpu.theirs), slices.Max(cpu.theirs)))
}

// addAlternated measures one more pair: the CPU per GB of whole runs from the page cache,
// start and end included, in turns.
func (c *compared) addAlternated(ours, theirs *bench, dir string) error {
	args := []string{"--data-dir", dir, "--accelerators", "4", "--ceiling", "off", "--epochs", fmt.Sprint(explainedEpochs), "--no-verify", "--param", "train.computation_time=0"}
	commands := []*exec.Cmd{ours.command("mlperf", args...), theirs.command("mlperf", args...)}
	said := []*bytes.Buffer{{}, {}}
	for i, out := range said {
		commands[i].Stdout = out
	}
	swap := len(c.ours) % 2
	cpu := make([]time.Duration, 2)
	var err error
	if cpu[swap], cpu[1-swap], err = alternated(ours.ctx, commands[swap], commands[1-swap]); err != nil {
		return err
	}
	perGB := make([]float64, 2)
	for i, out := range said {
		var run result.Run
		if err := json.Unmarshal(out.Bytes(), &run); err != nil {
			return err
		}
		perGB[i] = cpu[i].Seconds() / run.Metrics["read_bytes"] * 1e9
	}
	c.ours, c.theirs = append(c.ours, perGB[0]), append(c.theirs, perGB[1])
	return nil
}

// nullAU is the AU of 48 accelerators on the null engine, verifying.
func (b *bench) nullAU() (float64, error) {
	_, run, err := b.mlperf("", "--engine", "null", "--accelerators", "48", "--epochs", "2", "--param", "dataset.num_files_train=192")
	return run.Metrics["au_mean_fraction"], err
}

// change is the median of ratios with its interval, in words, and whether that lies within
// 1 + most: undecided where the interval holds both answers.
func change(all []float64, most float64) (string, verdict) {
	low, high := medianInterval(all)
	text := fmt.Sprintf("%.4f (%.4f to %.4f)", median(all), low, high)
	switch {
	case high <= 1+most:
		return text, isMet
	case low > 1+most:
		return text, missed
	}
	return text, undecided
}

// medianInterval is the interval between two values that holds the median that all are
// drawn from with a chance of 95 % at least, whatever their distribution: the k-th lowest
// and the k-th highest, with 2 P(Bin(n, 1/2) < k) <= 5 % (the sign test's). It has no ends
// where there are fewer than 6 values.
func medianInterval(all []float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(all))
	n, k := len(sorted), 0
	exactly := math.Pow(0.5, float64(n)) // P(Bin(n, 1/2) = k)
	for below := exactly; 2*below <= 0.05; below += exactly {
		k++
		exactly *= float64(n-k+1) / float64(k)
	}
	if k == 0 {
		return math.Inf(-1), math.Inf(1)
	}
	return sorted[k-1], sorted[n-k]
}

// built builds the lbench of a commit, by a copy of its tree below dir.
func (b *bench) built(commit string) (binary string, err error) {
	tree, err := os.MkdirTemp(b.dir, "commit-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tree)
	tar, binary := filepath.Join(tree, "tree.tar"), filepath.Join(b.dir, "lbench-"+commit)
	if _, err := b.process("", "git", "archive", "--output", tar, commit); err != nil {
		return "", fmt.Errorf("take commit %s from this clone, which needs its history: %w", commit, err)
	}
	if _, err := b.process("", "tar", "--extract", "--file", tar, "--directory", tree); err != nil {
		return "", err
	}
	build := exec.CommandContext(b.ctx, "go", "build", "-buildvcs=false", "-o", binary, "./cmd/lbench")
	build.Dir, build.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build commit %s: %w: %s", commit, err, last(string(said)))
	}
	return binary, nil
}
