package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// A block job of both programs: read or written files, by lbench and by fio(1).

// blockSeconds is how long one measurement of a pair takes.
const blockSeconds = 2

// blockFiles lays out files to read: so many bytes in so many files.
func (b *bench) blockFiles(bytes string, files int) (dir string, names []string, err error) {
	dir = filepath.Join(b.dir, fmt.Sprintf("block-%sx%d", bytes, files))
	if _, err = b.process("", b.lbench, "cold-read", "--prepare", "--quiet", "--data-dir", dir, "--size", bytes, "--files", fmt.Sprint(files), "--jobs", "1", "--op-size", "1MiB"); err != nil {
		return "", nil, err
	}
	names, err = filepath.Glob(filepath.Join(dir, "blocks", "*.raw"))
	return dir, names, err
}

// block runs a block command of lbench and returns what it cost and its run.json.
func (b *bench) block(command string, args ...string) (child, result.Run, error) {
	return b.blockIn("", command, args...)
}

// blockIn runs it in a cgroup.
func (b *bench) blockIn(group, command string, args ...string) (child, result.Run, error) {
	if command != "small-write" { // which copies next to nothing
		args = append(args, "--ceiling", "off")
	}
	return b.measured(group, command, args...)
}

// fioBlock runs one job of fio on files, for blockSeconds.
func (b *bench) fioBlock(names []string, args ...string) (fioRun, error) {
	return b.runFio("", append([]string{"--name=x", "--group_reporting", "--output-format=json", "--invalidate=0", "--time_based",
		fmt.Sprintf("--runtime=%d", blockSeconds), "--filename=" + strings.Join(names, ":")}, args...)...)
}

// warmFiles reads files into the page cache.
func warmFiles(names []string) error {
	buf := make([]byte, 1<<20)
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		for {
			if n, err := f.Read(buf); n == 0 || err != nil {
				break
			}
		}
		f.Close()
	}
	return nil
}

func seconds() string { return fmt.Sprintf("%ds", blockSeconds) }
