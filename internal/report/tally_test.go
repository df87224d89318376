package report

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestTally: the cases that decide, one by one.
func TestTally(t *testing.T) {
	type reading struct {
		s     float64
		value float64
	}
	inf := math.Inf(1)
	for _, test := range []struct {
		name     string
		readings []reading
		within   float64 // s
		want     amount  // from 10 s to 20 s
	}{
		{"edges that are readings", []reading{{5, 0}, {10, 50}, {15, 70}, {20, 90}, {25, 99}}, 0, amount{40, 40, 40}},
		{"edges within intervals", []reading{{5, 0}, {11, 60}, {14, 90}, {17, 91}, {19, 95}, {21, 97}, {24, 99}}, 0, amount{10 + 30 + 1 + 4 + 1, 35, 97}},
		{"a clock that is sure within 1 s", []reading{{5, 0}, {10, 50}, {11, 51}, {19, 59}, {20, 60}, {25, 99}}, 1, amount{10, 8, 99}},
		{"an interval that is long, but not against those before", []reading{{5, 0}, {10, 50}, {14, 51}, {18, 59}, {20, 60}, {25, 99}}, 1, amount{10, 8, 99}},
		{"begins too late", []reading{{12, 5}, {14, 9}, {16, 10}, {18, 11}, {20, 12}}, 0, amount{7, 7, inf}},
		{"begins as late as the clock allows", []reading{{10, 5}, {14, 9}, {18, 10}, {22, 12}}, 0.5, amount{6, 1, inf}},
		{"ends too early", []reading{{8, 0}, {10, 5}, {12, 9}, {14, 10}}, 0, amount{5, 5, inf}},
		{"began again", []reading{{8, 0}, {10, 100}, {12, 104}, {14, 3}, {16, 5}, {18, 6}, {20, 8}}, 0, amount{4 + 2 + 1 + 2, 9, inf}},
		{"began again before", []reading{{2, 70}, {4, 3}, {6, 4}, {8, 5}, {10, 6}, {12, 8}, {14, 8}, {16, 8}, {18, 8}, {20, 9}}, 0, amount{3, 3, 3}},
		{"a gap within", []reading{{9, 0}, {10, 1}, {11, 2}, {12, 3}, {18, 20}, {19, 21}, {20, 22}}, 0, amount{21, 21, inf}},
		{"a gap across the edge", []reading{{1, 0}, {2, 1}, {3, 2}, {12, 11}, {13, 12}, {14, 13}, {15, 14}, {16, 15}, {17, 16}, {18, 17}, {19, 18}, {20, 19}}, 0, amount{2 + 8, 8, inf}},
		{"an old reading", []reading{{8, 0}, {10, 5}, {12, 9}, {11, 7}, {14, 10}, {16, 12}, {18, 12}, {20, 13}}, 0, amount{8, 8, inf}},
		{"the same time twice", []reading{{8, 0}, {10, 5}, {10, 6}, {12, 9}, {14, 10}, {16, 12}, {18, 12}, {20, 13}}, 0, amount{8, 8, 8}},
		{"one reading", []reading{{15, 5}}, 0, amount{0, 0, inf}},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := newTally([]period{{"", 10e9, 20e9}})
			for _, r := range test.readings {
				all.add(counterName{"oss1", "nic", "tx_bytes"}, "eth0", int64(r.s*1e9), r.value, int64(test.within*1e9))
			}
			all.finish()
			got := all.of("oss1", "nic", "tx_bytes").amounts[0]
			if math.Abs(got.at-test.want.at) > 1e-9 || math.Abs(got.low-test.want.low) > 1e-9 || got.high != test.want.high && math.Abs(got.high-test.want.high) > 1e-9 {
				t.Errorf("counted %+v, want %+v", got, test.want)
			}
		})
	}
}

// simulated is a counter whose rate changes every 0.1 s and that is read now and then.
type simulated struct {
	random *rand.Rand
	total  []float64 // bytes up to each 0.1 s, that were really moved
	resets map[int]bool
}

const simulatedTicks = 3000

func newSimulated(random *rand.Rand) *simulated {
	s := &simulated{random: random, total: make([]float64, simulatedTicks+1), resets: map[int]bool{}}
	for i := range simulatedTicks {
		s.total[i+1] = s.total[i] + float64(random.IntN(1000)*random.IntN(3))
	}
	if random.IntN(2) == 0 {
		for range random.IntN(3) {
			s.resets[random.IntN(simulatedTicks)] = true
		}
	}
	return s
}

// read calls do for readings of the counter, at 0.1 s ticks; a reset takes 4 s in which
// nothing is read, as a machine that starts again does.
func (s *simulated) read(do func(tick int, value float64)) {
	base, down := 0.0, 0
	next := s.random.IntN(20)
	for tick := range simulatedTicks + 1 {
		if s.resets[tick] {
			base, down = s.total[tick], tick+40
		}
		if tick < next || tick < down {
			continue
		}
		do(tick, s.total[tick]-base)
		next = tick + 1 + s.random.IntN(19)
		if s.random.IntN(60) == 0 {
			next += s.random.IntN(200) // readings are missing
		}
	}
}

// TestTallyHoldsTheTruth: low <= at <= high, and what really moved lies between low and
// high, for counters that begin again, gaps in the readings and clocks that are off by
// as much as was said. Stretches that make up the run sum up to it.
func TestTallyHoldsTheTruth(t *testing.T) {
	closed, opened := 0, 0
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 7))
		const tick = int64(1e8)
		cuts := []int{200 + random.IntN(400), 1000 + random.IntN(400), 1500 + random.IntN(400), 2300 + random.IntN(400)}
		var periods []period
		for i := range len(cuts) - 1 {
			periods = append(periods, period{"", int64(cuts[i]) * tick, int64(cuts[i+1]) * tick})
		}
		periods = append(periods, period{"", int64(cuts[0]) * tick, int64(cuts[3]) * tick})
		all := newTally(periods)
		within := int64(random.IntN(3)) * random.Int64N(3e9)
		off := int64(0)
		if within > 0 {
			off = random.Int64N(2*within+1) - within
		}
		truth := make([]float64, len(periods))
		for _, device := range []string{"eth0", "eth1"}[:1+random.IntN(2)] {
			s := newSimulated(random)
			s.read(func(at int, value float64) {
				all.add(counterName{"", "nic", "rx_bytes"}, device, int64(at)*tick+off, value, within)
			})
			for i := range truth {
				truth[i] += s.total[periods[i].to/tick] - s.total[periods[i].from/tick]
			}
		}
		all.finish()
		amounts := all.of("", "nic", "rx_bytes").amounts
		parts := 0.0
		for i, a := range amounts {
			if a.low > a.at || a.at > a.high {
				t.Fatalf("seed %d, period %d: %+v isn't in order", seed, i, a)
			}
			if truth[i] < a.low-1e-6 || truth[i] > a.high+1e-6 {
				t.Fatalf("seed %d, period %d: %v bytes moved, which isn't in %+v", seed, i, truth[i], a)
			}
			if a.open() {
				opened++
			} else {
				closed++
			}
			if i < len(amounts)-1 {
				parts += a.at
			}
		}
		if whole := last(amounts).at; math.Abs(parts-whole) > 1e-9*max(whole, 1) {
			t.Fatalf("seed %d: the parts make %v, the whole is %v", seed, parts, whole)
		}
	}
	if closed < 1000 || opened < 1000 {
		t.Errorf("%d amounts are closed, %d open: the test has too few of one", closed, opened)
	}
}

// TestTallyIsBounded: what is kept doesn't grow with the readings, and past the series
// that are kept a sum is open.
func TestTallyIsBounded(t *testing.T) {
	all := newTally([]period{{"", 0, 1e9}})
	for i := range 2 * seriesKept {
		for _, at := range []int64{-1, 2e9} {
			all.add(counterName{"", "nic", "rx_bytes"}, string(rune('a'+i)), at, 5, 0)
		}
	}
	all.finish()
	if sum := all.of("", "nic", "rx_bytes"); len(all.standing) != seriesKept || !sum.amounts[0].open() || len(sum.devices) != seriesKept {
		t.Errorf("%d series, %+v", len(all.standing), sum.amounts)
	}
}
