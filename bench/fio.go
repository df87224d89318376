package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// fioRun is what a fio(1) run gave.
type fioRun struct {
	bytesPerS float64
	bytes     float64
	cpu       time.Duration // of all its processes
	wall      time.Duration
}

// fio runs one job of fio with psync over files, in ops of 256 KiB.
func (b *bench) fio(cgroup string, files []string, args ...string) (fioRun, error) {
	args = append([]string{"--name=x", "--filename=" + strings.Join(files, ":"), "--bs=256k", "--ioengine=psync",
		"--file_service_type=sequential", "--group_reporting", "--output-format=json"}, args...)
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
	if err := json.Unmarshal(c.stdout, &out); err != nil || len(out.Jobs) != 1 {
		return fioRun{}, fmt.Errorf("read fio's output: %w", err)
	}
	job := out.Jobs[0]
	return fioRun{bytesPerS: max(job.Read.Rate, job.Write.Rate), bytes: job.Read.Bytes + job.Write.Bytes, cpu: c.cpu, wall: c.wall}, nil
}
