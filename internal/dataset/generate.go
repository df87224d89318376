package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// GenerateOptions is how a dataset is written; it has no influence on its bytes.
type GenerateOptions struct {
	// Parallel is how many files are written at once; 0: as many as DefaultParallel.
	Parallel int
	// Progress, if set, is told what has been done since it was last called: files
	// that became complete, and bytes. The first call holds what an earlier Generate
	// had completed. It is called by many goroutines at once.
	Progress func(files int, bytes int64)
	// Warn, if set, is told about doubts before the first file is written.
	Warn func(code, text string)
	// Undo says what happens where the disk, or a quota, turns out full: what this call has
	// written is removed again. Otherwise the complete files stay, as they do after any
	// other failure, so that a later Generate goes on from there.
	Undo bool
}

// Generated is what Generate did.
type Generated struct {
	Kept    int   // files that an earlier Generate had completed
	Written int   // files
	Bytes   int64 // in the files written
}

// Generate makes the files of a dataset in a folder, and makes the folder if need be. It
// goes on where an interrupted Generate of the same Spec ended, and refuses a folder
// that holds another dataset, or files that lbench didn't make, or that is in use.
// Nothing is ever replaced; nothing is deleted but its own temporary files and, with Undo,
// the files that this very call has made.
func Generate(ctx context.Context, dir string, spec Spec, o GenerateOptions) (Generated, error) {
	return generate(ctx, dir, spec, o, realDisk())
}

// disk is what a test replaces.
type disk struct {
	create func(name string) (file, error) // anew, for writing
	free   func(dir string) (int64, error) // bytes that are free to the caller
}

type file interface {
	Write(p []byte) (int, error)
	Sync() error
	Close() error
}

func realDisk() disk {
	return disk{
		create: func(name string) (file, error) {
			return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		},
		free: func(dir string) (int64, error) {
			var st unix.Statfs_t
			if err := retry(func() error { return unix.Statfs(dir, &st) }); err != nil {
				return 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
			}
			return int64(st.Bavail) * st.Frsize, nil
		},
	}
}

func generate(ctx context.Context, dir string, spec Spec, o GenerateOptions, d disk) (done Generated, err error) {
	if err := spec.Validate(); err != nil {
		return done, err
	}
	if _, err := ours(dir, spec); err != nil { // before anything is made in it
		return done, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return done, fmt.Errorf("make the dataset's folder: %w", err)
	}
	l, warnings, err := lockFolder(dir, unix.F_WRLCK)
	if errors.Is(err, errBusy) {
		return done, fmt.Errorf("dataset %s is in use by another lbench: wait until it is done", dir)
	}
	if err != nil {
		return done, err
	}
	defer l.release()
	if o.Warn != nil {
		for _, w := range warnings {
			o.Warn(w.Code, w.Text)
		}
	}
	missing, marked, err := takeStock(ctx, dir, spec)
	if err != nil {
		return done, err
	}
	done.Kept = spec.Files - len(missing)
	if o.Progress != nil && done.Kept > 0 {
		o.Progress(done.Kept, int64(done.Kept)*spec.FileBytes())
	}
	if err := enough(dir, d, int64(len(missing))*spec.FileBytes()); err != nil {
		return done, err
	}
	if len(missing) == 0 {
		return done, writeMarker(dir, spec, true)
	}
	p := producer{dir: dir, spec: spec, disk: d, progress: o.Progress, marked: marked}
	err = p.fill(ctx, missing, o.Parallel, done)
	if o.Undo && diskFull(err) {
		return done, p.undo(len(missing), err)
	}
	done.Written = len(p.written)
	done.Bytes = int64(done.Written) * spec.FileBytes()
	return done, err
}

// takeStock tidies up after an interrupted Generate and says which files are missing, and
// whether the folder has its marker. The folder is locked: nobody else writes to it.
func takeStock(ctx context.Context, dir string, spec Spec) (missing []int, marked bool, err error) {
	if marked, err = ours(dir, spec); err != nil {
		return nil, false, err
	}
	if marked {
		if err := removeStale(dir, spec); err != nil {
			return nil, false, err
		}
	}
	there, err := present(ctx, dir, spec)
	for i, is := range there {
		if !is {
			missing = append(missing, i)
		}
	}
	return missing, marked, err
}
