package report

import (
	"testing"
)

// TestSeries: what a reading says of the time since the one before.
func TestSeries(t *testing.T) {
	type reading struct {
		ms    int64
		value float64
	}
	const fails = -1 // a reading of this time: the source failed
	for _, test := range []struct {
		name     string
		gauge    bool
		readings []reading
		want     string // of each: w whole, g gap, b backwards, - nothing
		gaps     int64
	}{
		{"a counter", false, []reading{{0, 5}, {1000, 7}, {2000, 7}}, "-ww", 0},
		{"a gauge", true, []reading{{0, 5}, {1000, 3}, {1001, 9}}, "www", 0},
		{"the edge of an epoch", false, []reading{{0, 5}, {5, 6}, {1000, 7}, {1100, 8}, {2000, 9}}, "--w-w", 0},
		{"a restart", false, []reading{{0, 5}, {1000, 7}, {2000, 1}, {3000, 2}}, "-wgw", 1},
		{"missing", false, []reading{{0, 5}, {1000, 7}, {2000, 8}, {9000, 20}, {10000, 21}}, "-wwgw", 1},
		{"missing, a gauge", true, []reading{{0, 5}, {1000, 7}, {2000, 8}, {9000, 20}, {10000, 21}}, "wwwgw", 1},
		{"one tick late", false, []reading{{0, 5}, {1000, 7}, {3000, 8}}, "-ww", 0},
		{"one tick that failed", false, []reading{{0, 5}, {1000, 7}, {fails, 0}, {3000, 8}}, "-wg", 1},
		{"a part that failed elsewhere", false, []reading{{0, 5}, {1000, 7}, {fails, 0}, {2000, 8}}, "-ww", 0},
		{"every 10 s", false, []reading{{0, 1}, {10000, 2}, {20000, 3}, {21000, 4}, {31000, 5}, {71000, 6}}, "-wwwwg", 1},
		{"out of order", false, []reading{{0, 1}, {2000, 5}, {1000, 3}, {3000, 9}}, "-wbw", 0},
		{"the same time twice", true, []reading{{0, 1}, {1000, 5}, {1000, 3}}, "wwb", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := series{gauge: test.gauge}
			got := ""
			for _, r := range test.readings {
				if r.ms == fails {
					s.failed = true
					continue
				}
				i := s.next(r.ms*1e6, r.value)
				s.measure(i)
				got += string("-wgb"[i.state])
			}
			if got != test.want || s.gaps != test.gaps {
				t.Errorf("readings are %s with %d gaps, want %s with %d", got, s.gaps, test.want, test.gaps)
			}
		})
	}
}
