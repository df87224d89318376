package claims

import (
	"fmt"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// The ways in which figures can't all be true that are claimed together, whatever the run
// has. What their digits allow is none of them.

func (e entry) figure(name string) (Value, bool) {
	i := slices.IndexFunc(e.figures, func(f figure) bool { return f.name == name })
	if i < 0 {
		return Value{}, false
	}
	return e.figures[i].value, true
}

// quotients are rates that are what so many bytes are over so long.
func quotients() map[string][2]string {
	return map[string][2]string{
		"read_bytes_per_s": {"read_bytes", "duration_ns"}, "write_bytes_per_s": {"write_bytes", "duration_ns"},
		"sent_mean_bytes_per_s": {"sent_bytes", "window_ns"}, "received_mean_bytes_per_s": {"received_bytes", "window_ns"},
	}
}

// quotient: bytes / time is the rate that is claimed beside them.
func (e entry) quotient(rate figure) string {
	of := quotients()[rate.name]
	size, hasSize := e.figure(of[0])
	length, hasLength := e.figure(of[1])
	if !hasSize || !hasLength || length.number == 0 {
		return ""
	}
	const second = 1e9 // ns
	sizeLow, sizeHigh := size.span()
	lengthLow, lengthHigh := length.span()
	low, high := rate.value.span()
	if sizeLow/lengthHigh*second <= high && sizeHigh/lengthLow*second >= low { // a length of at least 0 allows any rate
		return ""
	}
	is := size.number * size.factor / (length.number * length.factor) * second
	return fmt.Sprintf("%s / %s = %s, not %s", size.Text, length.Text, rate.value.print(is), rate.value.digits(rate.value.number*rate.value.factor))
}

// summaryOfEpochs: a mean is that of the epochs that are claimed beside it. Epochs of the
// run that were to warm up don't count. No epoch is further off than half its last digit,
// and so isn't their mean, least or deviation.
func (e entry) summaryOfEpochs(run result.Run, f figure) string {
	s, ok := statisticOf(f.name)
	at := slices.IndexFunc(e.epochs, func(c series) bool { return c.name == s.of })
	if !ok || at < 0 {
		return ""
	}
	claimed := e.epochs[at]
	matched := claimed.align(run)
	var values []float64
	half := 0.0
	for i, v := range claimed.values {
		if len(matched) == len(claimed.values) && matched[i].Warmup {
			continue
		}
		values = append(values, v.number*v.factor)
		half = max(half, v.half()*v.factor)
	}
	var is, spread float64
	for _, sum := range summaries(values) {
		switch sum.as {
		case s.as:
			is = sum.value
		case deviation:
			spread = sum.value
		}
	}
	low, high := f.value.span()
	slack := 1e-12 * high
	if len(values) == 0 || is-half <= high+slack && is+half >= low-slack {
		return ""
	}
	beside := ""
	if s.as == mean && len(values) > 1 {
		beside = fmt.Sprintf(" (population deviation %s)", f.value.digits(spread))
	}
	return fmt.Sprintf("the claimed %q is not the %s of the %s that are claimed: that is %s%s", f.value.Text, s.as, plural(len(values), "epoch"), f.value.print(is), beside)
}
