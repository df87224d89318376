package history

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Last says how far back runs count: by age, or by number. One of the two is 0.
type Last struct {
	Age  time.Duration // 0: whatever their age
	Runs int           // 0: however many
}

const lastForms = `allowed: a number of days, weeks or hours such as 90d, 12w or 36h, or a number of runs such as last:10`

// ParseLast reads an age, 90d, 12w or 36h (a day is 24 hours; also Go's form, 1h30m), or a
// number of runs, last:10. Either is above 0.
func ParseLast(s string) (Last, error) {
	text := strings.TrimSpace(s)
	if number, ok := strings.CutPrefix(text, "last:"); ok {
		runs, err := strconv.ParseUint(number, 10, 31)
		if err != nil || runs == 0 {
			return Last{}, fmt.Errorf("%q isn't a number of runs of 1 or more; %s", s, lastForms)
		}
		return Last{Runs: int(runs)}, nil
	}
	age, ok := parseAge(text)
	if !ok || age <= 0 {
		return Last{}, fmt.Errorf("%q isn't an age above 0 and below 292 years; %s", s, lastForms)
	}
	return Last{Age: age}, nil
}

func parseAge(text string) (time.Duration, bool) {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		name string
		long time.Duration
	}{{"d", day}, {"w", 7 * day}} {
		if number, ok := strings.CutSuffix(text, unit.name); ok {
			count, err := strconv.ParseUint(number, 10, 63)
			return time.Duration(count) * unit.long, err == nil && count <= uint64(math.MaxInt64/unit.long)
		}
	}
	age, err := time.ParseDuration(text)
	return age, err == nil
}

// Filter is the filter f of runs no older than that before now.
func (l Last) Filter(f Filter, now time.Time) Filter {
	if l.Age > 0 {
		f.Since = now.Add(-l.Age)
	}
	f.Last = l.Runs
	return f
}
