package rules

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/units"
)

// ruleValue is how the value of a rule is read and printed.
type ruleValue struct {
	read  func(string) (float64, error)
	print func(float64) string
}

func valueOf(metric string) ruleValue {
	switch {
	case strings.HasSuffix(metric, "_bytes_per_s"), strings.HasSuffix(metric, "_bytes_per_s_mean"):
		return ruleValue{units.ParseRate, units.ExactRate}
	case strings.HasSuffix(metric, "_bytes"):
		return ruleValue{readSize, units.ExactBytes}
	case strings.HasSuffix(metric, "_ns"):
		return ruleValue{readNS, units.ExactDuration}
	case strings.HasSuffix(metric, "_fraction"), metric == ColdMetric:
		return ruleValue{readFraction, units.ExactNumber}
	}
	return ruleValue{readNumber, units.ExactNumber}
}

// int64Edge is the first number past int64: a float64 near it would not fit when read back.
const int64Edge = 1 << 63

func readSize(text string) (float64, error) {
	n, err := units.ParseBytes(text)
	if err == nil && float64(n) >= int64Edge {
		return 0, fmt.Errorf("size %q is too large: the most is 7 EiB", text)
	}
	return float64(n), err
}

// readNS reads a duration, in which a blank may stand before the unit, or whole ns.
func readNS(text string) (float64, error) {
	if n, err := readNumber(text); err == nil {
		if n != math.Trunc(n) || n >= int64Edge {
			return 0, fmt.Errorf("duration %q isn't a whole number of ns, nor one with a unit, such as 50ms", text)
		}
		return n, nil
	}
	number, unit, parted := strings.Cut(text, " ")
	if _, err := readNumber(number); err != nil || !parted || strings.ContainsAny(unit, "0123456789") {
		number, unit = text, ""
	}
	d, err := units.ParseDuration(number + strings.TrimSpace(unit))
	if err == nil && float64(d) >= int64Edge {
		return 0, fmt.Errorf("duration %q is too long: the most is 292 years", text)
	}
	if err != nil {
		return 0, fmt.Errorf("duration %q isn't a number of ns, nor one with a unit of ns, us, ms, s, m or h, such as 50ms", text)
	}
	return float64(d), nil
}

func readFraction(text string) (float64, error) {
	v, err := ReadFraction(text)
	if err != nil || v > 1 {
		return 0, fmt.Errorf("fraction %q isn't between 0 and 1, nor 0%% and 100%%, such as 0.95 or 95%%", text)
	}
	return v, nil
}

// ReadFraction reads 0.95 or 95%, of any size.
func ReadFraction(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	if percent { // moving the point in the text leaves nothing to round
		number = strings.TrimSpace(number) + "e-2"
	}
	return readNumber(number)
}

// plainNumber leaves out what ParseFloat allows beside: signs, inf, nan, 0x1p4, 1_000.
var plainNumber = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func readNumber(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !plainNumber.MatchString(text) {
		return 0, fmt.Errorf("value %q isn't a number of at least 0, such as 3, 0.5 or 1e5", text)
	}
	return v, nil
}
