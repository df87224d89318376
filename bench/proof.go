package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/ioengine"
)

// proofTries is how often the cold proof is asked about a file that is held in the cache,
// and about files that are not.
const proofTries = 1000

// coldProof holds one page of a file in the cache, as another program's lock does, and
// counts how often it is found; and how often something is found where nothing is held.
func coldProof(b *bench) (outcome, error) {
	dir := filepath.Join(b.dir, "proof")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return outcome{}, err
	}
	names := []string{"a", "b", "c", "d"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 4<<20), 0o644); err != nil {
			return outcome{}, err
		}
	}
	found, alarms := 0, 0
	for range proofTries {
		release, err := lockPage(filepath.Join(dir, "c"))
		if err != nil {
			return outcome{}, err
		}
		held, err := ioengine.Chill(b.ctx, "/", dir, names, false, ioengine.ResidencyOptions{})
		release()
		if err != nil {
			return outcome{}, err
		}
		if held.Cached > 0 {
			found++
		}
		for _, name := range names { // warm again
			if _, err := os.ReadFile(filepath.Join(dir, name)); err != nil {
				return outcome{}, err
			}
		}
		free, err := ioengine.Chill(b.ctx, "/", dir, names, false, ioengine.ResidencyOptions{})
		if err != nil {
			return outcome{}, err
		}
		if free.Cached > 0 {
			alarms++
		}
	}
	return outcome{got: fmt.Sprintf("%d of %d found, %d false alarms in %d", found, proofTries, alarms, proofTries), met: found == proofTries && alarms == 0,
		how: "4 files of 4 MiB, one page of one of them mapped and locked by another process"}, nil
}

// lockPage has another process map the first page of a file and lock it in memory, until
// release is called.
func lockPage(name string) (release func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	holder := exec.Command(self, holdFlag, name)
	stdin, err := holder.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := holder.Start(); err != nil {
		return nil, err
	}
	release = func() { _ = stdin.Close(); _ = holder.Wait() }
	if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil { // it holds the page
		release()
		return nil, fmt.Errorf("lock a page of %s in another process: %w", name, err)
	}
	return release, nil
}

// holdFlag makes this program hold a page of a file until its input ends.
const holdFlag = "-hold-page"

// holdPage is the other process of lockPage.
func holdPage(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	page, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return err
	}
	if err := unix.Mlock(page); err != nil {
		return err
	}
	if _, err := os.Stdout.Write([]byte{'.'}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
