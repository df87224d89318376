package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// hold makes a cgroup whose reads from the device below dir are held to bytesPerS by the
// kernel. release removes it; no process may be left in it.
func hold(dir string, bytesPerS int64) (group string, release func(), err error) {
	device, err := deviceOf(dir)
	if err != nil {
		return "", nil, err
	}
	name := fmt.Sprintf("lbench-bench-%d", os.Getpid())
	for _, way := range []struct{ root, needs, file, text string }{
		{"/sys/fs/cgroup/blkio", "blkio.throttle.read_bps_device", "blkio.throttle.read_bps_device", fmt.Sprintf("%s %d", device, bytesPerS)},
		{"/sys/fs/cgroup", "cgroup.controllers", "io.max", fmt.Sprintf("%s rbps=%d", device, bytesPerS)},
	} {
		if _, statErr := os.Stat(filepath.Join(way.root, way.needs)); statErr != nil {
			continue
		}
		group = filepath.Join(way.root, name)
		if err := os.Mkdir(group, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return "", nil, fmt.Errorf("hold the disk to a rate: %w", err)
		}
		release = func() { _ = os.Remove(group) }
		if err := os.WriteFile(filepath.Join(group, way.file), []byte(way.text), 0); err != nil {
			release()
			return "", nil, fmt.Errorf("hold %s to %d bytes/s: %w", device, bytesPerS, err)
		}
		return group, release, nil
	}
	return "", nil, errors.New("hold the disk to a rate: no cgroup controller for block I/O")
}

// deviceOf is the whole disk, as major:minor, that dir lies on.
func deviceOf(dir string) (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return "", fmt.Errorf("find the disk of %s: %w", dir, err)
	}
	device := fmt.Sprintf("%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev))
	path, err := filepath.EvalSymlinks("/sys/dev/block/" + device)
	if err != nil {
		return "", fmt.Errorf("find the disk of %s: it isn't on a block device: %w", dir, err)
	}
	if _, err := os.Stat(filepath.Join(path, "partition")); err == nil {
		whole, err := os.ReadFile(filepath.Join(filepath.Dir(path), "dev"))
		return strings.TrimSpace(string(whole)), err
	}
	return device, nil
}

func dropCaches() error {
	unix.Sync()
	return os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0)
}

// The dataset of the cold bars: files enough that every stream of 48 accelerators has one
// of its own, and as few samples as two steps of them take.
const (
	spreadFiles   = 1216
	spreadSamples = 32
	spread        = "--param=dataset.num_samples_per_file=32"
)

// slowDisk is the spread dataset and a cgroup that reads it at 200 MB/s at most.
func (b *bench) slowDisk() (dir, group string, release func(), err error) {
	if dir, err = b.dataset(spreadFiles, spreadSamples); err != nil {
		return "", "", nil, err
	}
	group, release, err = hold(dir, 200e6)
	return dir, group, release, err
}

// coldPairs is how often a cold comparison is repeated: each reads 4.4 GB at 200 MB/s.
const coldPairs = 5

func throttled(b *bench) (outcome, error) {
	dir, group, release, err := b.slowDisk()
	if err != nil {
		return outcome{}, err
	}
	defer release()
	var ours, theirs []float64
	threads := 0.0
	for range coldPairs {
		c, run, err := b.mlperf(group, "--data-dir", dir, "--accelerators", "48", "--epochs", "1", "--drop-caches", "--ceiling", "off", "--no-verify", spread)
		if err != nil {
			return outcome{}, err
		}
		ours = append(ours, c.cpu.Seconds()/run.Metrics["read_bytes"]*1e9)
		n, err := b.mostThreads(run.ID)
		if err != nil {
			return outcome{}, err
		}
		threads = max(threads, n)
		if err := dropCaches(); err != nil {
			return outcome{}, err
		}
		f, err := b.fioRead(group, dir)
		if err != nil {
			return outcome{}, err
		}
		theirs = append(theirs, f.cpu.Seconds()/f.bytes*1e9)
	}
	ratio := median(ratios(ours, theirs))
	return outcome{fmt.Sprintf("%.2f, %.0f threads", ratio, threads), ratio <= 1.5 && threads <= 1300,
		fmt.Sprintf("%.3f / %.3f CPU s per GB, whole processes, medians of %d pairs", median(ours), median(theirs), coldPairs)}, nil
}

func (b *bench) mostThreads(id string) (float64, error) {
	folder, err := result.Open(filepath.Join(b.dir, "results", id))
	if err != nil {
		return 0, err
	}
	most := 0.0
	err = folder.Readings(func(r result.Reading) error {
		if r.Source == "process" && r.Name == "threads" {
			most = max(most, r.Value)
		}
		return nil
	})
	return most, err
}

func memory(b *bench) (outcome, error) {
	dir, group, release, err := b.slowDisk()
	if err != nil {
		return outcome{}, err
	}
	defer release()
	c, _, err := b.mlperf(group, "--data-dir", dir, "--accelerators", "48", "--epochs", "1", "--drop-caches", spread)
	const most = 48*8<<20 + 64<<20
	return outcome{fmt.Sprintf("%d MiB", c.maxBytes>>20), c.maxBytes <= most, "largest resident size of the whole process, ceiling included"}, err
}

// The load of the truth bar: 625 steps of 2 accelerators that ask for 234 MB/s, on files
// long enough that a single plain reader keeps the throttle busy, and read to their ends,
// since the kernel reads ahead beyond what is asked for. Fewer steps read low: what the
// kernel reads ahead in the first ones leaves the disk idle in the last.
const (
	truthBatch   = 64
	truthRanks   = 2
	truthCompute = 0.0625
)

func truth(b *bench) (outcome, error) {
	dir, err := b.dataset(64, 1251)
	if err != nil {
		return outcome{}, err
	}
	demand := truthBatch * truthRanks * recordBytes / truthCompute
	o := outcome{met: true}
	var got, how []string
	for _, target := range []float64{0.5, 0.75, 0.9} {
		delivered, run, err := b.atRate(dir, int64(target*demand))
		if err != nil {
			return outcome{}, err
		}
		predicted, au := delivered/demand, run.Metrics["au_mean_fraction"]
		got = append(got, fmt.Sprintf("%+.2f", 100*(au-predicted)))
		how = append(how, fmt.Sprintf("%.1f MB/s delivered / %.1f asked = %.2f %%, AU %.2f %% (%s)", delivered/1e6, demand/1e6, 100*predicted, 100*au, limitName(run)))
		if d := au - predicted; d > 0.01 || d < -0.01 || limitName(run) != "storage" {
			o.met = false
		}
	}
	o.got, o.how = strings.Join(got, ", ")+" points", strings.Join(how, "; ")
	return o, nil
}

// atRate measures what a plain read is given at a rate, behind the throttle's burst of the
// first seconds, and then the AU at the same rate.
func (b *bench) atRate(dir string, rate int64) (float64, result.Run, error) {
	group, release, err := hold(dir, rate)
	if err != nil {
		return 0, result.Run{}, err
	}
	defer release()
	if err := dropCaches(); err != nil {
		return 0, result.Run{}, err
	}
	f, err := b.fioRead(group, dir, "--time_based", "--runtime=8", "--ramp_time=2")
	if err != nil {
		return 0, result.Run{}, err
	}
	_, run, err := b.mlperf(group, "--data-dir", dir, "--accelerators", strconv.Itoa(truthRanks), "--epochs", "1", "--drop-caches",
		"--param", fmt.Sprintf("reader.batch_size=%d", truthBatch), "--param", fmt.Sprintf("train.computation_time=%v", truthCompute))
	return f.bytesPerS, run, err
}
