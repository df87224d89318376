package stats

import (
	"fmt"
	"math"
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

func TestNewDurations(t *testing.T) {
	for asked, digits := range map[int]int{-1: 1, 0: 1, 1: 1, 2: 2, 3: 3, 4: 3} {
		d := NewDurations(asked)
		d.Record(123_456)
		d.Record(987_654_321)
		rough := map[int]int64{1: 127_000, 2: 123_904, 3: 123_519}[digits]
		if got := d.Quantile(0.5); got < 123_456 || got > rough {
			t.Errorf("%d digits: median %d, want 123456 to %d", asked, got, rough)
		}
		if d.Min() != 123_456 || d.Max() != 987_654_321 || d.Mean() != 493_888_888.5 {
			t.Errorf("%d digits: min %d, max %d, mean %f aren't exact", asked, d.Min(), d.Max(), d.Mean())
		}
	}
	one := NewDurations(1)
	one.Record(1001)
	if one.Quantile(0) != 1001 || one.Quantile(1) != 1001 {
		t.Errorf("of one duration of 1001 ns, quantiles are %d and %d", one.Quantile(0), one.Quantile(1))
	}
	var zero Durations
	zero.Record(123_456)
	zero.Record(987_654_321)
	if got := zero.Quantile(0.5); got > 123_519 {
		t.Errorf("the zero value gives a median of %d, not to three digits", got)
	}
}

func TestDurationsRecordN(t *testing.T) {
	d := NewDurations(2)
	d.RecordN(10, 3)
	d.RecordN(40, 1)
	d.RecordN(5, 0)
	d.RecordN(5, -2)
	if d.Count() != 4 || d.Min() != 10 || d.Max() != 40 || d.Mean() != 17.5 || d.Quantile(0.75) != 10 {
		t.Errorf("count %d, min %d, max %d, mean %g, third quartile %d", d.Count(), d.Min(), d.Max(), d.Mean(), d.Quantile(0.75))
	}
	d.RecordN(math.MaxInt64, maxCount-4)
	if d.Count() != maxCount || d.Max() != math.MaxInt64 || d.Mean() < 9.2e18 || d.Mean() > 9.3e18 {
		t.Errorf("at the limit: count %d, max %d, mean %g", d.Count(), d.Max(), d.Mean())
	}
	if d.Record(1); d.Count() != maxCount || d.Min() != 10 {
		t.Errorf("past the limit: count %d, min %d", d.Count(), d.Min())
	}
}

func TestDurationsReset(t *testing.T) {
	for _, d := range []*Durations{NewDurations(2), {}} {
		d.Reset()
		d.Record(7)
		d.Reset()
		if d.Count() != 0 || d.Min() != 0 || d.Max() != 0 || d.Mean() != 0 || d.Quantile(1) != 0 || d.CDF(5) != nil {
			t.Errorf("after Reset: count %d, min %d, max %d, mean %g, curve %v", d.Count(), d.Min(), d.Max(), d.Mean(), d.CDF(5))
		}
		d.Record(9)
		if curve := d.CDF(5); len(curve) != 1 || d.Quantile(0.5) != 9 {
			t.Errorf("reused: median %d, curve %v", d.Quantile(0.5), curve)
		}
		if d.Count() != 1 || d.Min() != 9 || d.Max() != 9 || d.Mean() != 9 {
			t.Errorf("reused: count %d, min %d, max %d, mean %g", d.Count(), d.Min(), d.Max(), d.Mean())
		}
	}
}

func TestDurationsMergeOfOtherDigits(t *testing.T) {
	for _, digits := range [][2]int{{3, 2}, {2, 3}, {1, 3}, {3, 1}, {2, 2}} {
		into, from := NewDurations(digits[0]), NewDurations(digits[1])
		into.Record(4_000_000)
		for ns := int64(1_000_001); ns < 2_000_000; ns += 1000 {
			from.Record(ns)
		}
		from.Record(2 * trackableNS)
		into.Merge(from)
		if into.Count() != 1002 || from.Count() != 1001 || into.Min() != 1_000_001 || into.Max() != 2*trackableNS {
			t.Errorf("digits %v: count %d, min %d, max %d", digits, into.Count(), into.Min(), into.Max())
		}
		if want := (4_000_000 + 1000*1_499_501 + 2*trackableNS) / 1002.0; into.Mean() != want {
			t.Errorf("digits %v: mean %f, want %f", digits, into.Mean(), want)
		}
		rough := 1 + math.Pow(10, -float64(min(digits[0], digits[1])))
		if got := float64(into.Quantile(500.0 / 1002)); got < 1_499_001 || got > 1_499_001*rough {
			t.Errorf("digits %v: median %g, want 1499001 or up to %g times as much", digits, got, rough)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]int64, 4096)
	for i := range values {
		values[i] = int64(random.ExpFloat64() * 1e6)
	}
	for _, digits := range []int{2, 3} {
		b.Run(fmt.Sprintf("digits=%d", digits), func(b *testing.B) {
			d := NewDurations(digits)
			for i := 0; b.Loop(); i++ {
				d.Record(values[i&4095])
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	d := NewDurations(2)
	for range 10_000 {
		d.Record(int64(random.ExpFloat64() * 1e6))
	}
	var warm encoder
	for name, encode := range map[string]func() ([]byte, error){
		"library": d.histogram.EncodeV2, "cold": d.Encode, "warm": func() ([]byte, error) { return warm.encode(d) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				text, err := encode()
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(text)), "characters")
			}
		})
	}
}
