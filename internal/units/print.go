package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Bytes prints a number of bytes in powers of 1000 with three significant
// digits: "1.52 TB".
func Bytes(n float64) string { return scaled(n, decimal()) }

// BinaryBytes prints a number of bytes in powers of 1024 with three significant
// digits: "1.38 TiB".
func BinaryBytes(n float64) string { return scaled(n, binary()) }

// Rate prints bytes per second in powers of 1000: "8.87 GB/s".
func Rate(perS float64) string { return Bytes(perS) + "/s" }

// BinaryRate prints bytes per second in powers of 1024: "8.26 GiB/s".
func BinaryRate(perS float64) string { return BinaryBytes(perS) + "/s" }

// scaled picks the largest unit that leaves at least 1, after rounding: 999.6 GB
// is "1.00 TB", not "1000 GB".
func scaled(n float64, units []unit) string {
	size := math.Abs(n)
	for i, u := range units {
		last := i == len(units)-1
		text := threeDigits(size / u.factor)
		if rounded, _ := strconv.ParseFloat(text, 64); !last && rounded*u.factor >= units[i+1].factor {
			continue
		}
		if i == 0 && size == math.Trunc(size) {
			text = strconv.FormatFloat(size, 'f', 0, 64)
		}
		if n < 0 {
			text = "-" + text
		}
		return text + " " + u.name
	}
	return strconv.FormatFloat(n, 'g', 3, 64) + " B" // not a number
}

// threeDigits keeps three significant digits of v >= 0, and all of those before
// the point: 1.24, 12.4, 124, 1023.
func threeDigits(v float64) string {
	decimals := 2
	for limit := 9.995; decimals > 0 && v >= limit; limit *= 10 {
		decimals--
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// Count prints a whole number with commas between thousands: "10,629".
func Count(n int64) string {
	digits, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		digits, sign = digits[1:], "-"
	}
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return sign + b.String()
}

// Percent prints a fraction with so many digits after the point: 0.9072 with 2
// is "90.72 %".
func Percent(fraction float64, digits int) string {
	return strconv.FormatFloat(fraction*100, 'f', digits, 64) + " %"
}

// Duration prints a length of time for a person: "52 us", "13 ms", "1.24 s",
// "14 min 10 s", "3 h 5 min", "2 d 4 h". Below a minute it keeps three
// significant digits, above it the two largest units.
func Duration(d time.Duration) string {
	if d < 0 {
		if d == math.MinInt64 {
			d++ // has no positive counterpart; one ns doesn't show
		}
		return "-" + Duration(-d)
	}
	const day = 24 * time.Hour
	switch seconds, minutes, hours := d.Round(time.Second), d.Round(time.Minute), d.Round(time.Hour); {
	case d < 59950*time.Millisecond: // 59.95 s and more would print as 60.0 s
		return short(d)
	case seconds < time.Hour:
		return pair(seconds, time.Minute, "min", time.Second, "s")
	case minutes < day:
		return pair(minutes, time.Hour, "h", time.Minute, "min")
	default:
		return pair(hours, day, "d", time.Hour, "h")
	}
}

// short prints less than a minute, without trailing zeros.
func short(d time.Duration) string {
	for _, step := range []struct {
		size time.Duration
		name string
	}{{time.Nanosecond, "ns"}, {time.Microsecond, "us"}, {time.Millisecond, "ms"}} {
		if v := float64(d) / float64(step.size); v < 999.5 {
			return trimmed(v) + " " + step.name
		}
	}
	return trimmed(d.Seconds()) + " s"
}

func trimmed(v float64) string {
	text := threeDigits(v)
	if !strings.Contains(text, ".") {
		return text
	}
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

func pair(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	return fmt.Sprintf("%d %s %d %s", d/large, largeName, d%large/small, smallName)
}
