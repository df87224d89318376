package claims

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/units"
)

// Value is a figure as it was published, with the precision that its digits give.
type Value struct {
	Text     string // "77,485", "8.3 GB/s"
	number   float64
	decimals int
	unit     string  // "GB/s"; empty: a plain number
	factor   float64 // base units (bytes, bytes/s, ns, 0..1) in one unit
}

// kind is a sort of number with the units that people print it in.
type kind struct {
	what, forms string
	factor      func(unit string) (float64, bool)
}

// kindOf says what the name of a metric promises.
func kindOf(name string) kind {
	switch {
	case strings.Contains(name, "_ns_per_byte"):
		return kind{"CPU time per byte", "s/GB or ns/B", among(map[string]float64{"s/GB": 1, "ns/B": 1})}
	case strings.HasSuffix(name, "_ns"):
		return kind{"a time", "ns, us, ms, s, min or h", among(map[string]float64{
			"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "min": 60e9, "h": 3600e9})}
	case strings.Contains(name, "_bytes_per_s"):
		return kind{"a rate of bytes", "B/s, kB/s, MB/s, GB/s, TB/s, KiB/s, MiB/s, GiB/s or TiB/s", rateFactor}
	case strings.HasSuffix(name, "_bytes"), strings.HasPrefix(name, "bytes_per_"):
		return kind{"a size", "B, kB, MB, GB, TB, PB, KiB, MiB, GiB, TiB or PiB", sizeFactor}
	case strings.Contains(name, "_per_s"):
		return kind{"a number per second", "/s, or no unit", among(map[string]float64{"": 1, "/s": 1, "samples/s": 1, "ops/s": 1})}
	case strings.Contains(name, "_fraction"):
		return kind{"a fraction", "%, or no unit from 0 to 1", among(map[string]float64{"": 1, "%": 0.01})}
	}
	return kind{"a number", "no unit", among(map[string]float64{"": 1})}
}

func among(factors map[string]float64) func(string) (float64, bool) {
	return func(unit string) (float64, bool) {
		f, ok := factors[unit]
		return f, ok
	}
}

// byteUnit has its capitals: Gb is a gigabit.
var byteUnit = regexp.MustCompile(`^(?:[kKMGTPE]i?)?B$`)

// sizeFactor is the bytes in one unit. A bare number of bytes isn't how people print them.
func sizeFactor(unit string) (float64, bool) {
	bytes, err := units.ParseBytes("1" + unit)
	return float64(bytes), err == nil && byteUnit.MatchString(unit)
}

func rateFactor(unit string) (float64, bool) {
	size, perSecond := strings.CutSuffix(unit, "/s")
	bytes, ok := sizeFactor(size)
	return bytes, ok && perSecond
}

// publishedNumber is a number with or without commas between thousands, then a unit.
var publishedNumber = regexp.MustCompile(`^([0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,12}))?\s*([A-Za-zµ/%][A-Za-z/]*)?$`)

// parseValue reads "90.72 %", "77,485" or "8.3 GB/s" as what the metric name is. Its errors
// continue a sentence that begins with the name.
func parseValue(name, text string) (Value, error) {
	k := kindOf(name)
	m := publishedNumber.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Value{}, fmt.Errorf("is %.60q, want %s: a number such as 12.5 or 77,485 with its unit (%s)", text, k.what, k.forms)
	}
	v := Value{Text: m[0], decimals: len(m[2]), unit: m[3]}
	var ok bool
	if v.factor, ok = k.factor(v.unit); !ok {
		return Value{}, fmt.Errorf("is %.60q, want %s: a number with %s", text, k.what, k.forms)
	}
	v.number, _ = strconv.ParseFloat(strings.ReplaceAll(m[1], ",", "")+"."+m[2]+"0", 64)
	if strings.Contains(name, "_fraction") && v.number*v.factor > 1 {
		return Value{}, fmt.Errorf("is %.60q, want at most 100 %%", text)
	}
	return v, nil
}

// half is how far a number may lie from the claimed one and still round to it, in its unit.
func (v Value) half() float64 { return 0.5 * math.Pow(10, -float64(v.decimals)) }

// span is what the claimed digits allow, in base units.
func (v Value) span() (low, high float64) {
	return max(0, v.number-v.half()) * v.factor, (v.number + v.half()) * v.factor
}

// allows says that base rounds to the claimed digits. Halfway is allowed on both sides.
func (v Value) allows(base float64) bool {
	low, high := v.span()
	slack := 1e-12 * high
	return base >= low-slack && base <= high+slack
}

// print is base with the claim's unit and digits; what they would show as 0 has two digits.
func (v Value) print(base float64) string {
	text := v.digits(base)
	if strings.Trim(text, "0.") == "" && base != 0 {
		text = strconv.FormatFloat(base/v.factor, 'g', 2, 64)
	}
	if v.unit == "" {
		return text
	}
	if strings.HasPrefix(v.unit, "/") {
		return text + v.unit
	}
	return text + " " + v.unit
}

// digits is print without the unit, with commas between thousands.
func (v Value) digits(base float64) string {
	text := strconv.FormatFloat(base/v.factor, 'f', v.decimals, 64)
	whole, rest, parted := strings.Cut(text, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && len(whole) > 3 {
		whole = units.Count(n)
	}
	if parted {
		return whole + "." + rest
	}
	return whole
}

// printBoth is print, with the other system of units beside it: "8.9 GB/s (8.3 GiB/s)".
func (v Value) printBoth(base float64) string {
	if other, ok := v.counterpart(); ok {
		return v.print(base) + " (" + other.print(base) + ")"
	}
	return v.print(base)
}

// counterpart is the same number in the other system of units: GiB/s for GB/s.
func (v Value) counterpart() (Value, bool) {
	size, perSecond := strings.CutSuffix(v.unit, "/s")
	if len(size) < 2 || !byteUnit.MatchString(size) {
		return v, false
	}
	other := strings.Replace(size, "i", "", 1)
	switch {
	case size == "KiB":
		other = "kB"
	case other == size:
		other = strings.ToUpper(size[:1]) + "iB"
	}
	o := v
	o.factor, _ = sizeFactor(other)
	if o.unit = other; perSecond {
		o.unit += "/s"
	}
	return o, o.factor > 0
}
