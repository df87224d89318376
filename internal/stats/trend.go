package stats

import "math"

// trend is a straight line through equally spaced values, and what remains around it.
type trend struct {
	mean       float64
	slope      float64 // per step
	slopeError float64 // its standard error, likeness included
	noise      float64 // standard deviation around the line
	residuals  []float64
	correlated float64 // of a residual with the next, 0 to 0.99
	likeness   float64 // by how many times correlated ones widen a standard error
}

// trendOf fits by least squares; it needs three values. Where neighbouring values
// resemble each other there are fewer independent ones than values: standard errors
// are sqrt((1+r)/(1-r)) times as large for a correlation of r from one to the next
// (Santer and others, J. Geophys. Res. 105, 2000, section 4). The estimate of r is
// corrected by (2+4r)/n for the line that was taken out (Marriott and Pope, Biometrika
// 41, 1954, for the mean alone: (1+3r)/n).
func trendOf(values []float64) trend {
	n := float64(len(values))
	t := trend{residuals: make([]float64, len(values))}
	for _, v := range values {
		t.mean += v / n
	}
	middle := (n - 1) / 2
	var across, along float64
	for i, v := range values {
		at := float64(i) - middle
		across += at * at
		along += at * (v - t.mean)
	}
	t.slope = along / across
	var squares, products float64
	for i, v := range values {
		t.residuals[i] = v - t.mean - t.slope*(float64(i)-middle)
		squares += t.residuals[i] * t.residuals[i]
		if i > 0 {
			products += t.residuals[i] * t.residuals[i-1]
		}
	}
	if squares > 0 {
		r := products / squares
		t.correlated = min(max(0, r+(2+4*r)/n), 0.99)
	}
	t.likeness = math.Sqrt((1 + t.correlated) / (1 - t.correlated))
	t.noise = math.Sqrt(squares / (n - 2))
	t.slopeError = t.noise / math.Sqrt(across) * t.likeness
	return t
}

// spread is the factor, 1 or more, between the mean absolute residuals of the first and
// the last third, and the least factor that is sure with 95 % confidence. The standard
// error of the logarithm of such a factor is sqrt(2 (pi/2-1)) / sqrt(n/3) for normal
// values, and for correlated ones sqrt((1+r^2)/(1-r^2)) times as large.
func (t trend) spread() (factor, sure float64) {
	third := len(t.residuals) / 3
	first, last := meanAbsolute(t.residuals[:third]), meanAbsolute(t.residuals[len(t.residuals)-third:])
	if max(first, last) <= 1e-9*math.Abs(t.mean) {
		return 1, 1 // only what rounding leaves
	}
	change := math.Abs(math.Log(last / first))
	r := t.correlated * t.correlated
	off := math.Sqrt(2*(math.Pi/2-1)/float64(third)) * math.Sqrt((1+r)/(1-r))
	return math.Exp(change), math.Exp(max(0, change-studentWithin(0.95, float64(third))*off))
}

func meanAbsolute(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += math.Abs(v)
	}
	return sum / float64(len(values))
}
