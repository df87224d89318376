package telemetry

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestEstimateOffset(t *testing.T) {
	sent := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
	exchange := func(took, there time.Duration) Exchange { return Exchange{sent, took, sent.Add(there)} }
	for _, c := range []struct {
		name         string
		exchanges    []Exchange
		ahead, error time.Duration
	}{
		{"ahead", []Exchange{exchange(600*time.Microsecond, 2400*time.Microsecond)}, 2100 * time.Microsecond, 300 * time.Microsecond},
		{"behind", []Exchange{exchange(4*time.Millisecond, -time.Hour)}, -time.Hour - 2*time.Millisecond, 2 * time.Millisecond},
		{"the shortest", []Exchange{exchange(90*time.Millisecond, 99*time.Millisecond), exchange(2*time.Millisecond, 8*time.Millisecond), exchange(3*time.Millisecond, 0)}, 7 * time.Millisecond, time.Millisecond},
		{"an odd one", []Exchange{exchange(7, 10)}, 7, 4},
		{"no time at all", []Exchange{exchange(0, 5)}, 5, 0},
		{"not of a clock that went back", []Exchange{exchange(-5, 0), exchange(10, 0)}, -5, 5},
	} {
		got, ok := EstimateOffset(c.exchanges)
		if !ok || got.Ahead != c.ahead || got.Error != c.error {
			t.Errorf("%s: %+v, %v, want %v within %v", c.name, got, ok, c.ahead, c.error)
		}
	}
	if got, _ := EstimateOffset([]Exchange{exchange(9, 1), exchange(2, 50)}); !got.At.Equal(sent.Add(50)) {
		t.Errorf("measured at %v, want the time of the answer", got.At)
	}
	for _, none := range [][]Exchange{nil, {exchange(-1, 0)}} {
		if got, ok := EstimateOffset(none); ok {
			t.Errorf("%+v gives %+v", none, got)
		}
	}
}

// TestOffsetHolds: however unequal the two ways are, the truth is within the error, and the
// error reaches it where all the time is spent on one way.
func TestOffsetHolds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2026, 3, 13, 14, 2, 0, 0, time.UTC)
	for range 20_000 {
		truth := time.Duration(random.Int64N(int64(2*time.Hour)) - int64(time.Hour))
		at, shortest := begin, time.Duration(1<<62)
		exchanges := make([]Exchange, 1+random.IntN(12))
		for i := range exchanges {
			var ways [2]time.Duration // there and back, of very different sizes; some take no time
			for way := range ways {
				ways[way] = time.Duration(random.Int64N(1 + 1<<random.IntN(34)))
			}
			took := ways[0] + ways[1]
			exchanges[i] = Exchange{Sent: at, Took: took, There: at.Add(ways[0] + truth)}
			shortest = min(shortest, took)
			at = at.Add(took + time.Duration(random.Int64N(1000)))
		}
		got, ok := EstimateOffset(exchanges)
		if off := (got.Ahead - truth).Abs(); !ok || off > got.Error || got.Error > shortest/2+1 {
			t.Fatalf("%v within %v, but it is %v: off by %v, of %+v", got.Ahead, got.Error, truth, off, exchanges)
		}
	}
	for _, there := range []time.Duration{0, 101} { // all of an odd time on the way back, or on the way there
		got, _ := EstimateOffset([]Exchange{{begin, 101, begin.Add(there)}})
		if got.Ahead.Abs() > got.Error || got.Error != 51 {
			t.Errorf("%v within %v of a clock that is right", got.Ahead, got.Error)
		}
	}
}
