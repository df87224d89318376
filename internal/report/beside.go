package report

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/units"
)

const (
	fewMoreDigits  = 2 // that two values beside each other may have more than printed gives
	manyMoreDigits = 9 // that a value may have which a threshold decides on
)

// printedBeside is printed with as many digits as it takes not to look like the threshold
// that it misses or clears: 12.98 GB/s, not 13.0 GB/s, beside 13 GB/s.
func printedBeside(name string, value, threshold float64) string {
	text, _ := toldApart(name, value, threshold, manyMoreDigits)
	return text
}

// besideEachOther prints two values of a metric with as many digits as it takes to tell
// them apart, but with two more than usual at most: where these tell nothing, there are none.
func besideEachOther(name string, a, b float64) (string, string) {
	textA, apart := toldApart(name, a, b, fewMoreDigits)
	textB, _ := toldApart(name, b, a, fewMoreDigits)
	if !apart {
		return printed(name, a), printed(name, b)
	}
	return textA, textB
}

// toldApart prints a value with the fewest digits, up to so many more than printed gives,
// that make another text of the other value; apart is false where these are too few.
func toldApart(name string, value, other float64, more int) (text string, apart bool) {
	text = printed(name, value)
	if value == other || text != printed(name, other) {
		return text, true
	}
	for extra := 1; extra <= more; extra++ {
		var finerOther string
		if text, finerOther = finerPair(name, value, other, extra); text != finerOther {
			return text, true
		}
	}
	return text, false
}

// finerPair prints two values that printed gives one text for, with so many digits more and
// in the same unit.
func finerPair(name string, value, other float64, extra int) (finer, finerOther string) {
	if isFraction(name) {
		return units.Percent(value, 1+extra), units.Percent(other, 1+extra)
	}
	text := printed(name, value)
	if strings.HasSuffix(name, "_ns") && strings.Count(text, " ") > 1 {
		step := finerStep(text, extra)
		return longDuration(value, step), longDuration(other, step)
	}
	unit, factor := unitOfText(text)
	if number := strings.TrimSuffix(text, unit); strings.Contains(number, "e") {
		form := func(v float64) string { return strconv.FormatFloat(v, 'g', 3+extra, 64) + unit }
		return form(value), form(other)
	}
	decimals := usualDecimals(max(math.Abs(value), math.Abs(other))/factor) + extra
	return fixedNumber(value/factor, decimals) + unit, fixedNumber(other/factor, decimals) + unit
}

// unitOfText is the unit that a text of printed ends in, with the blank before it, and what
// it is worth in the unit of the metric; 1 where the metric is printed in its own.
func unitOfText(text string) (unit string, factor float64) {
	end := strings.LastIndex(text, " ")
	if end < 0 {
		return "", 1
	}
	unit = text[end:]
	if factor, ok := map[string]float64{" ns": 1, " us": 1e3, " ms": 1e6, " s": 1e9}[unit]; ok {
		return unit, factor
	}
	if bytes, err := units.ParseBytes("1" + strings.TrimSuffix(unit, "/s")); err == nil && strings.HasSuffix(strings.TrimSuffix(unit, "/s"), "B") {
		return unit, float64(bytes)
	}
	return unit, 1
}

// usualDecimals are those of three significant digits: 2 of 1.24, 1 of 12.4, none from 100.
func usualDecimals(size float64) int {
	if size == 0 || math.IsNaN(size) || math.IsInf(size, 0) {
		return 0
	}
	return max(0, 2-int(math.Floor(math.Log10(size))))
}

// fixedNumber prints so many digits after the point, with commas between thousands:
// "77,485.2".
func fixedNumber(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, rest, found := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > -1000 && n < 1000 {
		return text // also keeps the sign of -0.5
	}
	if found {
		rest = "." + rest
	}
	return units.Count(n) + rest
}

// finerStep is what a duration of two units is rounded to for a text with so many digits
// more. From hours to minutes, and to seconds, it is two digits.
func finerStep(text string, extra int) time.Duration {
	const ofSeconds = 4
	digits := map[string]int{"h": 0, "min": 2, "s": ofSeconds}[text[strings.LastIndex(text, " ")+1:]] + extra
	switch {
	case digits < 2:
		return time.Hour
	case digits < ofSeconds:
		return time.Minute
	}
	step := time.Second
	for range digits - ofSeconds {
		step = max(step/10, 1)
	}
	return step
}

// longDuration prints ns of a minute or more, rounded to a step: "14 min 10.2 s". Where the
// step is a minute or more there are no seconds.
func longDuration(ns float64, step time.Duration) string {
	text := time.Duration(ns).Round(step).String()
	if step >= time.Minute {
		text = strings.TrimSuffix(text, "0s")
	}
	return strings.TrimSpace(strings.NewReplacer("h", " h ", "m", " min ", "s", " s").Replace(text))
}
