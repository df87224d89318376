package dlio

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// paperStorage is storage as numbers: the AU of a probe is drawn, no byte is read.
type paperStorage struct {
	edge    float64 // in accelerators, where AU crosses minAU
	minAU   float64
	noise   float64 // standard deviation of a probe's rate, relative
	random  *rand.Rand
	au      func(accelerators int, made int) float64 // nil: the edge's
	ceiling func(accelerators int) float64           // nil: not measured
	took    time.Duration
}

const modelStep = 1 << 20 // bytes

func (m *paperStorage) options() SearchOptions {
	return SearchOptions{MinAU: m.minAU, Least: 1, Most: 1000, Demand: 1e6, StepBytes: modelStep,
		DatasetBytes: int64(m.edge*300) * modelStep, MaxBytes: 2 * 5 * int64(m.edge*300) * modelStep}
}

func (m *paperStorage) probe(_ context.Context, ask Ask, before []Probe) (Probe, error) {
	rate := m.edge * m.minAU * (1 + m.noise*m.random.NormFloat64())
	p := Probe{Accelerators: ask.Accelerators, Rate: ask.Rate, Steps: ask.Steps, ReadBytes: int64(ask.Accelerators*(ask.Steps+1)) * modelStep, Took: m.took}
	if ask.Rate {
		p.BytesPerS = rate * 1e6
		return p, nil
	}
	p.AU = math.Min(1, rate/float64(ask.Accelerators))
	if m.au != nil {
		p.AU = min(1, m.au(ask.Accelerators, len(before))*(1+m.noise*m.random.NormFloat64()))
	}
	if m.ceiling != nil {
		p.CeilingAU = m.ceiling(ask.Accelerators)
		p.AU = min(p.AU, p.CeilingAU)
	}
	return p, nil
}

func (m *paperStorage) search(t *testing.T) Answer {
	t.Helper()
	a, err := Search(t.Context(), m.options(), nil, m.probe, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tally of many searches on storage whose edge is known.
type searched struct {
	n, within, wrong, drifted, unfinished, probes int
	mostBytes                                     float64 // in full runs
}

func searchMany(t *testing.T, n int, seed uint64, storage func(r *rand.Rand) *paperStorage) (all searched) {
	t.Helper()
	for i := range n {
		m := storage(rand.New(rand.NewPCG(seed, uint64(i))))
		a := m.search(t)
		all.n++
		all.probes += a.Probes
		if math.Abs(float64(a.Max)-math.Floor(m.edge)) <= 1 {
			all.within++
		}
		if slices.ContainsFunc(a.Points, func(p Point) bool {
			return p.Decided == Pass && float64(p.Accelerators) > m.edge || p.Decided == Fail && float64(p.Accelerators) <= m.edge
		}) {
			all.wrong++
		}
		if slices.Contains(codes(a.Doubts), "search_drift") {
			all.drifted++
		}
		if a.Stop != StopDone {
			all.unfinished++
		}
		all.mostBytes = max(all.mostBytes, 2*float64(a.ReadBytes)/float64(m.options().MaxBytes))
	}
	t.Logf("%+v", all)
	return all
}

// TestSearchFindsTheMaximum: noise of 0 to 3 % from probe to probe; with the full run at
// the answer no search reads more than three.
func TestSearchFindsTheMaximum(t *testing.T) {
	got := searchMany(t, 200, 7, func(r *rand.Rand) *paperStorage {
		return &paperStorage{edge: 1 + 63*r.Float64(), minAU: 0.9, noise: 0.03 * r.Float64(), random: r}
	})
	if got.within < 190 || got.mostBytes > 2 || got.unfinished > 2 {
		t.Errorf("%+v", got)
	}
}

// TestSearchErrors: at the noise that the error rates are stated for, a decision of a
// search is wrong in at most 5 % of the searches, and storage that stands still is called
// so.
func TestSearchErrors(t *testing.T) {
	got := searchMany(t, 1000, 8, func(r *rand.Rand) *paperStorage {
		return &paperStorage{edge: 1 + 39*r.Float64(), minAU: 0.9, noise: 0.03, random: r}
	})
	if got.wrong > 50 || got.drifted > 10 || got.within < 950 {
		t.Errorf("%+v", got)
	}
}

// TestSearchGoesOn: where a few repeats leave the bracket wider than one number, more follow.
func TestSearchGoesOn(t *testing.T) {
	got := searchMany(t, 60, 12, func(r *rand.Rand) *paperStorage {
		return &paperStorage{edge: 60 + 20*r.Float64(), minAU: 0.9, noise: 0.03, random: r}
	})
	if got.within < 57 || got.mostBytes > 2 {
		t.Errorf("%+v", got)
	}
}

// TestSearchOfManyAccelerators: where 3 % of noise are six accelerators, the bracket is
// as narrow as the bytes allow, and it holds the edge.
func TestSearchOfManyAccelerators(t *testing.T) {
	got := searchMany(t, 30, 9, func(r *rand.Rand) *paperStorage {
		return &paperStorage{edge: 190 + 10*r.Float64(), minAU: 0.9, noise: 0.03, random: r}
	})
	if got.wrong > 2 || got.mostBytes > 2 {
		t.Errorf("%+v", got)
	}
}

// TestSearchOfNoisyStorage: at three times the noise that the error rates are stated for, a
// search of forty probes has a bracket nevertheless, seldom a wrong one.
func TestSearchOfNoisyStorage(t *testing.T) {
	bracketed, right := 0, 0
	for i := range 200 {
		r := rand.New(rand.NewPCG(13, uint64(i)))
		m := &paperStorage{edge: 10 + 50*r.Float64(), minAU: 0.9, noise: 0.09, random: r, took: time.Second}
		o := m.options()
		o.MaxTime = 40 * time.Second
		a, err := Search(t.Context(), o, nil, m.probe, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Max > 0 && a.MinFailing > 0 {
			bracketed++
		}
		if float64(a.Max) <= m.edge && (a.MinFailing == 0 || float64(a.MinFailing) > m.edge) {
			right++
		}
	}
	t.Logf("%d bracketed, %d right of 200", bracketed, right)
	if bracketed < 170 || right < 180 {
		t.Errorf("%d of 200 searches have a bracket, and %d a right one", bracketed, right)
	}
}

// TestDriftIsSeen: a rate that falls by 15 % during the search, slowly or at once.
func TestDriftIsSeen(t *testing.T) {
	for name, factor := range map[string]func(made int) float64{
		"slowly":  func(made int) float64 { return 1 - 0.15*min(1, float64(made)/20) },
		"at once": func(made int) float64 { return map[bool]float64{true: 1, false: 0.85}[made < 10] },
	} {
		got := searchMany(t, 50, 10, func(r *rand.Rand) *paperStorage {
			return &paperStorage{edge: 45.5, minAU: 0.9, noise: 0.01, random: r,
				au: func(p, made int) float64 { return min(1, 45.5*0.9*factor(made)/float64(p)) }}
		})
		if got.drifted < 45 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestClientLimit: a client that ends before the storage does is named, at its own number.
func TestClientLimit(t *testing.T) {
	named, right := 0, 0
	for i := range 10 {
		r := rand.New(rand.NewPCG(11, uint64(i)))
		end := 20 + 180*r.Float64()
		m := &paperStorage{edge: end * 2, minAU: 0.9, noise: 0.01, random: r,
			ceiling: func(p int) float64 { return min(1, end*0.9/float64(p)) * (1 + 0.002*r.NormFloat64()) }}
		a := m.search(t)
		if a.Limit == "client-cpu" && strings.Contains(a.Evidence, fmt.Sprintf("this client ends at %d", a.Max)) {
			named++
		}
		if math.Abs(float64(a.Max)-end) <= max(1, 0.05*end) {
			right++
		}
	}
	if named < 10 || right < 10 {
		t.Errorf("named %d of 10, at the right number %d", named, right)
	}
}

func TestLimitOf(t *testing.T) {
	for _, test := range []struct {
		au, ceiling float64
		want        string
	}{
		{0.85, 0, ""}, {0.85, 0.99, "storage"}, {0.85, 0.8601, "client-cpu"}, {0.85, 0.901, "storage"}, {0.85, 0.859, "client-cpu"}, {0.895, 0.904, "client-cpu"}, {0.895, 0.906, "storage"}, {0.4, 0.89, "client-cpu"},
	} {
		probes := slices.Concat(at(3, 47, 0.92), at(3, 48, test.au))
		for i := range probes {
			probes[i].CeilingAU = test.ceiling
		}
		a := Conclude(searchOptions(), probes)
		if a.Limit != test.want || a.Max != 47 || a.MinFailing != 48 || (a.Evidence == "") != (test.want == "") {
			t.Errorf("AU %v under a ceiling of %v: %q, %q", test.au, test.ceiling, a.Limit, a.Evidence)
		}
		if never := test.ceiling > 0 && test.ceiling < 0.9 && test.ceiling < test.au+0.05; strings.Contains(a.Evidence, "never the limit") != never {
			t.Errorf("AU %v under a ceiling of %v: %q", test.au, test.ceiling, a.Evidence)
		}
	}
}
