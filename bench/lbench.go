package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// child is what a finished process cost.
type child struct {
	cpu      time.Duration // user and system
	wall     time.Duration
	started  time.Time
	maxBytes int64 // largest resident size
	stdout   []byte
}

// exitFailedRule is lbench's exit code for a run that ended and failed a rule.
const exitFailedRule = 3

// process runs a command to its end, within a cgroup if one is given.
func (b *bench) process(cgroup string, name string, args ...string) (child, error) {
	if cgroup != "" {
		args = append([]string{"-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, cgroup, name}, args...)
		name = "/bin/sh"
	}
	cmd := exec.CommandContext(b.ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	c := child{started: time.Now()}
	err := cmd.Run()
	c.wall = time.Since(c.started)
	c.stdout = stdout.Bytes()
	if err != nil && !failedRule(err) {
		return c, fmt.Errorf("run %.200s: %w: %s", strings.Join(append([]string{filepath.Base(name)}, args...), " "), err, last(stderr.String()))
	}
	c.cpu = cpuOf(cmd)
	if usage, ok := rusage(cmd); ok {
		c.maxBytes = usage
	}
	return c, nil
}

// failedRule says whether a process ended as lbench does where a run failed a rule.
func failedRule(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == exitFailedRule
}

// command is a benchmark command that hasn't started.
func (b *bench) command(name string, args ...string) *exec.Cmd {
	return exec.CommandContext(b.ctx, b.lbench, b.benchmark(name, args)...)
}

// benchmark is the arguments of a benchmark command that prints its run.json.
func (b *bench) benchmark(name string, args []string) []string {
	return append([]string{name, "--quiet", "--json", "--seed", "7310", "--results-dir", filepath.Join(b.dir, "results")}, args...)
}

func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// mlperf runs lbench mlperf and returns what it cost and its run.json.
func (b *bench) mlperf(cgroup string, args ...string) (child, result.Run, error) {
	return b.measured(cgroup, "mlperf", args...)
}

// measured runs a benchmark command and returns what it cost and its run.json.
func (b *bench) measured(cgroup, command string, args ...string) (child, result.Run, error) {
	c, err := b.process(cgroup, b.lbench, b.benchmark(command, args)...)
	var run result.Run
	if err == nil {
		err = json.Unmarshal(c.stdout, &run)
	}
	return c, run, err
}

// dataset makes a folder of files resnet50 files with samples records each and returns it.
func (b *bench) dataset(files, samples int) (string, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("resnet50-%dx%d", files, samples))
	_, err := b.process("", b.lbench, "datagen", "--quiet", "--workload", "resnet50_h100", "--data-dir", dir,
		"--files", fmt.Sprint(files), "--param", fmt.Sprintf("dataset.num_samples_per_file=%d", samples))
	return dir, err
}

// warm reads a dataset into the page cache.
func warm(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "train", "*.tfrecord"))
	if err != nil {
		return err
	}
	return warmFiles(files)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// ratios divides two series pair by pair.
func ratios(a, b []float64) []float64 {
	var all []float64
	for i := range a {
		all = append(all, a[i]/b[i])
	}
	return all
}
