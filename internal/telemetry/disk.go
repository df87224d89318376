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

// disk reads what each whole block device moved: read_bytes, write_bytes, and io_ns,
// the time with I/O in flight. Partitions are left out, and loop, ram and zram devices.
// A device made of others (md, dm) counts beside them: sums count bytes twice.
type disk struct{ root string }

func (disk) Name() string { return "disk" }

func (d disk) Read(context.Context) ([]result.Reading, error) {
	whole, err := os.ReadDir(filepath.Join(d.root, "sys/block"))
	if err != nil {
		return nil, absent(err)
	}
	b, err := os.ReadFile(filepath.Join(d.root, "proc/diskstats"))
	if err != nil {
		return nil, absent(err)
	}
	names := map[string]bool{}
	for _, e := range whole {
		names[strings.ReplaceAll(e.Name(), "!", "/")] = true // sysfs writes cciss/c0d0 so
	}
	r := readings{t: time.Now(), source: d.Name()}
	if err := parseDiskstats(string(b), names, &r); err != nil {
		return nil, err
	}
	if len(r.all) == 0 {
		return nil, ErrNoData
	}
	return r.all, nil
}

// parseDiskstats reads the lines "major minor name ..." of /proc/diskstats for the
// devices in whole: Documentation/admin-guide/iostats.rst of the kernel.
func parseDiskstats(text string, whole map[string]bool, r *readings) error {
	const (
		name, readSectors, writeSectors, ioMS = 2, 5, 9, 12 // columns
		sector                                = 512         // bytes, whatever the device has
	)
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) <= ioMS {
			return fmt.Errorf("/proc/diskstats line %q has %d columns, want at least %d", strings.TrimSpace(line), len(fields), ioMS+1)
		}
		dev := fields[name]
		if !whole[dev] || inMemory(dev) {
			continue
		}
		for _, c := range []struct {
			name   string
			column int
			unit   float64
		}{{"read_bytes", readSectors, sector}, {"write_bytes", writeSectors, sector}, {"io_ns", ioMS, 1e6}} {
			n, err := strconv.ParseUint(fields[c.column], 10, 64)
			if err != nil {
				return fmt.Errorf("/proc/diskstats line %q: %w", strings.TrimSpace(line), err)
			}
			r.addDev(c.name, dev, float64(n)*c.unit)
		}
	}
	return nil
}

func inMemory(dev string) bool {
	return strings.HasPrefix(dev, "loop") || strings.HasPrefix(dev, "ram") || strings.HasPrefix(dev, "zram")
}
