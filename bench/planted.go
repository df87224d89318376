package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// The load of the planted causes: 4 accelerators that ask for 183 MB/s of a disk that the
// kernel holds to 300. They read past the page cache: with it, the kernel's read-ahead of up
// to 8 MiB a stream would bridge part of a stall, and what that cost would not be known.
const (
	plantedFiles   = 96
	plantedSamples = 256
	plantedRanks   = 4
	plantedBatch   = 8
	plantedCompute = 20 * time.Millisecond
	plantedRate    = 300e6 // bytes/s
	plantedRuns    = 3     // with each cause
	plantedOff     = 0.2   // of the true cost
)

// The stall, and what the slow file's disk is held to: a fifth of what its rank asks
// of one file.
const (
	stallAfter = 10 * time.Second
	stallFor   = 2 * time.Second
	stallRate  = 1   // bytes/s: no read ends
	slowRate   = 5e6 // bytes/s
)

// planted plants two causes on a disk that the kernel holds, and looks whether they are
// named first with what they cost: a stall of all reads, and one file on a slow disk.
func planted(b *bench) (outcome, error) {
	if os.Geteuid() != 0 {
		return outcome{}, errors.New("only root can hold a disk to a rate and mount a loop device")
	}
	dir, err := b.dataset(plantedFiles, plantedSamples)
	if err != nil {
		return outcome{}, err
	}
	group, release, err := hold(dir, plantedRate)
	if err != nil {
		return outcome{}, err
	}
	defer release()
	stalls, told, err := b.stalls(dir, group)
	if err != nil {
		return outcome{}, err
	}
	slow, more, err := b.slowFiles(dir, group)
	if err != nil {
		return outcome{}, err
	}
	return outcome{fmt.Sprintf("a stall in %d of %d, a slow file in %d of %d", stalls, plantedRuns, slow, plantedRuns),
		stalls == plantedRuns && slow == plantedRuns, strings.Join(append(told, more...), "; ")}, nil
}

// plantedRun is one epoch of the load, with cold caches.
func (b *bench) plantedRun(group, dir string) (result.Run, error) {
	_, run, err := b.mlperf(group, "--workload", "resnet50_demo", "--data-dir", dir, "--engine", "direct", "--accelerators", fmt.Sprint(plantedRanks), "--epochs", "1",
		"--drop-caches", "--ceiling", "off", "--param", fmt.Sprintf("dataset.num_samples_per_file=%d", plantedSamples),
		"--param", fmt.Sprintf("reader.batch_size=%d", plantedBatch), "--param", fmt.Sprintf("train.computation_time=%g", plantedCompute.Seconds()))
	switch {
	case err != nil:
		return run, err
	case run.Lost == nil || len(run.Epochs) != 1:
		return run, fmt.Errorf("run %s says nothing of its lost time", run.ID)
	}
	return run, nil
}

// stalls counts the runs in which a stall was named first, with its cost.
func (b *bench) stalls(dir, group string) (right int, told []string, err error) {
	for range plantedRuns {
		run, begin, end, err := b.stalledRun(group, dir)
		if err != nil {
			return right, told, err
		}
		from, to := begin.Sub(run.Started), end.Sub(run.Started)
		got := firstCause(run)
		cost := costInRun(got, run)
		if stallNamed(got, from, to) && near(cost.Seconds(), (to-from).Seconds()) {
			right++
		}
		told = append(told, fmt.Sprintf("stalled from %.2f to %.2f s, named %s at %.2f s of %.2f", from.Seconds(), to.Seconds(), causeText(got), cost.Seconds(), (to-from).Seconds()))
	}
	return right, told, nil
}

// stalledRun runs the load and holds its reads back from begin to end.
func (b *bench) stalledRun(group, dir string) (run result.Run, begin, end time.Time, err error) {
	ctx, cancel := context.WithCancel(b.ctx)
	stalled := make(chan error, 1)
	go func() {
		var err error
		begin, end, err = stall(ctx, group, dir)
		stalled <- err
	}()
	run, err = b.plantedRun(group, dir)
	cancel() // where the run is over before it was stalled
	return run, begin, end, errors.Join(err, <-stalled)
}

// stall waits for stallAfter, lets no read end for stallFor, and gives the disk back its
// rate, whatever happens.
func stall(ctx context.Context, group, dir string) (begin, end time.Time, err error) {
	if err := pause(ctx, stallAfter); err != nil {
		return begin, end, fmt.Errorf("stall the disk after %v: %w", stallAfter, err)
	}
	begin = time.Now()
	err = alsoHold(group, dir, stallRate)
	if err == nil {
		err = pause(ctx, stallFor)
	}
	err = errors.Join(err, alsoHold(group, dir, plantedRate))
	return begin, time.Now(), err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// stallEdge is how much of a second with a part of a stall may be missing: what was read
// ahead bridges 80 ms, and a second that lost less than a tenth isn't named.
const stallEdge = 250 * time.Millisecond

// stallNamed says whether a cause is the seconds of a stall, and not many more.
func stallNamed(c result.LostCause, from, to time.Duration) bool {
	begin, end := time.Duration(c.From), time.Duration(c.To)
	return c.Kind == result.LostToSeconds && begin <= from+stallEdge && end >= to-stallEdge && end-begin <= to-from+2*time.Second
}

// slowFiles counts the runs in which the file on the slow disk was named first, with its
// cost: the AU of the same run without it, less that with it.
func (b *bench) slowFiles(dir, group string) (right int, told []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "train", "*.tfrecord"))
	if err != nil || len(files) != plantedFiles {
		return 0, nil, fmt.Errorf("find the %d files of %s: there are %d, error %w", plantedFiles, dir, len(files), err)
	}
	disk, err := b.loop("slow")
	if err != nil {
		return 0, nil, err
	}
	defer disk.release()
	if err := alsoHold(group, disk.mount, slowRate); err != nil {
		return 0, nil, err
	}
	for i := range plantedRuns {
		file := files[(2*i+1)*plantedFiles/(2*plantedRuns)]
		without, err := b.plantedRun(group, dir)
		if err != nil {
			return right, told, err
		}
		with, err := b.slowFileRun(group, dir, file, disk)
		if err != nil {
			return right, told, err
		}
		name, _ := filepath.Rel(dir, file)
		lost := without.Metrics["au_mean_fraction"] - with.Metrics["au_mean_fraction"]
		got := firstCause(with)
		if got.Kind == result.LostToFile && got.File == name && near(got.Fraction, lost) {
			right++
		}
		told = append(told, fmt.Sprintf("%s slow, named %s at %.1f points of %.1f", name, causeText(got), 100*got.Fraction, 100*lost))
	}
	return right, told, nil
}

// slowFileRun runs the load while one of its files lies on the slow disk.
func (b *bench) slowFileRun(group, dir, file string, disk loopDisk) (run result.Run, err error) {
	there := filepath.Join(disk.mount, filepath.Base(file))
	content, err := os.ReadFile(file)
	if err != nil {
		return run, err
	}
	if err := os.WriteFile(there, content, 0o644); err != nil {
		return run, err
	}
	defer os.Remove(there)
	unix.Sync()
	if err := unix.Mount(there, file, "", unix.MS_BIND, ""); err != nil {
		return run, fmt.Errorf("put %s in the place of %s: %w", there, file, err)
	}
	defer func() {
		if e := unix.Unmount(file, 0); e != nil {
			err = errors.Join(err, fmt.Errorf("take the slow file off %s: %w", file, errors.Join(e, unix.Unmount(file, unix.MNT_DETACH))))
		}
	}()
	return b.plantedRun(group, dir)
}

// firstCause is what a run names first; one of no kind where it names nothing.
func firstCause(run result.Run) result.LostCause {
	if len(run.Lost.Causes) == 0 {
		return result.LostCause{}
	}
	return run.Lost.Causes[0]
}

// costInRun is what a cause is said to have taken from AU, as time of the run's one window.
func costInRun(c result.LostCause, run result.Run) time.Duration {
	m := run.Epochs[0].Metrics
	return time.Duration(c.Fraction * (m["window_end_ns"] - m["window_start_ns"]))
}

func near(got, want float64) bool { return abs(got-want) <= plantedOff*want }

func causeText(c result.LostCause) string {
	switch c.Kind {
	case "":
		return "nothing"
	case result.LostToSeconds:
		return fmt.Sprintf("seconds %.0f to %.0f", time.Duration(c.From).Seconds(), time.Duration(c.To).Seconds())
	case result.LostToFile:
		return "file " + c.File
	case result.LostToRank:
		return fmt.Sprintf("rank %d", *c.Rank)
	}
	return c.Kind
}
