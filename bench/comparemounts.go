package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// compareRuns is how often two mounts are compared.
const compareRuns = 20

// loopDisk is an ext4 file system on a loop device of our own.
type loopDisk struct{ image, device, mount string }

// heldRate is what the kernel holds the file systems to, in bytes per second: slow enough
// that what it lets pass at once after a pause is a small part of a run.
const heldRate = 400e6

// compareMounts compares two file systems on loop devices that the kernel holds to one
// rate, so that it is known that they don't differ, and then again with the second one
// held to 0.8 of that.
func compareMounts(b *bench) (outcome, error) {
	if os.Geteuid() != 0 {
		return outcome{}, errors.New("only root can mount loop devices")
	}
	var disks []loopDisk
	for _, name := range []string{"a", "b"} {
		disk, err := b.loop(name)
		if err != nil {
			return outcome{}, err
		}
		defer disk.release()
		disks = append(disks, disk)
	}
	group, release, err := hold(disks[0].mount, heldRate)
	if err != nil {
		return outcome{}, err
	}
	defer release()
	compare := func(share float64, count func(result.Difference)) error {
		if err := alsoHold(group, disks[1].mount, int64(share*heldRate)); err != nil {
			return err
		}
		for range compareRuns {
			run, err := b.compareLoops(group, disks)
			if err != nil {
				return err
			}
			count(run.Block.Differences[0])
		}
		return nil
	}
	same, found, off := 0, 0, 0.0
	err = compare(1, func(d result.Difference) {
		if d.Verdict != result.Real {
			same++
		}
	})
	if err != nil {
		return outcome{}, err
	}
	err = compare(0.8, func(d result.Difference) {
		if d.Verdict == result.Real && d.Ratio < 1 {
			found++
		}
		off = max(off, abs(d.Ratio/0.8-1))
	})
	return outcome{got: fmt.Sprintf("no real difference in %d of %d; 0.8x found in %d of %d, ratio off by at most %.1f %%", same, compareRuns, found, compareRuns, 100*off),
		met: same >= 19 && found == compareRuns && off <= 0.03,
		how: fmt.Sprintf("ext4 on two loop devices, reads past the cache, 3 repeats of A B B A; held by blkio to %.0f and %.0f MB/s", heldRate/1e6, heldRate*0.8/1e6)}, err
}

// alsoHold holds a second device to a rate in a cgroup that hold has made.
func alsoHold(group, dir string, bytesPerS int64) error {
	device, err := deviceOf(dir)
	if err != nil {
		return err
	}
	file, text := "blkio.throttle.read_bps_device", fmt.Sprintf("%s %d", device, bytesPerS)
	if _, err := os.Stat(filepath.Join(group, file)); err != nil {
		file, text = "io.max", fmt.Sprintf("%s rbps=%d", device, bytesPerS)
	}
	return os.WriteFile(filepath.Join(group, file), []byte(text), 0)
}

func abs(v float64) float64 { return max(v, -v) }

func (b *bench) compareLoops(group string, disks []loopDisk) (result.Run, error) {
	_, run, err := b.blockIn(group, "compare-mounts", "A="+disks[0].mount, "B="+disks[1].mount, "--size", "384MiB", "--files", "4", "--jobs", "4", "--op-size", "1MiB",
		"--matrix", "op=read mode=direct", "--repeats", "3")
	return run, err
}

// loop makes an ext4 file system in a file and mounts it.
func (b *bench) loop(name string) (loopDisk, error) {
	d := loopDisk{image: filepath.Join(b.dir, "loop-"+name+".img"), mount: filepath.Join(b.dir, "loop-"+name)}
	if err := errors.Join(os.MkdirAll(d.mount, 0o755), os.WriteFile(d.image, nil, 0o644), os.Truncate(d.image, 1<<30)); err != nil {
		return d, err
	}
	if _, err := b.process("", "mkfs.ext4", "-q", "-F", d.image); err != nil {
		return d, err
	}
	c, err := b.process("", "losetup", "--find", "--show", "--direct-io=on", d.image)
	if err != nil {
		return d, err
	}
	d.device = strings.TrimSpace(string(c.stdout))
	if err := unix.Mount(d.device, d.mount, "ext4", 0, ""); err != nil {
		d.release()
		return d, fmt.Errorf("mount %s: %w", d.device, err)
	}
	return d, nil
}

// release unmounts and forgets the file system.
func (d loopDisk) release() {
	_ = unix.Unmount(d.mount, 0)
	if f, err := os.Open(d.device); err == nil {
		_ = unix.IoctlSetInt(int(f.Fd()), unix.LOOP_CLR_FD, 0)
		_ = f.Close()
	}
	_, _ = os.Remove(d.image), os.Remove(d.mount)
}
