package stats

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDurationsEmpty(t *testing.T) {
	var d Durations
	d.Merge(nil)
	d.Merge(&Durations{})
	if d.Count() != 0 || d.Max() != 0 || d.Quantile(0.5) != 0 || d.CDF(10) != nil {
		t.Errorf("an empty one counts %d, max %d, median %d, curve %v", d.Count(), d.Max(), d.Quantile(0.5), d.CDF(10))
	}
}

func TestDurationsSmall(t *testing.T) {
	var d Durations
	for _, ns := range []int64{0, 0, 0, 7, -5, 100, 0, 1000, 1001, 1999} {
		d.Record(ns)
	}
	if d.Count() != 10 || d.Max() != 1999 {
		t.Errorf("count %d, max %d, want 10 and 1999", d.Count(), d.Max())
	}
	for q, want := range map[float64]int64{0: 0, 0.5: 0, 0.6: 7, 0.7: 100, 0.8: 1000, 0.9: 1001, 1: 1999} {
		if got := d.Quantile(q); got != want {
			t.Errorf("quantile %g is %d, want %d", q, got, want)
		}
	}
	want := []Point{{0, 0.5}, {7, 0.6}, {100, 0.7}, {1000, 0.8}, {1001, 0.9}, {1999, 1}}
	if diff := cmp.Diff(want, d.CDF(10)); diff != "" {
		t.Errorf("curve (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Point{{0, 0.5}, {1999, 1}}, d.CDF(1)); diff != "" {
		t.Errorf("curve of 1 (-want +got):\n%s", diff)
	}
}

// A quantile is rounded up within its three digits, but never past the longest.
func TestDurationsNeverAboveMax(t *testing.T) {
	var d, other Durations
	d.Record(5)
	other.Record(1_000_003)
	d.Merge(&other)
	if d.Max() != 1_000_003 || d.Quantile(1) != 1_000_003 {
		t.Errorf("max %d, quantile 1 %d, want 1000003", d.Max(), d.Quantile(1))
	}
	if last := d.CDF(9)[1]; last != (Point{1_000_003, 1}) {
		t.Errorf("the curve ends at %v, want 1000003 at 1", last)
	}
}

func TestDurationsPrecision(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var d, odd, even Durations
	var all []int64
	for i := range 20_000 {
		ns := random.Int64N(1 << random.IntN(46))
		all = append(all, ns)
		d.Record(ns)
		[]*Durations{&even, &odd}[i%2].Record(ns)
	}
	slices.Sort(all)
	odd.Merge(&even)
	for _, q := range []float64{0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1} {
		exact := all[int(q*float64(len(all)))-1]
		if got := d.Quantile(q); float64(got) < float64(exact) || float64(got) > float64(exact)*1.001 {
			t.Errorf("quantile %g is %d, want %d and at most 0.1 %% more", q, got, exact)
		}
		if got := odd.Quantile(q); got != d.Quantile(q) {
			t.Errorf("quantile %g is %d after a merge, want %d", q, got, d.Quantile(q))
		}
	}
	if odd.Count() != 20_000 || odd.Max() != all[len(all)-1] || even.Count() != 10_000 {
		t.Errorf("merged: count %d, max %d; the other: %d", odd.Count(), odd.Max(), even.Count())
	}
}

func TestDurationsLongerThanTrackable(t *testing.T) {
	var d Durations
	d.Record(1000)
	d.Record(3 * trackableNS)
	if d.Count() != 2 || d.Max() != 3*trackableNS {
		t.Errorf("count %d, max %d", d.Count(), d.Max())
	}
	curve := d.CDF(100)
	if last := curve[len(curve)-1]; last != (Point{3 * trackableNS, 1}) {
		t.Errorf("the curve ends at %v, want max at 1", last)
	}
}

// However many durations, a curve has few points, rises in both directions and
// ends at the longest, and each of its points is true.
func TestCDFShape(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var d Durations
	var all []int64
	for range 5000 {
		ns := int64(random.ExpFloat64() * 1e6)
		all = append(all, ns)
		d.Record(ns)
	}
	slices.Sort(all)
	curve := d.CDF(50)
	if len(curve) > 52 || len(curve) < 40 {
		t.Errorf("%d points, want about 50", len(curve))
	}
	for i, p := range curve {
		if i > 0 && (p.NS <= curve[i-1].NS || p.Fraction <= curve[i-1].Fraction) {
			t.Errorf("point %d, %v, isn't above %v", i, p, curve[i-1])
		}
		below, _ := slices.BinarySearch(all, p.NS+1)
		if got := float64(below) / float64(len(all)); got != p.Fraction {
			t.Errorf("point %d: %g of all last at most %d ns, want %g", i, got, p.NS, p.Fraction)
		}
	}
	if last := curve[len(curve)-1]; last != (Point{all[len(all)-1], 1}) {
		t.Errorf("the curve ends at %v, want %d at 1", last, all[len(all)-1])
	}
}
