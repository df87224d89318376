package losses

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// began is when made runs start.
var began = time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)

// throughout is one epoch as long as any run here.
var throughout = []span{{0, 1000 * second}}

// ostReadings are the counters of OSTs, each second of a run: reads of 1 MiB, read times in
// ns and reads a second as of says.
func ostReadings(osts, seconds int, of func(second, ost int) (took, reads float64)) (all []result.Reading) {
	sums := make([]struct{ reads, ns, bytes float64 }, osts)
	for s := range seconds {
		at := began.Add(time.Duration(s) * time.Second)
		for i := range osts {
			name := fmt.Sprintf("lb-OST%04x", i)
			add := func(counter, op string, value float64) {
				labels := map[string]string{"target": name, "client": "ffff8880be6e3800"}
				if op != "" {
					labels["op"] = op
				}
				all = append(all, result.Reading{T: at, Source: "lustre", Name: counter, Labels: labels, Value: value})
			}
			add("osc_op_count", "ost_read", sums[i].reads)
			add("osc_op_ns", "ost_read", sums[i].ns)
			add("osc_op_ns", "ost_connect", 1e12)
			add("osc_read_bytes", "", sums[i].bytes)
			took, reads := of(s, i)
			sums[i].reads, sums[i].ns, sums[i].bytes = sums[i].reads+reads, sums[i].ns+reads*took, sums[i].bytes+reads*(1<<20)
		}
	}
	return all
}

func targetsOf(m *result.Mount, readings []result.Reading) *Targets {
	t := NewTargets(result.Run{Started: began, Mount: m})
	for _, r := range readings {
		t.Add(r)
	}
	return t
}

func lustre() *result.Mount {
	return &result.Mount{Type: "lustre", Path: "/mnt/lustre", Source: "10.0.0.1@tcp:/lb/data"}
}

// TestSlowTarget: one OST of 12 takes 2.5 times as long for 41 s, and all give 40 % of
// their rate meanwhile, since ranks wait for it.
func TestSlowTarget(t *testing.T) {
	slow := func(s, ost int) (float64, float64) {
		took, reads := 4e6, 100.0
		if s >= 130 && s < 171 {
			reads = 40
			if ost == 2 {
				took *= 2.5
			}
		}
		return took, reads
	}
	targets := targetsOf(lustre(), ostReadings(12, 300, slow))
	got := targets.during(130*second, 171*second, throughout)
	if got == nil || got.Name != "lb-OST0002" || math.Abs(got.Slower-2.5) > 0.05 || math.Abs(got.Rate-0.4) > 0.02 {
		t.Fatalf("got %+v", got)
	}
	if got := targets.during(10*second, 20*second, throughout); got != nil {
		t.Errorf("while all were as usual: %+v", got)
	}
	if got := targets.ever(throughout); got != nil {
		t.Errorf("over the whole run: %+v", got)
	}
}

// TestHungTarget: reads of an OST end only after the seconds in which all waited.
func TestHungTarget(t *testing.T) {
	targets := targetsOf(lustre(), ostReadings(4, 60, func(s, ost int) (float64, float64) {
		switch {
		case s >= 20 && s < 30 && ost == 1:
			return 0, 0
		case s == 30 && ost == 1:
			return 9e9, 8
		}
		return 5e6, 50
	}))
	if got := targets.during(20*second, 30*second, throughout); got == nil || got.Name != "lb-OST0001" || got.Rate != 0 || got.Slower < 100 {
		t.Errorf("got %+v", got)
	}
}

// TestOtherFileSystem: OSTs of another file system of this client are not the run's.
func TestOtherFileSystem(t *testing.T) {
	readings := ostReadings(2, 60, func(_, ost int) (float64, float64) { return 5e6 * float64(1+9*ost), 50 })
	if got := targetsOf(lustre(), readings).ever(throughout); got == nil {
		t.Error("its own are not named")
	}
	other := lustre()
	other.Source = "10.0.0.9@tcp:/lb2"
	if got := targetsOf(other, readings).ever(throughout); got != nil {
		t.Errorf("got %+v", got)
	}
}

// TestMountedTwice: two devices of one target, read at different moments, are one target.
func TestMountedTwice(t *testing.T) {
	of := func(s, ost int) (float64, float64) {
		if s >= 20 && s < 30 && ost == 1 {
			return 50e6, 40
		}
		return 5e6, 100
	}
	var both []result.Reading
	for _, r := range ostReadings(3, 60, of) {
		other := r
		other.T = r.T.Add(3 * time.Millisecond)
		other.Labels = map[string]string{"client": "ffff888000000000"}
		for k, v := range r.Labels {
			if k != "client" {
				other.Labels[k] = v
			}
		}
		both = append(both, r, other)
	}
	got := targetsOf(lustre(), both).during(20*second, 30*second, throughout)
	if got == nil || got.Name != "lb-OST0001" || math.Abs(got.Slower-10) > 0.1 || math.Abs(got.Rate-0.4) > 0.01 {
		t.Errorf("got %+v", got)
	}
}

// TestWarmupIsNoEver: what was slow before the windows is not slow in them.
func TestWarmupIsNoEver(t *testing.T) {
	targets := targetsOf(lustre(), ostReadings(4, 120, func(s, ost int) (float64, float64) {
		if s < 40 && ost == 2 {
			return 40e6, 50
		}
		return 5e6, 50
	}))
	if got := targets.ever([]span{{40 * second, 119 * second}}); got != nil {
		t.Errorf("got %+v", got)
	}
	if got := targets.ever([]span{{0, 40 * second}}); got == nil || got.Name != "lb-OST0002" {
		t.Errorf("in its own window %+v", got)
	}
}

// TestTargetByChance: where reads are few and take times of all kinds, none is named.
func TestTargetByChance(t *testing.T) {
	random, named := rand.New(rand.NewPCG(7, 7)), 0
	for range 200 {
		reads := []float64{3, 8, 20, 50}[random.IntN(4)]
		targets := targetsOf(lustre(), ostReadings(12, 40, func(s, _ int) (float64, float64) {
			took := 0.0
			for range int(reads) {
				took += random.ExpFloat64() * 20e6 / reads
			}
			if s >= 20 && s < 22 {
				took *= 2
			}
			return took, reads
		}))
		if targets.during(20*second, 22*second, throughout) != nil || targets.ever(throughout) != nil {
			named++
		}
	}
	if named > 6 {
		t.Errorf("in %d of 200 runs one is named", named)
	}
}

// TestNoTargetStandsOut: where all slow alike it is none of them.
func TestNoTargetStandsOut(t *testing.T) {
	targets := targetsOf(lustre(), ostReadings(4, 60, func(s, ost int) (float64, float64) {
		if s >= 20 && s < 30 {
			return 5e7 * (1 + 0.1*float64(ost)), 10
		}
		return 5e6, 50
	}))
	if got := targets.during(20*second, 30*second, throughout); got != nil {
		t.Errorf("got %+v", got)
	}
}

// TestTargetSlowThroughout: no second of it is unusual.
func TestTargetSlowThroughout(t *testing.T) {
	targets := targetsOf(lustre(), ostReadings(4, 60, func(_, ost int) (float64, float64) {
		if ost == 3 {
			return 12e6, 50
		}
		return 5e6, 50
	}))
	if got := targets.ever(throughout); got == nil || got.Name != "lb-OST0003" || math.Abs(got.Slower-2.4) > 1e-9 {
		t.Errorf("got %+v", got)
	}
	if got := targets.during(20*second, 30*second, throughout); got != nil {
		t.Errorf("in some seconds: %+v", got)
	}
}

// TestServerOfAMount: of an NFS client's mounts the run's counts, and its one server is
// named although there is no other.
func TestServerOfAMount(t *testing.T) {
	var readings []result.Reading
	sums := struct{ reads, ns, bytes float64 }{}
	for s := range 60 {
		at := began.Add(time.Duration(s) * time.Second)
		for mount, factor := range map[string]float64{"/mnt/a": 1, "/mnt/b": 7} {
			for _, c := range []struct {
				name, op string
				value    float64
			}{{"op_count", "READ", sums.reads}, {"op_execute_ns", "READ", sums.ns}, {"server_read_bytes", "", sums.bytes}, {"op_count", "GETATTR", 5}} {
				labels := map[string]string{"mount": mount}
				if c.op != "" {
					labels["op"] = c.op
				}
				readings = append(readings, result.Reading{T: at, Source: "nfs", Name: c.name, Labels: labels, Value: factor * c.value})
			}
		}
		took, reads := 1e6, 1000.0
		if s >= 40 && s < 50 {
			took, reads = 20e6, 100
		}
		sums.reads, sums.ns, sums.bytes = sums.reads+reads, sums.ns+reads*took, sums.bytes+reads*(1<<18)
	}
	targets := targetsOf(&result.Mount{Type: "nfs4", Path: "/mnt/a", Servers: []string{"10.0.0.7"}}, readings)
	got := targets.during(40*second, 50*second, throughout)
	if got == nil || got.Name != "10.0.0.7" || math.Abs(got.Rate-0.1) > 0.01 || got.Slower < 15 || got.Slower > 20.01 {
		t.Errorf("got %+v", got)
	}
	if got := targetsOf(&result.Mount{Type: "ext4", Path: "/mnt/a"}, readings).during(40*second, 50*second, throughout); got != nil {
		t.Errorf("on a local disk: %+v", got)
	}
}

// TestCountersBeganAnew: a client that was mounted again has no negative rates.
func TestCountersBeganAnew(t *testing.T) {
	readings := ostReadings(2, 60, func(int, int) (float64, float64) { return 5e6, 50 })
	for i := range readings {
		if readings[i].T.Sub(began) >= 30*time.Second {
			readings[i].Value /= 1000
		}
	}
	targets := targetsOf(lustre(), readings)
	for _, name := range targets.names() {
		if sum := targets.between(name, 20*second, 40*second); slices.Min(sum[:]) < 0 || sum[readsDone] > 20*50 {
			t.Errorf("%+v", sum)
		}
	}
	if got := targets.during(20*second, 40*second, throughout); got != nil {
		t.Errorf("got %+v", got)
	}
}

// TestCausesNameTargets: in a run's causes.
func TestCausesNameTargets(t *testing.T) {
	run, steps := madeRun(1, 200, 4, func(_, step, _ int) (int64, int64, int64) {
		if step >= 100 && step < 120 {
			return second / 2, 0, 0
		}
		return second / 1000, 0, 0
	})
	run.Started, run.Mount = began, lustre()
	tally := New(*run.Plan)
	tally.Add(steps...)
	from := steps[4*100].StartNS / second
	targets := targetsOf(run.Mount, ostReadings(4, 60, func(s, ost int) (float64, float64) {
		if ost == 2 && int64(s) >= from && int64(s) < from+12 {
			return 400e6, 10
		}
		return 5e6, 10
	}))
	lost := tally.Lost(run, targets)
	if len(lost.Causes) == 0 || lost.Causes[0].Kind != result.LostToSeconds || lost.Causes[0].Target == nil || lost.Causes[0].Target.Name != "lb-OST0002" {
		t.Errorf("causes %+v", lost.Causes)
	}
}
