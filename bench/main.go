// Command bench measures lbench against its bars and against fio(1), side by side on this
// machine, and prints ratios: `make bench`, or `go run ./bench -bars cached,throttled`.
//
//  1. It builds the binary and makes datasets below -dir.
//  2. Each bar is a function: it runs lbench and, interleaved with it, what lbench is held
//     against, and gives one figure and whether that meets the bar.
//  3. The table says what was measured and how; a bar that can't be measured here says why.
//
// Figures of one run are those of this machine at this moment; only ratios travel.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bar is one promise about lbench, and how it is measured.
type bar struct {
	name    string
	what    string
	want    string
	measure func(*bench) (outcome, error)
}

// outcome is what a measurement gave.
type outcome struct {
	got string
	met bool
	how string // the arithmetic, one line
}

// errUndecided says that a ratio isn't known well enough to hold it against its bar.
var errUndecided = errors.New("undecided")

func bars() []bar {
	return []bar{
		{"null48", "AU, null engine, 48 accelerators, 768 files, verifying, best of 3", ">= 99.9 %", null48},
		{"null512", "AU, null engine, 512 accelerators, 1,664 files, --no-verify", ">= 99 %, <= 2 GiB", null512},
		{"short", "AU, null engine, 8 accelerators, batch 1, 0.5 ms, 16 files", ">= 90 %", short},
		{"cpu", "CPU s per GB, page cache, --no-verify, lbench / fio psync", "<= 1.15", cachedCPU},
		{"rate", "rate from page cache, --no-verify, lbench / fio psync with its best numjobs", ">= 0.97", cachedRate},
		{"verify", "CPU s per GB that verification adds", "<= 0.06", verifyCost},
		{"throttled", "CPU s per GB at 200 MB/s, 48 accelerators cold, lbench / fio psync", "<= 1.5, <= 1,300 threads", throttled},
		{"memory", "resident memory, 48 accelerators, cold and throttled", "<= 448 MiB", memory},
		{"datagen", "datagen / fio write, same files, op size and fsync", ">= 0.9", datagen},
		{"start", "start to first step, 10,000 files of one record", "<= 1 s", start},
		{"truth", "AU at 50, 75, 90 % of the demand against the rate delivered to a plain read", "within 1.0 point, limit storage", truth},
		{"controls", "limit of cached files at computation time 0, and of the null engine beside a CPU burner", "not storage; client-cpu", controls},
		{"cached", "1 MiB sequential, page cache, 1 and 8 jobs, native / fio psync", "rate >= 0.98, CPU per GB <= 1.05", cachedSequential},
		{"direct", "1 MiB O_DIRECT, depth 1, 8, 32, native / fio's best engine at that depth", ">= 0.98", directSequential},
		{"random", "4 KiB random O_DIRECT, depth 32, native / the better of fio io_uring and libaio", "IOPS >= 0.95", directRandom},
		{"random-cached", "4 KiB random, page cache, 1 job, native / fio psync", "IOPS >= 0.9, CPU per op <= 1.2", cachedRandom},
		{"write", "1 MiB writes and fsync at the end, native / fio", ">= 0.98", blockWrite},
		{"runners", "the same job through both runners, native / fio", "bandwidth within 2 %, p50 and p99 within 10 %", bothRunners},
		{"jobs", "CPU per GB of 1,024 jobs / 32 jobs, page cache", "<= 1.1, <= 256 threads", manyJobs},
		{"cold", "cold proof: a locked page, and nothing", "1,000 of 1,000 found, no false alarm in 1,000", coldProof},
		{"steady", "start of the steady state in made series", ">= 95 % within 10 %, none that drifts", steadyState},
		{"small", "period of small durable writes", "within 2 % at 1 s and 5 s, none on a plain disk in 20 of 20", grids},
		{"compare", "compare-mounts on two loop devices", "no real difference in 19 of 20, 0.8x found in 20 of 20, within 3 %", compareMounts},
		{"regression", "compare: 5 and 5 simulated runs, 2 % noise", "said in <= 5 % without a difference, 10 % found in >= 95 %", regressions},
		{"history", "lbench history over 10,000 run folders", "<= 2 s with the index", manyRuns},
		{"longreport", "the page of 1,000,000 steps and 3 h of telemetry", "<= 5 s, <= 500 MB resident, <= 3 MB", longReport},
		{"buckets", "lbench telemetry gcs: 12 buckets x 24 h x 4 methods, and 1,000 buckets", "<= 2 s; <= 200 MB", buckets},
		{"recorder", "telemetry record at 1 s, this machine's sources and 13 more", "<= 0.5 % of a core, <= 30 MB resident", recorder},
		{"findmax", "find-max on a disk that the kernel holds to five rates", "within 1 of the right number 5 of 5, limit storage, <= 3 min each", findMax},
		{"clientlimit", "search on the null engine with a made CPU cost per byte, at ten costs", "client-cpu and within 5 % of the right number 10 of 10", clientLimit},
		{"planted", "lost time on a held disk: a stall of 2 s at second 10, and a file on a slow disk", "named first each time, cost within 20 %", planted},
		{"explained", "what explaining lost time costs: this lbench against the one of " + unexplained, "AU and CPU per GB change by <= 1 %", explained},
		{"sampled", "AU that telemetry each second costs: null engine, 48 accelerators, against a reading an hour", "<= 0.1 points", sampled},
		{"changes", "a step of 5 % at 1.5 % noise in 60 nightly runs", "located within 2 runs in >= 95 %, <= 1 false one per 20 series", changePoints},
	}
}

// bench is where measurements run.
type bench struct {
	ctx    context.Context
	lbench string // the binary
	dir    string // for datasets, run folders and job files
	rounds int    // of interleaved pairs
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == holdFlag {
		if err := holdPage(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) == 6 && os.Args[1] == serveFlag {
		if err := serveBuckets(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	only := flag.String("bars", "", "bars to measure, by name, separated by commas (default: all)")
	dir := flag.String("dir", "build/bench", "folder on the file system to measure on")
	rounds := flag.Int("rounds", 5, "interleaved pairs of each comparison")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *only, *dir, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only, dir string, rounds int) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	b := &bench{ctx: ctx, lbench: filepath.Join(dir, "lbench"), dir: dir, rounds: rounds}
	build := exec.CommandContext(ctx, "go", "build", "-o", b.lbench, "./cmd/lbench")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build lbench: %w", err)
	}
	missed := 0
	for _, bar := range chosen {
		began := time.Now()
		o, err := bar.measure(b)
		verdict := "met"
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errUndecided):
			verdict = "UNDECIDED"
		case err != nil:
			verdict, o.got, o.how = "not measured", "-", err.Error()
		case !o.met:
			verdict = "MISSED"
		}
		if verdict != "met" {
			missed++
		}
		fmt.Printf("%-10s %s\n           bar %s: %s, %s (%.0f s)\n           %s\n", bar.name, bar.what, bar.want, o.got, verdict, time.Since(began).Seconds(), o.how)
	}
	fmt.Printf("\n%d of %d bars met\n", len(chosen)-missed, len(chosen))
	return nil
}

func choose(only string) ([]bar, error) {
	if only == "" {
		return bars(), nil
	}
	var chosen []bar
	var names []string
	for _, bar := range bars() {
		names = append(names, bar.name)
	}
	for _, name := range strings.Split(only, ",") {
		i := slices.Index(names, name)
		if i < 0 {
			return nil, fmt.Errorf("-bars: %q isn't one of [%s]", name, strings.Join(names, " "))
		}
		chosen = append(chosen, bars()[i])
	}
	return chosen, nil
}
