package dlio

import (
	"strconv"

	"github.com/lbench/lbench/internal/result"
)

// Judge holds a complete run's metrics against the rules: the mean AU must reach minAU.
func Judge(metrics map[string]float64, minAU float64) ([]result.Check, result.Verdict) {
	check := result.Check{Rule: "au_mean_fraction >= " + strconv.FormatFloat(minAU, 'g', -1, 64), Want: minAU}
	if au, ok := metrics["au_mean_fraction"]; ok {
		check.Got, check.OK = &au, au >= minAU
	}
	if check.OK {
		return []result.Check{check}, result.Pass
	}
	return []result.Check{check}, result.Fail
}
