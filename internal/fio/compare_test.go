package fio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lbench/lbench/internal/result"
)

func TestSummarize(t *testing.T) {
	cells := []Settings{{{"jobs", "1"}}, {{"jobs", "8"}}}
	turns := []Turn{{Cell: 1}, {Cell: 0}, {Cell: 0, Repeat: 1}, {Cell: 1, Repeat: 1}, {Cell: 1, Repeat: 2}, {Cell: 0, Repeat: 2}}
	gave := func(rate, p50, p99 float64) map[string]float64 {
		return map[string]float64{"read_bytes_per_s": rate, "latency_p50_ns": p50, "latency_p99_ns": p99, "read_bytes": 5}
	}
	half := 12.706204736174692 // t(0.975, 1) * s / sqrt(n), of 10 and 12
	one, eight := map[string]string{"jobs": "1"}, map[string]string{"jobs": "8"}
	for _, c := range []struct {
		name     string
		measured []map[string]float64
		want     []result.Cell
	}{
		{"cut after four turns", []map[string]float64{gave(20, 1, 2), gave(10, 3, 4), gave(12, 5, 6), gave(20, 7, 8)}, []result.Cell{
			{Settings: one, Metric: "read_bytes_per_s", Values: []float64{10, 12}, Order: []int{1, 2}, Mean: 11, Half: &half, P50NS: []int64{3, 5}, P99NS: []int64{4, 6}},
			{Settings: eight, Metric: "read_bytes_per_s", Values: []float64{20, 20}, Order: []int{0, 3}, Mean: 20, Half: new(float64), P50NS: []int64{1, 7}, P99NS: []int64{2, 8}},
		}},
		{"a turn without a rate", []map[string]float64{gave(20, 1, 2), nil, gave(12, 5, 6)}, []result.Cell{
			{Settings: one, Values: []float64{}, Order: []int{}},
			{Settings: eight, Metric: "read_bytes_per_s", Values: []float64{20}, Order: []int{0}, Mean: 20, P50NS: []int64{1}, P99NS: []int64{2}},
		}},
		{"latencies of one repeat only", []map[string]float64{{"write_bytes_per_s": 20}, gave(10, 3, 4), {"read_bytes_per_s": 12}}, []result.Cell{
			{Settings: one, Metric: "read_bytes_per_s", Values: []float64{10, 12}, Order: []int{1, 2}, Mean: 11, Half: &half},
			{Settings: eight, Metric: "write_bytes_per_s", Values: []float64{20}, Order: []int{0}, Mean: 20},
		}},
	} {
		if diff := cmp.Diff(c.want, Summarize(cells, SideA, turns, c.measured), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Cells that no turn came to keep their place until both sides are compared, and then go.
func TestMeasured(t *testing.T) {
	cells := []Settings{{{"jobs", "1"}}, {{"jobs", "8"}}}
	all := Summarize(cells, SideA, []Turn{{Cell: 1}, {Cell: 0}}, []map[string]float64{{"read_bytes_per_s": 20}})
	if len(all) != 2 || all[1].Mean != 20 {
		t.Fatalf("cells %+v, want 2, the second with a mean of 20", all)
	}
	if got := Measured(all); len(got) != 1 || got[0].Settings["jobs"] != "8" || got[0].Mean != 20 {
		t.Errorf("measured %+v, want the second cell", got)
	}
	if got := Measured(nil); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

func TestSummarizeSides(t *testing.T) {
	turns := ABBA(1, 2, 1)
	var measured []map[string]float64
	for i := range turns {
		measured = append(measured, map[string]float64{"write_bytes_per_s": float64(10 + i)})
	}
	for side, want := range [][]float64{{10, 13, 14, 17}, {11, 12, 15, 16}} {
		if got := Summarize([]Settings{nil}, side, turns, measured)[0].Values; !cmp.Equal(got, want) {
			t.Errorf("side %d: %v, want %v", side, got, want)
		}
	}
}

func cellOf(name, metric string, values ...float64) result.Cell {
	c := result.Cell{Settings: map[string]string{"cell": name}, Metric: metric, Values: values}
	summarizeCell(&c)
	return c
}

func TestCompare(t *testing.T) {
	const read, write = "read_bytes_per_s", "write_bytes_per_s"
	type row struct {
		A, B, Verdict string
		Ratio         float64
	}
	for _, c := range []struct {
		name  string
		cells []result.Cell
		want  []row
	}{
		{"none", nil, nil},
		{"one", []result.Cell{cellOf("a", read, 5, 5, 5)}, nil},
		{"half of the best", []result.Cell{cellOf("a", read, 50, 51, 49), cellOf("b", read, 100, 101, 99)}, []row{{"b", "a", result.Real, 0.5}}},
		{"as fast, within the noise", []result.Cell{cellOf("a", read, 100, 104, 96), cellOf("b", read, 101, 97, 105)}, []row{{"b", "a", result.NotReal, 0.99}}},
		{"what slows a repeat cancels", []result.Cell{cellOf("a", read, 100, 50, 200), cellOf("b", read, 90.1, 45, 180)}, []row{{"a", "b", result.Real, 0.9}}},
		{"two repeats", []result.Cell{cellOf("a", read, 50, 50), cellOf("b", read, 100, 100)}, []row{{"b", "a", result.TooFew, 0.5}}},
		{"cut in the third repeat", []result.Cell{cellOf("a", read, 50, 50, 50), cellOf("b", read, 100, 100)}, []row{{"b", "a", result.TooFew, 0.5}}},
		{"one that never ran", []result.Cell{cellOf("a", read, 5, 5, 5), cellOf("b", "")}, nil},
		{"reads and writes apart", []result.Cell{
			cellOf("a", read, 50, 51, 49), cellOf("b", write, 10, 11, 9), cellOf("c", read, 100, 101, 99), cellOf("d", write, 20, 22, 18),
		}, []row{{"c", "a", result.Real, 0.5}, {"d", "b", result.Real, 0.5}}},
		{"a rate of 0", []result.Cell{cellOf("a", read, 0, 0, 0), cellOf("b", read, 100, 101, 99)}, []row{{"b", "a", result.TooFew, 0}}},
	} {
		var got []row
		for _, d := range Compare(c.cells) {
			got = append(got, row{d.A["cell"], d.B["cell"], d.Verdict, d.Ratio})
			if few := d.Verdict == result.TooFew; (d.Low == nil) != few || (d.High == nil) != few || (d.P == nil) != few {
				t.Errorf("%s: verdict %q beside low %v, high %v, p %v", c.name, d.Verdict, d.Low, d.High, d.P)
			} else if real := d.Verdict == result.Real; !few && (real != (*d.P < 0.05) || real != (*d.High < 1) || *d.Low > d.Ratio || *d.High < d.Ratio) {
				t.Errorf("%s: verdict %q beside p %g and %g..%g", c.name, d.Verdict, *d.P, *d.Low, *d.High)
			}
		}
		if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(0.002, 0)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestCompareSides(t *testing.T) {
	const write = "write_bytes_per_s"
	a := []result.Cell{cellOf("a1", write, 10, 12, 9, 13, 11, 11.2), cellOf("a2", write, 5, 5, 5, 5, 5, 5), cellOf("a3", write, 5, 5, 5, 5, 5)}
	b := []result.Cell{cellOf("b1", write, 22, 22, 21, 23, 20, 24), cellOf("b2", write, 5.1, 4.9, 5, 5.1, 4.9, 4.9), cellOf("b3", write, 9, 9, 9, 9, 9, 9)}
	got := CompareSides(a, b)
	for i, want := range []result.Difference{
		{Verdict: result.Real, Ratio: 1.994}, // averaged in twos, all of A are 11, 11, 11.1
		{Verdict: result.NotReal, Ratio: 0.997},
		{Verdict: result.TooFew, Ratio: 1.8}, // of A's third A B B A, the second is missing
	} {
		d := got[i]
		if d.Verdict != want.Verdict || math.Abs(d.Ratio-want.Ratio) > 0.001 {
			t.Errorf("%d: %+v, want ratio %g, %q", i, d, want.Ratio, want.Verdict)
		}
		if d.A["cell"] != fmt.Sprint("a", i+1) || d.B["cell"] != fmt.Sprint("b", i+1) {
			t.Errorf("%d: compares %v with %v", i, d.A, d.B)
		}
	}
	never := cellOf("never", "")
	if got := CompareSides([]result.Cell{a[0], a[1], never}, []result.Cell{b[0], never, never}); len(got) != 1 || got[0].A["cell"] != "a1" {
		t.Errorf("of one pair that was measured: %+v", got)
	}
	if got := CompareSides(nil, nil); len(got) != 0 || got == nil {
		t.Errorf("of nothing: %v", got)
	}
}

// Of 300 matrices of equal cells about one in twenty may show any real difference at all,
// although the best cell is chosen after the fact.
func TestCompareRarelyErrs(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	wrong := 0
	const matrices = 300
	for range matrices {
		var cells []result.Cell
		for i := range 8 {
			c := cellOf(fmt.Sprint(i), "read_bytes_per_s")
			for range 5 {
				c.Values = append(c.Values, 100*math.Exp(0.03*random.NormFloat64()))
			}
			summarizeCell(&c)
			cells = append(cells, c)
		}
		for _, d := range Compare(cells) {
			if d.Verdict == result.Real {
				wrong++
				break
			}
		}
	}
	if wrong > matrices/15 {
		t.Errorf("%d of %d matrices of equal cells show a difference", wrong, matrices)
	}
}
