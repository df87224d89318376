package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

const (
	recordTime   = 20 * time.Second
	recorderCPU  = 0.005 // of one core
	recorderSize = 30e6  // bytes resident
	recorderOf   = 13    // kinds of sources, all that there are
)

// recorder runs the built binary's recorder on this machine, to which 13 sources are added:
// 2 RDMA ports, an NFS mount, a Lustre mount with 2 OSTs and an MDT, a Lustre server's 3
// targets and their 3 pools.
func recorder(b *bench) (outcome, error) {
	dir, err := os.MkdirTemp(b.dir, "recorder-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	root := filepath.Join(dir, "root")
	if err := fakeMachine(root); err != nil {
		return outcome{}, fmt.Errorf("make the file tree: %w", err)
	}
	name := filepath.Join(dir, result.ReadingsFile)
	c, err := b.process("", b.lbench, "telemetry", "record", "-o", name, "--root", root, "--duration", recordTime.String(), "--json")
	if err != nil {
		return outcome{}, err
	}
	var summary struct {
		Readings, Bytes int64
		Sources         []struct {
			Name             string
			Readings, Errors int64
		}
	}
	if err := json.Unmarshal(c.stdout, &summary); err != nil {
		return outcome{}, fmt.Errorf("read what record printed: %w", err)
	}
	if len(summary.Sources) != recorderOf {
		return outcome{}, fmt.Errorf("%d kinds of sources, want %d", len(summary.Sources), recorderOf)
	}
	for _, s := range summary.Sources {
		if s.Readings == 0 || s.Errors > 0 {
			return outcome{}, fmt.Errorf("of %s came %d readings, and %d times none", s.Name, s.Readings, s.Errors)
		}
	}
	steady, err := recorded(dir)
	if err != nil {
		return outcome{}, err
	}
	idle, err := b.process("", b.lbench, "version")
	if err != nil {
		return outcome{}, err
	}
	rounds := float64(recordTime/time.Second + 1)
	return outcome{got: fmt.Sprintf("%.2f %%, %.1f MB", 100*steady, float64(c.maxBytes)/1e6),
		met: steady <= recorderCPU && c.maxBytes <= recorderSize,
		how: fmt.Sprintf("CPU time from the first reading to the last, by getrusage; with its start %.2f %% (%.0f ms in %.1f s); lbench version takes %.1f MB; %.0f readings and %.1f kB a second",
			100*c.cpu.Seconds()/c.wall.Seconds(), 1e3*c.cpu.Seconds(), c.wall.Seconds(), float64(idle.maxBytes)/1e6, float64(summary.Readings)/rounds, float64(summary.Bytes)/rounds/1e3)}, nil
}

// sampled runs a training with a reading each second and with one at its edges alone, in
// turn, and gives the median difference of AU in points.
func sampled(b *bench) (outcome, error) {
	au := func(interval string) (float64, error) {
		_, run, err := b.mlperf("", "--engine", "null", "--accelerators", "48", "--epochs", "2", "--param", "dataset.num_files_train=192", "--telemetry-interval", interval)
		return 100 * run.Metrics["au_mean_fraction"], err
	}
	var lost []float64
	for i := range b.rounds {
		order := []string{"1s", "1h"}
		if i%2 == 1 {
			slices.Reverse(order)
		}
		got := map[string]float64{}
		for _, interval := range order {
			v, err := au(interval)
			if err != nil {
				return outcome{}, err
			}
			got[interval] = v
		}
		lost = append(lost, got["1h"]-got["1s"])
	}
	cost := median(lost)
	return outcome{fmt.Sprintf("%+.3f points", cost), cost <= 0.1,
		fmt.Sprintf("median of %d pairs, %+.3f to %+.3f points; this machine's own sources", len(lost), slices.Min(lost), slices.Max(lost))}, nil
}

// recorded is the share of one core that the recorder took from its first reading of
// itself to its last.
func recorded(dir string) (float64, error) {
	first, last := map[string]result.Reading{}, map[string]result.Reading{}
	err := (&result.Folder{Dir: dir}).Readings(func(r result.Reading) error {
		if r.Source == "process" {
			if _, ok := first[r.Name]; !ok {
				first[r.Name] = r
			}
			last[r.Name] = r
		}
		return nil
	})
	took := last["user_ns"].Value - first["user_ns"].Value + last["system_ns"].Value - first["system_ns"].Value
	return took / float64(last["user_ns"].T.Sub(first["user_ns"].T)), err
}

// fakeMachine makes a file tree of this machine's /proc and /sys, with what captures of
// others have beside that.
func fakeMachine(root string) error {
	const captures = "internal/telemetry/testdata"
	for _, part := range [][2]string{{"nfs/v3-nconnect1", "proc"}, {"server", "sys/class/infiniband"}, {"lustre-client", "proc/fs"}, {"lustre-client", "sys/kernel"},
		{"lustre-server", "proc/fs"}, {"lustre-server", "proc/spl"}, {"lustre-server", "sys/kernel"}} {
		if err := os.CopyFS(filepath.Join(root, part[1]), os.DirFS(filepath.Join(captures, part[0], part[1]))); err != nil {
			return err
		}
	}
	for _, dir := range []string{"proc/self", "proc", "sys/class", "sys"} {
		if err := linkAll(filepath.Join("/", dir), filepath.Join(root, dir)); err != nil {
			return err
		}
	}
	return nil
}

// linkAll makes links to all that is in a folder and not there yet. Those into /proc/self
// lead to whoever follows them.
func linkAll(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name()))
		if err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}
