package fio

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
)

// The most of a job. More would take more memory for latencies than they tell: those of
// 4,096 jobs fill some 0.5 GB.
const (
	MaxJobs  = 4096
	MaxDepth = 1024
)

const (
	maxOpBytes = 1 << 30
	unitBytes  = 512 // sizes of what is written are multiples of it
)

// Validate says what is wrong with a job, nil if nothing is. It looks at no file.
func (j Job) Validate() error {
	if err := j.validateShape(); err != nil {
		return err
	}
	if err := j.validateFiles(); err != nil {
		return err
	}
	if j.Op == Write {
		return j.validateWrite()
	}
	if j.Overwrite || j.Verify || j.fsync() != FsyncNone {
		return fmt.Errorf("job that reads: overwrite, verify and fsync are of writes: leave them out")
	}
	return nil
}

// fsync is Fsync with its default.
func (j Job) fsync() Fsync {
	if j.Fsync == "" {
		return FsyncNone
	}
	return j.Fsync
}

func (j Job) validateShape() error {
	if err := validateOneOf("op", j.Op, Read, Write); err != nil {
		return err
	}
	if err := validateOneOf("pattern", j.Pattern, Sequential, Random, ShuffledFiles); err != nil {
		return err
	}
	if err := validateOneOf("fsync", j.fsync(), FsyncNone, FsyncEnd, FsyncEach); err != nil {
		return err
	}
	switch {
	case j.OpBytes < 1 || j.OpBytes > maxOpBytes:
		return fmt.Errorf("op size %d: want 1 to %d bytes", j.OpBytes, maxOpBytes)
	case j.Jobs < 1 || j.Jobs > MaxJobs:
		return fmt.Errorf("jobs %d: want 1 to %d", j.Jobs, MaxJobs)
	case j.Depth < 1 || j.Depth > MaxDepth:
		return fmt.Errorf("depth %d: want 1 to %d", j.Depth, MaxDepth)
	case j.Duration < 0:
		return fmt.Errorf("duration %v: want a positive one, or 0 for every byte once", j.Duration)
	case !(j.RateBytesPerS >= 0) || math.IsInf(j.RateBytesPerS, 0):
		return fmt.Errorf("rate %v bytes/s: want a positive one, or 0 for as fast as it goes", j.RateBytesPerS)
	}
	return nil
}

func validateOneOf[T ~string](what string, got T, allowed ...T) error {
	if slices.Contains(allowed, got) {
		return nil
	}
	var names []string
	for _, a := range allowed {
		names = append(names, string(a))
	}
	return fmt.Errorf("%s %q isn't one of [%s]", what, got, strings.Join(names, ", "))
}

func (j Job) validateFiles() error {
	if len(j.Files) == 0 {
		return fmt.Errorf("job without files: want at least 1")
	}
	seen := make(map[string]bool, len(j.Files))
	var sum int64
	for _, f := range j.Files {
		switch {
		case !filepath.IsLocal(f.Name):
			return fmt.Errorf("file %q: want a name below the folder", f.Name)
		case seen[f.Name]:
			return fmt.Errorf("file %q is named twice", f.Name)
		case f.Bytes < 1:
			return fmt.Errorf("file %q of %d bytes: want at least 1", f.Name, f.Bytes)
		case f.Bytes > math.MaxInt64/2-sum:
			return fmt.Errorf("file %q of %d bytes: all files together are too large to count", f.Name, f.Bytes)
		}
		seen[f.Name] = true
		sum += f.Bytes
	}
	return nil
}

func (j Job) validateWrite() error {
	switch {
	case j.Pattern != Sequential:
		return fmt.Errorf("job that writes in pattern %q: want %q", j.Pattern, Sequential)
	case j.OpBytes%unitBytes != 0:
		return fmt.Errorf("op size %d of writes: want a multiple of %d bytes", j.OpBytes, unitBytes)
	case j.Verify && j.Duration != 0:
		return fmt.Errorf("verify with a duration of %v: only files that are written to their end can be checked: leave one of both out", j.Duration)
	}
	for _, f := range j.Files {
		if f.Bytes%unitBytes != 0 {
			return fmt.Errorf("file %q of %d bytes, to be written: want a multiple of %d bytes", f.Name, f.Bytes, unitBytes)
		}
	}
	return nil
}
