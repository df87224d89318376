package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// DefaultParallel is how many files Generate writes at once: while one waits for its
// sync, the others are made.
const DefaultParallel = 4

// chunk is how much is made and then written at a time, in bytes: small enough to stay
// in the processor's cache in between.
const chunk = 512 << 10

// producer writes files of one dataset.
type producer struct {
	dir      string
	spec     Spec
	disk     disk
	progress func(files int, bytes int64)
	marked   bool         // the marker was there before
	next     atomic.Int64 // of the list to write

	mutex   sync.Mutex
	written []string // files, in the order in which they got their names
	folders []string // that were made for them, in order
}

// fill writes the files that are missing, with the marker and the folders around them.
// done is what was there before.
func (p *producer) fill(ctx context.Context, missing []int, parallel int, done Generated) error {
	// The marker comes before the files: without it they would be nobody's.
	if err := writeMarker(p.dir, p.spec, false); err != nil {
		return err
	}
	for _, folder := range append([]string{p.spec.top()}, p.spec.folders()...) {
		if err := p.folder(filepath.Join(p.dir, folder)); err != nil {
			return fmt.Errorf("make the dataset's folder: %w", err)
		}
	}
	if err := p.produce(ctx, missing, parallel); err != nil {
		done.Written = len(p.written)
		return failure(err, p.dir, p.spec, done, p.disk)
	}
	for _, folder := range append(p.spec.folders(), p.spec.top()) {
		if err := syncFolder(filepath.Join(p.dir, folder)); err != nil {
			return err
		}
	}
	return writeMarker(p.dir, p.spec, true)
}

// folder makes a folder if it isn't there.
func (p *producer) folder(name string) error {
	switch err := os.Mkdir(name, 0o777); {
	case err == nil:
		p.folders = append(p.folders, name)
		return nil
	case errors.Is(err, fs.ErrExist):
		return os.MkdirAll(name, 0o777) // says what is wrong where it isn't a folder
	default:
		return err
	}
}

// produce writes the files of a list, some at once, until one fails.
func (p *producer) produce(ctx context.Context, list []int, parallel int) error {
	if parallel <= 0 {
		parallel = DefaultParallel
	}
	group, ctx := errgroup.WithContext(ctx)
	for range min(parallel, len(list)) {
		group.Go(func() error {
			buffer := make([]byte, min(chunk, p.spec.FileBytes()))
			for n := p.next.Add(1); int(n) <= len(list); n = p.next.Add(1) {
				if err := p.file(ctx, list[n-1], buffer); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// file writes file i under a temporary name, and gives it its own when it is on disk.
func (p *producer) file(ctx context.Context, i int, buffer []byte) error {
	name := filepath.Join(p.dir, filepath.FromSlash(p.spec.Name(i)))
	temp := temporary(name)
	if err := p.write(ctx, i, temp, buffer); err != nil {
		return err
	}
	if err := publish(temp, name); err != nil {
		os.Remove(temp)
		return fmt.Errorf("name a finished file: %w", err)
	}
	p.mutex.Lock()
	p.written = append(p.written, name)
	p.mutex.Unlock()
	p.report(1, 0)
	return nil
}

// write makes a file of this name, synced; where it fails, none is left.
func (p *producer) write(ctx context.Context, i int, name string, buffer []byte) (err error) {
	f, err := p.disk.create(name)
	if err != nil {
		return fmt.Errorf("create a file: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil { // NFS may tell only now that the disk is full
			err = closed
		}
		if err != nil {
			os.Remove(name)
		}
	}()
	w := newFiller(p.spec, i)
	for left := p.spec.FileBytes(); left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := buffer[:min(left, int64(len(buffer)))]
		w.fill(part)
		if _, err := f.Write(part); err != nil {
			return err
		}
		left -= int64(len(part))
		p.report(0, int64(len(part)))
	}
	return f.Sync()
}

func (p *producer) report(files int, bytes int64) {
	if p.progress != nil {
		p.progress(files, bytes)
	}
}
