package telemetry

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// cpu reads the time that the CPUs spent, in ns, summed over those that this process
// may use: busy_ns (user, nice, system, irq, softirq), idle_ns (idle and iowait),
// iowait_ns (a part of idle_ns) and steal_ns.
type cpu struct{ root string }

func (cpu) Name() string { return "cpu" }

func (c cpu) Read(context.Context) ([]result.Reading, error) {
	allowed, err := allowedCPUs(c.root)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(c.root, "proc/stat"))
	if err != nil {
		return nil, absent(err)
	}
	times, err := parseStat(string(b), allowed)
	if err != nil {
		return nil, err
	}
	r := readings{t: time.Now(), source: c.Name()}
	r.add("busy_ns", times.busy*tickNS)
	r.add("idle_ns", times.idle*tickNS)
	r.add("iowait_ns", times.iowait*tickNS)
	r.add("steal_ns", times.steal*tickNS)
	return r.all, nil
}

// tickNS is the unit of /proc/stat: USER_HZ is 100 wherever Go runs on Linux.
const tickNS = float64(time.Second) / 100

// cpuTimes is in ticks.
type cpuTimes struct{ busy, idle, iowait, steal float64 }

// parseStat sums the lines "cpuN user nice system idle iowait irq softirq steal ..." of
// /proc/stat over the CPUs in allowed, or over all if it is empty. Guest time is within
// user time already.
func parseStat(text string, allowed map[int]bool) (cpuTimes, error) {
	var sum cpuTimes
	lines := 0
	for line := range strings.Lines(text) {
		number, ok := strings.CutPrefix(line, "cpu")
		if !ok {
			break // the CPUs come first, and what follows can be long
		}
		fields := strings.Fields(number)
		if len(fields) < 9 || number[0] == ' ' { // "cpu " is the sum over all
			continue
		}
		n, err := strconv.Atoi(fields[0])
		if err != nil {
			return cpuTimes{}, fmt.Errorf("/proc/stat line %q: %w", strings.TrimSpace(line), err)
		}
		if len(allowed) > 0 && !allowed[n] {
			continue
		}
		if err := sum.add(fields[1:9]); err != nil {
			return cpuTimes{}, fmt.Errorf("/proc/stat line %q: %w", strings.TrimSpace(line), err)
		}
		lines++
	}
	if lines == 0 {
		return cpuTimes{}, fmt.Errorf("/proc/stat has no CPU that this process may use")
	}
	return sum, nil
}

func (c *cpuTimes) add(fields []string) error {
	var v [8]float64
	for i := range v {
		n, err := strconv.ParseUint(fields[i], 10, 64)
		if err != nil {
			return err
		}
		v[i] = float64(n)
	}
	user, nice, system, idle, iowait, irq, softirq, steal := v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
	c.busy += user + nice + system + irq + softirq
	c.idle += idle + iowait
	c.iowait += iowait
	c.steal += steal
	return nil
}

// allowedCPUs returns the CPUs in this process's affinity mask, which a cpuset narrows
// too: what sched_getaffinity(2) answers. The mask may name CPUs that don't exist.
func allowedCPUs(root string) (map[int]bool, error) {
	list := statusField(text(root, "proc/self/status"), "Cpus_allowed_list")
	if list == "" {
		return nil, nil
	}
	return parseCPUList(list)
}

// parseCPUList reads the kernel's "0-3,8,10-11".
func parseCPUList(list string) (map[int]bool, error) {
	const most = 1 << 16 // CPUs; keeps a wrong line from filling the memory
	cpus := map[int]bool{}
	for part := range strings.SplitSeq(list, ",") {
		from, to, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil || first < 0 || first > last || last > most {
			return nil, fmt.Errorf("CPU list %q: %q is not N or N-M", list, part)
		}
		for n := first; n <= last; n++ {
			cpus[n] = true
		}
	}
	return cpus, nil
}
