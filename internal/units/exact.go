package units

import (
	"strconv"
	"strings"
	"time"
)

// ExactBytes prints bytes in the shortest form that ParseBytes reads as the same number:
// "13 GB", "13.125 GB", "256 KiB", "4097 B".
func ExactBytes(bytes float64) string {
	return shortestSize(bytes, "", func(text string) (float64, error) {
		n, err := ParseBytes(text)
		return float64(n), err
	})
}

// ExactRate is ExactBytes for bytes per second: "13 GB/s", as ParseRate reads it.
func ExactRate(perS float64) string { return shortestSize(perS, "/s", ParseRate) }

// shortestSize tries each unit of which there is at least one, and takes the text with the
// fewest characters but the point, if it reads back unchanged.
func shortestSize(v float64, suffix string, read func(string) (float64, error)) string {
	shortest := ExactNumber(v) + " B" + suffix
	for _, u := range []struct {
		name   string
		factor float64
	}{
		{"PB", 1e15}, {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3},
		{"PiB", 1 << 50}, {"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	} {
		text := ExactNumber(v/u.factor) + " " + u.name + suffix
		if v < u.factor || length(text) >= length(shortest) {
			continue
		}
		if got, err := read(text); err == nil && got == v {
			shortest = text
		}
	}
	return shortest
}

func length(text string) int { return len(strings.ReplaceAll(text, ".", "")) }

// ExactNumber prints a number so that it reads as the same one, without an exponent
// where it is of a usual size.
func ExactNumber(v float64) string {
	form := byte('f')
	if v != 0 && v < 1e-6 || v >= 1e15 {
		form = 'e'
	}
	return strconv.FormatFloat(v, form, -1, 64)
}

// ExactDuration prints whole ns as ParseDuration reads them: "50ms", "1m30s", "52us".
func ExactDuration(ns float64) string {
	return strings.Replace(time.Duration(ns).String(), "µ", "u", 1)
}
