package telemetry

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// params reads a capture of lctl get_param.
func params(t *testing.T, name string) map[string]float64 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/lustre-params", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := ReadParams(string(b), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return series(t, all)
}

// grown sums by how much the series that begin so grew; before it was there, one was 0.
func grown(before, after map[string]float64, prefix string) (sum float64) {
	for key, value := range after {
		if strings.HasPrefix(key, prefix+"{") {
			sum += value - before[key]
		}
	}
	return sum
}

// grownPages sums the pages of the RPCs: all of them were as large as their bucket.
func grownPages(t *testing.T, before, after map[string]float64, name, target string) (sum float64) {
	for key, value := range after {
		if _, rest, ok := strings.Cut(key, "pages="); ok && strings.HasPrefix(key, name+"{") && strings.Contains(key, target) {
			pages, err := strconv.ParseFloat(rest[:strings.IndexAny(rest, ",}")], 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += pages * (value - before[key])
		}
	}
	return sum
}

// TestLustreWorkload knows what was done between the captures: 160 MiB and 64 MiB
// written by calls of 1 MiB, then the 160 MiB, striped over both OSTs, read cold.
func TestLustreWorkload(t *testing.T) {
	const page, written, coldRead = 4096, 234881024, 167772160
	t0, t1, t2 := params(t, "t0_before"), params(t, "t1_after_write"), params(t, "t2_after_cold_seq_read")
	for what, c := range map[string]struct{ got, want float64 }{
		"written by llite":          {grown(t0, t1, "llite_write_bytes"), written},
		"writes of llite":           {grown(t0, t1, "llite_write_count"), 224},
		"written by osc":            {grown(t0, t1, "osc_write_bytes"), written},
		"written in pages":          {grownPages(t, t0, t1, "osc_write_rpcs_by_pages", "OST") * page, written},
		"not read while writing":    {grown(t0, t1, "llite_read_bytes"), 0},
		"read by llite":             {grown(t1, t2, "llite_read_bytes"), coldRead},
		"read by osc":               {grown(t1, t2, "osc_read_bytes"), coldRead},
		"read in pages":             {grownPages(t, t1, t2, "osc_read_rpcs_by_pages", "OST") * page, coldRead},
		"read of OST0000 in pages":  {grownPages(t, t1, t2, "osc_read_rpcs_by_pages", "OST0000") * page, coldRead / 2},
		"read of OST0001 in pages":  {grownPages(t, t1, t2, "osc_read_rpcs_by_pages", "OST0001") * page, coldRead / 2},
		"not written while reading": {grown(t1, t2, "osc_write_bytes"), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: %.0f, want %.0f", what, c.got, c.want)
		}
	}
	for _, ost := range []string{"OST0000", "OST0001"} {
		key := "osc_read_bytes{client=ffff8880be6e3800,target=lbtest-" + ost + "}"
		if _, ok := t1[key]; !ok {
			t.Errorf("before the first read %s is absent, want 0", key)
		}
		if got := t2[key] - t1[key]; got != coldRead/2 {
			t.Errorf("read of %s by osc: %.0f, want %d", ost, got, coldRead/2)
		}
	}
}

func TestLustreDisconnected(t *testing.T) {
	got := params(t, "import-disconnected")
	for key, want := range map[string]float64{
		"osc_import_state{client=ffff8880be056000,state=DISCONN,target=lbtest-OST0000}": 3,
		"osc_import_timeouts{client=ffff8880be056000,target=lbtest-OST0000}":            24,
		"osc_import_connection_attempts{client=ffff8880be056000,target=lbtest-OST0000}": 26,
		"osc_import_wait_ns{client=ffff8880be056000,target=lbtest-OST0000}":             77007e3,
	} {
		if value, ok := got[key]; !ok || value != want {
			t.Errorf("%s is %v, %v, want %v", key, value, ok, want)
		}
	}
}

// TestLustreOldPlace has all files in /proc/fs/lustre, as Lustre 2.10 does.
func TestLustreOldPlace(t *testing.T) {
	want := read(t, lustre{"testdata/lustre-client"})
	root := capture(t, "lustre-client")
	if err := os.CopyFS(filepath.Join(root, "proc/fs/lustre"), os.DirFS(filepath.Join(root, "sys/kernel/debug/lustre"))); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(root, "sys")); err != nil {
		t.Fatal(err)
	}
	got := read(t, lustre{root})
	if len(got) != len(want) {
		t.Errorf("%d readings, want %d", len(got), len(want))
	}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s is %v, want %v", key, got[key], value)
		}
	}
}

// TestLustreDenied reads as an ordinary user, who may not enter /sys/kernel/debug.
func TestLustreDenied(t *testing.T) {
	root := capture(t, "lustre-client")
	write(t, "", root, "sys/fs/lustre/llite/lbtest-ffff8880be6e3800/max_read_ahead_mb")
	debug := filepath.Join(root, "sys/kernel/debug")
	mode(t, debug, 0o700)
	if os.Getuid() == 0 {
		mode(t, root, 0o755) // whom setfsuid makes of us must reach it
		mode(t, filepath.Dir(root), 0o755)
	} else {
		mode(t, debug, 0)
		defer mode(t, debug, 0o700)
	}
	all, err := readings{}.all, error(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Getuid() == 0 {
			runtime.LockOSThread() // and never unlock: the thread ends with this goroutine
			if err = syscall.Setfsuid(65534); err != nil {
				return
			}
		}
		all, err = lustre{root}.Read(context.Background())
	}()
	<-done
	if !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrNoData) {
		t.Fatalf("error %v, want permission denied", err)
	}
	if want := `"lctl get_param llite.*.stats llite.*.read_ahead_stats osc.*.stats mdc.*.stats"`; !strings.Contains(err.Error(), want) {
		t.Errorf("error %q doesn't name %s", err, want)
	}
	got := series(t, all)
	if got["osc_read_rpcs_by_pages{client=ffff8880be6e3800,pages=256,target=lbtest-OST0000}"] == 0 ||
		got["mdc_import_state{client=ffff8880be6e3800,state=FULL,target=lbtest-MDT0000}"] != 9 {
		t.Errorf("with the error came %v", got)
	}
}

func mode(t *testing.T, name string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// TestLustreMissing has no debugfs mounted, as in a container.
func TestLustreMissing(t *testing.T) {
	root := capture(t, "lustre-client")
	if err := os.RemoveAll(filepath.Join(root, "sys/kernel")); err != nil {
		t.Fatal(err)
	}
	all, err := lustre{root}.Read(t.Context())
	if err == nil || !strings.Contains(err.Error(), "osc.*.stats are in none of [/proc/fs/lustre ") {
		t.Errorf("error %v", err)
	}
	if got := series(t, all); got["osc_import_inflight{client=ffff8880be6e3800,target=lbtest-OST0001}"] != 0 || len(got) < 20 {
		t.Errorf("with the error came %v", got)
	}
}

// TestLustreHidden has a device none of whose files are there: an error, not absence.
func TestLustreHidden(t *testing.T) {
	root := t.TempDir()
	write(t, "", root, "sys/fs/lustre/osc/a-OST0000-osc-f1/max_dirty_mb")
	if got, err := (lustre{root}).Read(t.Context()); err == nil || errors.Is(err, ErrNoData) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestLustreBroken spoils one file: the rest is read, and the error names it.
func TestLustreBroken(t *testing.T) {
	want := read(t, lustre{"testdata/lustre-client"})
	root := capture(t, "lustre-client")
	write(t, "read_bytes 1 samples\n", root, "sys/kernel/debug/lustre/osc/lbtest-OST0000-osc-ffff8880be6e3800/stats")
	all, err := lustre{root}.Read(t.Context())
	if err == nil || !strings.Contains(err.Error(), "osc.lbtest-OST0000-osc-ffff8880be6e3800.stats: line") {
		t.Errorf("error %v", err)
	}
	if got := series(t, all); len(got) != len(want)-8 {
		t.Errorf("%d readings, want the %d without the 8 of that file", len(got), len(want))
	}
}

func TestLustreCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (lustre{"testdata/lustre-client"}).Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestLustreServerRecovers(t *testing.T) {
	for state, want := range map[string]float64{
		"INACTIVE": 1, "WAITING": 2, "WAITING_FOR_CLIENTS": 2, "RECOVERING": 3, "COMPLETE": 4, "NOVEL": 0,
	} {
		root := capture(t, "lustre-server")
		write(t, "status: "+state+"\ntime_remaining: 254\n", root, "proc/fs/lustre/obdfilter/lbtest-OST0000/recovery_status")
		got := read(t, lustreServer{root})
		if value, ok := got["obdfilter_recovery_state{state="+state+",target=lbtest-OST0000}"]; !ok || value != want {
			t.Errorf("%s is %v, %v, want %v", state, value, ok, want)
		}
		if got["obdfilter_recovery_remaining_ns{target=lbtest-OST0000}"] != 254e9 {
			t.Errorf("%s: %v", state, got)
		}
	}
}
