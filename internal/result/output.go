package result

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// WriteOutput writes a file that somebody named, as --csv does. A file, or a name that is
// free, is replaced as Replace does it, and a symbolic link is followed to one. Anything else,
// as a terminal, a pipe or /dev/stdout, stays what it is and is written to. A block device is
// refused: nobody wants a table in the place of a file system.
func WriteOutput(create CreateFunc, path string, content []byte) error {
	to, regular, err := follow(path)
	switch {
	case err != nil:
		return fmt.Errorf("write %q: %w", path, err)
	case regular:
		return Replace(create, to, content)
	}
	if err := writeFile(openStraight, to, content); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	return nil
}

// procFolder is where the links of open files lie: /dev/stdout leads to one.
const procFolder = "/proc/"

// follow says where a path leads at last, and whether a regular file is there, or nothing. A
// link in /proc is where it ends: it stands for an open file, which may have no name any more.
func follow(path string) (to string, regular bool, err error) {
	const mostLinks = 40 // as the kernel follows
	for range mostLinks {
		folder, base := filepath.Split(path) // neither is cleaned: ".." after a link isn't the link's own folder
		if folder == "" {
			folder = "."
		}
		if folder, err = filepath.EvalSymlinks(folder); err != nil {
			return "", false, err
		}
		path = filepath.Join(folder, base)
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return path, true, nil
		case err != nil:
			return "", false, err
		case info.Mode()&fs.ModeSymlink == 0 || strings.HasPrefix(path, procFolder):
			return path, info.Mode().IsRegular(), nil
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", false, err
		}
		if path = link; !filepath.IsAbs(link) {
			path = folder + "/" + link
		}
	}
	return "", false, syscall.ELOOP
}

// openStraight opens what is no regular file, to write to it. A pipe waits for its reader.
func openStraight(path string) (io.WriteCloser, error) {
	if fd, own := ownFile(path); own {
		again, err := syscall.Dup(fd) // its place in the file goes on, which opening it again would not
		if err != nil {
			return nil, &fs.PathError{Op: "write", Path: path, Err: err}
		}
		syscall.CloseOnExec(again)
		return os.NewFile(uintptr(again), path), nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&(fs.ModeDevice|fs.ModeCharDevice) == fs.ModeDevice {
		return nil, errors.New("it is a block device, whose content would be lost: want a file")
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|syscall.O_NOCTTY, 0)
}

// ownFile is the file descriptor of this process that a link in /proc stands for, if any.
func ownFile(path string) (fd int, own bool) {
	folder, base := filepath.Split(path)
	if !strings.HasPrefix(folder, fmt.Sprintf("%s%d/", procFolder, os.Getpid())) || !strings.HasSuffix(folder, "/fd/") {
		return 0, false
	}
	fd, err := strconv.Atoi(base)
	return fd, err == nil
}
