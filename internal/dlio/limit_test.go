package dlio

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

// client makes the readings of a client over the window 10 s to 20 s of an epoch that
// starts at 0, all of it busy before: shares of the time, and of the line rate of 1000 bytes/s.
type client struct{ cpu, memory, nic, nic2 float64 }

func started() time.Time { return time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC) }

func (c client) readings() []result.Reading {
	var all []result.Reading
	for s := 0; s <= 20; s += 10 {
		at, t := float64(s), started().Add(time.Duration(s)*time.Second)
		inside := max(0, at-10)
		all = append(all,
			result.Reading{T: t, Source: "cpu", Name: "busy_ns", Value: 77 + c.cpu*4*inside*1e9 + 4e9*min(at, 10)},
			result.Reading{T: t, Source: "pressure", Name: "memory_some_ns", Value: 5e9 + c.memory*inside*1e9},
			result.Reading{T: t, Source: "pressure", Name: "cpu_some_ns", Value: 0.5 * inside * 1e9},
			result.Reading{T: t, Source: "nic", Name: "rx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: 1e6 + c.nic*1000*inside},
			result.Reading{T: t, Source: "nic", Name: "rx_bytes", Labels: map[string]string{"dev": "eth1"}, Value: c.nic2 * 2000 * inside})
	}
	return all
}

func (c client) facts(au float64, loss Loss) Facts {
	p := mini("shuffled", 100, 10, 1, 10)
	const s = int64(time.Second)
	tally := NewTally(p)
	tally.epochs[1] = &epochTally{steps: 10, loss: loss}
	return Facts{
		Plan: p, Tally: tally, Started: started(), Remote: true,
		Epochs:   []Epoch{{Epoch: 1, Start: 0, Open: 10 * s, End: 20 * s, ReadBytes: 1000}},
		Metrics:  map[string]float64{"au_mean_fraction": au, "read_bytes_per_s_mean": 100},
		Readings: c.readings(),
		Host:     result.Host{UsableCPUs: 4, NICs: []result.NIC{{Name: "eth0", BytesPerS: 1000}, {Name: "eth1", BytesPerS: 2000}, {Name: "ib0"}}},
	}
}

// TestLimitWhereReadsWaited: what waits for --max-inflight is no work of a processor, and
// the evidence says so.
func TestLimitWhereReadsWaited(t *testing.T) {
	facts := client{}.facts(0.9, Loss{Read: 20, Work: 80})
	facts.MaxInflight = 512
	got := NameLimit(facts)
	if got.Name != "storage" || !strings.Contains(strings.Join(got.Evidence, "\n"), "--max-inflight 512") {
		t.Errorf("%+v", got)
	}
	busy := client{cpu: 0.86}.facts(0.9, Loss{Work: 80})
	busy.MaxInflight = 512
	if got := NameLimit(busy); got.Name != "client-cpu" {
		t.Errorf("busy processors: %+v", got)
	}
}

func TestNameLimit(t *testing.T) {
	reads := Loss{Read: 100}
	tests := []struct {
		name    string
		client  client
		au      float64
		loss    Loss
		ceiling float64 // 0: none
		rate    float64 // ceiling in bytes/s with a computation time of 0; 0: none
		want    string
	}{
		{"nothing stands out", client{0.84, 0.09, 0.89, 0.89}, 0.9, reads, 0, 0, "storage"},
		{"99 %", client{}, 0.99, reads, 0, 0, "none"},
		{"99 % before all else", client{1, 1, 1, 1}, 0.99, Loss{Late: 9}, 0.5, 0, "none"},
		{"just below 99 %", client{}, 0.9899, reads, 0, 0, "storage"},
		{"memory", client{memory: 0.11}, 0.9, reads, 0, 0, "client-memory"},
		{"memory before CPU", client{1, 0.11, 1, 1}, 0.9, Loss{Work: 9}, 0.5, 0, "client-memory"},
		{"CPU", client{cpu: 0.86}, 0.9, reads, 0, 0, "client-cpu"},
		{"CPU before network", client{cpu: 0.86, nic: 1}, 0.9, reads, 0, 0, "client-cpu"},
		{"half of the loss is work", client{}, 0.9, Loss{Read: 50, Work: 50}, 0, 0, "client-cpu"},
		{"half of the loss is work and lateness", client{nic: 1}, 0.9, Loss{Read: 50, Work: 20, Late: 30}, 0, 0, "client-cpu"},
		{"less than half", client{}, 0.9, Loss{Read: 51, Work: 20, Late: 29}, 0, 0, "storage"},
		{"no loss", client{}, 0.9, Loss{}, 0, 0, "storage"},
		{"at the ceiling", client{nic: 1}, 0.9, reads, 0.909, 0, "client-cpu"},
		{"above the ceiling", client{}, 0.9, reads, 0.8, 0, "client-cpu"},
		{"below the ceiling", client{}, 0.9, reads, 0.911, 0, "storage"},
		{"at the ceiling's rate", client{}, 0, reads, 0, 109, "client-cpu"},
		{"below the ceiling's rate", client{}, 0, reads, 0, 111, "storage"},
		{"network", client{nic: 0.91}, 0.9, reads, 0, 0, "network"},
		{"the other NIC", client{nic: 0.1, nic2: 0.91}, 0.9, reads, 0, 0, "network"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := test.client.facts(test.au, test.loss)
			if test.ceiling > 0 {
				f.Metrics["ceiling_au_fraction"] = test.ceiling
			}
			if test.rate > 0 {
				f.Plan.ComputationTime = 0
				f.Metrics["ceiling_read_bytes_per_s"] = test.rate
			}
			got := NameLimit(f)
			if got.Name != test.want {
				t.Errorf("limit %q, want %q: %s", got.Name, test.want, strings.Join(got.Evidence, "; "))
			}
		})
	}
}

func TestEvidence(t *testing.T) {
	f := client{0.31, 0.02, 0.44, 0.07}.facts(0.62, Loss{Read: 900e6, Work: 60e6, Late: 40e6})
	f.Metrics["ceiling_au_fraction"] = 0.987
	want := []string{
		"lost time 1 s: 90 % in read calls, 6 % in our own work, 4 % late (timer, scheduler, barrier)",
		"ceiling: this client would reach 98.7 % AU on infinitely fast storage",
		"client CPU 31 % busy",
		"CPU pressure: some task waited for a processor 50 % of the time",
		"memory pressure: some task waited for memory 2 % of the time",
		"network: eth0 at 44 % of its line rate",
	}
	if diff := cmp.Diff(want, NameLimit(f).Evidence); diff != "" {
		t.Error(diff)
	}
	f.Metrics = map[string]float64{"ceiling_read_bytes_per_s": 2.5e9}
	f.Tally = NewTally(f.Plan)
	f.Readings, f.Remote = nil, false
	if diff := cmp.Diff([]string{"ceiling: this client would read 2.50 GB/s from infinitely fast storage"}, NameLimit(f).Evidence); diff != "" {
		t.Error(diff)
	}
}

func TestNetworkEvidence(t *testing.T) {
	for _, test := range []struct {
		name   string
		read   int64
		cached float64
		nic    float64 // bytes over the epoch
		rate   float64
		want   string
	}{
		{"counted", 1050, 0, 1000, 1000, "network: eth0 at 10 % of its line rate"},
		{"more read than counted", 1051, 0, 1000, 1000, "network unknown: more bytes were read than the network counters and the page cache account for"},
		{"the rest was cached", 2000, 0.5, 1000, 1000, "network: eth0 at 10 % of its line rate"},
		{"not all of the rest was cached", 2200, 0.5, 1000, 1000, "network unknown: more bytes were read than the network counters and the page cache account for"},
		{"no line rate", 1000, 0, 1000, 0, "network: line rate unknown, 1.00 kB received"},
		{"idle NIC", 1000, 0, 0, 1000, "network unknown: more bytes were read than the network counters and the page cache account for"},
	} {
		f := client{nic: test.nic / 10000}.facts(0.5, Loss{})
		f.Epochs[0].ReadBytes = test.read
		f.Epochs = append([]Epoch{{Epoch: 0, Warmup: true, ReadBytes: 1 << 40}}, f.Epochs...)
		f.Metrics["cached_fraction_max"] = test.cached
		f.Host.NICs = []result.NIC{{Name: "eth0", BytesPerS: test.rate}}
		evidence := NameLimit(f).Evidence
		if got := evidence[len(evidence)-1]; got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestInfiniband: what RDMA moves passes no NIC, and IPoIB stands in both counters.
func TestInfiniband(t *testing.T) {
	f := client{nic: 0.01}.facts(0.5, Loss{})
	for s := range 3 {
		f.Readings = append(f.Readings, result.Reading{T: started().Add(time.Duration(10*s) * time.Second), Source: "infiniband", Name: "rx_bytes",
			Labels: map[string]string{"dev": "mlx5_0/1"}, Value: 9500 * float64(s)})
	}
	f.Host.NICs = append(f.Host.NICs, result.NIC{Name: "mlx5_0/1", BytesPerS: 1000, Infiniband: true})
	f.Epochs[0].ReadBytes = 19000
	got := NameLimit(f)
	if want := "network: mlx5_0/1 at 95 % of its line rate"; got.Name != "network" || got.Evidence[len(got.Evidence)-1] != want {
		t.Errorf("%+v", got)
	}
	if u := measureUsage(f); *u.received != 19000 {
		t.Errorf("%v bytes received", *u.received)
	}
}

// TestUsageOfEpochsThatWereRead: an epoch without readings, or a warm-up, changes no share.
func TestUsageOfEpochsThatWereRead(t *testing.T) {
	f := client{cpu: 0.5, nic: 0.25}.facts(0.5, Loss{})
	f.Epochs = append(f.Epochs, Epoch{Epoch: 2, Start: 100e9, Open: 100e9, End: 200e9}, Epoch{Epoch: 3, Warmup: true, Start: 0, Open: 0, End: 10e9})
	u := measureUsage(f)
	if u.cpu == nil || *u.cpu != 0.5 || u.nic == nil || *u.nic != 0.25 || *u.received != 2500 {
		t.Errorf("usage %+v", u)
	}
	f.Host.UsableCPUs = 0
	if u := measureUsage(f); u.cpu != nil {
		t.Errorf("CPU share %v of no processors", *u.cpu)
	}
}

func TestCPUPerByte(t *testing.T) {
	f := Facts{Started: started(), Epochs: []Epoch{{Warmup: true, Start: 0, End: 10e9, ReadBytes: 1e9}, {Start: 10e9, Open: 12e9, End: 20e9, ReadBytes: 2000}}}
	if _, ok := CPUPerByte(f); ok {
		t.Error("a number from no readings")
	}
	for s, v := range map[int]float64{0: 0, 10: 500, 20: 1500} {
		for _, name := range []string{"user_ns", "system_ns"} {
			f.Readings = append(f.Readings, result.Reading{T: started().Add(time.Duration(s) * time.Second), Source: "process", Name: name, Value: v})
			v *= 3
		}
	}
	if got, ok := CPUPerByte(f); !ok || got != 2 { // (1000 + 3000) / 2000
		t.Errorf("%v ns a byte (%v), want 2", got, ok)
	}
}

func TestCounters(t *testing.T) {
	at := func(s float64) time.Time { return started().Add(time.Duration(s * 1e9)) }
	var readings []result.Reading
	for _, r := range [][2]float64{{20, 400}, {0, 0}, {10, 100}} { // in no order
		readings = append(readings, result.Reading{T: at(r[0]), Source: "a", Name: "b", Value: r[1]},
			result.Reading{T: at(r[0]), Source: "a", Name: "b", Labels: map[string]string{"dev": "y"}, Value: 2 * r[1]})
	}
	c := newCounters(readings)
	for _, test := range []struct {
		dev      string
		from, to float64
		want     float64
		ok       bool
	}{
		{"", 0, 20, 400, true}, {"", 10, 20, 300, true}, {"y", 10, 20, 600, true},
		{"", 4, 16, 240, true},    // 0 to 20 are nearest: 400 in 20 s, scaled to 12 s
		{"", 6, 16, 300, true},    // 10 to 20
		{"", -9, 99, 2160, true},  // beyond both ends
		{"", 11, 14, 0, false},    // both nearest to 10
		{"", 20, 10, 0, false},    // backwards
		{"", 10, 10, 0, false},    // empty
		{"none", 0, 20, 0, false}, // not read
	} {
		if got, ok := c.delta("a.b", test.dev, at(test.from), at(test.to)); ok != test.ok || !near(got, test.want) {
			t.Errorf("%q from %v to %v: %v (%v), want %v (%v)", test.dev, test.from, test.to, got, ok, test.want, test.ok)
		}
	}
	if _, ok := newCounters(readings[:1]).delta("a.b", "", at(0), at(20)); ok {
		t.Error("a difference from one reading")
	}
	if diff := cmp.Diff([]string{"", "y"}, c.labels("a.b")); diff != "" {
		t.Error(diff)
	}
}
