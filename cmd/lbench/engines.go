package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

// openEngine opens the engine of this name on a dataset's folder. Virtual engines serve
// the files of spec.
type openEngine func(name, dir string, spec dataset.Spec) ioengine.Engine

func openNamed(name, dir string, spec dataset.Spec) ioengine.Engine {
	switch name {
	case "direct":
		return ioengine.NewDirect(dir)
	case "uring":
		return ioengine.NewUring(dir, true)
	case "uring-buffered":
		return ioengine.NewUring(dir, false)
	case "mem":
		return ioengine.NewMem(virtualContent(spec))
	case "null":
		return ioengine.NewNull(virtualContent(spec))
	}
	return ioengine.NewPosix(dir)
}

// virtualContent serves every file of spec from one buffer of valid records, which grows to
// the largest read.
func virtualContent(spec dataset.Spec) ioengine.Content {
	var held atomic.Pointer[[]byte]
	first := spec.NullBuffer(1 << 20)
	held.Store(&first)
	record, size := spec.RecordBytes(), spec.FileBytes()
	names := map[string]bool{}
	for i := range spec.Files {
		names[spec.Name(i)] = true
	}
	return ioengine.Content{
		Size: func(name string) (int64, bool) { return size, names[name] },
		Bytes: func(_ string, off int64, n int) []byte {
			buf := *held.Load()
			if int64(len(buf)) < off%record+int64(n) {
				buf = spec.NullBuffer(n)
				held.Store(&buf)
			}
			return buf[off%record:][:n]
		},
	}
}

// spareFiles is what lbench opens beside the dataset: its results and what it reads of
// the host.
const spareFiles = 64

// openable checks that this process may open as many files as the accelerators read at
// once. The Go runtime has raised the soft limit to the hard one.
func openable(plan *result.Plan, engine string) error {
	var limit unix.Rlimit
	if ioengine.Virtual(engine) || unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return nil
	}
	streams := plan.Accelerators * min(plan.Streams, plan.Files/plan.Accelerators+2) // parts of 2 more than whole ones
	if uint64(streams+spareFiles) <= limit.Cur {
		return nil
	}
	return fmt.Errorf("open %d files at once for %d accelerators: this process may open %d: raise that limit (ulimit -Hn, or LimitNOFILE of systemd), or ask for fewer accelerators",
		streams, plan.Accelerators, limit.Cur)
}

// data is the dataset of a run, found and claimed.
type data struct {
	files    []dataset.File
	spec     dataset.Spec
	warnings []dataset.Warning
	release  func()
	counted  bool // the number of files came from the folder, not from a setting
}

// filesGiven says whether a user set the number of files.
func filesGiven(w workloads.Training) bool {
	from := w.Settings["dataset.num_files_train"].From
	return from != "workload" && from != "default"
}

// prepare claims the dataset and lists its files, or makes up those of a virtual engine.
func prepare(ctx context.Context, w workloads.Training, engine, dir string) (data, error) {
	d := data{spec: specOf(w), release: func() {}}
	if ioengine.Virtual(engine) {
		for i := range d.spec.Files {
			d.files = append(d.files, dataset.File{Name: d.spec.Name(i), Bytes: d.spec.FileBytes()})
		}
		return d, nil
	}
	want := 0
	if d.counted = !filesGiven(w); !d.counted {
		want = w.Dataset.NumFilesTrain
	}
	release, warnings, err := dataset.Use(dir)
	if err != nil {
		return d, err
	}
	d.release, d.warnings = release, warnings
	files, found, err := dataset.Find(ctx, dir, dataset.FindOptions{
		Format: w.Dataset.Format, Files: want, Subfolders: w.Dataset.NumSubfoldersTrain,
		SamplesPerFile: w.Dataset.NumSamplesPerFile, RecordBytes: d.spec.RecordBytes(),
	})
	if err != nil {
		release()
		return d, fmt.Errorf("find the dataset: %w", err)
	}
	d.files, d.warnings = files, append(d.warnings, found...)
	return d, nil
}
