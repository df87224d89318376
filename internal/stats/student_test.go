package stats

import (
	"math"
	"testing"
)

// The printed table of Student's t (NIST/SEMATECH e-Handbook 1.3.6.7.2; Fisher and
// Yates, table III, for 0.9995).
func TestStudentTable(t *testing.T) {
	quantiles := []float64{0.90, 0.95, 0.975, 0.99, 0.995, 0.9995}
	for degrees, row := range map[float64][]float64{
		1:   {3.078, 6.314, 12.706, 31.821, 63.657, 636.619},
		2:   {1.886, 2.920, 4.303, 6.965, 9.925, 31.599},
		3:   {1.638, 2.353, 3.182, 4.541, 5.841, 12.924},
		4:   {1.533, 2.132, 2.776, 3.747, 4.604, 8.610},
		5:   {1.476, 2.015, 2.571, 3.365, 4.032, 6.869},
		9:   {1.383, 1.833, 2.262, 2.821, 3.250, 4.781},
		10:  {1.372, 1.812, 2.228, 2.764, 3.169, 4.587},
		20:  {1.325, 1.725, 2.086, 2.528, 2.845, 3.850},
		30:  {1.310, 1.697, 2.042, 2.457, 2.750, 3.646},
		60:  {1.296, 1.671, 2.000, 2.390, 2.660, 3.460},
		120: {1.289, 1.658, 1.980, 2.358, 2.617, 3.373},
		1e6: {1.282, 1.645, 1.960, 2.326, 2.576, 3.291},
	} {
		for i, want := range row {
			confidence := 2*quantiles[i] - 1
			if got := studentWithin(confidence, degrees); math.Abs(got-want) > 0.0005001 {
				t.Errorf("%g degrees of freedom, %g: %.4f, the table has %.3f", degrees, quantiles[i], got, want)
			}
		}
	}
}

// With 1 and 2 degrees of freedom the distribution has a closed form, down to the
// far tails that many comparisons need.
func TestStudentClosedForms(t *testing.T) {
	for _, x := range []float64{0, 1e-9, 0.3, 1, 2.5, 17, 1e3, 1e6, math.Inf(1)} {
		one := 2 / math.Pi * math.Atan2(1, x)
		// 1 - x/sqrt(2+x^2), without the subtraction of two near ones
		root := math.Sqrt(2 + x*x)
		two := 2 / (root * (root + x))
		if math.IsInf(x, 1) {
			two = 0
		}
		for degrees, want := range map[float64]float64{1: one, 2: two} {
			for _, signed := range []float64{x, -x} {
				if got := studentBeyond(signed, degrees); math.Abs(got-want) > 1e-12*want {
					t.Errorf("%g degrees of freedom, t %g: %.15g beyond, want %.15g", degrees, signed, got, want)
				}
			}
		}
	}
	for _, p := range []float64{0.9, 0.05, 0.05 / 1000} {
		if got, want := studentWithin(1-p, 1), 1/math.Tan(p*math.Pi/2); math.Abs(got-want) > 1e-9*want {
			t.Errorf("1 degree of freedom, %g outside: %.12g, want %.12g", p, got, want)
		}
	}
}

// The quantile is checked against the density too: summed by Simpson's rule from 0 to
// it, it must be half of what is within.
func TestStudentDensity(t *testing.T) {
	for degrees := 1; degrees <= 200; degrees += 3 {
		n := float64(degrees)
		up, _ := math.Lgamma((n + 1) / 2)
		down, _ := math.Lgamma(n / 2)
		density := func(x float64) float64 {
			return math.Exp(up-down-(n+1)/2*math.Log1p(x*x/n)) / math.Sqrt(n*math.Pi)
		}
		const slices = 2000
		end := studentWithin(0.95, n)
		width := end / slices
		sum := density(0) + density(end)
		for i := 1; i < slices; i++ {
			sum += density(float64(i)*width) * float64(2+2*(i%2))
		}
		if got := sum * width / 3; math.Abs(got-0.475) > 1e-7 {
			t.Errorf("%d degrees of freedom: t %g leaves %.9f between 0 and it, want 0.475", degrees, end, got)
		}
	}
}

// Where x lies on the threshold of the symmetry, rounding may put x and y past theirs.
func TestBetaFractionAtItsThreshold(t *testing.T) {
	const a, b = 0.5, 29
	threshold := (a + 1) / (a + b + 2)
	before := betaFraction(threshold*0.999, 1-threshold*0.999, a, b)
	after := betaFraction(threshold*1.001, 1-threshold*1.001, a, b)
	x := threshold
	for range 5 {
		x = math.Nextafter(x, 0)
	}
	for range 10 {
		x = math.Nextafter(x, 1)
		for _, y := range []float64{1 - x, math.Nextafter(1-x, 1), math.Nextafter(1-x, 0)} {
			if got := betaFraction(x, y, a, b); !(got > before && got < after) {
				t.Errorf("betaFraction(%v, %v, 0.5, 29) = %v, want between %v and %v", x, y, got, before, after)
			}
		}
	}
}
