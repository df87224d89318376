package telemetry

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// Host describes the machine whose file tree is at root ("/" but in tests). What can't
// be read is absent.
func Host(root string) result.Host {
	info := parseCPUInfo(text(root, "proc/cpuinfo"))
	limits := cgroupLimits(root)
	return result.Host{
		Name:           text(root, "proc/sys/kernel/hostname"),
		OS:             osName(root),
		Kernel:         text(root, "proc/sys/kernel/osrelease"),
		Virtual:        hypervisor(root, info),
		CPUModel:       info.model,
		CPUs:           len(info.online),
		Sockets:        sockets(root, info),
		UsableCPUs:     usableCPUs(root, info, limits.cpus),
		MemoryBytes:    memoryTotal(root),
		MemoryMaxBytes: limits.memory,
		NICs:           nics(root),
	}
}

func osName(root string) string {
	release := text(root, "etc/os-release")
	if release == "" {
		release = text(root, "usr/lib/os-release")
	}
	for line := range strings.Lines(release) {
		if value, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			return strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return ""
}

func memoryTotal(root string) int64 {
	fs, err := proc(root)
	if err != nil {
		return 0
	}
	info, err := fs.Meminfo()
	if err != nil || info.MemTotalBytes == nil {
		return 0
	}
	return int64(*info.MemTotalBytes)
}

// cpuInfo is what /proc/cpuinfo says of all CPUs together.
type cpuInfo struct {
	online  []int
	model   string
	sockets map[string]bool
	flags   bool // has the line "flags", as x86 does
	guest   bool // with the flag "hypervisor" in it
}

// parseCPUInfo reads /proc/cpuinfo, whose lines differ with the architecture.
func parseCPUInfo(text string) cpuInfo {
	info := cpuInfo{sockets: map[string]bool{}}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "processor":
			if cpus, err := parseCPUList(value); err == nil && len(cpus) == 1 {
				for n := range cpus {
					info.online = append(info.online, n)
				}
			}
		case "model name":
			info.model = value
		case "physical id":
			info.sockets[value] = true
		case "flags":
			info.flags = true
			info.guest = strings.Contains(" "+value+" ", " hypervisor ")
		}
	}
	return info
}

// sockets counts the packages; where cpuinfo doesn't tell (arm64), sysfs may.
func sockets(root string, info cpuInfo) int {
	if len(info.sockets) > 0 {
		return len(info.sockets)
	}
	seen := map[string]bool{}
	paths, _ := filepath.Glob(filepath.Join(root, "sys/devices/system/cpu/cpu[0-9]*/topology/physical_package_id"))
	for _, path := range paths {
		if id := text(path); id != "" && id != "-1" {
			seen[id] = true
		}
	}
	return len(seen)
}

// usableCPUs is the smallest of the CPUs online, those that the affinity mask leaves
// of them, and the quota of the cgroup (0 is none).
func usableCPUs(root string, info cpuInfo, quota float64) float64 {
	allowed, err := allowedCPUs(root)
	if err != nil {
		allowed = nil
	}
	usable := 0.0
	for _, n := range info.online {
		if len(allowed) == 0 || allowed[n] {
			usable++
		}
	}
	if quota > 0 && (usable == 0 || quota < usable) {
		return quota
	}
	return usable
}

// hypervisor names what the machine runs on, or is "" on bare metal. The firmware's
// words are a hint: a cloud's bare-metal machine may carry its cloud's name, so on x86
// the CPU's flag decides whether there is one at all.
func hypervisor(root string, info cpuInfo) string {
	if info.flags && !info.guest {
		return ""
	}
	words := strings.Join([]string{
		text(root, "sys/class/dmi/id/sys_vendor"),
		text(root, "sys/class/dmi/id/product_name"),
		text(root, "sys/hypervisor/type"),
	}, " ")
	for _, h := range []struct{ word, name string }{
		{"Google", "Google Compute Engine"},
		{"Amazon EC2", "Amazon EC2"},
		{"Virtual Machine", "Hyper-V"}, // of Microsoft Corporation, and so Azure
		{"VMware", "VMware"},
		{"VirtualBox", "VirtualBox"},
		{"OpenStack", "OpenStack"},
		{"QEMU", "QEMU"},
		{"KVM", "KVM"},
		{"xen", "Xen"},
		{"Xen", "Xen"},
	} {
		if strings.Contains(words, h.word) {
			return h.name
		}
	}
	if info.guest {
		return "unrecognized hypervisor"
	}
	return ""
}

// link returns the last element of a symbolic link's target, or "".
func link(path ...string) string {
	target, err := os.Readlink(filepath.Join(path...))
	if err != nil {
		return ""
	}
	return filepath.Base(target)
}
