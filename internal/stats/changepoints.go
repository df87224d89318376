package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// The numbers of ChangePoints. They are a bargain between finding a level of few runs and
// being fooled by noise with long tails.
const (
	changeChance  = 0.01 // the most that a change may be by chance
	changeSegment = 3    // values that a level has at least: fewer are wild ones
	changeWindow  = 5    // values whose median says what is usual: of more than 2*changeSegment-1 it would hide a level
	changeClip    = 3.0  // times the noise that a value may lie off that median
	changeReach   = 250  // values on each side that a change is judged by
	changeDraws   = 999  // series without a change that it is compared with
	changeOrders  = 12   // values that have enough orders to be compared with
)

// ChangePoint is where a series goes to another level.
type ChangePoint struct {
	At            int     // index of the first value of the new level
	Low, High     int     // with 95 % confidence the change lies between these two values: Low < At <= High
	Before, After float64 // means of the two levels, wild values included
	P             float64 // how likely a change as clear as this, anywhere in the two levels, were by chance; 0.001 at least
}

// ChangePoints finds where the mean of a series goes to another level and stays there for
// three values or more. But for their level, values are taken to be independent and alike;
// where they follow their neighbours, or nearly all are equal, it sees changes that are none.
//
//  1. A value further than 3 times the noise from the median of the five around it is moved
//     to there (Hampel's filter, with clipping: Pearson, IEEE Trans. Control Systems
//     Technology 10(1), 2002). So one wild value is no level, and two seldom are.
//  2. Optimal partitioning proposes levels: those with the least sum of squares around their
//     means plus a penalty for each (Jackson and others, IEEE Signal Processing Letters 12(2),
//     2005). The penalty is 3 + 3 ln n times the squared noise, a little more than Yao's
//     2 ln n (Statistics & Probability Letters 6, 1988), since real noise isn't normal.
//  3. The weakest is dropped until each is sure by a permutation test of the two levels at
//     its sides: P is the share of 999 random orders of their values (same seed always), and
//     of the series itself, that some cut divides as clearly (Phipson and Smyth, Statistical
//     Applications in Genetics and Molecular Biology 9(1), 2010, on counting the series
//     itself), and is 0.01 or less. Fewer than 12 values have too few orders: they are compared
//     with as many normal ones.
//
// The result is empty where there is no change, for fewer than 6 values, and where one isn't
// finite. The time is quadratic: 10,000 values take about 0.2 s.
func ChangePoints(values []float64) []ChangePoint {
	n := len(values)
	if n < 2*changeSegment {
		return nil
	}
	s, ok := tamed(values)
	if !ok {
		return nil
	}
	cuts, chances := s.sure(s.partition())
	found := make([]ChangePoint, 0, len(cuts))
	for i, at := range cuts {
		from, to := edge(cuts, i-1, n), edge(cuts, i+1, n)
		c := ChangePoint{At: at, P: chances[i]}
		c.Before, _ = Mean(values[from:at])
		c.After, _ = Mean(values[at:to])
		c.Low, c.High = s.between(from, at, to)
		found = append(found, c)
	}
	return found
}

// edge is the i-th cut; before the first there is 0 and after the last n.
func edge(cuts []int, i, n int) int {
	switch {
	case i < 0:
		return 0
	case i >= len(cuts):
		return n
	}
	return cuts[i]
}

// series is values without wild ones, in units of their noise, and their sums: sum[i] is
// that of the first i values, squares[i] that of their squares.
type series struct{ values, sum, squares []float64 }

// tamed is not ok for values that are constant but for what rounding leaves, or not finite.
func tamed(values []float64) (series, bool) {
	n := len(values)
	centre, most := medianOf(values), 0.0
	for _, v := range values {
		most = max(most, math.Abs(v-centre))
	}
	if most <= 1e-9*math.Abs(centre) || math.IsNaN(most) || math.IsInf(most, 0) {
		return series{}, false
	}
	scaled := make([]float64, n)
	for i, v := range values {
		scaled[i] = (v - centre) / most
	}
	may := changeClip * usualNoise(scaled)
	s := series{make([]float64, n), make([]float64, n+1), make([]float64, n+1)}
	for i, v := range scaled {
		from := min(max(0, i-changeWindow/2), n-changeWindow)
		usual := medianOf(scaled[from : from+changeWindow])
		s.values[i] = min(max(v, usual-may), usual+may)
	}
	noise := meanNoise(s.values)
	for i := range s.values {
		s.values[i] /= noise
		s.sum[i+1] = s.sum[i] + s.values[i]
		s.squares[i+1] = s.squares[i] + s.values[i]*s.values[i]
	}
	return s, true
}

// differences are those of neighbours, without their sign: a change of level is in one only.
func differences(values []float64) []float64 {
	apart := make([]float64, len(values)-1)
	for i := range apart {
		apart[i] = math.Abs(values[i+1] - values[i])
	}
	return apart
}

// usualNoise is a standard deviation that wild values don't move: half of the differences of
// normal neighbours are below 0.6745 sqrt(2) times it.
func usualNoise(values []float64) float64 {
	apart := differences(values)
	if usual := medianOf(apart); usual > 1e-9 {
		return usual / (0.6745 * math.Sqrt2)
	}
	return fewNoise(apart)
}

// meanNoise is a standard deviation for values without wild ones: the mean difference of
// normal neighbours is 2/sqrt(pi) times it.
func meanNoise(values []float64) float64 {
	apart := differences(values)
	if medianOf(apart) > 1e-9 {
		mean, _ := Mean(apart)
		return mean * math.Sqrt(math.Pi) / 2
	}
	return fewNoise(apart)
}

// fewNoise is the standard deviation where most neighbours are equal, as with counts that are
// nearly always 0: the mean square of the differences is twice the variance.
func fewNoise(apart []float64) float64 {
	var squares float64
	for _, d := range apart {
		squares += d * d
	}
	return max(math.Sqrt(squares/float64(len(apart))/2), 1e-9)
}

func medianOf(values []float64) float64 {
	return sortedQuantile(slices.Sorted(slices.Values(values)), 0.5)
}

// off is the sum of squares of the values from..to-1 around their mean.
func (s series) off(from, to int) float64 {
	sum := s.sum[to] - s.sum[from]
	return max(0, s.squares[to]-s.squares[from]-sum*sum/float64(to-from))
}

// partition is where levels begin, but the first.
func (s series) partition() []int {
	n := len(s.values)
	penalty := 3 + 3*math.Log(float64(n))
	least := make([]float64, n+1) // cost of the first i values
	last := make([]int, n+1)      // where their last level begins
	for to := 1; to <= n; to++ {
		least[to] = math.Inf(1)
		for from := 0; from <= to-changeSegment; from++ {
			if cost := least[from] + s.off(from, to) + penalty; cost < least[to] {
				least[to], last[to] = cost, from
			}
		}
	}
	var cuts []int
	for at := last[n]; at > 0; at = last[at] {
		cuts = append(cuts, at)
	}
	slices.Reverse(cuts)
	return cuts
}

// sure drops the weakest cut until all are sure, and moves the others to where they divide
// best what is between their neighbours.
func (s series) sure(cuts []int) (sure []int, chances []float64) {
	n := len(s.values)
	known := map[[2]int]float64{} // by the values from..to-1 that are cut
	for {
		chances = make([]float64, len(cuts))
		weakest := -1
		for i := range cuts {
			from, to := edge(cuts, i-1, n), edge(cuts, i+1, n)
			cuts[i] = s.best(from, to)
			p, ok := known[[2]int{from, to}]
			if !ok {
				p = s.chance(from, cuts[i], to)
				known[[2]int{from, to}] = p
			}
			chances[i] = p
			if p > changeChance && (weakest < 0 || p > chances[weakest]) {
				weakest = i
			}
		}
		if weakest < 0 {
			return cuts, chances
		}
		cuts = slices.Delete(cuts, weakest, weakest+1)
	}
}

// best is where to cut the values from..to-1 in two levels.
func (s series) best(from, to int) int {
	best, least := from+changeSegment, math.Inf(1)
	for at := from + changeSegment; at <= to-changeSegment; at++ {
		if off := s.off(from, at) + s.off(at, to); off < least {
			best, least = at, off
		}
	}
	return best
}

// chance is the P of the cut at a place in the values from..to-1. It stops counting where P
// is surely too much (Besag and Clifford, Biometrika 78, 1991).
func (s series) chance(from, at, to int) float64 {
	values := slices.Clone(s.values[max(from, at-changeReach):min(to, at+changeReach)])
	divided := clearest(values)
	random := rand.New(rand.NewPCG(uint64(len(values)), 0))
	asClear := 1 // the series itself
	for draw := 1; draw <= changeDraws; draw++ {
		if len(values) < changeOrders {
			for i := range values {
				values[i] = random.NormFloat64()
			}
		} else {
			random.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		}
		if clearest(values) >= divided-1e-9 {
			if asClear++; asClear > 5*changeChance*(changeDraws+1) {
				return float64(asClear) / float64(draw+1)
			}
		}
	}
	return float64(asClear) / (changeDraws + 1)
}

// clearest is the most that one cut takes off the sum of squares of values, as a share of it.
func clearest(values []float64) float64 {
	n := len(values)
	var total, squares, sum, most float64
	for _, v := range values {
		total += v
		squares += v * v
	}
	mean := total / float64(n)
	for i, v := range values[:n-changeSegment] {
		sum += v - mean
		if k := i + 1; k >= changeSegment {
			most = max(most, sum*sum*float64(n)/float64(k*(n-k)))
		}
	}
	return most / max(squares-total*mean, 1e-12)
}

// between is the 95 % interval of a cut: places whose sum of squares is within
// -2 ln(1 - sqrt(0.95)) squared noises of the least. Each side's excess over the best place is that
// of a random walk whose maximum is exponential (Siegmund, Int. Statistical Review 56, 1988).
func (s series) between(from, at, to int) (low, high int) {
	least := s.off(from, at) + s.off(at, to)
	most := least * (1 - 2*math.Log(1-math.Sqrt(0.95))/float64(to-from-2))
	low, high = at, at
	for k := from + 1; k < to; k++ {
		if s.off(from, k)+s.off(k, to) <= most {
			low, high = min(low, k), max(high, k)
		}
	}
	return low - 1, high
}
