package fio

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/lbench/lbench/internal/ioengine"
)

const (
	ceilingJobs   = 64       // at most
	ceilingRandom = 1 << 20  // bytes of content
	ceilingBytes  = 64 << 20 // of the memory file: larger than a processor's caches
)

// Ceiling measures for span how fast this client could read if the storage took no time:
// as many streams as the job has, up to 64, each sequentially and one operation of the
// job's size at a time, read a file that lies in memory. So it is the kernel's copy and
// this program; what a network or a file system costs is not in it.
func Ceiling(ctx context.Context, job Job, span time.Duration) (bytesPerS, cpuNSPerByte float64, err error) {
	size := max(int64(ceilingBytes), job.OpBytes)
	shape := Job{
		Op: Read, Pattern: Sequential, OpBytes: job.OpBytes, Jobs: min(job.Jobs, ceilingJobs), Depth: 1,
		Duration: span, Seed: job.Seed,
	}
	for i := range shape.Jobs {
		shape.Files = append(shape.Files, File{strconv.Itoa(i), size})
	}
	if err := shape.Validate(); err != nil || span <= 0 {
		return 0, 0, fmt.Errorf("measure the ceiling for %v: %w", span, err)
	}
	content := make([]byte, ceilingRandom)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content) // never fails
	engine, err := ioengine.NewResident(content, ceilingBytes/ceilingRandom, func(string) (int64, bool) { return size, true }, true)
	if err != nil {
		return 0, 0, fmt.Errorf("measure the ceiling: %w", err)
	}
	defer engine.Close()
	out, err := Native{Engine: engine, Name: "resident"}.Run(ctx, shape, Options{})
	if err != nil {
		return 0, 0, fmt.Errorf("measure the ceiling: %w", err)
	}
	return float64(out.Bytes) / out.Duration.Seconds(), float64(out.CPU) / float64(out.Bytes), nil
}
