package telemetry

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// process reads what this process took: user_ns and system_ns of CPU, rchar_bytes
// through read calls and read_bytes from block devices, rss_bytes, threads, and how
// often it gave up a CPU (voluntary_switches) or lost one (involuntary_switches).
type process struct{ root string }

func (process) Name() string { return "process" }

func (p process) Read(context.Context) ([]result.Reading, error) {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return nil, fmt.Errorf("getrusage: %w", err)
	}
	r := readings{t: time.Now(), source: p.Name()}
	r.add("user_ns", float64(usage.Utime.Nano()))
	r.add("system_ns", float64(usage.Stime.Nano()))
	r.add("voluntary_switches", float64(usage.Nvcsw))
	r.add("involuntary_switches", float64(usage.Nivcsw))

	io := text(p.root, "proc/self/io")
	status := text(p.root, "proc/self/status")
	r.addField("rchar_bytes", statusField(io, "rchar"), 1)
	r.addField("read_bytes", statusField(io, "read_bytes"), 1)
	r.addField("rss_bytes", statusField(status, "VmRSS"), 1024)
	r.addField("threads", statusField(status, "Threads"), 1)
	return r.all, nil
}

// addField adds a field times unit, unless it isn't there.
func (r *readings) addField(name, field string, unit float64) {
	number, _, _ := strings.Cut(field, " ") // "1234 kB"
	if n, err := strconv.ParseUint(number, 10, 64); err == nil {
		r.add(name, float64(n)*unit)
	}
}

// statusField returns the value of a line "key: value" as in /proc/self/status, or "".
func statusField(text, key string) string {
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok && name == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
