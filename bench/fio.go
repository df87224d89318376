package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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

// fioRead reads all files of a dataset one after the other with fio's psync.
func (b *bench) fioRead(cgroup, dir string, args ...string) (fioRun, error) {
	return b.fio(cgroup, append([]string{"--rw=read", "--bs=256k", "--invalidate=0", "--opendir=" + filepath.Join(dir, "train"), "--openfiles=64"}, args...)...)
}

// fioSplit reads a dataset loops times with jobs processes of fio's psync at once, each
// on files of its own: jobs that read the same files together would find each other's
// bytes in the processor's cache, which no dataset that is read once gives.
func (b *bench) fioSplit(dir string, jobs, loops int) (fioRun, error) {
	files, err := filepath.Glob(filepath.Join(dir, "train", "*.tfrecord"))
	if err != nil {
		return fioRun{}, err
	}
	text := fmt.Sprintf("[global]\nrw=read\nbs=256k\ninvalidate=0\nloops=%d\nioengine=psync\nfile_service_type=sequential\ngroup_reporting\n", loops)
	for j := range jobs {
		var own []string
		for i := j; i < len(files); i += jobs {
			own = append(own, files[i])
		}
		text += fmt.Sprintf("[job%d]\nfilename=%s\n", j, strings.Join(own, ":"))
	}
	name := filepath.Join(b.dir, "split.fio")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		return fioRun{}, err
	}
	return b.runFio("", "--output-format=json", name)
}

// fio runs one job of fio with psync.
func (b *bench) fio(cgroup string, args ...string) (fioRun, error) {
	args = append([]string{"--name=x", "--ioengine=psync", "--file_service_type=sequential", "--group_reporting", "--output-format=json"}, args...)
	return b.runFio(cgroup, args...)
}

// runFio runs fio and reads the one group of its output.
func (b *bench) runFio(cgroup string, args ...string) (fioRun, error) {
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
