package losses

import (
	"cmp"
	"math"
	"slices"
)

// Round prints fractions in units of 10^-digits of a percent so that they still make
// their sum: each is rounded down, and what is left over goes to those that lost most by
// that. total is what they are to make, in the same units (1000 are 100.0 % with one digit);
// it is not below what they make rounded down.
func Round(fractions []float64, total int64, digits int) []int64 {
	unit := math.Pow10(digits + 2)
	rounded, order := make([]int64, len(fractions)), make([]int, len(fractions))
	sum := int64(0)
	for i, f := range fractions {
		rounded[i], order[i] = int64(math.Floor(f*unit+1e-9)), i
		sum += rounded[i]
	}
	remainder := func(i int) float64 { return fractions[i]*unit - float64(rounded[i]) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder(b), remainder(a)) })
	for i := 0; sum < total && len(order) > 0; i++ {
		rounded[order[i%len(order)]]++
		sum++
	}
	return rounded
}
