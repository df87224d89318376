package telemetry

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// addPool adds what the kstats in a pool's folder say.
//
//   - pool_read_bytes, pool_write_bytes: what the pool moved to and from its devices, out
//     of io (up to ZFS 2.0), else out of iostats, which counts what missed or bypassed
//     the cache (later than 2.1, which has neither).
//   - objset_read_bytes, objset_write_bytes: what was read and written of its datasets,
//     the cache included, summed over those in use.
//   - pool_state: the number of zpoolState with the label state; 7 is ONLINE.
func (r *readings) addPool(dir string) error {
	pool := map[string]string{"pool": filepath.Base(dir)}
	if b, err := os.ReadFile(filepath.Join(dir, "state")); err == nil {
		state := strings.TrimSpace(string(b))
		labels := map[string]string{"pool": pool["pool"], "state": state}
		r.addLabels("pool_state", labels, float64(zpoolState(state)))
	}
	return errors.Join(r.addPoolIO(dir, pool), r.addObjsets(dir, pool))
}

func (r *readings) addPoolIO(dir string, pool map[string]string) error {
	for _, f := range []struct {
		file        string
		read, write []string
	}{
		{"io", []string{"nread"}, []string{"nwritten"}},
		{"iostats", []string{"arc_read_bytes", "direct_read_bytes"}, []string{"arc_write_bytes", "direct_write_bytes"}},
	} {
		counters, err := readKstat(filepath.Join(dir, f.file))
		if err != nil {
			return err
		}
		if _, ok := counters[f.read[0]]; ok {
			r.addLabels("pool_read_bytes", pool, sumOf(counters, f.read))
			r.addLabels("pool_write_bytes", pool, sumOf(counters, f.write))
			return nil
		}
	}
	return nil
}

// addObjsets sums the pool's datasets. One that goes meanwhile takes its counters along.
func (r *readings) addObjsets(dir string, pool map[string]string) error {
	files, _ := filepath.Glob(filepath.Join(dir, "objset-*"))
	var read, write float64
	var errs []error
	for _, file := range files {
		counters, err := readKstat(file)
		errs = append(errs, err)
		read += counters["nread"]
		write += counters["nwritten"]
	}
	if len(files) > 0 {
		r.addLabels("objset_read_bytes", pool, read)
		r.addLabels("objset_write_bytes", pool, write)
	}
	return errors.Join(errs...)
}

func sumOf(counters map[string]float64, names []string) (sum float64) {
	for _, name := range names {
		sum += counters[name]
	}
	return sum
}

// zpoolState numbers the states of a pool, as ZFS does (enum vdev_state); other is 0, as
// is SUSPENDED.
func zpoolState(name string) int {
	return map[string]int{"CLOSED": 1, "OFFLINE": 2, "REMOVED": 3, "UNAVAIL": 4, "FAULTED": 5, "DEGRADED": 6, "ONLINE": 7}[name]
}
