package ioengine

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// The ways to drop caches that a DropResult names.
const (
	DropAll    = "drop_caches" // everything, through /proc/sys/vm/drop_caches
	DropByFile = "fadvise"     // the pages of each file, which needs no privilege
)

// DropResult says how caches were dropped.
type DropResult struct {
	Way         string   // DropAll or DropByFile
	LustreLocks int      // lock LRUs of Lustre that were cleared
	Warnings    []string // what was refused, and so may still be cached
}

// Drop makes files cold on this host. It clears the lock LRUs of Lustre, since pages can
// outlive the rest under a lock, and drops all caches of the kernel. Where that isn't
// permitted it asks the kernel to forget each file instead. Modified pages of other files
// aren't written out. root is "/", or a tree that holds a test's proc and sys.
func Drop(ctx context.Context, root, dir string, names []string) (DropResult, error) {
	r, err := dropAll(ctx, root)
	if ctx.Err() != nil {
		return DropResult{}, err
	}
	if err == nil {
		return r, nil
	}
	r.Way = DropByFile
	r.Warnings = append(r.Warnings, notAll(err))
	if err := eachFile(ctx, dir, names, forget); err != nil {
		return DropResult{}, fmt.Errorf("drop %d files in %q from the cache: %w", len(names), dir, err)
	}
	return r, nil
}

// dropAll clears the lock LRUs of Lustre and drops all caches of the kernel. Where the
// kernel refuses, the result says what became of the locks.
func dropAll(ctx context.Context, root string) (DropResult, error) {
	var r DropResult
	err := leaving(ctx, func() error {
		r.LustreLocks, r.Warnings = clearLustreLocks(root)
		return write(filepath.Join(root, "proc/sys/vm/drop_caches"), "3\n")
	})
	switch {
	case ctx.Err() != nil: // r may still be written to
		return DropResult{}, fmt.Errorf("drop all caches: %w", ctx.Err())
	case err == nil:
		r.Way = DropAll
	}
	return r, err
}

func notAll(err error) string {
	return fmt.Sprintf("only these files' pages were dropped, not all caches: %v", err)
}

// clearLustreLocks cancels the unused locks of all servers' namespaces, and with them
// the pages they cover. Older Lustre has the files below /proc, newer below /sys.
func clearLustreLocks(root string) (cleared int, warnings []string) {
	for _, tree := range []string{"sys/fs/lustre", "proc/fs/lustre"} {
		namespaces := filepath.Join(root, tree, "ldlm/namespaces")
		entries, err := os.ReadDir(namespaces)
		if err != nil {
			continue // no Lustre client, or not here
		}
		for _, e := range entries {
			err := write(filepath.Join(namespaces, e.Name(), "lru_size"), "clear")
			switch {
			case err == nil:
				cleared++
			case !os.IsNotExist(err):
				warnings = append(warnings, fmt.Sprintf("pages under Lustre locks may stay cached: %v", err))
			}
		}
	}
	return cleared, warnings
}

// write writes to a file of the kernel: it must be there, and is not truncated.
func write(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// forget drops one file's pages. Modified pages can't be dropped, so they are written
// first, which Linux does for a file opened to read just as well.
func forget(_ context.Context, path string) error {
	fd, err := open(path, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	switch err := unix.Fdatasync(fd); err {
	case nil, unix.EROFS, unix.EINVAL: // nothing to write here
	default:
		return &fs.PathError{Op: "fdatasync", Path: path, Err: err}
	}
	if err := unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED); err != nil {
		return &fs.PathError{Op: "fadvise", Path: path, Err: err}
	}
	return nil
}
