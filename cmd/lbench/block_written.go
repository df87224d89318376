package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// openScratch makes the folder that a command writes in: a new one below the user's, so
// that no file of anybody else's can be touched.
func (r *blockRun) openScratch(ctx context.Context, side *side) (remove func(), err error) {
	if ioengine.Virtual(r.o.engine.value) {
		return func() {}, nil
	}
	for _, stale := range dataset.StaleScratch(side.dir) {
		r.warnOnce(result.Warning{Code: "stale_scratch", Text: fmt.Sprintf("%s was left by a run that was killed: delete it, unless another client is using it", stale)})
	}
	var drop func() error
	err = r.o.within(ctx, fmt.Sprintf("make a folder in %q", side.dir), func(context.Context) (err error) {
		side.scratch, drop, err = dataset.Scratch(side.dir, writtenName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return func() { r.removeScratch(side.scratch, drop) }, nil
}

// removeWait is how long a server gets to remove the files of a run that has ended.
const removeWait = 30 * time.Second

// removeScratch removes the folder that a command has written in.
func (r *blockRun) removeScratch(dir string, drop func() error) {
	done := make(chan error, 1)
	go func() { done <- drop() }()
	select {
	case err := <-done:
		if err != nil {
			r.app.warn(result.Warning{Text: err.Error()})
		}
	case <-time.After(removeWait):
		r.app.warn(result.Warning{Text: fmt.Sprintf("%s could not be removed in %v: delete it", dir, removeWait)})
	}
}

// writtenName knows the names of files that lbench has written.
func writtenName(name string) bool {
	return strings.HasPrefix(name, writtenPrefix) || strings.HasPrefix(name, smallPrefix)
}

const (
	writtenPrefix = "file-"
	smallPrefix   = "small-"
)

// writtenFiles are the files that a command writes.
func (o *blockOptions) writtenFiles(spec dataset.Spec) []fio.File {
	var all []fio.File
	for i := range spec.Files {
		all = append(all, fio.File{Name: fmt.Sprintf("%s%04d", writtenPrefix, i), Bytes: spec.FileBytes()})
	}
	return all
}

// clearWritten makes a folder ready for a turn that writes: without the files of the
// turn before, or with them if they are to be overwritten.
func (r *blockRun) clearWritten(t turn) error {
	if t.job.Overwrite {
		return nil
	}
	for _, f := range t.job.Files {
		err := os.Remove(filepath.Join(t.side.scratch, f.Name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove what the turn before has written: %w", err)
		}
	}
	return nil
}

// writeFirst writes the files that turns are going to overwrite, untimed.
func (r *blockRun) writeFirst(ctx context.Context, side *side, job fio.Job) error {
	line := r.app.newNote("writing the files to be overwritten: "+units.Bytes(float64(job.Bytes())), bool(r.o.quiet))
	defer line.finish()
	job.Overwrite, job.Verify, job.Fsync, job.RateBytesPerS = false, false, fio.FsyncEnd, 0
	native := r.native(job, side.scratch, side.spec)
	_, err := native.Run(ctx, job, fio.Options{IOTimeout: r.o.ioTimeout.value, MaxInflight: r.o.maxInflight.value})
	return onTarget(wrap("write the files to be overwritten", err))
}

// roomFor refuses to write more than there is room for.
func roomFor(dir string, m *result.Mount, bytes int64) error {
	if m == nil || m.Free == 0 || bytes <= m.Free {
		return nil
	}
	return fmt.Errorf("write %s in %q: %s is free: make room, or ask for less with --size", units.Bytes(float64(bytes)), dir, units.Bytes(float64(m.Free)))
}

// verify reads back what a turn has written, past this client's cache, and checks it.
func (r *blockRun) verify(ctx context.Context, done *doneTurn) error {
	line := r.app.newNote("reading back and checking "+units.Bytes(float64(done.job.Bytes())), bool(r.o.quiet))
	defer line.finish()
	if !ioengine.Virtual(r.o.engine.value) {
		if err := r.forget(ctx, done); err != nil {
			return err
		}
	}
	native := r.native(done.job, done.dir(), done.side.spec)
	bytes, err := native.Verify(ctx, done.job, fio.Options{IOTimeout: r.o.ioTimeout.value, MaxInflight: r.o.maxInflight.value})
	done.outcome.Verified = bytes
	return wrap("verify what was written", err)
}

// forget drops what a turn has written from this client's cache, so that it is the
// storage that is verified.
func (r *blockRun) forget(ctx context.Context, done *doneTurn) error {
	what := fmt.Sprintf("drop the files of %q from this client's cache", done.dir())
	return r.o.within(ctx, what, func(ctx context.Context) error {
		found, err := ioengine.Chill(ctx, "/", done.dir(), fileNames(done.job.Files), false, ioengine.ResidencyOptions{})
		if err == nil && !found.Proven() && !done.job.Direct {
			r.warnOnce(fio.VerifiedCached())
		}
		return err
	})
}

func fileNames(files []fio.File) []string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return names
}
