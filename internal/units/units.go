// Package units reads and prints sizes, rates, counts, fractions and durations.
//
//  1. What a person types (a flag, a setting) goes through ParseBytes, ParseRate
//     or ParseDuration, once, at the edge of the program.
//  2. Inside, everything is in base units: bytes, bytes per second,
//     time.Duration, fractions 0..1.
//  3. What a person reads comes from Bytes, BinaryBytes, Rate, BinaryRate, Count,
//     Percent and Duration, and always names its unit.
//
// kB, MB, GB are powers of 1000; KiB, MiB, GiB are powers of 1024. A bare K, M or
// G is refused rather than guessed.
package units

import (
	"math"
	"strings"
)

// unit is one way to spell a factor of bytes.
type unit struct {
	name   string // as printed
	factor float64
}

// decimal lists the powers of 1000, smallest first.
func decimal() []unit {
	return scale(1000, "B", "kB", "MB", "GB", "TB", "PB", "EB")
}

// binary lists the powers of 1024, smallest first.
func binary() []unit {
	return scale(1024, "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
}

func scale(base float64, names ...string) []unit {
	units := make([]unit, len(names))
	for i, name := range names {
		units[i] = unit{name, math.Pow(base, float64(i))}
	}
	return units
}

// factorOf gives the bytes of one unit spelled in any case; "" is bytes.
func factorOf(name string) (float64, bool) {
	if name == "" {
		return 1, true
	}
	for _, u := range append(decimal(), binary()...) {
		if strings.EqualFold(u.name, name) {
			return u.factor, true
		}
	}
	return 0, false
}
