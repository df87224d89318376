package dlio

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestOutlasting: what probes leave out for a read-ahead follows from their fewest steps.
func TestOutlasting(t *testing.T) {
	plan, _ := sharedPlan(20000, 16)
	random := rand.New(rand.NewPCG(2, 2))
	for range 500 {
		f := NewProbeFiles(plan)
		f.ReadAhead = random.Int64N(1 << uint(random.IntN(20)+1))
		again, err := NewProbeFiles(plan).Outlasting(f.leastSteps())
		if err != nil || again.settling() != f.settling() || again.leastSteps() != f.leastSteps() || again.Most() != f.Most() {
			t.Fatalf("read-ahead %d: settling %d and %d, steps %d and %d, most %d and %d, error %v", f.ReadAhead,
				f.settling(), again.settling(), f.leastSteps(), again.leastSteps(), f.Most(), again.Most(), err)
		}
	}
	for _, steps := range []int{-1, 0, leastSteps - 1, 1 << 30} {
		if _, err := NewProbeFiles(plan).Outlasting(steps); err == nil {
			t.Errorf("%d steps: no error", steps)
		}
	}
}

// TestReplay: the probes of a search on storage are those that it would have made, and each
// figure that is known beforehand is named where it is another one.
func TestReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(5.4, 0.01, ms, rand.New(rand.NewPCG(1, 4)))
		w.files.ReadAhead = 3 * w.plan.RecordBytes
		o := w.files.Bounded(1, 40)
		o.LeastTime = 0
		var probes []Probe
		if _, err := Search(t.Context(), o, nil, w.probe, func(p Probe) error { probes = append(probes, p); return nil }); err != nil {
			t.Fatal(err)
		}
		dues, stop, err := w.files.Replay(o, probes)
		if i, text := w.files.Differ(o, probes); text != "" || err != nil || stop != StopNot || len(dues) != len(probes) {
			t.Fatalf("probe %d %s; %d of %d, stop %q, error %v", i, text, len(dues), len(probes), stop, err)
		}
		for i, p := range probes {
			if d := dues[i]; p.ReadBytes < d.LeastBytes || p.ReadBytes > d.MostBytes || !p.Rate && p.Took < d.LeastTook || p.BytesPerS*p.Took.Seconds() < float64(d.LeastWindow) {
				t.Errorf("probe %d: %+v, due %+v", i, p, d)
			}
			if au, ok := w.files.Feeds(p); ok && p.AU > au*(1+1e-9) {
				t.Errorf("probe %d: AU %v, and its bytes feed %v", i, p.AU, au)
			}
		}
		for name, change := range map[string]func(*Probe){
			"accelerators": func(p *Probe) { p.Accelerators++ }, "steps": func(p *Probe) { p.Steps++ }, "files": func(p *Probe) { p.Files++ }, "warm": func(p *Probe) { p.Warm = !p.Warm }, "rate": func(p *Probe) { p.Rate = !p.Rate },
		} {
			forged := append([]Probe(nil), probes...)
			change(&forged[3])
			if i, text := w.files.Differ(o, forged); i != 3 || !strings.HasPrefix(text, "has "+name) {
				t.Errorf("%s: probe %d %q", name, i, text)
			}
		}
		if i, text := w.files.Differ(o, append(probes, probes[1])); i != len(probes) || !strings.Contains(text, "one too many") {
			t.Errorf("one too many: probe %d %q", i, text)
		}
	})
}

// TestSearchGoesOnTheSame: a search cut by --max-time that goes on ends as one that was not
// cut. What happens at the same instant of virtual time happens in any order, so that a
// probe's AU may differ by half a point and the search by a probe.
func TestSearchGoesOnTheSame(t *testing.T) {
	search := func(t *testing.T, o SearchOptions, before []Probe, w *world) (Answer, []Probe) {
		all := append([]Probe(nil), before...)
		a, err := Search(t.Context(), o, before, w.probe, func(p Probe) error { all = append(all, p); return nil })
		if err != nil {
			t.Fatal(err)
		}
		return a, all
	}
	synctest.Test(t, func(t *testing.T) {
		whole, cut := newWorld(7.4, 0, ms, rand.New(rand.NewPCG(1, 5))), newWorld(7.4, 0, ms, rand.New(rand.NewPCG(1, 5)))
		o := whole.files.Options()
		want, _ := search(t, o, nil, whole)
		var probes []Probe
		var got Answer
		sittings := 0
		for o.MaxTime = 5 * time.Second; got.Stop != StopDone && sittings < 50; sittings++ {
			o.Earlier = len(probes)
			got, probes = search(t, o, probes, cut)
			if got.Stop == StopTime && len(probes) == o.Earlier {
				t.Fatalf("sitting %d made no probe", sittings)
			}
		}
		if got.Max != want.Max || got.MinFailing != want.MinFailing || max(got.Probes, want.Probes)-min(got.Probes, want.Probes) > 1 || sittings < 2 {
			t.Errorf("after %d sittings %d pass, %d fail, %d probes; at once %d, %d, %d", sittings, got.Max, got.MinFailing, got.Probes, want.Max, want.MinFailing, want.Probes)
		}
	})
}

// TestRepeatsAreInterleaved: an early point that storage limits is probed again among the
// others, so that a drift shows.
func TestRepeatsAreInterleaved(t *testing.T) {
	m := &paperStorage{edge: 45.5, minAU: 0.9, noise: 0.02, random: rand.New(rand.NewPCG(4, 4))}
	o := m.options()
	o.Guess = 52 // fails at once, so that nothing else asks for it again
	var order []int
	a, err := Search(t.Context(), o, nil, m.probe, func(p Probe) error { order = append(order, p.Accelerators); return nil })
	if err != nil || a.Stop != StopDone {
		t.Fatalf("stop %q, error %v", a.Stop, err)
	}
	last := 0
	for i, accelerators := range append(order, 52) {
		if accelerators == 52 {
			if i-last > anchorEvery+1 {
				t.Errorf("%d probes without one at the first point: %v", i-last-1, order)
			}
			last = i
		}
	}
	if len(order) < 3*anchorEvery {
		t.Errorf("%d probes are too few to tell", len(order))
	}
}
