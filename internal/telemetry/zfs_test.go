package telemetry

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	poolIO   = "25 3 0x00 1 80 17 10\nnread    nwritten reads    writes   \n153      154      155      156       \n"
	iostats  = "24 1 0x01 5 48 17 64\nname type data\ntrim_bytes_written 4 1\narc_read_bytes 4 5000\narc_write_bytes 4 3000\ndirect_read_bytes 4 500\ndirect_write_bytes 4 200\n"
	objset   = "31 1 0x01 7 2160 16 81\nname                            type data\ndataset_name                    7    tank/with space\nwrites 4 3\nnwritten 4 12\nreads 4 2\nnread 4 18446744073709551615\n"
	arcstats = "13 1 0x01 2 5 1 2\nname type data\nhits 4 7\nmemory_available_bytes 3 -8\n"
)

func TestZFSPools(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		want  map[string]float64
	}{
		"io":      {map[string]string{"io": poolIO, "iostats": iostats}, map[string]float64{"pool_read_bytes{pool=tank}": 153, "pool_write_bytes{pool=tank}": 154}},
		"iostats": {map[string]string{"iostats": iostats}, map[string]float64{"pool_read_bytes{pool=tank}": 5500, "pool_write_bytes{pool=tank}": 3200}},
		"datasets": {map[string]string{"objset-0x36": objset, "objset-0x4f": strings.Replace(objset, "18446744073709551615", "5", 1)},
			map[string]float64{"objset_read_bytes{pool=tank}": 18446744073709551615 + 5, "objset_write_bytes{pool=tank}": 24}},
		"degraded":  {map[string]string{"state": "DEGRADED\n"}, map[string]float64{"pool_state{pool=tank,state=DEGRADED}": 6}},
		"suspended": {map[string]string{"state": "SUSPENDED\n"}, map[string]float64{"pool_state{pool=tank,state=SUSPENDED}": 0}},
	} {
		root := t.TempDir()
		for file, text := range tt.files {
			write(t, text, root, "proc/spl/kstat/zfs/tank", file)
		}
		if diff := cmp.Diff(tt.want, read(t, zfs{root})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestZFSEmpty(t *testing.T) {
	root := t.TempDir()
	write(t, "", root, "proc/spl/kstat/zfs/tank/x")
	if got, err := (zfs{root}).Read(t.Context()); !errors.Is(err, ErrNoData) {
		t.Errorf("%v, %v, want ErrNoData", got, err)
	}
}

// TestZFSBroken spoils one file: the rest is read, and the error names it.
func TestZFSBroken(t *testing.T) {
	for _, file := range []string{"arcstats", "zfetchstats", "tank/io", "tank/objset-0x1"} {
		root := t.TempDir()
		write(t, iostats, root, "proc/spl/kstat/zfs/well/iostats")
		write(t, "garbage\n", root, "proc/spl/kstat/zfs", file)
		all, err := zfs{root}.Read(t.Context())
		if err == nil || !strings.Contains(err.Error(), "proc/spl/kstat/zfs/"+file) {
			t.Errorf("%s: error %v", file, err)
		}
		if got := series(t, all); got["pool_read_bytes{pool=well}"] != 5500 {
			t.Errorf("%s: with the error came %v", file, got)
		}
	}
}

func TestParseKstat(t *testing.T) {
	got, err := parseKstat(arcstats)
	if diff := cmp.Diff(map[string]float64{"hits": 7, "memory_available_bytes": -8}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, text := range []string{
		"", "\n", "a\nb\n", "1\n\n\n", "1\nname type data\nhits 4\n", "1\nname type data\nhits\n", "1\nname type data\nhits 4 x\n",
		"1\nname type data\nhits 4 1", "1\nnread nwritten\n1\n", "1\nnread\nx\n",
	} {
		if got, err := parseKstat(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}

func FuzzParseKstat(f *testing.F) {
	for _, text := range []string{poolIO, iostats, objset, arcstats} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := parseKstat(text); err == nil && got == nil {
			t.Errorf("%q gives neither counters nor an error", text)
		}
	})
}
