// Package mount says which file system serves a path, and how it is set up.
//
//  1. statfs of the path gives size and free space, and triggers an automount.
//  2. mountinfo gives the mount that serves the path: type, source, options.
//  3. An NFS mount says what client and server negotiated (its options), and its
//     read-ahead.
//  4. A Lustre mount says its client settings (sysfs and procfs) and how the first
//     and last file of a dataset lie on the targets (the xattr lustre.lov).
//
// What can't be read is absent from the answer; none of it is worth failing a run.
// Reading is apart from parsing, and every path starts at a root, so that captures
// of other machines serve as tests.
package mount

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// Describe returns the mount that serves path, or nil and a warning if that can't be
// found out. The files are names below path; the layouts of the first and last are
// looked up on Lustre. root is "/" but in tests, where it is a tree that stands in
// for it; path is absolute or relative to the working folder.
func Describe(root, path string, files []string) (*result.Mount, []result.Warning) {
	return system{root: root, statfs: unix.Statfs, getxattr: unix.Getxattr}.describe(path, files)
}

// SameFilesystem says whether two paths lie on one file system: whether stat reports
// one device number for both. Of a path that doesn't exist yet, the nearest folder
// above that does exist counts.
func SameFilesystem(a, b string) (bool, error) {
	one, err := device(a)
	if err != nil {
		return false, err
	}
	other, err := device(b)
	return one == other && err == nil, err
}

func device(path string) (uint64, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return 0, fmt.Errorf("finding the file system of %q: %w", path, err)
	}
	var st unix.Stat_t
	err = unix.Stat(path, &st)
	if errors.Is(err, fs.ErrNotExist) && path != "/" {
		return device(filepath.Dir(path))
	}
	if err != nil {
		return 0, fmt.Errorf("finding the file system of %q: %w", path, err)
	}
	return uint64(st.Dev), nil
}

// system is a machine as this package sees it: a tree of files and two calls.
type system struct {
	root     string
	statfs   func(path string, buf *unix.Statfs_t) error
	getxattr func(path, name string, buf []byte) (int, error)
}

func (s system) describe(path string, files []string) (*result.Mount, []result.Warning) {
	given := path
	path, err := s.resolve(given)
	if err != nil {
		return nil, unknown(given, err)
	}
	// Before mountinfo is read: statfs is the call that makes an automounter act.
	var stat unix.Statfs_t
	statErr := s.statfs(s.at(path), &stat)
	e, err := s.serving(path)
	if err != nil {
		return nil, unknown(path, err)
	}
	m := &result.Mount{Path: e.point, Type: e.fstype, Source: e.source, Options: joinOptions(e.options, e.super), Network: network(e.fstype)}
	if statErr == nil {
		m.Bytes, m.Free = space(stat)
	}
	switch {
	case e.fstype == "nfs" || e.fstype == "nfs4":
		s.nfs(m, e)
		return m, nil
	case e.fstype == "lustre":
		return m, s.lustre(m, path, files)
	}
	return m, nil
}

func unknown(path string, err error) []result.Warning {
	return []result.Warning{{Code: "mount_unknown", Text: fmt.Sprintf("the file system of %s is not known: %v", path, err)}}
}

// resolve makes path absolute and free of links, as mountinfo speaks of paths. In a
// tree that stands in for "/" there is nothing to resolve.
func (s system) resolve(path string) (string, error) {
	if s.root != "/" {
		return filepath.Clean(path), nil
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path, err
	}
	return realpath(abs)
}

// realpath follows the links of path, and of a path that doesn't exist yet those of
// the nearest folder above that does.
func realpath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) || path == "/" {
		return real, err
	}
	dir, err := realpath(filepath.Dir(path))
	return filepath.Join(dir, filepath.Base(path)), err
}

func (s system) serving(path string) (entry, error) {
	f, err := os.Open(s.at("/proc/self/mountinfo"))
	if err != nil {
		return entry{}, err
	}
	defer f.Close()
	entries, err := parseMountinfo(f)
	if err != nil {
		return entry{}, err
	}
	e, ok := find(entries, path)
	if !ok {
		return entry{}, errors.New("mountinfo has no mount above it")
	}
	return e, nil
}

// space returns size and space left for an ordinary user, in bytes.
func space(stat unix.Statfs_t) (size, free int64) {
	block := stat.Frsize // the unit of the counts; FUSE has it differ from Bsize
	if block == 0 {
		block = stat.Bsize
	}
	return int64(stat.Blocks) * int64(block), int64(stat.Bavail) * int64(block)
}

func (s system) at(path string) string { return filepath.Join(s.root, path) }

// text returns a small file without surrounding space; absent or unreadable is "".
func (s system) text(path string) string {
	b, err := os.ReadFile(s.at(path))
	if err != nil {
		return ""
	}
	b, _, _ = bytes.Cut(b, []byte{0}) // a sysfs file copied at page size ends in NULs
	return strings.TrimSpace(string(b))
}

// number returns the integer in a small file, or 0.
func (s system) number(path string) int64 {
	n, _ := strconv.ParseInt(s.text(path), 10, 64)
	return n
}
