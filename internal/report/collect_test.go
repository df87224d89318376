package report

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbench/lbench/internal/result"
)

func TestBins(t *testing.T) {
	type amount struct {
		start, end int64
		value      float64
	}
	const s = int64(time.Second)
	for _, test := range []struct {
		name     string
		expected int64
		amounts  []amount
		width    int64
		rates    map[int]float64
	}{
		{"one within a bin, counted as long as it lasts", 300 * s, []amount{{0, s / 2, 10}}, s + 1, map[int]float64{0: 20}},
		{"spread over bins", 3 * s, []amount{{0, 2 * s, 200}}, 10_000_001, map[int]float64{0: 100, 100: 100, 199: 100}},
		{"a gap is zero", 3 * s, []amount{{0, s / 10, 5}, {s / 2, s, 30}}, 10_000_001, map[int]float64{0: 50, 20: 0, 60: 60}},
		{"longer than expected", 0, []amount{{0, 6 * s, 60}}, 20_000_000, map[int]float64{0: 10, 299: 10}},
		{"far longer", 0, []amount{{0, s, 7}, {3000 * s, 3001 * s, 7}}, 10_240_000_000, map[int]float64{0: 7 / 10.24, 100: 0}},
		{"before the run", 0, []amount{{-s, -s / 2, 3}}, 10_000_000, map[int]float64{0: 3e9}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBins(test.expected)
			want, got := 0.0, 0.0
			for _, a := range test.amounts {
				b.add(a.start, a.end, a.value)
				want += a.value
			}
			for _, sum := range b.sums {
				got += sum
			}
			if math.Abs(got-want) > 1e-6 {
				t.Errorf("bins hold %v, want %v", got, want)
			}
			if b.width != test.width || len(b.sums) > maxBins {
				t.Errorf("%d bins of %d ns, want a width of %d", len(b.sums), b.width, test.width)
			}
			rates := b.perSecond()
			for i, rate := range test.rates {
				if math.Abs(rates[i]-rate) > 1e-3*max(rate, 1) {
					t.Errorf("rate of bin %d is %v, want %v", i, rates[i], rate)
				}
			}
		})
	}
}

// many is a source of steps that are made as they are read.
type many struct {
	epochs, steps, ranks int
	wait                 func(epoch, step, rank int) int64
}

func (many) Recordings() ([]result.Recording, error)     { return nil, nil }
func (m many) Readings(func(result.Reading) error) error { return nil }

func (m many) Steps(do func(result.Step) error) error {
	clock := int64(0)
	for epoch := 1; epoch <= m.epochs; epoch++ {
		for step := range m.steps {
			for rank := range m.ranks {
				s := result.Step{Epoch: epoch, Step: step, Rank: rank, StartNS: clock, Wait: m.wait(epoch, step, rank), Compute: 1e8}
				if err := do(s); err != nil {
					return err
				}
			}
			clock += 2e8
		}
	}
	return nil
}

// TestMillionSteps: what is kept doesn't grow with the steps, even where every one
// of them is a candidate for a stall.
func TestMillionSteps(t *testing.T) {
	src := many{epochs: 100, steps: 1250, ranks: 8, wait: func(epoch, step, _ int) int64 {
		return stallFrom + int64(epoch*2000+step)
	}}
	run := madeShape()
	run.Plan.Epochs = 100
	d, err := collect(run, src)
	if err != nil {
		t.Fatal(err)
	}
	if d.steps != 1_000_000 || len(d.taken.sums) > maxBins || len(d.stalls.longest) >= 2*stallsKept {
		t.Errorf("%d steps left %d bins and %d candidates", d.steps, len(d.taken.sums), len(d.stalls.longest))
	}
	if want := int64(1_000_000); d.waits.Count() != want {
		t.Errorf("%d waits, want %d", d.waits.Count(), want)
	}
	if found := d.stalled(); len(found) != 0 {
		t.Errorf("%d stalls where every step waits as long, want none", len(found))
	}
	var page strings.Builder
	if err := HTML(&page, run, src); err != nil {
		t.Fatal(err)
	}
	if page.Len() > 3<<20 {
		t.Errorf("page has %d bytes", page.Len())
	}
}

func TestCollectCounts(t *testing.T) {
	run := result.Run{Epochs: []result.Epoch{{Epoch: 1, Warmup: true}, {Epoch: 2}}, Plan: &result.Plan{BatchSize: 4, RecordBytes: 25}}
	waits := []int64{readyBelow - 1, readyBelow, 3 * readyBelow}
	d, err := collect(run, many{epochs: 2, steps: 4, ranks: 1, wait: func(_, step, _ int) int64 {
		return append([]int64{900 * readyBelow}, waits...)[step]
	}})
	if err != nil {
		t.Fatal(err)
	}
	if d.waits.Count() != 4 || d.ready != 1 || d.waits.Max() != 900*readyBelow {
		t.Errorf("%d waits, %d ready, longest %d; want 4, 1, %d: the warm-up isn't in there", d.waits.Count(), d.ready, d.waits.Max(), 900*readyBelow)
	}
	if total := d.taken.total(); math.Abs(total-8*100) > 1e-6 {
		t.Errorf("%v bytes taken, want 800", total)
	}
	want := map[int]*span{1: {0, 7e8 + 3*readyBelow}, 2: {8e8, 15e8 + 3*readyBelow}}
	if diff := cmp.Diff(want, d.spans, cmp.AllowUnexported(span{})); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func TestStalls(t *testing.T) {
	const s = int64(time.Second)
	quiet := func(int, int, int) int64 { return 1e6 }
	for _, test := range []struct {
		name string
		wait func(epoch, step, rank int) int64
		want []stall
	}{
		{"none", quiet, nil},
		{"just at the bound of 20 median steps of 101 ms", func(e, st, r int) int64 {
			if e == 1 && st == 5 && r == 2 {
				return 20*101e6 - 2e6
			}
			return 1e6
		}, nil},
		{"a pause of a server", func(e, st, r int) int64 {
			if e == 2 && st == 7 && r > 0 {
				return 5*s + int64(r%3)
			}
			return 1e6
		}, []stall{{Epoch: 2, Step: 7, Rank: 2, Start: 57 * 2e8, Wait: 5*s + 2, Ranks: 3}}},
		{"two, the longest first", func(e, st, r int) int64 {
			switch {
			case st == 3 && r == 1:
				return int64(e) * 3 * s
			}
			return 1e6
		}, []stall{{Epoch: 2, Step: 3, Rank: 1, Start: 53 * 2e8, Wait: 6 * s, Ranks: 1}, {Epoch: 1, Step: 3, Rank: 1, Start: 3 * 2e8, Wait: 3 * s, Ranks: 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := collect(result.Run{}, many{epochs: 2, steps: 50, ranks: 4, wait: test.wait})
			if err != nil {
				t.Fatal(err)
			}
			var got []stall
			for _, found := range d.stalled() {
				got = append(got, *found)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("stalls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStallIsVisible: a pause of 5.1 s is named with its place and time, in the list
// and where it happened in the plot.
func TestStallIsVisible(t *testing.T) {
	html := strings.ReplaceAll(pageOf(t, stalledRun()), "\u00a0", " ")
	for _, want := range []string{"epoch 2, step 17 waited 5.1 s (rank 3), at 14:04:57", ">waited 5.1 s</text>", "Epoch 2 stood still for 5.1 s"} {
		if !strings.Contains(html, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if strings.Contains(pageOf(t, newMade(madeAU(), 0)), `id="stalls"`) {
		t.Error("a run without stalls has a section for them")
	}
}

func TestNetwork(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 3, 13, 14, 2, s, 0, time.UTC) }
	reading := func(s int, dev, name string, value float64) result.Reading {
		return result.Reading{T: at(s), Source: "nic", Name: name, Labels: map[string]string{"dev": dev}, Value: value}
	}
	m := made{run: result.Run{Started: at(0), Mount: &result.Mount{Type: "nfs4", Network: true}, Host: result.Host{NICs: []result.NIC{{Name: "a"}, {Name: "b"}}}}}
	m.readings = []result.Reading{
		reading(0, "a", "rx_bytes", 1000), reading(0, "b", "rx_bytes", 50), reading(0, "lo", "rx_bytes", 0),
		reading(1, "a", "rx_bytes", 1600), reading(1, "a", "tx_bytes", 9999), reading(1, "lo", "rx_bytes", 7777),
		reading(2, "a", "rx_bytes", 100), // loaded again
		reading(3, "a", "rx_bytes", 130), reading(3, "b", "rx_bytes", 55),
	}
	d, err := collect(m.run, m)
	if err != nil {
		t.Fatal(err)
	}
	if total := d.network.total(); math.Abs(total-(600+30+5)) > 1e-6 {
		t.Errorf("received %v bytes, want 635", total)
	}
	for _, r := range []result.Reading{reading(0, "b", "rx_bytes", 0), reading(3, "b", "rx_bytes", 700)} {
		r.Source = "infiniband"
		m.readings = append(m.readings, r)
	}
	if d, err = collect(m.run, m); err != nil || math.Abs(d.network.total()-700) > 1e-6 {
		t.Errorf("with RDMA received %v bytes, %v; want 700: the larger of the two sources", d.network.total(), err)
	}
	m.run.Mount.Network = false
	if d, err = collect(m.run, m); err != nil || d.network != nil || d.readings == 0 {
		t.Errorf("on a local disk the cards received %v, %v; want nothing to show", d.network, err)
	}
	m.run.Mount.Network, m.readings = true, m.readings[:3]
	if d, err = collect(m.run, m); err != nil || d.network != nil {
		t.Errorf("one reading per device gives %v, %v; want nothing", d.network, err)
	}
}
