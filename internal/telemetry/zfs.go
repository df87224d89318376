package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// zfs reads the host's ZFS.
//
//   - The cache: arc_hits, arc_misses, of them arc_demand_data_hits and _misses and
//     arc_prefetch_data_hits and _misses; arc_size_bytes now, arc_target_bytes (c) and
//     arc_max_bytes (c_max); l2arc_hits, l2arc_misses, l2arc_read_bytes.
//   - Read-ahead: zfetch_hits, zfetch_misses.
//   - Per pool (label pool): see addPool.
type zfs struct{ root string }

func (zfs) Name() string { return "zfs" }

func (z zfs) Read(ctx context.Context) ([]result.Reading, error) {
	dir := filepath.Join(z.root, "proc/spl/kstat/zfs")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, absent(err)
	}
	r := readings{t: time.Now(), source: z.Name()}
	errs := []error{
		r.addKstat(filepath.Join(dir, "arcstats"), [][2]string{
			{"hits", "arc_hits"}, {"misses", "arc_misses"},
			{"demand_data_hits", "arc_demand_data_hits"}, {"demand_data_misses", "arc_demand_data_misses"},
			{"prefetch_data_hits", "arc_prefetch_data_hits"}, {"prefetch_data_misses", "arc_prefetch_data_misses"},
			{"size", "arc_size_bytes"}, {"c", "arc_target_bytes"}, {"c_max", "arc_max_bytes"},
			{"l2_hits", "l2arc_hits"}, {"l2_misses", "l2arc_misses"}, {"l2_read_bytes", "l2arc_read_bytes"},
		}),
		r.addKstat(filepath.Join(dir, "zfetchstats"), [][2]string{{"hits", "zfetch_hits"}, {"misses", "zfetch_misses"}}),
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			errs = append(errs, err)
			break
		}
		if e.IsDir() {
			errs = append(errs, r.addPool(filepath.Join(dir, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil || len(r.all) > 0 {
		return r.all, err
	}
	return nil, ErrNoData
}

// addKstat adds the counters of a kstat under our names; one that isn't there adds none.
func (r *readings) addKstat(path string, names [][2]string) error {
	counters, err := readKstat(path)
	if err != nil {
		return err
	}
	for _, name := range names {
		if n, ok := counters[name[0]]; ok {
			r.add(name[1], n)
		}
	}
	return nil
}

// readKstat returns the numbers of a kstat; of a file that isn't there, none.
func readKstat(path string) (map[string]float64, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	counters, err := parseKstat(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return counters, nil
}

// parseKstat reads a kstat of the Solaris porting layer: a line of numbers about the
// file, the line "name type data", and such lines. A pool's io has its names in one line
// and the numbers in the next. What isn't a number is left out.
func parseKstat(text string) (map[string]float64, error) {
	if err := whole(text); err != nil {
		return nil, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 3 {
		return nil, fmt.Errorf("has %d lines, want a header of 2", len(lines)-1)
	}
	names := strings.Fields(lines[1])
	if len(names) == 0 {
		return nil, fmt.Errorf("the second line names nothing")
	}
	if strings.Join(names, " ") != "name type data" {
		return parseKstatRow(names, strings.Fields(lines[2]))
	}
	const integer64, unsigned64, text64 = "3", "4", "7" // KSTAT_DATA_*
	counters := map[string]float64{}
	for _, line := range lines[2 : len(lines)-1] {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) < 2 || len(fields) < 3 && fields[1] != text64 {
			return nil, fmt.Errorf("line %q isn't NAME TYPE NUMBER", line)
		}
		if fields[1] != integer64 && fields[1] != unsigned64 {
			continue
		}
		n, err := kstatNumber(fields[0], fields[2])
		if err != nil {
			return nil, err
		}
		counters[fields[0]] = n
	}
	return counters, nil
}

func parseKstatRow(names, values []string) (map[string]float64, error) {
	if len(names) != len(values) {
		return nil, fmt.Errorf("has %d names and %d numbers", len(names), len(values))
	}
	counters := map[string]float64{}
	for i, name := range names {
		n, err := kstatNumber(name, values[i])
		if err != nil {
			return nil, err
		}
		counters[name] = n
	}
	return counters, nil
}

func kstatNumber(name, text string) (float64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return float64(n), nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return float64(n), nil
}
