package ioengine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrResidencyUnknown says that the kernel can't or won't tell how much of a file is cached.
var ErrResidencyUnknown = errors.New("residency unknown")

// ResidencyOptions changes how Residency counts.
type ResidencyOptions struct {
	// ForceMincore counts with mincore(2), as kernels before 6.5 do, where cachestat(2) is missing.
	ForceMincore bool
}

// Residency is the fraction (0..1) of these files' pages that lie in this host's page
// cache: see ResidentPages.
func Residency(ctx context.Context, dir string, names []string, o ResidencyOptions) (fraction float64, err error) {
	cached, total, err := ResidentPages(ctx, dir, names, o)
	if err != nil {
		return 0, err
	}
	return float64(cached) / float64(total), nil
}

// ResidentPages counts the pages of these files, and those that lie in this host's page
// cache, so that a single one of a large set is seen. It reads no data. Where any file's
// share can't be known the error is an ErrResidencyUnknown with the reason: the caller
// neither owns the file nor may write it, the file system keeps a cache of its own, or
// there are no pages to count.
func ResidentPages(ctx context.Context, dir string, names []string, o ResidencyOptions) (cached, total int64, err error) {
	var cachedSum, totalSum atomic.Int64
	err = eachFile(ctx, dir, names, func(ctx context.Context, path string) error {
		c, n, err := filePages(ctx, path, o)
		cachedSum.Add(c)
		totalSum.Add(n)
		return err
	})
	if err == nil && totalSum.Load() == 0 {
		err = fmt.Errorf("%w: they hold no bytes", ErrResidencyUnknown)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("measure what is cached of %d files in %q: %w", len(names), dir, err)
	}
	return cachedSum.Load(), totalSum.Load(), nil
}

// filePages counts a file's pages, and those that are cached.
func filePages(ctx context.Context, path string, o ResidencyOptions) (cached, total int64, err error) {
	fd, err := open(path, 0)
	if err != nil {
		return 0, 0, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, 0, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if st.Size == 0 {
		return 0, 0, nil
	}
	page := int64(unix.Getpagesize())
	total = (st.Size + page - 1) / page
	var fsys unix.Statfs_t
	if err := unix.Fstatfs(fd, &fsys); err != nil {
		return 0, 0, &fs.PathError{Op: "statfs", Path: path, Err: err}
	}
	mincore, reason := pageCacheOf(int64(fsys.Type))
	if reason != "" {
		return 0, 0, unknown(path, reason)
	}
	if !mincore && !o.ForceMincore {
		cached, err = cachestatPages(fd, st.Size)
		switch err {
		case nil:
			return cached, total, nil
		case unix.ENOSYS, unix.EPERM: // EPERM: not our file, or a filter of system calls; mayAsk tells
		default:
			return 0, 0, unknown(path, "cachestat: "+err.Error())
		}
	}
	if !mayAsk(path, st.Uid) {
		return 0, 0, unknown(path, "the kernel tells it only to those who own the file or may write it")
	}
	cached, err = mincorePages(ctx, fd, path, st.Size)
	return cached, total, err
}

func unknown(path, reason string) error {
	return fmt.Errorf("%w of %q: %s", ErrResidencyUnknown, path, reason)
}

// pageCacheOf knows the file systems whose cached pages only mincore sees, and gives the
// reason for those that keep file data in a cache of their own. The numbers are statfs(2)'s.
func pageCacheOf(fsType int64) (mincore bool, reason string) {
	switch fsType {
	case 0x2fc12fc1:
		return false, "zfs caches file data in its ARC, not in the page cache"
	case 0x47504653:
		return false, "gpfs caches file data in its page pool, not in the page cache"
	case unix.OVERLAYFS_SUPER_MAGIC: // cachestat says 0: the pages are the lower file's, which a mapping reaches
		return true, ""
	}
	return false, ""
}

func cachestatPages(fd int, size int64) (int64, error) {
	var stat unix.Cachestat_t
	// The length is given, since a large folio may reach beyond the end of the file.
	err := unix.Cachestat(uint(fd), &unix.CachestatRange{Len: uint64(size)}, &stat, 0)
	return int64(stat.Cache), err
}

// mayAsk says whether mincore answers truly. To all others it says that every page is
// resident (can_do_mincore in Linux's mm/mincore.c).
func mayAsk(path string, owner uint32) bool {
	euid := unix.Geteuid()
	if uint32(euid) == owner {
		return true
	}
	err := unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS)
	return err == nil || err == unix.EROFS && euid == 0 // a read-only mount hides root's right
}

// Bytes mapped at a time.
const mincoreChunk = 1 << 30

func mincorePages(ctx context.Context, fd int, path string, size int64) (cached int64, err error) {
	page := int64(unix.Getpagesize())
	vec := make([]byte, (min(size, mincoreChunk)+page-1)/page)
	for off := int64(0); off < size; off += mincoreChunk {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		m, err := unix.Mmap(fd, off, int(min(size-off, mincoreChunk)), unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			return 0, unknown(path, "map it: "+err.Error())
		}
		pages := vec[:(int64(len(m))+page-1)/page]
		_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&m[0])), uintptr(len(m)), uintptr(unsafe.Pointer(&pages[0])))
		_ = unix.Munmap(m)
		if errno != 0 {
			return 0, unknown(path, "mincore: "+errno.Error())
		}
		for _, p := range pages {
			cached += int64(p & 1)
		}
	}
	return cached, nil
}
