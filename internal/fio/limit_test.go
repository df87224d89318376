package fio

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
)

// spent is what a made client did over a run of 10 s: shares of its 4 processors, of the
// time, and of the line rates of 1000 and 2000 bytes/s; half of each before and after it.
type spent struct{ cpu, core, memory, rx, rx2, tx float64 }

func limitStart() time.Time { return time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC) }

func (s spent) readings() []result.Reading {
	var all []result.Reading
	add := func(at time.Time, source, name, label, value string, v float64) {
		r := result.Reading{T: at, Source: source, Name: name, Value: v}
		if label != "" {
			r.Labels = map[string]string{label: value}
		}
		all = append(all, r)
	}
	for second := -10; second <= 20; second += 10 {
		at := limitStart().Add(time.Duration(second) * time.Second)
		grown := float64(min(max(second, 0), 10)) // s within the run
		other := float64(second+10) - grown       // s outside
		share := func(of, s float64) float64 { return 7e9 + of*(s*grown+0.5*other) }
		add(at, "cpu", "busy_ns", "", "", share(4e9, s.cpu))
		add(at, "cpu", "idle_ns", "", "", share(4e9, 1-s.cpu))
		add(at, "cpu", "steal_ns", "", "", 5)
		if s.core > 0 {
			add(at, "cpu", "core_busy_ns", "cpu", "0", share(1e9, s.core/2))
			add(at, "cpu", "core_busy_ns", "cpu", "1", share(1e9, s.core))
			add(at, "cpu", "core_busy_ns", "cpu", "2", share(1e9, s.core/3))
		}
		add(at, "pressure", "memory_some_ns", "", "", share(1e9, s.memory))
		add(at, "nic", "rx_bytes", "dev", "eth0", share(1000, s.rx))
		add(at, "nic", "rx_bytes", "dev", "eth1", share(2000, s.rx2))
		add(at, "nic", "tx_bytes", "dev", "eth0", share(1000, s.tx))
	}
	return all
}

// facts are those of 16 jobs on a network's mount that read 400 bytes/s, each byte for
// 1 ms of CPU.
func (s spent) facts() Facts {
	job := Job{Op: Read, Jobs: 16, Depth: 2}
	out := Outcome{Duration: 10 * time.Second, Bytes: 4000, Ops: 40, CPU: 4 * time.Second, Total: lasting(7_900_000_000)}
	return Facts{
		Job: job, Outcome: out, Metrics: Measure(job, out), Started: limitStart(), Readings: s.readings(),
		Host:  result.Host{UsableCPUs: 4, NICs: []result.NIC{{Name: "eth0", BytesPerS: 1000}, {Name: "eth1", BytesPerS: 2000}, {Name: "ib0"}}},
		Mount: &result.Mount{Type: "nfs4", Network: true},
	}
}

func TestNameLimit(t *testing.T) {
	quiet := spent{cpu: 0.84, memory: 0.09, rx: 0.89, rx2: 0.89}
	for _, c := range []struct {
		name   string
		spent  spent
		change func(*Facts)
		want   string
	}{
		{"nothing stands out", quiet, nil, "storage"},
		{"nothing was measured", quiet, func(f *Facts) { *f = Facts{Job: f.Job} }, "storage"},
		{"line rate", spent{rx: 0.91}, nil, "network"},
		{"line rate of the other", spent{rx2: 0.91}, nil, "network"},
		{"a disk's mount", spent{rx: 1}, func(f *Facts) { f.Mount.Network = false }, "storage"},
		{"an unknown mount", spent{rx: 1}, func(f *Facts) { f.Mount = nil }, "storage"},
		{"sent while reading", spent{tx: 1}, nil, "storage"},
		{"sent while writing", spent{tx: 1}, func(f *Facts) { f.Job.Op = Write }, "network"},
		{"received while writing", spent{rx: 1}, func(f *Facts) { f.Job.Op = Write }, "storage"},
		{"an only NIC that doesn't count", spent{}, func(f *Facts) { oneNIC(f, 440) }, "network"},
		{"one that doesn't count, with room", spent{}, func(f *Facts) { oneNIC(f, 450) }, "storage"},
		{"more than its line rate", spent{}, func(f *Facts) { oneNIC(f, 390) }, "storage"},
		{"memory", spent{memory: 0.11}, nil, "client-memory"},
		{"network before memory", spent{memory: 0.11, rx: 1}, nil, "network"},
		{"memory before CPU", spent{memory: 0.11, cpu: 1}, nil, "client-memory"},
		{"CPU", spent{cpu: 0.86}, nil, "client-cpu"},
		{"CPU under a quota, of others", spent{cpu: 1}, func(f *Facts) { f.Host.UsableCPUs = 2 }, "storage"},
		{"CPU under a quota, of the jobs", spent{cpu: 1}, func(f *Facts) { f.Host.UsableCPUs, f.Outcome.CPU = 2, 17*time.Second }, "client-cpu"},
		{"one job on one processor", quiet, func(f *Facts) { f.Job.Jobs, f.Job.Depth, f.Outcome.CPU = 1, 1, 9*time.Second }, "client-cpu"},
		{"one job, half of it", quiet, func(f *Facts) { f.Job.Jobs, f.Job.Depth, f.Outcome.CPU = 1, 1, 5*time.Second }, "storage"},
		{"one job of two streams", quiet, func(f *Facts) { f.Job.Jobs, f.Outcome.CPU = 1, 9*time.Second }, "storage"},
		{"one job that queues", quiet, func(f *Facts) { f.Job.Jobs, f.Outcome.CPU, f.Outcome.Engine = 1, 9*time.Second, "uring" }, "client-cpu"},
		{"copies as fast as it can", quiet, func(f *Facts) { f.CeilingBytesPerS = 444 }, "client-cpu"},
		{"could copy faster", quiet, func(f *Facts) { f.CeilingBytesPerS = 445 }, "storage"},
		{"O_DIRECT copies nothing", quiet, func(f *Facts) { f.CeilingBytesPerS, f.Job.Direct = 300, true }, "storage"},
		{"the rate asked for", spent{1, 1, 1, 1, 1, 1}, func(f *Facts) { f.Job.RateBytesPerS = 400 }, "none"},
		{"nearly the rate asked for", quiet, func(f *Facts) { f.Job.RateBytesPerS = 408 }, "none"},
		{"less than the rate asked for", quiet, func(f *Facts) { f.Job.RateBytesPerS = 409 }, "storage"},
	} {
		f := c.spent.facts()
		if c.change != nil {
			c.change(&f)
		}
		f.Metrics = Measure(f.Job, f.Outcome)
		got := NameLimit(f)
		if got.Name != c.want {
			t.Errorf("%s: %q, want %q: %s", c.name, got.Name, c.want, strings.Join(got.Evidence, "; "))
		}
	}
}

// oneNIC leaves one interface, of which there are no readings.
func oneNIC(f *Facts, bytesPerS float64) {
	f.Readings = nil
	f.Host.NICs = []result.NIC{{Name: "eth0", BytesPerS: bytesPerS}}
}

func TestLimitEvidence(t *testing.T) {
	for _, c := range []struct {
		name   string
		spent  spent
		change func(*Facts)
		want   []string
	}{
		{"all that can be measured", spent{cpu: 0.31, core: 0.66, memory: 0.02, rx: 0.41, rx2: 0.07}, func(f *Facts) {
			f.CeilingBytesPerS, f.CeilingCPUPerByte, f.Job.RateBytesPerS = 741, 0.261, 1600
			f.Outcome.Sync = lasting(2_000_000_000, 6_000_000_000)
			f.Metrics[rules.ColdMetric] = 0.125
		}, []string{
			"400 B/s is 25 % of the 1.60 kB/s asked for",
			"410 B/s is 41 % of eth0's 1.00 kB/s",
			"client CPU: 1.24 of 4 usable cores busy (31 %)",
			"the jobs took 0.4 of the 4 cores that they can occupy, 1,000,000 ns of CPU per byte; copying from this client's own memory takes 0.261",
			"busiest core: 66 % busy",
			"memory pressure: some task waited for memory 2 % of the time",
			"400 B/s is 54 % of the 741 B/s that this client copies from its own memory",
			"31.6 operations in flight on average (jobs x depth = 32) at 7.9 s each: more in flight would give more only if latency stays",
			"fsync took 5 % of the jobs' time",
			"12.5 % of the files lay in this client's cache before the first read: that part isn't the storage's",
		}},
		{"nothing", spent{}, func(f *Facts) { *f = Facts{Job: Job{Op: Read, Jobs: 8, Depth: 1}} }, []string{
			"client CPU: not measured", "busiest core: not measured",
		}},
		{"few in flight", spent{}, func(f *Facts) { *f = Facts{Job: Job{Op: Read, Jobs: 7, Depth: 1}} }, []string{
			"client CPU: not measured", "busiest core: not measured",
			"with at most 7 in flight (jobs x depth) the latency of single operations may bind, and not the storage's bandwidth: try more --jobs or --depth",
		}},
		{"few in flight, but the rate asked for", spent{}, func(f *Facts) {
			*f = Facts{Job: Job{Op: Read, Jobs: 1, Depth: 1, RateBytesPerS: 5}, Metrics: map[string]float64{"read_bytes_per_s": 5}}
		}, []string{"5 B/s is 100 % of the 5 B/s asked for", "client CPU: not measured", "busiest core: not measured"}},
		{"a quota", spent{cpu: 1}, func(f *Facts) {
			*f = Facts{Job: f.Job, Outcome: Outcome{Duration: 10 * time.Second, CPU: 5 * time.Second}, Host: result.Host{UsableCPUs: 2}, Readings: f.Readings[:0:0], Started: f.Started}
			f.Readings = spent{cpu: 1}.readings()
		}, []string{
			"client CPU: the jobs kept 0.5 of 2 usable cores busy (25 %); a quota or cpuset leaves the host's others out",
			"busiest core: not measured",
			"memory pressure: some task waited for memory 0 % of the time",
		}},
	} {
		f := c.spent.facts()
		c.change(&f)
		if diff := cmp.Diff(c.want, NameLimit(f).Evidence); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestNetworkEvidence(t *testing.T) {
	const unknown = "network: not measured"
	for _, c := range []struct {
		name   string
		spent  spent
		change func(*Facts)
		want   []string
		metric float64 // 0: absent
	}{
		{"all was counted", spent{rx: 0.38}, nil, []string{"380 B/s is 38 % of eth0's 1.00 kB/s"}, 0.38},
		{"less was counted", spent{rx: 0.37}, nil, []string{
			"370 B/s is 37 % of eth0's 1.00 kB/s",
			"the network interfaces counted 370 B/s of the run's 400 B/s: the rest stayed in this client's cache, or passes their counters by as RDMA does",
		}, 0.37},
		{"both together carried it", spent{rx: 0.2, rx2: 0.11}, nil, []string{"200 B/s is 20 % of eth0's 1.00 kB/s"}, 0.2},
		{"no line rate", spent{rx: 0.4}, func(f *Facts) { f.Host.NICs = nil }, []string{"network: 400 B/s through eth0, whose line rate isn't known"}, 0},
		{"no line rate of the busier", spent{rx: 0.4, rx2: 0.1}, func(f *Facts) { f.Host.NICs = f.Host.NICs[1:] }, []string{"200 B/s is 10 % of eth1's 2.00 kB/s"}, 0.1},
		{"no readings of several", spent{}, func(f *Facts) { f.Readings = nil }, []string{unknown}, 0},
		{"no readings of one", spent{}, func(f *Facts) { oneNIC(f, 800) }, []string{"400 B/s is 50 % of eth0's 800 B/s"}, 0},
		{"nothing of one", spent{}, func(f *Facts) { oneNIC(f, 0) }, []string{"network: the line rate of eth0 isn't known"}, 0},
		{"IPoIB stands in both", spent{rx: 0.19}, func(f *Facts) {
			for s := 0; s <= 10; s += 10 {
				f.Readings = append(f.Readings, result.Reading{T: limitStart().Add(time.Duration(s) * time.Second), Source: "infiniband", Name: "rx_bytes",
					Labels: map[string]string{"dev": "mlx5_0/1"}, Value: 370 * float64(s)})
			}
			f.Host.NICs = append(f.Host.NICs, result.NIC{Name: "mlx5_0/1", BytesPerS: 1000})
		}, []string{
			"370 B/s is 37 % of mlx5_0/1's 1.00 kB/s",
			"the network interfaces counted 370 B/s of the run's 400 B/s: the rest stayed in this client's cache, or passes their counters by as RDMA does",
		}, 0.37},
	} {
		f := c.spent.facts()
		if c.change != nil {
			c.change(&f)
		}
		var got []string
		for _, sentence := range NameLimit(f).Evidence {
			if strings.HasPrefix(sentence, "client CPU") {
				break
			}
			got = append(got, sentence)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if share, ok := NICFraction(f); ok != (c.metric > 0) || ok && fmt.Sprintf("%.6f", share) != fmt.Sprintf("%.6f", c.metric) {
			t.Errorf("%s: nic_fraction %g, %v, want %g", c.name, share, ok, c.metric)
		}
	}
}

func TestInflightEvidence(t *testing.T) {
	for _, c := range []struct {
		name     string
		inflight float64
		capped   bool
		want     string
	}{
		{"all in use", 28.8, false, "28.8 operations in flight on average (jobs x depth = 32) at 7.9 s each: more in flight would give more only if latency stays"},
		{"not all", 28.7, false, "28.7 operations in flight on average (jobs x depth = 32) at 7.9 s each: not all are used, for the jobs spent time between their operations"},
		{"not all, for they had to wait", 28.7, true, "28.7 operations in flight on average (jobs x depth = 32) at 7.9 s each: not all are used, for the jobs had to wait for --max-inflight"},
	} {
		f := spent{}.facts()
		f.Metrics["inflight_mean"], f.Outcome.Capped = c.inflight, c.capped
		if got := f.inflightEvidence(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A counter says nothing of a run that its readings don't stand for.
func TestPerSecond(t *testing.T) {
	reading := func(second, value float64) result.Reading {
		return result.Reading{T: limitStart().Add(time.Duration(second * float64(time.Second))), Source: "s", Name: "n", Value: value}
	}
	for _, c := range []struct {
		name     string
		readings []result.Reading
		want     float64 // -1: not measured
	}{
		{"at the edges", []result.Reading{reading(0, 5), reading(10, 25)}, 2},
		{"in any order", []result.Reading{reading(10, 25), reading(0, 5)}, 2},
		{"those nearest", []result.Reading{reading(-9, 0), reading(1, 5), reading(5, 7), reading(9, 21), reading(12, 99)}, 2},
		{"none", nil, -1},
		{"one", []result.Reading{reading(5, 5)}, -1},
		{"over half of it", []result.Reading{reading(2, 5), reading(7, 15)}, 2},
		{"over less than half", []result.Reading{reading(2, 5), reading(6.9, 15)}, -1},
		{"over twice of it", []result.Reading{reading(-5, 5), reading(15, 45)}, 2},
		{"over more than twice", []result.Reading{reading(-5, 5), reading(15.1, 45)}, -1},
		{"went back", []result.Reading{reading(0, 5), reading(10, 4)}, -1},
		{"stood still", []result.Reading{reading(0, 5), reading(10, 5)}, 0},
	} {
		w := window{readings: c.readings, from: limitStart(), to: limitStart().Add(10 * time.Second)}
		got := w.perSecond("s", "n", nil, 1)
		if got == nil && c.want != -1 || got != nil && *got != c.want {
			t.Errorf("%s: %v, want %g", c.name, got, c.want)
		}
	}
	w := window{readings: []result.Reading{reading(0, 5), reading(10, 25)}, from: limitStart(), to: limitStart().Add(10 * time.Second)}
	if w.perSecond("s", "other", nil, 1) != nil || w.perSecond("other", "n", nil, 1) != nil || w.perSecond("s", "n", map[string]string{"dev": "x"}, 1) != nil {
		t.Error("took another counter's readings")
	}
}
