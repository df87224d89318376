package telemetry

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// values reads a source and returns its readings as "name" or "name dev".
func values(t *testing.T, s Source) map[string]float64 {
	t.Helper()
	before := time.Now()
	all, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, r := range all {
		key := r.Name
		if dev, ok := r.Labels["dev"]; ok {
			key += " " + dev
		}
		if _, twice := got[key]; twice {
			t.Errorf("%s is there twice", key)
		}
		if r.Source != s.Name() || r.T.Before(before) || r.T.After(time.Now()) {
			t.Errorf("%s is of source %q at %v", key, r.Source, r.T)
		}
		got[key] = r.Value
	}
	return got
}

func TestCPU(t *testing.T) {
	const tick = 1e7 // ns
	root := capture(t, "vm")
	cpu0 := map[string]float64{
		"busy_ns":   (36013 + 96 + 20029 + 0 + 47) * tick,
		"idle_ns":   (215536 + 1574) * tick,
		"iowait_ns": 1574 * tick,
		"steal_ns":  309 * tick,
	}
	cpu1 := map[string]float64{
		"busy_ns":   (39655 + 140 + 20225 + 0 + 333) * tick,
		"idle_ns":   (209053 + 4008) * tick,
		"iowait_ns": 4008 * tick,
		"steal_ns":  312 * tick,
	}
	both := map[string]float64{}
	for name := range cpu0 {
		both[name] = cpu0[name] + cpu1[name]
	}
	for list, want := range map[string]map[string]float64{"0": cpu0, "1": cpu1, "0-1": both, "0,1-127": both, "": both} {
		write(t, "Cpus_allowed_list:\t"+list+"\n", root, "proc/self/status")
		if diff := cmp.Diff(want, values(t, cpu{root})); diff != "" {
			t.Errorf("allowed CPUs %q: %s", list, diff)
		}
	}
}

func TestCPURefuses(t *testing.T) {
	for _, tt := range []struct{ allowed, stat string }{
		{"0-1", "cpu  1 2 3 4 5 6 7 8\n"},
		{"0-1", "cpu0 1 2 3 4 5 6 7 x\n"},
		{"0-1", "cpu0 1 2 3 4 5 6 -7 8\n"},
		{"0-1", "cpux 1 2 3 4 5 6 7 8\n"},
		{"2", "cpu0 1 2 3 4 5 6 7 8\n"},
		{"0-x", "cpu0 1 2 3 4 5 6 7 8\n"},
		{"3-1", "cpu0 1 2 3 4 5 6 7 8\n"},
		{"0-9999999", "cpu0 1 2 3 4 5 6 7 8\n"},
		{"0", "cpu0 1 2 3\n"},
		{"0", ""},
	} {
		root := t.TempDir()
		write(t, "Cpus_allowed_list:\t"+tt.allowed+"\n", root, "proc/self/status")
		write(t, tt.stat, root, "proc/stat")
		if got, err := (cpu{root}).Read(t.Context()); err == nil || errors.Is(err, ErrNoData) {
			t.Errorf("CPUs %q of %q are taken as %+v, %v", tt.allowed, tt.stat, got, err)
		}
	}
}

func TestProcess(t *testing.T) {
	got := values(t, process{capture(t, "vm")})
	for name, least := range map[string]float64{"user_ns": 0, "system_ns": 0, "voluntary_switches": 0, "involuntary_switches": 0} {
		if value, ok := got[name]; !ok || value < least { // of this process, so not known
			t.Errorf("%s is %v, %v", name, value, ok)
		}
		delete(got, name)
	}
	want := map[string]float64{"rchar_bytes": 6853496, "read_bytes": 7106560, "rss_bytes": 1732 * 1024, "threads": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := values(t, process{t.TempDir()}); len(got) != 4 {
		t.Errorf("without /proc: %v", got)
	}
}

// TestProcessSpends has this process work, and demands that it shows.
func TestProcessSpends(t *testing.T) {
	before := values(t, process{"/"})
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, make([]byte, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	after := values(t, process{"/"})
	if grown := after["rchar_bytes"] - before["rchar_bytes"]; grown < 1<<20 {
		t.Errorf("reading 1 MiB made rchar_bytes grow by %v", grown)
	}
	if after["rss_bytes"] < 1<<20 || after["threads"] < 1 {
		t.Errorf("rss_bytes %v, threads %v", after["rss_bytes"], after["threads"])
	}
}

func TestMemory(t *testing.T) {
	want := map[string]float64{
		"available_bytes": 24246708 << 10, "cached_bytes": 594108 << 10, "dirty_bytes": 24776 << 10, "free_bytes": 23885740 << 10,
	}
	if diff := cmp.Diff(want, values(t, memory{capture(t, "vm")})); diff != "" {
		t.Error(diff)
	}
	old := t.TempDir()
	write(t, "MemTotal: 9 kB\nMemFree: 7 kB\n", old, "proc/meminfo") // before Linux 3.14
	if diff := cmp.Diff(map[string]float64{"free_bytes": 7 << 10}, values(t, memory{old})); diff != "" {
		t.Error(diff)
	}
}

func TestPressure(t *testing.T) {
	want := map[string]float64{
		"cpu_some_ns": 287187108 * 1e3, "io_some_ns": 53462490 * 1e3, "io_full_ns": 35734075 * 1e3, "memory_some_ns": 0, "memory_full_ns": 0,
	}
	if diff := cmp.Diff(want, values(t, pressure{capture(t, "vm")})); diff != "" {
		t.Error(diff)
	}
	want = map[string]float64{"cpu_some_ns": 15e3, "io_some_ns": 15e3, "io_full_ns": 25e3, "memory_some_ns": 15e3, "memory_full_ns": 25e3}
	if diff := cmp.Diff(want, values(t, pressure{capture(t, "server")})); diff != "" {
		t.Error(diff)
	}
}

func TestPressureRefuses(t *testing.T) {
	for _, text := range []string{"some avg10=0.00\n", "some avg10=0.00 total=\n", "some total=-1\n", "some total=1 x=2\n", "\n"} {
		root := capture(t, "vm")
		write(t, text, root, "proc/pressure/io")
		got, err := (pressure{root}).Read(t.Context())
		if err == nil || !strings.Contains(err.Error(), "/proc/pressure/io") {
			t.Errorf("%q is %v", text, err)
		}
		if len(got) != 1 || got[0].Name != "cpu_some_ns" {
			t.Errorf("%q: with the error came %+v, want what was read before", text, got)
		}
	}
}

func TestNIC(t *testing.T) {
	want := map[string]float64{
		"rx_bytes docker0": 2568, "tx_bytes docker0": 438, "rx_dropped docker0": 0,
		"rx_bytes eth0": 874354587, "tx_bytes eth0": 563352563, "rx_dropped eth0": 0,
		"rx_bytes vethf345468": 648, "tx_bytes vethf345468": 438, "rx_dropped vethf345468": 0,
	}
	if diff := cmp.Diff(want, values(t, nic{capture(t, "server")})); diff != "" {
		t.Error(diff)
	}
	root := t.TempDir()
	write(t, "one\ntwo\n  lo: 1 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0\n  x: 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n", root, "proc/net/dev")
	if diff := cmp.Diff(map[string]float64{"rx_bytes x": 3, "rx_dropped x": 6, "tx_bytes x": 11}, values(t, nic{root})); diff != "" {
		t.Error(diff)
	}
}

func TestInfiniband(t *testing.T) {
	want := map[string]float64{
		"rx_bytes mlx5_0/1": 4 * 18126345378, "tx_bytes mlx5_0/1": 4 * 2880761508848,
		"rx_bytes hfi1_0/1": 4 * 345091702026, "tx_bytes hfi1_0/1": 4 * 273558326543,
	}
	if diff := cmp.Diff(want, values(t, infiniband{capture(t, "server")})); diff != "" {
		t.Error(diff)
	}
}

func TestDisk(t *testing.T) {
	root := capture(t, "server", "sda", "dm-0", "nvme0n1", "ram0", "loop0", "unlisted")
	want := map[string]float64{
		"read_bytes sda": 1003346126 * 512, "write_bytes sda": 505697032 * 512, "io_ns sda": 9653880 * 1e6,
		"read_bytes dm-0": 1003337218 * 512, "write_bytes dm-0": 505696880 * 512, "io_ns dm-0": 11325968 * 1e6,
		"read_bytes nvme0n1": 4643973 * 512, "write_bytes nvme0n1": 39451633 * 512, "io_ns nvme0n1": 222766 * 1e6,
	}
	if diff := cmp.Diff(want, values(t, disk{root})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]float64{
		"read_bytes vda": 8622850 * 512, "write_bytes vda": 220295440 * 512, "io_ns vda": 91448 * 1e6,
	}, values(t, disk{capture(t, "vm", "vda", "zram0", "loop0")})); diff != "" {
		t.Error(diff)
	}
	slash := t.TempDir() // a name with a slash has a "!" in sysfs
	write(t, "104 0 cciss/c0d0 1 2 3 4 5 6 7 8 9 10 11\n", slash, "proc/diskstats")
	write(t, "", slash, "sys/block/cciss!c0d0/size")
	if diff := cmp.Diff(map[string]float64{
		"read_bytes cciss/c0d0": 3 * 512, "write_bytes cciss/c0d0": 7 * 512, "io_ns cciss/c0d0": 10 * 1e6,
	}, values(t, disk{slash})); diff != "" {
		t.Error(diff)
	}
}

func TestDiskRefuses(t *testing.T) {
	for _, text := range []string{"8 0 sda 1 2 3 4 5 6 7 8 9\n", "8 0 sda 1 2 x 4 5 6 7 8 9 10 11\n", "\n"} {
		root := t.TempDir()
		write(t, text, root, "proc/diskstats")
		write(t, "", root, "sys/block/sda/size")
		if got, err := (disk{root}).Read(t.Context()); err == nil || errors.Is(err, ErrNoData) {
			t.Errorf("%q is taken as %+v, %v", text, got, err)
		}
	}
}

// TestSourcesAbsent reads all from a machine that has nothing.
func TestSourcesAbsent(t *testing.T) {
	for _, s := range Sources(t.TempDir()) {
		_, err := s.Read(t.Context())
		if s.Name() == "process" { // getrusage needs no file
			if err != nil {
				t.Errorf("process: %v", err)
			}
			continue
		}
		if s.Name() == "clock" { // nor does adjtimex
			continue
		}
		if !errors.Is(err, ErrNoData) {
			t.Errorf("%s: error %v, want ErrNoData", s.Name(), err)
		}
	}
	lo := t.TempDir()
	write(t, "one\ntwo\n  lo: 1 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0\n", lo, "proc/net/dev")
	write(t, "7 0 loop0 1 2 3 4 5 6 7 8 9 10 11\n", lo, "proc/diskstats")
	write(t, "", lo, "sys/block/loop0/size")
	for _, s := range []Source{nic{lo}, disk{lo}} {
		if got, err := s.Read(t.Context()); !errors.Is(err, ErrNoData) {
			t.Errorf("%s: %+v, %v, want ErrNoData", s.Name(), got, err)
		}
	}
}

// TestSourcesBroken reads all from a machine whose files are folders: errors, not absence.
func TestSourcesBroken(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"proc/stat", "proc/meminfo", "proc/pressure/cpu", "proc/net/dev", "proc/diskstats"} {
		write(t, "", root, name, "x")
	}
	write(t, "", root, "sys/block/sda/size")
	for _, s := range []Source{cpu{root}, memory{root}, pressure{root}, nic{root}, disk{root}} {
		if got, err := s.Read(t.Context()); err == nil || errors.Is(err, ErrNoData) {
			t.Errorf("%s: %+v, %v", s.Name(), got, err)
		}
	}
}

func TestSourceNames(t *testing.T) {
	var names []string
	for _, s := range Sources("/") {
		names = append(names, s.Name())
	}
	want := []string{"cpu", "process", "memory", "pressure", "nic", "infiniband", "disk", "tcp", "nfs", "lustre", "lustre_server", "zfs", "clock"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestAbsent(t *testing.T) {
	for _, err := range []error{os.ErrNotExist, syscall.EOPNOTSUPP} {
		if got := absent(err); !errors.Is(got, ErrNoData) || !errors.Is(got, err) {
			t.Errorf("absent(%v) = %v", err, got)
		}
	}
	if got := absent(os.ErrPermission); errors.Is(got, ErrNoData) {
		t.Errorf("absent(%v) = %v", os.ErrPermission, got)
	}
	if got := absent(nil); got != nil {
		t.Errorf("absent(nil) = %v", got)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 1 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseStat(text, nil); err == nil && (c.iowait > c.idle || c.busy < 0) {
			t.Errorf("%q is %+v", text, c)
		}
	})
}

func FuzzParseDiskstats(f *testing.F) {
	f.Add("8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := readings{}
		if err := parseDiskstats(text, map[string]bool{"sda": true}, &r); err == nil && len(r.all)%3 != 0 {
			t.Errorf("%q gives %d readings", text, len(r.all))
		}
	})
}

func FuzzParseCPUList(f *testing.F) {
	f.Add("0-3,8,10-11")
	f.Fuzz(func(t *testing.T, list string) {
		if cpus, err := parseCPUList(list); err == nil && len(cpus) == 0 {
			t.Errorf("%q is no CPU and no error", list)
		}
	})
}

// BenchmarkSources reads everything once: what a tick costs the run.
func BenchmarkSources(b *testing.B) {
	sources := Sources("/")
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range sources {
			if _, err := s.Read(b.Context()); err != nil && !errors.Is(err, ErrNoData) {
				b.Fatal(err)
			}
		}
	}
}
