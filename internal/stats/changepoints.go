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
	changeFollow  = 20   // values that can tell whether they follow their neighbours
	changeMost    = 0.8  // autocorrelation that is believed: more can't be told from levels
)

// ChangePoint is where a series goes to another level.
type ChangePoint struct {
	At            int     // index of the first value of the new level
	Low, High     int     // with 95 % confidence the change lies between these two values: Low < At <= High
	Before, After float64 // means of the two levels, wild values included
	P             float64 // how likely a change as clear as this, anywhere in the two levels, were by chance; 0.001 at least
}

// ChangePoints finds where the mean of a series goes to another level and stays there for
// three values or more. But for their level, values are taken to be alike. Where they follow
// their neighbours it still sees changes that are none: in 60 values with an autocorrelation of
// 0.3 one per 20 series, of 0.5 three, and in independent ones 0.04; and so where nearly all
// are equal.
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
//  4. Where 20 values or more follow their neighbours, the means of levels vary more than those
//     of shuffled values: by (1+r)/(1-r) in squares, r being the autocorrelation around the
//     levels (Bartlett, Supplement to the J. Royal Statistical Society 8, 1946). A cut has to be
//     clearer by that.
//
// The result is empty where there is no change, for fewer than 6 values, and where one isn't
// finite. The time is quadratic: 10,000 values take about 0.1 s, and ten times that where they
// follow their neighbours closely.
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

// partition is where levels begin, but the first. Its inner loop runs n^2/2 times: what off
// divides by is looked up.
func (s series) partition() []int {
	n := len(s.values)
	penalty := 3 + 3*math.Log(float64(n))
	least := make([]float64, n+1) // cost of the first i values
	begun := make([]float64, n+1) // what of the cost of a level from there on is known before its end
	last := make([]int, n+1)      // where their last level begins
	per := make([]float64, n+1)   // one over so many values
	for to := 1; to <= n; to++ {
		per[to] = 1 / float64(to)
		begun[to-1] = least[to-1] - s.squares[to-1]
		least[to] = math.Inf(1)
		sum := s.sum[to]
		for from := range max(0, to-changeSegment+1) {
			between := sum - s.sum[from]
			if cost := begun[from] - between*between*per[to-from]; cost < least[to] {
				least[to], last[to] = cost, from
			}
		}
		least[to] += s.squares[to] + penalty
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
	known := map[[2]int]judgement{} // by the values from..to-1 that are cut
	for {
		chances = make([]float64, len(cuts))
		weakest := -1
		more := s.following(cuts)
		for i := range cuts {
			from, to := edge(cuts, i-1, n), edge(cuts, i+1, n)
			cuts[i] = s.best(from, to)
			j, ok := known[[2]int{from, to}]
			if !ok || !j.holds(more) {
				j = s.judge(from, cuts[i], to, more)
				known[[2]int{from, to}] = j
			}
			chances[i] = j.chance(more)
			if chances[i] > changeChance && (weakest < 0 || chances[i] > chances[weakest]) {
				weakest = i
			}
		}
		if weakest < 0 {
			return cuts, chances
		}
		cuts = slices.Delete(cuts, weakest, weakest+1)
	}
}

// following is by how much the squared noise of a level's mean is above that of independent
// values: (1+r)/(1-r), 1 at least. r is the autocorrelation of neighbours around their levels,
// with the (1+3r)/n for each level that its estimate is low by (Marriott and Pope, Biometrika
// 41, 1954).
func (s series) following(cuts []int) float64 {
	n := len(s.values)
	if n < changeFollow {
		return 1
	}
	var products, squares float64
	for i := range len(cuts) + 1 {
		from, to := edge(cuts, i-1, n), edge(cuts, i, n)
		mean := (s.sum[to] - s.sum[from]) / float64(to-from)
		for k := from; k < to; k++ {
			squares += (s.values[k] - mean) * (s.values[k] - mean)
			if k > from {
				products += (s.values[k] - mean) * (s.values[k-1] - mean)
			}
		}
	}
	r := products / max(squares, 1e-12)
	r += (1 + 3*r) * float64(len(cuts)+1) / float64(n)
	r = min(max(r, 0), changeMost)
	return (1 + r) / (1 - r)
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

// judgement is what a cut takes off the sum of squares of its values, as a share, and what the
// clearest cut takes off in each of up to changeDraws series without a change, the least first.
type judgement struct {
	divided float64
	drawn   []float64
	more    float64 // it was made with
}

// judge compares the cut at a place in the values from..to-1, where the squared noise of means
// is so many times that of independent values. It stops drawing where P is surely too much
// (Besag and Clifford, Biometrika 78, 1991).
func (s series) judge(from, at, to int, more float64) judgement {
	values := slices.Clone(s.values[max(from, at-changeReach):min(to, at+changeReach)])
	j := judgement{divided: clearest(values), more: more}
	random := rand.New(rand.NewPCG(uint64(len(values)), 0))
	for asClear := 1; len(j.drawn) < changeDraws && asClear <= 5*changeChance*(changeDraws+1); {
		if len(values) < changeOrders {
			for i := range values {
				values[i] = random.NormFloat64()
			}
		} else {
			random.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		}
		drawn := clearest(values)
		j.drawn = append(j.drawn, drawn)
		if drawn >= j.against(more) {
			asClear++
		}
	}
	slices.Sort(j.drawn)
	return j
}

// holds says whether there are draws enough for another noise. Where it is more, P is too; a
// fifth less doesn't make 0.01 of the 0.05 at which drawing stops.
func (j judgement) holds(more float64) bool {
	return len(j.drawn) == changeDraws || more >= 0.8*j.more
}

// against is what the share is where all the noise is that of independent values.
func (j judgement) against(more float64) float64 {
	return j.divided/(j.divided+more*(1-j.divided)) - 1e-9
}

// chance is the P of the cut; the series itself counts as one that is as clear.
func (j judgement) chance(more float64) float64 {
	below, _ := slices.BinarySearch(j.drawn, j.against(more))
	return float64(1+len(j.drawn)-below) / float64(len(j.drawn)+1)
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
