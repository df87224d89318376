package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/ioengine"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// openScratch makes the folder that a command writes in: a new one below the user's, so
// that no file of anybody else's can be touched.
func (r *blockRun) openScratch(side *side) (remove func(), err error) {
	if ioengine.Virtual(r.o.engine.value) {
		return func() {}, nil
	}
	for _, stale := range dataset.StaleScratch(side.dir) {
		r.warnOnce(result.Warning{Code: "stale_scratch", Text: fmt.Sprintf("%s was left by a run that was killed: delete it", stale)})
	}
	name, drop, err := dataset.Scratch(side.dir, writtenName)
	if err != nil {
		return nil, err
	}
	side.scratch = name
	return func() {
		if err := drop(); err != nil {
			r.app.warn(result.Warning{Text: err.Error()})
		}
	}, nil
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
	return wrap("write the files to be overwritten", err)
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
		names := fileNames(done.job.Files)
		if _, err := ioengine.Chill(ctx, "/", done.dir(), names, false, ioengine.ResidencyOptions{}); err != nil {
			return err
		}
	}
	native := r.native(done.job, done.dir(), done.side.spec)
	bytes, err := native.Verify(ctx, done.job, fio.Options{IOTimeout: r.o.ioTimeout.value, MaxInflight: r.o.maxInflight.value})
	done.outcome.Verified = bytes
	return wrap("verify what was written", err)
}

func fileNames(files []fio.File) []string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return names
}
