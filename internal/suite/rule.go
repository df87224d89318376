package suite

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/units"
)

// The rule "cold" is short for: nothing lay in this client's cache.
const (
	coldRule   = "cold"
	coldMetric = "cached_fraction_before"
	ruleForms  = "allowed: METRIC followed by >=, <=, > or < and a value, such as read_bytes_per_s >= 13GB/s, or cold"
)

// Rule holds a metric against a threshold, as the benchmark commands' --rule does.
type Rule struct {
	Operator string  // >=, <=, > or <; "" is the rule "cold": exactly 0
	Want     float64 // in the metric's unit: bytes, bytes per second, ns, a fraction 0..1 or a number
}

// parseRule reads "au_mean_fraction >= 90%". The metric's suffix says what the value is: a
// rate, a size, a duration (or a bare number of ns), a fraction, else a number.
func parseRule(text string) (metric string, r Rule, err error) {
	text = strings.TrimSpace(text)
	start := strings.IndexAny(text, "<>=")
	switch {
	case text == coldRule:
		return coldMetric, Rule{}, nil
	case start <= 0:
		return "", Rule{}, fmt.Errorf("gate %q isn't a rule; %s", text, ruleForms)
	}
	value := strings.TrimLeft(text[start:], "<>=")
	metric, r.Operator = strings.TrimSpace(text[:start]), text[start:len(text)-len(value)]
	if !slices.Contains([]string{">=", "<=", ">", "<"}, r.Operator) {
		return "", Rule{}, fmt.Errorf("gate %q has the unknown operator %q; %s", text, r.Operator, ruleForms)
	}
	if strings.ContainsFunc(metric, func(c rune) bool { return c <= ' ' }) {
		return "", Rule{}, fmt.Errorf("gate %q has a blank in the metric %q; %s", text, metric, ruleForms)
	}
	if r.Want, err = valueOf(metric, strings.TrimSpace(value)); err != nil {
		return "", Rule{}, fmt.Errorf("gate %q: %w", text, err)
	}
	return metric, r, nil
}

// valueOf reads a threshold in the unit that the metric's name ends in.
func valueOf(metric, text string) (float64, error) {
	switch {
	case isRate(metric):
		return units.ParseRate(text)
	case strings.HasSuffix(metric, "_bytes"):
		n, err := units.ParseBytes(text)
		return float64(n), err
	case strings.HasSuffix(metric, "_ns"):
		return readNS(text)
	case strings.HasSuffix(metric, "_fraction"), metric == coldMetric:
		return readFraction(text, 1)
	}
	return readNumber(text)
}

// isRate says whether a metric is bytes per second: read_bytes_per_s, read_bytes_per_s_mean.
func isRate(metric string) bool {
	return strings.HasSuffix(metric, "_bytes_per_s") || strings.HasSuffix(metric, "_bytes_per_s_mean")
}

// readNS reads a duration, in which a blank may stand before the unit, or a number of ns.
func readNS(text string) (float64, error) {
	if n, err := readNumber(text); err == nil {
		return n, nil
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil || d < 0 {
		return 0, fmt.Errorf("duration %q isn't a number of ns, nor one with a unit of ns, us, ms, s, m or h, such as 50ms", text)
	}
	return float64(d), nil
}

// readFraction reads 0.05 or 5%, from 0 to most.
func readFraction(text string, most float64) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	if percent { // moving the point in the text leaves nothing to round
		number = strings.TrimSpace(number) + "e-2"
	}
	v, err := readNumber(number)
	switch {
	case err == nil && v > 1 && !percent:
		return 0, fmt.Errorf("fraction %q is more than 1: write %s%% for percent", text, text)
	case err != nil || v > most:
		return 0, fmt.Errorf("fraction %q isn't between 0%% and %g%%, such as 5%% or 0.05", text, most*100)
	}
	return v, nil
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

// holds says whether a value keeps the rule. NaN keeps none.
func (r Rule) holds(got float64) bool {
	switch r.Operator {
	case ">=":
		return got >= r.Want
	case "<=":
		return got <= r.Want
	case ">":
		return got > r.Want
	case "<":
		return got < r.Want
	}
	return got == 0
}

// finite says whether a number can be judged and written as JSON.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
