package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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
	next     atomic.Int64 // of the list to write
	files    atomic.Int64 // written
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
	p.files.Add(1)
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
	w := newWriter(p.spec, i, 0)
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
