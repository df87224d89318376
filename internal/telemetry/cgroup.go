package telemetry

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
)

// limits is what the control groups leave to this process; 0 is no limit.
type limits struct {
	cpus   float64 // quota over period
	memory int64   // bytes
}

// cgroupLimits takes the smallest limit on the way from this process's cgroup up to
// the top that is visible here, in version 2 and in version 1 of the hierarchies: a
// limit on a parent binds all below it.
func cgroupLimits(root string) limits {
	var l limits
	for _, dir := range cgroupDirs(root) {
		l.lower(parseCPUMax(text(dir, "cpu.max")), parseMemoryMax(text(dir, "memory.max")))
		l.lower(cfsQuota(dir), parseMemoryMax(text(dir, "memory.limit_in_bytes")))
	}
	return l
}

func (l *limits) lower(cpus float64, memory int64) {
	if cpus > 0 && (l.cpus == 0 || cpus < l.cpus) {
		l.cpus = cpus
	}
	if memory > 0 && (l.memory == 0 || memory < l.memory) {
		l.memory = memory
	}
}

// cgroupDirs lists the folders of this process's cgroups and of all above them, found
// through /proc/self/cgroup (which group) and mountinfo (where its hierarchy is).
func cgroupDirs(root string) []string {
	fs, err := proc(root)
	if err != nil {
		return nil
	}
	mounts, err := fs.GetMounts()
	if err != nil {
		return nil
	}
	var dirs []string
	for line := range strings.Lines(text(root, "proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		for _, m := range mounts {
			if holds(m, parts[1]) {
				dirs = append(dirs, upward(filepath.Join(root, m.MountPoint), below(m.Root, parts[2]))...)
			}
		}
	}
	return dirs
}

// holds says whether m is the hierarchy of these controllers: "cpu,cpuacct", or "" for
// version 2.
func holds(m *procfs.MountInfo, controllers string) bool {
	if controllers == "" {
		return m.FSType == "cgroup2"
	}
	first, _, _ := strings.Cut(controllers, ",")
	_, ok := m.SuperOptions[first]
	return m.FSType == "cgroup" && ok
}

// below returns a cgroup's path below a mount of the hierarchy's folder top. Within a
// container the two may not fit together; then the mount itself is the best guess.
func below(top, group string) string {
	if top == "/" {
		return group
	}
	if rest, ok := strings.CutPrefix(group, top); ok {
		return rest
	}
	return "/"
}

// upward lists mount/path and every folder above it, up to mount.
func upward(mount, path string) []string {
	path = filepath.Clean("/" + path)
	dirs := []string{mount}
	for ; path != "/"; path = filepath.Dir(path) {
		dirs = append(dirs, mount+path)
	}
	slices.Reverse(dirs)
	return dirs
}

// parseCPUMax reads "QUOTA PERIOD" in µs, or "max PERIOD", as a number of CPUs.
func parseCPUMax(text string) float64 {
	quota, period, _ := strings.Cut(text, " ")
	q, err := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err != nil || err2 != nil || q <= 0 || p <= 0 {
		return 0
	}
	return q / p
}

// cfsQuota is the same of version 1, where no quota is -1.
func cfsQuota(dir string) float64 {
	return parseCPUMax(text(dir, "cpu.cfs_quota_us") + " " + text(dir, "cpu.cfs_period_us"))
}

// parseMemoryMax reads a limit in bytes. No limit is "max" in version 2, and in version
// 1 the largest page-aligned int64.
func parseMemoryMax(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n >= 1<<62 {
		return 0
	}
	return n
}
