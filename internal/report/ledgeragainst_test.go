package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// TestAgainstACold: a claim of cold isn't made where anything nearer to the readers
// contradicts it, and what contradicts is said.
func TestAgainstACold(t *testing.T) {
	folder := func(w world, share float64, change func(*result.Folder)) func(t *testing.T) *account {
		return func(t *testing.T) *account {
			f := w.folder(t)
			f.Run = withBuckets(f.Run, share)
			if change != nil {
				change(f)
			}
			return accountOfFolder(t, f)
		}
	}
	alone := func(change func(*result.Run)) func(t *testing.T) *account {
		return func(t *testing.T) *account {
			run := withBuckets(longRun(), 1)
			change(&run)
			return accountOfRun(t, run)
		}
	}
	none := func(result.Reading) bool { return false }
	for _, test := range []struct {
		name string
		of   func(t *testing.T) *account
		want string
	}{
		{"warm in the ARC", folder(world{arc: 0.61, how: result.ClockMeasured}, 1, nil),
			"Warm: the servers' pools read only 39.0 % of what was read; the servers' ARC held the rest. The buckets sent 29.7 TB, 99 % (97 to 100 %) of what was read: not all of it can have been this run's."},
		{"warm in the ARC, by clocks that were not compared", folder(world{arc: 0.61}, 1, nil),
			"The buckets sent 29.7 TB, 99 % (97 to 100 %) of what was read, but the servers' pools read at most 39.0 % of it, by clocks that were not compared: nothing is claimed."},
		{"half in the ARC of servers that may not be all", folder(world{arc: 0.61, oneServer: true, how: result.ClockMeasured}, 1, nil), "Cold end to end: 99 % (97 to 100 %) of the bytes came from the buckets."},
		{"a page cache that the file system's client knows", folder(world{clientCache: 0.4, how: result.ClockMeasured}, 1, nil),
			"Warm: the servers' pools read only 60.0 % of what was read; this client's page cache held the rest. The buckets sent 29.7 TB, 99 % (97 to 100 %) of what was read: not all of it can have been this run's."},
		{"a page cache, without servers", folder(world{clientCache: 0.4}, 1, func(f *result.Folder) { removeAttached(t, f) }),
			"Warm: the Lustre client fetched only 60.0 % of what was read; this client's page cache held the rest. The buckets sent 29.7 TB, 99 % (97 to 100 %) of what was read: not all of it can have been this run's."},
		{"files that lay in the page cache", alone(func(run *result.Run) { cacheBefore(run, 1) }),
			"The buckets sent 29.7 TB, 99 % (97 to 100 %) of what was read, but 100.0 % of the bytes may have lain in this client's page cache before (cached_fraction_before), and nothing counted what it fetched: nothing is claimed."},
		{"files that lay in the page cache and were fetched all the same", folder(world{how: result.ClockMeasured}, 1, func(f *result.Folder) { cacheBefore(&f.Run, 1) }),
			"Cold end to end: 99 % (97 to 100 %) of the bytes came from the buckets."},
		{"files that lay in the page cache, before pools", folder(world{client: none, how: result.ClockMeasured}, 1, func(f *result.Folder) { cacheBefore(&f.Run, 0.6); f.Run.Traffic = nil }),
			"The servers' pools read 30.0 TB, 99.9 % of what was read, but 60.0 % of the bytes may have lain in this client's page cache before (cached_fraction_before), and nothing counted what it fetched: nothing is claimed."},
		{"epochs that got nothing", alone(func(run *result.Run) { onlyFirst(&run.Traffic[0], 20, 3) }),
			"The buckets sent 34.9 TB, 116 % (114 to 118 %) of what was read, but of what epochs 3, 4, 5 read the buckets sent less than 95 %: nothing is claimed."},
		{"a device of this machine", alone(func(run *result.Run) {
			run.Mount = &result.Mount{Path: "/", Type: "ext4", Source: "/dev/vda"}
		}), "The data is on /, ext4 of /dev/vda, a block device and no network file system: what the buckets sent meanwhile, 29.7 TB, can't have been this run's."},
		{"a device that another machine serves", alone(func(run *result.Run) {
			run.Mount = &result.Mount{Path: "/", Type: "ext4", Source: "/dev/nbd0"}
		}), "Cold end to end: 99 % (97 to 100 %) of the bytes came from the buckets."},
		{"warm by the buckets and not by the pools", folder(world{how: result.ClockMeasured}, 0.4, nil),
			"Warm: the buckets sent only 39.6 % of what was read; the servers' pools read more: a cache is between them and the buckets, or the traffic of some buckets is not attached."},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.of(t).sentence(); got != test.want {
				t.Errorf("%q,\nwant %q", got, test.want)
			}
		})
	}
}

func removeAttached(t *testing.T, f *result.Folder) {
	t.Helper()
	f.Dir = worldAlone(t, f)
}

// cacheBefore says how much of the files lay in the page cache before each epoch.
func cacheBefore(run *result.Run, fraction float64) {
	for i := range run.Epochs {
		run.Epochs[i].Metrics["cached_fraction_before"] = fraction
	}
}

// onlyFirst leaves nothing but the first minutes of traffic, times as much.
func onlyFirst(t *result.Traffic, minutes int, times float64) {
	t.Minutes = t.Minutes[:minutes]
	for i := range t.Minutes {
		t.Minutes[i].Sent *= times
	}
}

// TestAccountOfADevice: of such a run no share, cost or amount for a sample stands beside
// what the buckets sent.
func TestAccountOfADevice(t *testing.T) {
	run := withBuckets(longRun(), 1)
	run.Traffic[0].Prices, run.Traffic[0].Metrics["cost_egress_usd"] = "2026-03-01", 5
	for _, device := range []bool{false, true} {
		if device {
			run.Mount = &result.Mount{Path: "/", Type: "ext4", Source: "/dev/vda"}
		}
		a := accountOfRun(t, run)
		facts, head := strings.Join(a.bucketFacts(), "\n"), a.table().Columns[2].Head
		if got := strings.Contains(facts, "Per sample") && strings.Contains(facts, "cost") && head == "from buckets"; got == device {
			t.Errorf("device %v: %q, %s", device, head, facts)
		}
	}
}

// TestAccountOfNoStorage: an engine that makes its bytes has no account, and buckets that
// sent something meanwhile didn't send it for it.
func TestAccountOfNoStorage(t *testing.T) {
	for _, engine := range []string{"mem", "null"} {
		run := withBuckets(longRun(), 1)
		run.Mount, run.Settings = nil, map[string]result.Setting{"engine": {Value: engine, From: "flag"}}
		if a := newAccount(run); a != nil {
			t.Errorf("%s: %+v", engine, a)
		}
		var b bytes.Buffer
		if err := Text(&b, run); err != nil {
			t.Fatal(err)
		}
		flat := strings.Join(strings.Fields(b.String()), " ")
		if !strings.Contains(flat, "sent 30.0 TB meanwhile, which can't have been this run's: the engine "+engine+" reads no storage.") || strings.Contains(flat, ledgerTitle) || strings.Contains(flat, "end to end") {
			t.Errorf("%s:\n%s", engine, b.String())
		}
	}
}

// TestLedgerOfUnsureShares: no digit that the range doesn't allow.
func TestLedgerOfUnsureShares(t *testing.T) {
	for _, test := range []struct {
		share       amount
		text, words string
	}{
		{amount{0.9891, 0.982, 0.9981}, "98.9 %", "98.9 %"},
		{amount{0.989, 0.97, 0.998}, "97 to 100 %", "99 % (97 to 100 %)"},
		{amount{0.919, 0, 14.1}, "not known", "an unknown part"},
		{amount{0.225, 0, openEnd}, "not known", "an unknown part"},
		{amount{0.225, 0.113, openEnd}, "≥ 11.3 %", "at least 11.3 %"},
		{amount{0.2, 0, 0.41}, "≤ 41 %", "at most 41 %"},
		{amount{}, "0.0 %", "0.0 %"},
	} {
		if got := shareText(test.share); got != test.text {
			t.Errorf("%+v: %q, want %q", test.share, got, test.text)
		}
		if got := shareWords(test.share); got != test.words {
			t.Errorf("%+v: %q, want %q", test.share, got, test.words)
		}
	}
	run := longRun()
	run.Metrics["read_bytes"] = 0
	for i := range run.Epochs {
		m := run.Epochs[i].Metrics
		m["start_ns"], m["duration_ns"] = float64(i)*10e9, 9e9
		run.Metrics["read_bytes"] += m["read_bytes"]
	}
	run = withBuckets(run, 1)
	run.Traffic[0].To = run.Started.Add(20 * time.Second)
	a := accountOfRun(t, run)
	for i, r := range a.table().Rows {
		if r.Cells[2].Text != "not known" {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	all := strings.Join(append(a.sourceLines(), a.bucketFacts()...), "\n")
	if !strings.Contains(all, "Buckets: not known: minutes are missing, by the monitoring") || strings.Contains(all, "Per sample") {
		t.Errorf("%s", all)
	}
}
