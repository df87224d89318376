package units

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"
)

const (
	sizeForms = "allowed: a number, alone or with B, kB, MB, GB, TB, PB, EB, KiB, MiB, GiB, TiB, PiB or EiB, such as 210GB, 1.5 TiB or 4096"
	rateForms = "allowed: a size followed by /s, such as 13GB/s or 1.5 GiB/s"
)

// quantity is what a size looks like: sign, number, unit.
var quantity = regexp.MustCompile(`^([+-]?)((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z]*)$`)

// ParseBytes reads a size in bytes: 4096, 210GB, 1MiB, "1.5 TiB", 1e12. Case
// and blanks don't matter; a part of a byte is rounded to the nearest whole one.
// A negative size, or one past 8 EiB, is an error that quotes the value.
func ParseBytes(s string) (int64, error) {
	size, err := parseSize(s)
	if err != nil {
		return 0, fmt.Errorf("size %q %w; %s", s, err, sizeForms)
	}
	// An integer has no rounding left to do: 2^63-1 stays exact.
	whole, _ := new(big.Float).Add(size, big.NewFloat(0.5)).Int(nil)
	if !whole.IsInt64() {
		return 0, fmt.Errorf("size %q is too large: the most is %d bytes (8 EiB - 1); %s", s, int64(math.MaxInt64), sizeForms)
	}
	return whole.Int64(), nil
}

// ParseRate reads a rate in bytes per second: a size followed by "/s", such as
// 13GB/s. A bare number isn't a rate.
func ParseRate(s string) (float64, error) {
	text := strings.TrimSpace(s)
	size, perSecond := strings.CutSuffix(strings.ToLower(text), "/s")
	if !perSecond {
		return 0, fmt.Errorf("rate %q doesn't end in /s; %s", s, rateForms)
	}
	value, err := parseSize(size)
	if err != nil {
		return 0, fmt.Errorf("rate %q %w; %s", s, err, rateForms)
	}
	rate, _ := value.Float64()
	if math.IsInf(rate, 0) {
		return 0, fmt.Errorf("rate %q is too large; %s", s, rateForms)
	}
	return rate, nil
}

// ParseDuration reads a length of time in Go's form: 90s, 5m, 1h30m. A number
// without a unit (but 0) and a negative duration are errors.
func ParseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(s))
	if err != nil || d < 0 {
		return 0, fmt.Errorf("duration %q isn't a number with a unit of ns, us, ms, s, m or h, such as 90s, 5m or 1h30m", s)
	}
	return d, nil
}

// parseSize gives bytes with enough digits that every int64 is exact. Its errors
// continue the sentence that starts with the value.
func parseSize(s string) (*big.Float, error) {
	parts := quantity.FindStringSubmatch(strings.TrimSpace(s))
	if parts == nil {
		return nil, fmt.Errorf("isn't a number with a unit")
	}
	sign, number, name := parts[1], parts[2], parts[3]
	if sign == "-" {
		return nil, fmt.Errorf("is negative")
	}
	factor, ok := factorOf(name)
	if !ok {
		return nil, unknownUnit(name)
	}
	value, _, err := big.ParseFloat(number, 10, 128, big.ToNearestEven)
	if err != nil || value.IsInf() {
		return nil, fmt.Errorf("is too large")
	}
	return value.Mul(value, big.NewFloat(factor)), nil
}

// unknownUnit explains K, M, G and so on, which some tools take for powers of 1000
// and others for powers of 1024.
func unknownUnit(name string) error {
	for i, u := range decimal() {
		if strings.EqualFold(u.name, name+"B") {
			return fmt.Errorf("has the ambiguous unit %q: write %s (powers of 1000) or %s (powers of 1024)", name, u.name, binary()[i].name)
		}
	}
	return fmt.Errorf("has the unknown unit %q", name)
}
