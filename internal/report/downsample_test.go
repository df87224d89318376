package report

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnvelope(t *testing.T) {
	const s = int64(1e9)
	type step struct {
		point
		gap bool // before it
	}
	at := func(second int64, value float64) step { return step{point{second * s, value}, false} }
	after := func(second int64, value float64) step { return step{point{second * s, value}, true} }
	for _, test := range []struct {
		name     string
		expected int64
		steps    []step
		want     [][]point
	}{
		{"nothing", 300 * s, nil, nil},
		{"one", 300 * s, []step{at(7, 3)}, [][]point{{{7 * s, 3}}}},
		{"in order of time", 300 * s, []step{at(7, 3), at(4, 9), at(5, 1)}, [][]point{{{4 * s, 9}, {5 * s, 1}, {7 * s, 3}}}},
		{"two in a column, the higher one first", 3000 * s, []step{at(7, 3), at(9, 1)}, [][]point{{{7 * s, 3}, {9 * s, 1}}}},
		{"three in a column", 3000 * s, []step{at(7, 3), at(8, 9), at(9, 1)}, [][]point{{{8 * s, 9}, {9 * s, 1}}}},
		{"a gap", 300 * s, []step{at(7, 3), after(9, 1), at(10, 2)}, [][]point{{{7 * s, 3}}, {{9 * s, 1}, {10 * s, 2}}}},
		{"a gap before all is none", 300 * s, []step{after(9, 1), at(10, 2)}, [][]point{{{9 * s, 1}, {10 * s, 2}}}},
		{"a gap within a column", 3000 * s, []step{at(1, 1), after(9, 5), at(11, 2)}, [][]point{{{1 * s, 1}, {9 * s, 5}, {11 * s, 2}}}},
		{"before the axis and after it", 300 * s, []step{{point{-s, 5}, false}, at(2, 2), at(301, 8)}, [][]point{{{2 * s, 2}}}},
		{"of unknown length", 0, []step{at(0, 1), at(299, 2), after(300, 3)}, [][]point{{{0, 1}, {299 * s, 2}}, {{300 * s, 3}}}},
		{"far off", 300 * s, []step{{point{math.MaxInt64, 5}, false}, at(2, 2)}, [][]point{{{2 * s, 2}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEnvelope(test.expected)
			for _, step := range test.steps {
				if step.gap {
					e.breakLine()
				}
				e.add(step.point)
			}
			got := e.lines(300 * s)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(point{})); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEnvelopeKeepsExtremes: of any number of points, whether their time is known before or
// not, the highest and the lowest are kept, in order and in a bounded space.
func TestEnvelopeKeepsExtremes(t *testing.T) {
	random := rand.New(rand.NewPCG(7310, 3))
	for _, n := range []int{maxColumns, 601, 10_800, 100_000} {
		for _, expected := range []int64{0, int64(n) * 1e9} {
			e := newEnvelope(expected)
			low, high := point{0, math.Inf(1)}, point{0, math.Inf(-1)}
			for i := range n {
				p := point{int64(i) * 1e9, random.NormFloat64()}
				if p.value < low.value {
					low = p
				}
				if p.value > high.value {
					high = p
				}
				e.add(p)
			}
			var drawn []point
			for _, line := range e.lines(math.MaxInt64) {
				drawn = append(drawn, line...)
			}
			for i := range drawn[1:] {
				if drawn[i+1].at <= drawn[i].at {
					t.Fatalf("%d points: one at %d follows one at %d", n, drawn[i+1].at, drawn[i].at)
				}
			}
			if len(drawn) > 2*maxColumns || n <= maxColumns && expected > 0 && len(drawn) != n {
				t.Errorf("%d points are drawn as %d", n, len(drawn))
			}
			gotLow, gotHigh, ok := e.extremes(math.MaxInt64)
			if !ok || gotLow != low || gotHigh != high {
				t.Errorf("%d points, %d ns expected: extremes %v and %v, want %v and %v", n, expected, gotLow, gotHigh, low, high)
			}
		}
	}
}
