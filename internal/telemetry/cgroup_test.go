package telemetry

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	v2Mount  = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
	cpuMount = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
	memMount = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
	// A container of version 1 without a cgroup namespace sees the host's paths, mounted from within.
	dockerMount = "36 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro,relatime - cgroup cgroup rw,cpu,cpuacct\n"
)

func TestCgroupLimits(t *testing.T) {
	cg := "sys/fs/cgroup/"
	tests := []struct {
		name, mounts, groups string
		files                map[string]string
		want                 limits
	}{
		{"none", v2Mount, "0::/user.slice\n", nil, limits{}},
		{"v2 own group", v2Mount, "0::/job\n",
			map[string]string{"job/cpu.max": "250000 100000", "job/memory.max": "1073741824"}, limits{2.5, 1 << 30}},
		{"v2 no limit", v2Mount, "0::/job\n",
			map[string]string{"job/cpu.max": "max 100000", "job/memory.max": "max"}, limits{}},
		{"v2 tighter parent", v2Mount, "0::/a/b/c\n",
			map[string]string{"a/cpu.max": "50000 100000", "a/b/c/cpu.max": "800000 100000", "a/b/memory.max": "7", "a/b/c/memory.max": "8"}, limits{0.5, 7}},
		{"v2 tighter child", v2Mount, "0::/a/b\n",
			map[string]string{"a/cpu.max": "800000 100000", "a/b/cpu.max": "300000 100000"}, limits{3, 0}},
		{"v2 a sibling doesn't bind", v2Mount, "0::/a\n",
			map[string]string{"b/cpu.max": "100000 100000", "a/b/cpu.max": "100000 100000"}, limits{}},
		{"v2 in a namespace", v2Mount, "0::/\n",
			map[string]string{"cpu.max": "150000 50000", "memory.max": "9"}, limits{3, 9}},
		{"v2 outside of the namespace", v2Mount, "0::/../other\n", map[string]string{"cpu.max": "100000 50000"}, limits{2, 0}},
		{"v1", cpuMount + memMount, "4:memory:/job\n1:cpu,cpuacct:/job\n",
			map[string]string{"cpu,cpuacct/job/cpu.cfs_quota_us": "400000", "cpu,cpuacct/job/cpu.cfs_period_us": "100000", "memory/job/memory.limit_in_bytes": "2048"}, limits{4, 2048}},
		{"v1 no limit", cpuMount + memMount, "4:memory:/job\n1:cpu,cpuacct:/job\n",
			map[string]string{"cpu,cpuacct/job/cpu.cfs_quota_us": "-1", "cpu,cpuacct/job/cpu.cfs_period_us": "100000", "memory/job/memory.limit_in_bytes": "9223372036854771712"}, limits{}},
		{"v1 in a container", dockerMount, "1:cpu,cpuacct:/docker/abc\n",
			map[string]string{"cpu,cpuacct/cpu.cfs_quota_us": "150000", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, limits{1.5, 0}},
		{"v1 below a container", dockerMount, "1:cpu,cpuacct:/docker/abc/sub\n",
			map[string]string{"cpu,cpuacct/sub/cpu.cfs_quota_us": "50000", "cpu,cpuacct/sub/cpu.cfs_period_us": "100000"}, limits{0.5, 0}},
		{"v1 path from elsewhere", dockerMount, "1:cpu,cpuacct:/other\n",
			map[string]string{"cpu,cpuacct/cpu.cfs_quota_us": "250000", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, limits{2.5, 0}},
		{"hybrid", cpuMount + v2Mount, "1:cpu,cpuacct:/j\n0::/j\n",
			map[string]string{"cpu,cpuacct/j/cpu.cfs_quota_us": "400000", "cpu,cpuacct/j/cpu.cfs_period_us": "100000", "j/memory.max": "5"}, limits{4, 5}},
		{"nonsense", v2Mount, "nonsense\n0::/j\n", map[string]string{"j/cpu.max": "x 100000", "j/memory.max": "-5"}, limits{}},
		{"no period", v2Mount, "0::/j\n", map[string]string{"j/cpu.max": "100000 0"}, limits{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			write(t, tt.mounts, root, "proc/self/mountinfo")
			write(t, tt.groups, root, "proc/self/cgroup")
			for name, text := range maps.All(tt.files) {
				write(t, text+"\n", root, cg, name)
			}
			if diff := cmp.Diff(tt.want, cgroupLimits(root), cmp.AllowUnexported(limits{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUsableCPUs(t *testing.T) {
	eight := cpuInfo{online: []int{0, 1, 2, 3, 4, 5, 6, 7}}
	for _, tt := range []struct {
		allowed string
		info    cpuInfo
		quota   float64
		want    float64
	}{
		{"0-7", eight, 0, 8},
		{"0-127", eight, 0, 8},
		{"2,5", eight, 0, 2},
		{"2,5", eight, 1.5, 1.5},
		{"2,5", eight, 4, 2},
		{"", eight, 0, 8},
		{"x", eight, 0, 8},
		{"0-7", cpuInfo{}, 2.5, 2.5},
		{"0-7", cpuInfo{}, 0, 0},
	} {
		root := t.TempDir()
		write(t, "Cpus_allowed_list:\t"+tt.allowed+"\n", root, "proc/self/status")
		if got := usableCPUs(root, tt.info, tt.quota); got != tt.want {
			t.Errorf("%+v: %v CPUs", tt, got)
		}
	}
}
