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

// pressure reads pressure stall information, in ns since boot: how long some or all
// tasks ("full") could not go on for want of CPU, I/O or memory. A kernel without it,
// or booted with psi=0, has no data.
type pressure struct{ root string }

func (pressure) Name() string { return "pressure" }

func (p pressure) Read(context.Context) ([]result.Reading, error) {
	r := readings{source: p.Name()}
	for _, resource := range []string{"cpu", "io", "memory"} {
		b, err := os.ReadFile(filepath.Join(p.root, "proc/pressure", resource))
		if err != nil {
			return r.all, absent(err)
		}
		some, full, err := parsePressure(string(b))
		if err != nil {
			return r.all, fmt.Errorf("/proc/pressure/%s: %w", resource, err)
		}
		r.t = time.Now()
		r.add(resource+"_some_ns", some)
		if resource != "cpu" { // of the CPU "full" is 0 by definition for a whole host
			r.add(resource+"_full_ns", full)
		}
	}
	return r.all, nil
}

// parsePressure returns the totals of "some avg10=0.00 avg60=0.00 avg300=0.00 total=12"
// and of the line "full", in ns; the kernel counts µs.
func parsePressure(text string) (some, full float64, err error) {
	for line := range strings.Lines(text) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		_, total, ok := strings.Cut(rest, "total=")
		n, parseErr := strconv.ParseUint(total, 10, 64)
		if !ok || parseErr != nil {
			return 0, 0, fmt.Errorf("line %q has no total=NUMBER", strings.TrimSpace(line))
		}
		switch kind {
		case "some":
			some = float64(n) * 1e3
		case "full":
			full = float64(n) * 1e3
		}
	}
	return some, full, nil
}
