package stats

import "math"

// studentBeyond is the probability that a value of Student's t distribution is
// further from 0 than t, on either side:
// I_x(n/2, 1/2) with x = n / (n + t^2) (Abramowitz and Stegun 26.7.1 and 26.5.27).
func studentBeyond(t, degrees float64) float64 {
	if math.IsInf(t, 0) {
		return 0
	}
	// Near t = 0, x is near 1, where the complement loses nothing.
	return betaFraction(degrees/(degrees+t*t), t*t/(degrees+t*t), degrees/2, 0.5)
}

// studentWithin is the t that a value of Student's t distribution is within, on both
// sides of 0, with the probability confidence (0..1, both excluded): the quantile at
// (1+confidence)/2.
func studentWithin(confidence, degrees float64) float64 {
	low, high := 0.0, 1.0
	for studentBeyond(high, degrees) > 1-confidence && high < math.MaxFloat64/4 {
		high *= 2
	}
	for {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			return high
		}
		if studentBeyond(middle, degrees) > 1-confidence {
			low = middle
		} else {
			high = middle
		}
	}
}

// betaFraction is the regularized incomplete beta function I_x(a, b), for y = 1-x. The
// continued fraction is Abramowitz and Stegun 26.5.8, which converges fast for x below
// (a+1)/(a+b+2); above that the symmetry I_x(a,b) = 1 - I_y(b,a) is used.
func betaFraction(x, y, a, b float64) float64 {
	if x <= 0 {
		return 0
	}
	if y <= 0 {
		return 1
	}
	if x > (a+1)/(a+b+2) && y < (b+1)/(a+b+2) { // both, since rounding may put both past theirs
		return 1 - betaFraction(y, x, b, a)
	}
	sum, _ := math.Lgamma(a + b)
	first, _ := math.Lgamma(a)
	second, _ := math.Lgamma(b)
	// With Lentz's method: numerators and denominators as ratios of successive ones.
	const tiny = 1e-300
	c, d, fraction := 1.0, 0.0, 1.0
	for i := range 1000 {
		m := float64(i / 2)
		var step float64
		switch {
		case i == 0:
			step = 1
		case i%2 == 0:
			step = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			step = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		d = 1 / away(1+step*d, tiny)
		c = away(1+step/c, tiny)
		fraction *= c * d
		if math.Abs(1-c*d) < 1e-15 && i > 0 {
			break
		}
	}
	return math.Exp(a*math.Log(x)+b*math.Log(y)+sum-first-second) / a * (fraction - 1)
}

// away keeps v from 0, so that it can be divided by.
func away(v, tiny float64) float64 {
	if math.Abs(v) < tiny {
		return tiny
	}
	return v
}
