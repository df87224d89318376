package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"
)

// fioRun is what a fio(1) run gave.
type fioRun struct {
	bytesPerS float64
	bytes     float64
	cpu       time.Duration // of all its processes
	wall      time.Duration
}

// fioRead reads all files of a dataset one after the other with fio's psync.
func (b *bench) fioRead(cgroup, dir string, args ...string) (fioRun, error) {
	return b.fio(cgroup, append([]string{"--rw=read", "--bs=256k", "--invalidate=0", "--opendir=" + filepath.Join(dir, "train"), "--openfiles=64"}, args...)...)
}

// fio runs one job of fio with psync.
func (b *bench) fio(cgroup string, args ...string) (fioRun, error) {
	args = append([]string{"--name=x", "--ioengine=psync", "--file_service_type=sequential", "--group_reporting", "--output-format=json"}, args...)
	c, err := b.process(cgroup, "fio", args...)
	if err != nil {
		return fioRun{}, err
	}
	var out struct {
		Jobs []struct {
			Read, Write struct {
				Bytes float64 `json:"io_bytes"`
				Rate  float64 `json:"bw_bytes"`
			}
		}
	}
	if err := json.Unmarshal(c.stdout[max(0, bytes.IndexByte(c.stdout, '{')):], &out); err != nil || len(out.Jobs) != 1 {
		return fioRun{}, fmt.Errorf("read fio's output: %w", err)
	}
	job := out.Jobs[0]
	return fioRun{bytesPerS: max(job.Read.Rate, job.Write.Rate), bytes: job.Read.Bytes + job.Write.Bytes, cpu: c.cpu, wall: c.wall}, nil
}
