package report

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// world is a made run of five epochs of ten minutes whose servers were recorded, and what
// of its bytes each cache had.
type world struct {
	clientCache float64 // of what was asked for
	arc         float64 // of what the servers sent
	others      float64 // what the servers sent to other clients, of what they sent to this one
	ahead       time.Duration
	how         string // of the comparison of clocks; empty: none
	nfs         bool   // an NFS server with pools; else two Lustre servers
	noPools     bool   // whose pools count no bytes
	oneServer   bool   // of the two is recorded
	buckets     bool
	client      func(result.Reading) bool // keeps readings of the client; nil: all
}

// readBy is how many bytes the readers had been given at a time since the run began.
func (w world) readBy(run result.Run, at time.Duration) (total float64) {
	for _, e := range run.Epochs {
		done := (float64(at) - e.Metrics["start_ns"]) / e.Metrics["duration_ns"]
		total += e.Metrics["read_bytes"] * min(max(done, 0), 1)
	}
	return total
}

// folder writes the run's telemetry and its recordings, with readings every 5 s.
func (w world) folder(t *testing.T) *result.Folder {
	t.Helper()
	run := longRun()
	f := &result.Folder{Dir: t.TempDir()}
	own, servers := &lines{}, map[string]*lines{"oss1": {}, "oss2": {}}
	if w.oneServer || w.nfs {
		delete(servers, "oss2")
	}
	if w.nfs {
		run.Mount.Type, run.Mount.Lustre = "nfs4", nil
	} else {
		run.Mount.Lustre.Targets = 4
	}
	for host, l := range servers {
		l.add(run.Started.Add(w.ahead), "recorder", "started", 1, "host", host)
		if w.how == result.ClockMeasured {
			l.add(run.Started.Add(w.ahead), "recorder", "clock_ahead_ns", float64(w.ahead), "than", "client")
			l.add(run.Started.Add(w.ahead), "recorder", "clock_error_ns", 1.5e6, "than", "client")
		}
	}
	for at := -6 * time.Second; at < 3040*time.Second; at += 5 * time.Second {
		now, there := run.Started.Add(at), run.Started.Add(at+2200*time.Millisecond+w.ahead)
		fetched := w.readBy(run, at) * (1 - w.clientCache)
		own.add(now, "nic", "rx_bytes", 7e12+fetched*1.018, "dev", "eth0")
		if w.nfs {
			own.add(now, "nfs", "server_read_bytes", 3e9+fetched, "mount", "/mnt/zettafs")
			own.add(now, "nfs", "server_read_bytes", 5e9*at.Seconds(), "mount", "/home")
		} else {
			own.add(now, "lustre", "osc_read_bytes", fetched/2, "target", "zettafs-OST0000")
			own.add(now, "lustre", "osc_read_bytes", fetched/2, "target", "zettafs-OST0001")
			own.add(now, "lustre", "osc_read_bytes", 4e9*at.Seconds(), "target", "scratch-OST0001")
		}
		sent := w.readBy(run, at+2200*time.Millisecond) * (1 - w.clientCache) * (1 + w.others)
		for host, l := range servers {
			part := sent / 2
			if w.nfs {
				part = sent
			}
			if !w.nfs {
				for _, target := range []string{"zettafs-OST0000", "zettafs-OST0001"} {
					l.add(there, "lustre_server", "obdfilter_read_bytes", part/2, "target", target+host)
				}
			}
			l.add(there, "nic", "tx_bytes", 9e9+part*1.018, "dev", "eth0")
			l.add(there, "nic", "tx_bytes", 9e9+part*1.018, "dev", "bond0")
			if !w.noPools {
				l.add(there, "zfs", "pool_read_bytes", 1e9+part*(1-w.arc), "pool", "tank")
			}
			blocks := part / 131072
			l.add(there, "zfs", "arc_demand_data_hits", 7e6+blocks*(1-(1-w.arc)/4), "", "")
			l.add(there, "zfs", "arc_demand_data_misses", 3e6+blocks*(1-w.arc)/4, "", "")
			l.add(there, "zfs", "arc_prefetch_data_misses", 4e6+blocks*(1-w.arc)*3/4, "", "")
		}
	}
	if w.client != nil {
		own.keep(w.client)
	}
	own.write(t, filepath.Join(f.Dir, result.ReadingsFile))
	for host, l := range servers {
		l.write(t, filepath.Join(f.Dir, result.AttachedFolder, host+".ndjson"))
	}
	if w.buckets {
		run = withBuckets(run, (1-w.clientCache)*(1-w.arc)*(1+w.others))
	}
	f.Run = run
	return f
}

// lines are readings of a file.
type lines struct{ all []result.Reading }

func (l *lines) add(at time.Time, source, name string, value float64, label, of string) {
	r := result.Reading{T: at, Source: source, Name: name, Value: math.Round(value)}
	if label != "" {
		r.Labels = map[string]string{label: of}
	}
	l.all = append(l.all, r)
}

func (l *lines) keep(which func(result.Reading) bool) {
	var kept []result.Reading
	for _, r := range l.all {
		if which(r) {
			kept = append(kept, r)
		}
	}
	l.all = kept
}

func (l *lines) write(t *testing.T, path string) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for _, r := range l.all {
		if err := e.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// accountOfFolder is the account of a folder, whose recordings can be read.
func accountOfFolder(t *testing.T, f *result.Folder) *account {
	t.Helper()
	a, warnings, err := accountOf(f.Run, f)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	return a
}

// TestAccountDecides: what is said of runs whose caches are known.
func TestAccountDecides(t *testing.T) {
	noClient := func(r result.Reading) bool { return r.Source == "nic" }
	none := func(result.Reading) bool { return false }
	for _, test := range []struct {
		name string
		of   world
		want string
	}{
		{"cold", world{arc: 0.002, buckets: true, how: result.ClockMeasured}, "Cold end to end: 99 % (97 to 100 %) of the bytes came from the buckets."},
		{"warm by ARC", world{arc: 0.69, buckets: true, how: result.ClockMeasured}, "Warm: the buckets sent only 30.7 % of what was read; the servers' ARC held the rest."},
		{"warm by ARC, not compared", world{arc: 0.69, buckets: true}, "Warm: the buckets sent only 30.7 % of what was read; caches served the rest."},
		{"warm by the page cache", world{clientCache: 0.69, buckets: true, how: result.ClockMeasured}, "Warm: the buckets sent only 30.7 % of what was read; this client's page cache held the rest."},
		{"warm by both", world{clientCache: 0.3, arc: 0.5, buckets: true, how: result.ClockMeasured}, "Warm: the buckets sent only 34.7 % of what was read; this client's page cache held 30.0 % and the servers' ARC 35.0 %."},
		{"no buckets, cold", world{arc: 0.01, how: result.ClockMeasured}, "Cold to the servers' disks: their pools read 98.9 % of what was read."},
		{"no buckets, a clock 3 s off", world{arc: 0.01, ahead: 3 * time.Second, how: result.ClockMeasured}, "Cold to the servers' disks: their pools read 98.9 % of what was read."},
		{"no buckets, not compared", world{arc: 0.01, ahead: 3 * time.Second}, "The servers' clocks were not compared with this client's, so that nothing is claimed from what they counted."},
		{"no buckets, warm", world{arc: 0.69, how: result.ClockMeasured}, "Warm: the servers' pools read only 31.0 % of what was read; the servers' ARC held the rest."},
		{"no buckets, warm client", world{clientCache: 0.69, how: result.ClockMeasured}, "Warm: the servers' pools read only 31.0 % of what was read; this client's page cache held the rest."},
		{"no pools", world{arc: 0.5, noPools: true, how: result.ClockMeasured}, "Cold to this client: the servers sent 99.9 % of what was read; what of it lay in their own caches isn't known."},
		{"no pools, warm client", world{clientCache: 0.4, noPools: true, how: result.ClockMeasured}, "Warm: the servers sent only 60.0 % of what was read; this client's page cache held the rest."},
		{"NFS", world{arc: 0.69, nfs: true, how: result.ClockMeasured}, "Warm: the servers' pools read only 31.0 % of what was read; the servers' ARC held the rest."},
		{"NFS by NICs", world{noPools: true, nfs: true, how: result.ClockMeasured}, "Cold to this client: the servers sent 100 % (97 to 100 %) of what was read; what of it lay in their own caches isn't known."},
		{"half of the servers", world{oneServer: true, how: result.ClockMeasured}, "Only 2 of the 4 targets of the file system are recorded, so that nothing is claimed from what they counted."},
		{"others read too", world{others: 0.6, arc: 0.3, how: result.ClockMeasured}, "The servers sent 17.9 TB more than this client received: others read meanwhile, and whose bytes had to be fetched can't be told."},
		{"others read too, and buckets sent to them", world{others: 0.6, arc: 0.3, buckets: true, how: result.ClockMeasured}, "others read meanwhile"},
		{"NFS, a client that counts nothing", world{clientCache: 0.5, nfs: true, client: none, how: result.ClockMeasured}, "The servers that are recorded sent 51 % of what was read, and nothing tells whether they are all, so that nothing is claimed from what they counted."},
		{"a client that counts only its NICs", world{arc: 0.69, client: noClient, how: result.ClockMeasured}, "Warm: the servers' pools read only 31.0 % of what was read; the servers' ARC held the rest."},
		{"a client that counts nothing", world{arc: 0.01, client: none, how: result.ClockMeasured}, "Cold to the servers' disks: their pools read 98.9 % of what was read."},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := accountOfFolder(t, test.of.folder(t))
			if got := a.sentence(); got != test.want && !(test.of.others > 0 && strings.Contains(got, test.want)) {
				t.Errorf("%q, want %q", got, test.want)
			}
			for _, s := range a.stages() {
				for i, amount := range s.amounts {
					if !s.bound && (amount.low > amount.at || amount.at > amount.high) {
						t.Errorf("%s of period %d: %+v isn't in order", s.head, i, amount)
					}
				}
			}
		})
	}
}

// TestAccountOfTheSamePlace: each stage has what the made world moved there, by epoch.
func TestAccountOfTheSamePlace(t *testing.T) {
	for _, ahead := range []time.Duration{0, 3 * time.Second} {
		w := world{clientCache: 0.25, arc: 0.4, buckets: true, ahead: ahead, how: result.ClockMeasured}
		a := accountOfFolder(t, w.folder(t))
		for i, asked := range a.asked {
			for _, of := range []struct {
				stage *stage
				want  float64
			}{
				{a.cache, 0.25}, {a.fetched, 0.75}, {a.received, 0.75 * 1.018}, {a.sent, 0.75}, {a.pools, 0.45}, {a.arc, 0.3}, {a.buckets, 0.45},
			} {
				tolerance := 0.011
				if of.stage == a.buckets {
					tolerance = 0.05
				}
				if got := of.stage.amounts[i]; math.Abs(got.at/asked-of.want) > tolerance || got.low > of.want*asked || got.high < of.want*asked*0.9999999 {
					t.Errorf("ahead %v, period %d, %s: %+v of %v read, want %v", ahead, i, of.stage.head, got, asked, of.want)
				}
			}
		}
	}
}

// TestAccountOfARestart: a server that began again leaves what it sent open, from above.
func TestAccountOfARestart(t *testing.T) {
	f := world{arc: 0.69, how: result.ClockMeasured}.folder(t)
	path := filepath.Join(f.Dir, result.AttachedFolder, "oss1.ndjson")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := bytes.SplitAfter(text, []byte("\n"))
	cut := bytes.Join(append(all[:len(all)/2:len(all)/2], all[len(all)/2+200:]...), nil)
	if err := os.WriteFile(path, cut, 0o644); err != nil {
		t.Fatal(err)
	}
	a := accountOfFolder(t, f)
	if got := a.sentence(); !strings.Contains(got, "which decides nothing") || !strings.Contains(got, "and more, as readings are missing") {
		t.Errorf("%q", got)
	}
	open := 0
	for _, s := range a.pools.amounts {
		if s.open() {
			open++
		}
	}
	if open != 2 { // the epoch and the run
		t.Errorf("%d periods are open: %+v", open, a.pools.amounts)
	}
}

// TestAccountTakesAHostOnce: a server that two recordings have counts once.
func TestAccountTakesAHostOnce(t *testing.T) {
	f := world{arc: 0.3, nfs: true, how: result.ClockMeasured}.folder(t)
	before := accountOfFolder(t, f).sent.whole()
	path := filepath.Join(f.Dir, result.AttachedFolder, "oss1.ndjson")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.Dir, result.AttachedFolder, "again.ndjson"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := accountOfFolder(t, f).sent.whole(); got != before {
		t.Errorf("sent %+v, and %+v with the recording attached twice", before, got)
	}
}

// TestAccountOfThisMachine: on a network mount the client's own counters are worth a section,
// on a local one there is nothing to say.
func TestAccountOfThisMachine(t *testing.T) {
	for _, network := range []bool{true, false} {
		f := world{clientCache: 0.01}.folder(t)
		if err := os.RemoveAll(filepath.Join(f.Dir, result.AttachedFolder)); err != nil {
			t.Fatal(err)
		}
		f.Run.Mount.Network = network
		d, err := collect(f.Run, f)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := ledgerSection(d)
		if ok != network || ok && !strings.Contains(s.Lead, "Cold to this client: the Lustre client fetched 98.9 % of what was read") {
			t.Errorf("network %v: section %v, %q", network, ok, s.Lead)
		}
		var b strings.Builder
		if err := TextFrom(&b, f.Run, f); err != nil || strings.Contains(b.String(), "Cold to") {
			t.Errorf("%v: text %q", err, b.String())
		}
	}
}

// TestAccountOfABlockRun: time begins with the first operation.
func TestAccountOfABlockRun(t *testing.T) {
	m := madeCold()
	d, err := collect(m.run, m)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := ledgerSection(d)
	if !ok || len(s.Table.Rows) != 1 || strings.Contains(strings.Join(s.List, " ")+s.Lead, "epoch") {
		t.Fatalf("%v %+v", ok, s)
	}
	if got := d.account.received.whole(); math.Abs(got.at-d.network.until(int64(m.run.Metrics["duration_ns"]))) > 0.02*got.at {
		t.Errorf("received %+v, the plot has %v", got, d.network.total())
	}
}

// TestAccountOfBlocks: without the pools' bytes the ARC is estimated, and nothing is claimed.
func TestAccountOfBlocks(t *testing.T) {
	a := accountOfFolder(t, world{arc: 0.4, noPools: true, buckets: true, how: result.ClockMeasured}.folder(t))
	if got := a.arc.whole(); math.Abs(got.at/3e13-0.4) > 0.001 || got.low > 0.4*3e13 || got.high < 0.4*3e13 || !a.arc.loose {
		t.Errorf("%+v", a.arc)
	}
	if got := a.sentence(); !strings.Contains(got, "caches served the rest") {
		t.Errorf("%q", got)
	}
}

// TestAccountAsRead: what a person reads of it, in a terminal and in Markdown.
func TestAccountAsRead(t *testing.T) {
	f := world{clientCache: 0.02, arc: 0.67, buckets: true, ahead: 3 * time.Second, how: result.ClockMeasured}.folder(t)
	traffic := &f.Run.Traffic[0]
	traffic.Prices, traffic.Methods = "2026-03-01", map[string]float64{"ReadObject": 900, "GetObjectMetadata": 90, "ListObjects": 10}
	traffic.Codes = map[string]float64{"OK": 999_000, "429": 1000}
	traffic.Metrics["cost_requests_usd"], traffic.Metrics["cost_egress_usd"] = 11.5, 0
	var text, markdown bytes.Buffer
	if err := TextFrom(&text, f.Run, f); err != nil {
		t.Fatal(err)
	}
	golden(t, "account.txt", text.Bytes())
	if err := MarkdownFrom(&markdown, []*result.Folder{f}); err != nil {
		t.Fatal(err)
	}
	golden(t, "account.md", markdown.Bytes())
	f = world{arc: 0.01, nfs: true, ahead: 3 * time.Second}.folder(t)
	text.Reset()
	if err := TextFrom(&text, f.Run, f); err != nil {
		t.Fatal(err)
	}
	golden(t, "account-not-compared.txt", text.Bytes())
	for _, line := range strings.Split(text.String(), "\n") {
		if n := len([]rune(line)); n > 107 {
			t.Errorf("a line of %d characters: %q", n, line)
		}
	}
}

// TestAccountOfUnreadable: what can't be read is a doubt, and the rest stands.
func TestAccountOfUnreadable(t *testing.T) {
	f := world{arc: 0.01, how: result.ClockMeasured}.folder(t)
	if err := os.WriteFile(filepath.Join(f.Dir, result.AttachedFolder, "mds.ndjson"), []byte("{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	a, warnings, err := accountOf(f.Run, f)
	if err != nil || len(warnings) != 1 || warnings[0].Code != "attached_unreadable" || !strings.Contains(a.sentence(), "Cold to the servers' disks") {
		t.Errorf("%v %v", err, warnings)
	}
	var b strings.Builder
	if err := HTML(&b, f.Run, f); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{`id="ledger"`, "Cold to the servers", "mds.ndjson", ">ARC<", "their pools read"} {
		if !strings.Contains(strings.ReplaceAll(page, "\u00a0", " "), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
