package dlio

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at is n probes of so many accelerators that all gave one AU.
func at(n, accelerators int, au float64) []Probe {
	return slices.Repeat([]Probe{{Accelerators: accelerators, AU: au, Steps: 8, ReadBytes: 1000, Took: time.Second}}, n)
}

func searchOptions() SearchOptions {
	return SearchOptions{MinAU: 0.9, Least: 1, Most: 1000, Guess: 48, StepBytes: 1000, DatasetBytes: 48 * 48 * 20 * 1000, MaxBytes: 1 << 40}
}

func TestNext(t *testing.T) {
	rate := Probe{Accelerators: 8, Rate: true, BytesPerS: 27e6, ReadBytes: 1000, Steps: 8}
	for _, test := range []struct {
		name   string
		change func(*SearchOptions)
		probes []Probe
		want   Ask
		stop   Stop
	}{
		{name: "the guess first", want: Ask{48, 20, false}},
		{name: "no guess: a rate first", change: func(o *SearchOptions) { o.Guess, o.Demand = 0, 1e6 }, want: Ask{8, 8, true}},
		{name: "a rate, with fewer than it takes", change: func(o *SearchOptions) { o.Guess, o.Demand, o.Most = 0, 1e6, 3 }, want: Ask{3, 8, true}},
		{name: "the rate's guess", change: func(o *SearchOptions) { o.Guess, o.Demand = 0, 1e6 }, probes: []Probe{rate}, want: Ask{30, 32, false}},
		{name: "a guess beyond the most", change: func(o *SearchOptions) { o.Most = 20 }, want: Ask{20, 48, false}},
		{name: "a guess below one", change: func(o *SearchOptions) { o.Guess = 0.1 }, want: Ask{1, 64, false}},
		{name: "a small dataset: more steps at few accelerators", change: func(o *SearchOptions) { o.Guess, o.DatasetBytes = 2, 1000 }, want: Ask{2, 32, false}},
		{name: "and the fewest at many", change: func(o *SearchOptions) { o.DatasetBytes = 1000 }, want: Ask{48, 8, false}},
		{name: "AU of 100 %: a quarter more", probes: at(1, 48, 1), want: Ask{60, 20, false}},
		{name: "and again: half more", probes: slices.Concat(at(1, 48, 1), at(1, 60, 1)), want: Ask{90, 20, false}},
		{name: "never beyond the most", change: func(o *SearchOptions) { o.Most = 50 }, probes: at(1, 48, 1), want: Ask{50, 20, false}},
		{name: "the most passes, by one probe", change: func(o *SearchOptions) { o.Most = 48 }, probes: at(1, 48, 1), stop: StopDone},
		{name: "half of what is needed: half as many", probes: at(1, 48, 0.45), want: Ask{23, 20, false}},
		{name: "a wild guess costs one probe", change: func(o *SearchOptions) { o.Guess = 900 }, probes: at(1, 900, 0.04), want: Ask{41, 8, false}},
		{name: "near: what two repeats can decide, above", probes: at(1, 48, 0.91), want: Ask{50, 20, false}},
		{name: "and below", change: func(o *SearchOptions) { o.Most = 60 }, probes: at(1, 48, 0.91), want: Ask{47, 20, false}},
		{name: "with both ends the numbers round the edge in turn", probes: slices.Concat(at(2, 47, 0.93), at(2, 50, 0.87), at(1, 48, 0.91)), want: Ask{49, 20, false}},
		{name: "repeats until it is decided, then the next one", probes: slices.Concat(at(2, 50, 0.87), at(3, 48, 0.91)), want: Ask{49, 20, false}},
		{name: "one passes and the next fails: an early point once more", probes: slices.Concat(at(3, 48, 0.91), at(5, 49, 0.89)), want: Ask{48, 20, false}},
		{name: "one passes and the next fails", probes: slices.Concat(at(3, 48, 0.91), at(3, 49, 0.89)), stop: StopDone},
		{name: "one accelerator fails: once more", change: func(o *SearchOptions) { o.Guess = 1 }, probes: at(1, 1, 0.5), want: Ask{1, 64, false}},
		{name: "one accelerator fails", change: func(o *SearchOptions) { o.Guess = 1 }, probes: at(2, 1, 0.5), stop: StopDone},
		{name: "a moment of bad storage fails no number", probes: slices.Concat(at(3, 47, 0.92), at(1, 48, 0.7)), want: Ask{48, 20, false}},
		{name: "the last bracket before one", change: func(o *SearchOptions) { o.Guess = 2 }, probes: at(1, 2, 0.5), want: Ask{1, 64, false}},
		{name: "AU that doesn't fall: down by a fifth", probes: slices.Concat(at(3, 48, 0.85), at(3, 44, 0.85), at(3, 40, 0.85)), want: Ask{32, 20, false}},
		{name: "the bytes", change: func(o *SearchOptions) { o.MaxBytes = 48*9*1000 - 1 }, stop: StopBytes},
		{name: "the time", change: func(o *SearchOptions) { o.MaxTime = 2 * time.Second }, probes: at(2, 48, 0.91), stop: StopTime},
		{name: "time for one more", change: func(o *SearchOptions) { o.MaxTime = 3 * time.Second }, probes: at(2, 48, 0.91), want: Ask{50, 20, false}},
		{name: "the time of an earlier sitting", change: func(o *SearchOptions) { o.MaxTime, o.Earlier = 2*time.Second, 2 }, probes: at(2, 48, 0.91), want: Ask{50, 20, false}},
	} {
		o := searchOptions()
		if test.change != nil {
			test.change(&o)
		}
		if got, stop := Next(o, test.probes); got != test.want || stop != test.stop {
			t.Errorf("%s: asks for %+v, stop %q, want %+v, %q", test.name, got, stop, test.want, test.stop)
		}
	}
}

// TestDecide: the interval, its looks, and what decides.
func TestDecide(t *testing.T) {
	for _, test := range []struct {
		name string
		au   []float64
		want Decision
		used int
	}{
		{"one probe close by", []float64{0.95}, Open, 1},
		{"one probe a tenth above", []float64{0.9 * 1.105}, Pass, 1},
		{"one probe a tenth below", []float64{0.9 * 0.905}, Fail, 1},
		{"two that are equal", []float64{0.91, 0.91}, Pass, 2},
		{"two that are equal, and too close", []float64{0.901, 0.901}, Open, 2},
		{"two that differ", []float64{0.92, 0.94}, Open, 2},
		{"four", []float64{0.93, 0.935, 0.94, 0.935}, Pass, 4},
		{"five are looked at as four", []float64{0.93, 0.935, 0.94, 0.935, 0.1}, Pass, 4},
		{"six far apart", []float64{0.88, 0.97, 0.93, 0.89, 0.94, 0.96}, Open, 6},
		{"eight that fail", []float64{0.85, 0.86, 0.84, 0.85, 0.86, 0.85, 0.87, 0.84}, Fail, 8},
	} {
		var probes []Probe
		for _, au := range test.au {
			probes = append(probes, at(1, 48, au)...)
		}
		points, _ := pointsOf(0.9, probes)
		p := points[0]
		if p.Decided != test.want || p.Probes != test.used || p.Worst != slices.Min(test.au) || p.Low > p.AU || p.High < p.AU {
			t.Errorf("%s: %+v, want %s of %d probes", test.name, p, test.want, test.used)
		}
	}
}

// TestOwnSpread: repeats that differ far more than those near the edge are judged by what
// they differ by, not by the noise there.
func TestOwnSpread(t *testing.T) {
	probes := slices.Concat(at(3, 47, 0.9), at(1, 47, 0.905), at(1, 48, 0.45), at(1, 48, 0.97))
	points, _ := pointsOf(0.9, probes)
	if p := points[1]; p.Decided != Open || p.Low > 0.45 || p.High < 0.97 {
		t.Errorf("%+v", p)
	}
}

// TestConclude: what the probes of a whole search say, figures from repeats worked out by hand.
func TestConclude(t *testing.T) {
	probes := slices.Concat([]Probe{{Accelerators: 8, Rate: true, BytesPerS: 5, ReadBytes: 7}}, at(2, 46, 0.93), at(4, 47, 0.9005), at(2, 48, 0.88), at(1, 46, 0.93))
	probes[8].Warm = true
	a := Conclude(searchOptions(), probes)
	if a.Max != 46 || a.MinFailing != 48 || !slices.Equal(a.Open, []int{47}) || a.Probes != 10 || a.ReadBytes != 9007 || a.Noise != 0 || a.Limit != "" {
		t.Errorf("%+v", a)
	}
	if a.Edge < 47 || a.Edge > 47.3 || a.EdgeHalf <= 0 {
		t.Errorf("edge %v +- %v", a.Edge, a.EdgeHalf)
	}
	p, ok := a.At(48)
	if _, other := a.At(45); !ok || other || p.Warm != 1 || p.Probes != 2 || p.Worst != 0.88 || math.Abs(p.AU-0.88) > 1e-12 || math.Abs(p.High-0.88*math.Exp(resolution)) > 1e-12 {
		t.Errorf("point %+v", p)
	}
	if got := codes(a.Doubts); !slices.Equal(got, []string{"search_warm", "search_open"}) {
		t.Errorf("doubts %v", a.Doubts)
	}
	none := Conclude(searchOptions(), nil)
	if none.Max != 0 || none.MinFailing != 0 || none.Stop != StopNot || none.Doubts != nil || none.Limit != "" {
		t.Errorf("of no probes: %+v", none)
	}
}

// TestPooledNoise: the repeats of a neighbour tell how much a point's own few differ by chance.
func TestPooledNoise(t *testing.T) {
	own := slices.Concat(at(1, 50, 0.915), at(1, 50, 0.917))
	if points, _ := pointsOf(0.9, own); points[0].Decided != Open {
		t.Errorf("two repeats alone: %+v", points[0])
	}
	quiet := slices.Concat(own, at(1, 53, 0.86), at(1, 53, 0.862), at(1, 53, 0.861), at(1, 53, 0.863))
	if points, _ := pointsOf(0.9, quiet); points[0].Decided != Pass {
		t.Errorf("beside quiet repeats: %+v", points[0])
	}
	loud := slices.Concat(own, at(1, 53, 0.82), at(1, 53, 0.9), at(1, 53, 0.84), at(1, 53, 0.88))
	if points, _ := pointsOf(0.9, loud); points[0].Decided != Open {
		t.Errorf("beside loud repeats: %+v", points[0])
	}
	pair := slices.Concat(at(1, 47, 0.88), at(1, 47, 0.96), at(2, 80, 0.5), at(1, 30, 0.98))
	if points, seen := pointsOf(0.9, pair); seen.degrees != 1 || points[1].Decided != Open || points[2].Decided != Fail {
		t.Errorf("a pair near the edge leaves open what is far off: %+v, %+v", seen, points)
	}
	if points, seen := pointsOf(0.9, at(5, 20, 1)); seen.degrees != 0 || points[0].Decided != Pass {
		t.Errorf("100 %% tells of noise: %+v, %+v", seen, points[0])
	}
}

// TestResume: a search that was cut anywhere goes on to the same probes and answer.
func TestResume(t *testing.T) {
	m := func() *paperStorage {
		return &paperStorage{edge: 23.4, minAU: 0.9, noise: 0.02, random: rand.New(rand.NewPCG(3, 3))}
	}
	var all []Probe
	whole := m()
	want, err := Search(t.Context(), whole.options(), nil, whole.probe, func(p Probe) error { all = append(all, p); return nil })
	if err != nil || want.Max != 23 || len(all) != want.Probes {
		t.Fatalf("%+v, %d probes, error %v", want, len(all), err)
	}
	for cut := range all {
		o := whole.options()
		o.Earlier = cut
		made := cut
		replay := func(_ context.Context, ask Ask, before []Probe) (Probe, error) {
			if made++; ask.Accelerators != all[made-1].Accelerators || ask.Steps != all[made-1].Steps || len(before) != made-1 {
				t.Errorf("cut at %d: probe %d asks for %+v", cut, made, ask)
			}
			return all[made-1], nil
		}
		got, err := Search(t.Context(), o, all[:cut], replay, nil)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Point{})); diff != "" || err != nil {
			t.Errorf("cut at %d: error %v %s", cut, err, diff)
		}
	}
}

// TestSearchEnds: whatever ends a search, the bracket so far stands in the answer.
func TestSearchEnds(t *testing.T) {
	m := &paperStorage{edge: 23.4, minAU: 0.9, noise: 0.001, random: rand.New(rand.NewPCG(3, 3)), took: time.Minute}
	ctx, cancel := context.WithCancel(t.Context())
	after := func(n int, err error, end func()) ProbeFunc {
		return func(ctx context.Context, ask Ask, before []Probe) (Probe, error) {
			if len(before) == n {
				end()
				return Probe{}, err
			}
			return m.probe(ctx, ask, before)
		}
	}
	broken := errors.New("no answer")
	for _, test := range []struct {
		name  string
		ctx   context.Context
		probe ProbeFunc
		keep  func(Probe) error
		err   error
	}{
		{"cancelled", ctx, after(5, context.Canceled, cancel), nil, context.Canceled},
		{"cancelled before", ctx, m.probe, nil, context.Canceled},
		{"a probe fails", t.Context(), after(5, broken, func() {}), nil, broken},
		{"keeping fails", t.Context(), m.probe, func(Probe) error { return broken }, broken},
	} {
		a, err := Search(test.ctx, m.options(), nil, test.probe, test.keep)
		if !errors.Is(err, test.err) || a.Stop != StopNot {
			t.Errorf("%s: error %v, stop %q", test.name, err, a.Stop)
		}
		if a.Probes == 5 && (len(a.Points) == 0 || a.MinFailing == 0 && a.Max == 0) {
			t.Errorf("%s: %+v has no bracket", test.name, a)
		}
	}
	o := m.options()
	o.MaxTime = 5 * time.Minute
	a, err := Search(t.Context(), o, nil, m.probe, nil)
	if err != nil || a.Stop != StopTime || a.Probes != 5 || !slices.Contains(codes(a.Doubts), "search_time") {
		t.Errorf("out of time: %+v, error %v", a, err)
	}
	o = m.options()
	o.MaxBytes = o.DatasetBytes / 10
	a, err = Search(t.Context(), o, nil, m.probe, nil)
	if err != nil || a.Stop != StopBytes || a.ReadBytes > o.MaxBytes || !slices.Contains(codes(a.Doubts), "search_bytes") {
		t.Errorf("out of bytes: %+v, error %v", a, err)
	}
}

func TestSearchRefuses(t *testing.T) {
	for _, test := range []struct {
		change func(*SearchOptions)
		want   string
	}{
		{func(o *SearchOptions) { o.MinAU = 1 }, "search for an AU of 100 %: want more than 0 and at most 99 %"},
		{func(o *SearchOptions) { o.MinAU = 0 }, "search for an AU of 0 %"},
		{func(o *SearchOptions) { o.Least = 0 }, "search between 0 and 1000 accelerators"},
		{func(o *SearchOptions) { o.Most = 0 }, "search between 1 and 0 accelerators"},
		{func(o *SearchOptions) { o.Guess = 0 }, "one accelerator demands 0 bytes/s"},
		{func(o *SearchOptions) { o.DatasetBytes = 999 }, "of a dataset of 999: want at least the 1000 of one step"},
	} {
		o := searchOptions()
		test.change(&o)
		_, err := Search(t.Context(), o, nil, nil, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

// TestOddWorlds: storage that no search expects ends in an answer with a doubt.
func TestOddWorlds(t *testing.T) {
	for _, test := range []struct {
		name         string
		au           func(accelerators, made int) float64
		minAU, noise float64
		most         int
		low, high    int // of Max
		failing      bool
		limit        string
		doubt        string
	}{
		{name: "AU of 80 %, however many", au: func(int, int) float64 { return 0.8 }, failing: true, doubt: "search_not_falling"},
		{name: "and with noise", au: func(int, int) float64 { return 0.8 }, noise: 0.02, failing: true, doubt: "search_not_falling"},
		{name: "AU of 100 %, however many", au: func(int, int) float64 { return 1 }, low: 1000, high: 1000, limit: "none"},
		{name: "AU of 94 %, however many", au: func(int, int) float64 { return 0.94 }, low: 1000, high: 1000, limit: "none", doubt: "search_not_falling"},
		{name: "one accelerator fails", au: func(p, _ int) float64 { return 0.5 / float64(p) }, failing: true, doubt: "search_none_passes"},
		{name: "AU that rises", au: func(p, _ int) float64 { return min(1, 0.7+0.01*float64(p)) }, most: 25, failing: true, doubt: "search_not_falling"},
		{name: "a cliff", au: func(p, _ int) float64 { return map[bool]float64{true: 0.995, false: 0.3}[p <= 37] }, low: 37, high: 37, failing: true},
		{name: "a cliff after a slope", au: func(p, _ int) float64 {
			return map[bool]float64{true: 0.99 - 0.001*float64(p), false: 0.5}[p <= 37]
		}, noise: 0.005, low: 36, high: 37, failing: true},
		{name: "a slow fall", au: func(p, _ int) float64 { return 1 - 0.001*float64(p) }, low: 98, high: 100, failing: true, doubt: "search_not_falling"},
		{name: "a threshold of 99 %", au: func(p, _ int) float64 { return min(1, 20.5/float64(p)) }, minAU: 0.99, noise: 0.001, low: 20, high: 20, failing: true},
		{name: "a threshold of 30 %", au: func(p, _ int) float64 { return min(1, 20.5/float64(p)) }, minAU: 0.3, noise: 0.01, low: 67, high: 68, failing: true},
		{name: "storage that slows down", au: func(p, made int) float64 { return min(1, 18*max(0.7, 1-0.006*float64(made))/float64(p)) }, noise: 0.01, low: 12, high: 20, failing: true, doubt: "search_drift"},
		{name: "storage that slows down at once", au: func(p, made int) float64 {
			return min(1, 18*map[bool]float64{true: 1, false: 0.7}[made < 5]/float64(p))
		}, low: 10, high: 20, failing: true, doubt: "search_drift"},
	} {
		m := &paperStorage{edge: 20, minAU: 0.9, noise: test.noise, au: test.au, random: rand.New(rand.NewPCG(1, 1))}
		if test.minAU > 0 {
			m.minAU = test.minAU
		}
		o := m.options()
		o.MaxBytes = 1 << 50
		if test.most > 0 {
			o.Most = test.most
		}
		a, err := Search(t.Context(), o, nil, m.probe, nil)
		if err != nil || a.Stop != StopDone || a.Max < test.low || a.Max > test.high || a.MinFailing > 0 != test.failing || a.Limit != test.limit {
			t.Errorf("%s: max %d, failing %d, limit %q, stop %q, %d probes, error %v", test.name, a.Max, a.MinFailing, a.Limit, a.Stop, a.Probes, err)
		}
		if got := codes(a.Doubts); test.doubt != "" && !slices.Contains(got, test.doubt) {
			t.Errorf("%s: doubts %v, want %s", test.name, a.Doubts, test.doubt)
		}
		if got := codes(a.Doubts); test.doubt == "" && slices.ContainsFunc(got, func(c string) bool { return c != "search_open" }) {
			t.Errorf("%s: doubts %v", test.name, a.Doubts)
		}
		if a.Probes > 200 {
			t.Errorf("%s: %d probes", test.name, a.Probes)
		}
	}
}
