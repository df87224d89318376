package fio

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// External is the Runner that runs the installed fio(1), 3.20 to 3.49. It gives no
// Intended latencies: fio counts from when an operation begins, under a rate too. Nor
// does it hold MaxInflight: every stream of fio may block.
type External struct {
	Dir string // that the names of files are relative to
	// Keep, if set, is given the job file, as fio/NAME.fio, before the run, and the last
	// JSON that fio printed, as fio/NAME.json, after it.
	Keep func(name string, content []byte) error
	Name string // NAME; empty: job

	path   string        // of fio; empty: looked up in PATH
	engine string        // fio's ioengine; empty: psync at depth 1, above it io_uring, or libaio where that is missing
	grace  time.Duration // from SIGINT to SIGKILL; 0: stopGrace
}

// Run does a job with fio. Files to be made must not exist, others must. One that ctx
// ends is stopped by SIGINT, so that fio tells what it has done.
//
// IOTimeout is held against the time in which no byte and no fsync of any stream was
// finished; where files are synced at the end, against that time per file of a stream,
// because fio says nothing until all of them are.
func (e External) Run(ctx context.Context, job Job, o Options) (Outcome, error) {
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	program, err := findFio(ctx, e.path)
	if err != nil {
		return Outcome{}, err
	}
	text, engine, err := e.jobFile(ctx, program, job)
	if err != nil {
		return Outcome{}, err
	}
	if err := e.checkFiles(job); err != nil {
		return Outcome{}, fmt.Errorf("--runner fio: %w", err)
	}
	if err := e.keep("fio", []byte(text)); err != nil {
		return Outcome{}, err
	}
	// The kernel ends fio when the thread that started it ends: it has to stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	started := time.Now()
	p, err := startFio(program.path, text, statusEvery(job.Jobs))
	if err != nil {
		return Outcome{}, fmt.Errorf("--runner fio: start %q: %w", program.path, err)
	}
	r := externalRun{job: job, o: o, process: p, grace: e.grace, started: started}
	r.follow(ctx)
	out := r.finish()
	out.Runner, out.Version, out.Engine = "fio", program.version, engine
	kept := e.keep("json", r.raw)
	if err := r.err(); err != nil {
		return out, err
	}
	return out, kept
}

// jobFile is the job file, and the ioengine in it.
func (e External) jobFile(ctx context.Context, program installed, job Job) (text, engine string, err error) {
	dir, err := filepath.Abs(e.Dir)
	if err != nil {
		return "", "", fmt.Errorf("--runner fio: folder %q: %w", e.Dir, err)
	}
	engine = e.engine
	if engine == "" {
		if engine, err = program.engine(ctx, job.Depth); err != nil {
			return "", "", err
		}
	}
	text, err = jobFile(job, dir, engine)
	return text, engine, err
}

func (e External) keep(extension string, content []byte) error {
	if e.Keep == nil || len(content) == 0 {
		return nil
	}
	name := e.Name
	if name == "" {
		name = "job"
	}
	if err := e.Keep("fio/"+name+"."+extension, content); err != nil {
		return fmt.Errorf("keep fio's %s: %w", extension, err)
	}
	return nil
}

// checkFiles demands that files to be made don't exist, so that none is written over, and
// that others are as long as the job says: fio itself would read less.
func (e External) checkFiles(job Job) error {
	for _, f := range job.Files {
		path := filepath.Join(e.Dir, f.Name)
		if makesFiles(job) {
			if _, err := os.Lstat(path); err == nil {
				return fmt.Errorf("make %q: %w: remove it, or ask for --overwrite", path, fs.ErrExist)
			}
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("look at file: %w", err)
		}
		if !info.Mode().IsRegular() || info.Size() < f.Bytes {
			return fmt.Errorf("file %q is %v of %d bytes: want a regular one of %d", path, info.Mode().Type(), info.Size(), f.Bytes)
		}
		if info.Size() > f.Bytes && !oneSize(job.whole()) {
			return fmt.Errorf("file %q has %d bytes, %d of them to be used: fio uses all of files of several sizes: use --runner native", path, info.Size(), f.Bytes)
		}
	}
	return nil
}
