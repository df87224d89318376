package losses

import "math"

// rankChance is how often chance may have a rank named that is like the others.
const rankChance = 0.001

// chosen says whether one of so many ranks was last in k of n steps more often than chance
// has any of them, but for rankChance: the tail of a binomial distribution, times the ranks.
func chosen(k, n int64, ranks int) bool {
	p := 1 / float64(ranks)
	if float64(k) <= p*float64(n) {
		return false
	}
	tail := 0.0
	for i := k; i <= n; i++ {
		term := math.Exp(logChoose(n, i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
		if tail += term; term < 1e-3*tail {
			break // beyond the mean terms only fall, and the ratio of two falls too
		}
	}
	return tail*float64(ranks) <= rankChance
}

func logChoose(n, k int64) float64 {
	lg := func(x int64) float64 { v, _ := math.Lgamma(float64(x + 1)); return v }
	return lg(n) - lg(k) - lg(n-k)
}
