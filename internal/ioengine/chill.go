package ioengine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Cold says what Chill did to make files cold, and what it found then.
type Cold struct {
	DropResult
	Rounds  int    // of dropping and measuring
	Cached  int64  // pages of the files that are still in this host's page cache
	Total   int64  // pages of the files; 0 if Unknown
	Unknown string // why it can't be known how many are cached; "" if it is
}

// Proven says that none of the files' pages is in this host's page cache.
func (c Cold) Proven() bool { return c.Unknown == "" && c.Total > 0 && c.Cached == 0 }

const (
	chillRounds = 3
	chillPause  = 10 * time.Millisecond // what a read-ahead or a write in flight may still hold
)

// Chill makes files cold on this host and proves it: it writes out what is modified of
// each file, drops its pages, and counts those that are left, up to three times while
// there are any. Pages can't be dropped while they are read or written, nor while a process has
// them mapped. With all it also drops all caches of the kernel (inodes and directories too)
// and clears the lock LRUs of Lustre, which takes root: a refusal is a warning. root is
// "/", or a tree that holds a test's proc and sys.
func Chill(ctx context.Context, root, dir string, names []string, all bool, o ResidencyOptions) (Cold, error) {
	var c Cold
	for c.Rounds < chillRounds {
		if c.Rounds > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(chillPause):
			}
		}
		c.Rounds++
		var err error
		if c.DropResult, err = dropBoth(ctx, root, dir, names, all); err != nil {
			return Cold{}, fmt.Errorf("make %d files in %q cold: %w", len(names), dir, err)
		}
		c.Cached, c.Total, err = ResidentPages(ctx, dir, names, o)
		if errors.Is(err, ErrResidencyUnknown) {
			c.Unknown = err.Error()
			return c, nil
		}
		if err != nil {
			return Cold{}, err
		}
		if c.Cached == 0 {
			return c, nil
		}
	}
	return c, nil
}

// dropBoth drops the files' pages one file at a time and then, with all, everything. The
// first is needed even so: drop_caches leaves modified pages where they are.
func dropBoth(ctx context.Context, root, dir string, names []string, all bool) (DropResult, error) {
	if err := eachFile(ctx, dir, names, forget); err != nil {
		return DropResult{}, err
	}
	if !all {
		return DropResult{Way: DropByFile}, nil
	}
	r, err := dropAll(ctx, root)
	if ctx.Err() != nil {
		return DropResult{}, err
	}
	if err != nil {
		r.Way = DropByFile
		r.Warnings = append(r.Warnings, notAll(err))
	}
	return r, nil
}
