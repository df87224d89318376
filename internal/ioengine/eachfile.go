package ioengine

import (
	"context"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// Files handled at once where each costs a round trip to the server, or little work.
const filesAtOnce = 8

// eachFile calls do with the path of each file, some at once, and returns the first error.
func eachFile(ctx context.Context, dir string, names []string, do func(ctx context.Context, path string) error) error {
	return leaving(ctx, func() error {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(filesAtOnce)
		for _, name := range names {
			if ctx.Err() != nil {
				break
			}
			group.Go(func() error { return do(ctx, filepath.Join(dir, filepath.FromSlash(name))) })
		}
		return group.Wait()
	})
}

// leaving runs f. When ctx is canceled it returns at once and leaves f behind, since a
// call into a dead server's file system may never return.
func leaving(ctx context.Context, f func() error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
