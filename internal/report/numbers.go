package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

const notMeasured = "not measured"

// printed is a metric in the unit that its name ends in.
func printed(name string, value float64) string {
	switch {
	case isFraction(name):
		return units.Percent(value, 1)
	case strings.HasSuffix(name, "_ns"):
		return units.Duration(time.Duration(value))
	case strings.HasSuffix(name, "_ns_per_byte"), strings.HasSuffix(name, "_ns_per_byte_mean"):
		return significant(value) + " s/GB" // 1 ns per byte is 1 s per 10^9 bytes
	case strings.Contains(name, "_bytes_per_s"):
		return units.Rate(value)
	case strings.HasSuffix(name, "_bytes"):
		return units.Bytes(value)
	case strings.Contains(name, "_per_s"):
		return count(value) + " /s"
	}
	return count(value)
}

// isFraction says that a metric is one: au_mean_fraction, cached_fraction_max.
func isFraction(name string) bool {
	return strings.HasSuffix(strings.TrimSuffix(name, "_max"), "_fraction")
}

// count prints whole numbers with thousands separated, and small ones that aren't
// whole with three significant digits.
func count(value float64) string {
	if value > -100 && value < 100 && value != float64(int64(value)) {
		return significant(value)
	}
	return units.Count(int64(value + 0.5))
}

func significant(value float64) string { return strconv.FormatFloat(value, 'g', 3, 64) }

// percentBeside prints a fraction with as many digits as it takes not to look like
// the threshold that it misses or clears: 89.96 %, not 90.0 %, beside 90 %.
func percentBeside(value, threshold float64) string {
	for digits := 1; digits < 5; digits++ {
		text := units.Percent(value, digits)
		if value == threshold || text != units.Percent(threshold, digits) {
			return text
		}
	}
	return units.Percent(value, 6)
}

// short prints a threshold without zeros after the point: 90 %, 87.5 %.
func short(fraction float64) string {
	return strings.Replace(units.Percent(fraction, 1), ".0 %", " %", 1)
}

// counted collects a metric over the epochs that enter the means.
func counted(run result.Run, name string) []float64 {
	var values []float64
	for _, e := range run.Epochs {
		if value, ok := e.Metrics[name]; ok && !e.Warmup {
			values = append(values, value)
		}
	}
	return values
}
