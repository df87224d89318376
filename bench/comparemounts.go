package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// compareRuns is how often two mounts are compared.
const compareRuns = 20

// loopDisk is an ext4 file system on a loop device of our own.
type loopDisk struct{ image, device, mount string }

// compareMounts compares two file systems on loop devices, then again with one of them
// held by the kernel to 0.8 of what it gave.
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
	same := 0
	var rates []float64
	for range compareRuns {
		run, err := b.compareLoops(disks)
		if err != nil {
			return outcome{}, err
		}
		if !slices.ContainsFunc(run.Block.Differences, func(d result.Difference) bool { return d.Verdict == result.Real }) {
			same++
		}
		rates = append(rates, readCell(run, "B").Mean)
	}
	held := 0.8 * median(rates)
	release, err := throttleReads(disks[1].device, int64(held))
	if err != nil {
		return outcome{}, err
	}
	defer release()
	found, worstOff := 0, 0.0
	for range compareRuns {
		run, err := b.compareLoops(disks)
		if err != nil {
			return outcome{}, err
		}
		for _, d := range run.Block.Differences {
			if d.A["mode"] != "direct" || d.A["op"] != "read" {
				continue
			}
			if d.Verdict == result.Real && d.Ratio < 1 {
				found++
			}
			worstOff = max(worstOff, abs(d.Ratio/(held/readCell(run, "A").Mean)-1))
		}
	}
	return outcome{got: fmt.Sprintf("no real difference in %d of %d; 0.8x found in %d of %d, ratio off by at most %.1f %%", same, compareRuns, found, compareRuns, 100*worstOff),
		met: same >= 19 && found == compareRuns && worstOff <= 0.03,
		how: "ext4 on two loop devices, reads past the cache, 3 repeats of A B B A; the second one held by blkio to 0.8 of its median"}, nil
}

func abs(v float64) float64 { return max(v, -v) }

func (b *bench) compareLoops(disks []loopDisk) (result.Run, error) {
	_, run, err := b.block("compare-mounts", "A="+disks[0].mount, "B="+disks[1].mount, "--size", "128MiB", "--files", "4", "--jobs", "4", "--op-size", "1MiB",
		"--matrix", "op=read mode=direct", "--repeats", "4")
	return run, err
}

// readCell is the direct reads of one mount.
func readCell(run result.Run, mount string) result.Cell {
	for _, c := range run.Block.Cells {
		if c.Settings["mount"] == mount && c.Settings["mode"] == "direct" && c.Settings["op"] == "read" {
			return c
		}
	}
	return result.Cell{}
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
	_ = os.Remove(d.image)
}

// throttleReads holds everybody's reads of a device to a rate, by its own major:minor.
func throttleReads(device string, bytesPerS int64) (release func(), err error) {
	var st unix.Stat_t
	if err := unix.Stat(device, &st); err != nil {
		return nil, err
	}
	number := fmt.Sprintf("%d:%d", unix.Major(st.Rdev), unix.Minor(st.Rdev))
	const file = "/sys/fs/cgroup/blkio/blkio.throttle.read_bps_device"
	if err := os.WriteFile(file, fmt.Appendf(nil, "%s %d", number, bytesPerS), 0); err != nil {
		return nil, fmt.Errorf("hold %s: %w", device, err)
	}
	return func() { _ = os.WriteFile(file, fmt.Appendf(nil, "%s 0", number), 0) }, nil
}
