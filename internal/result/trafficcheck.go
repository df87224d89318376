package result

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

const (
	mostCount     = 1 << 63             // more than any count of bytes, ns or requests
	longestWindow = 43 * 24 * time.Hour // clouds keep minutes for 42 days
	shareError    = 1e-6                // of what was added up in another order
)

// TrafficSources are the clouds whose monitoring tells what buckets did.
func TrafficSources() []string { return []string{"gcs", "s3", "azure"} }

// trafficMetrics are the numbers of a Traffic and of its buckets by name, with the least
// and the most that each can be. Others that a file may have are none of ours.
func trafficMetrics() map[string][2]float64 {
	all := map[string][2]float64{"monitoring_clock_ahead_ns": {-mostCount, mostCount}}
	for _, name := range []string{
		"sent_bytes", "sent_low_bytes", "sent_high_bytes", "sent_peak_bytes_per_s", "sent_mean_bytes_per_s", "sent_busy_mean_bytes_per_s",
		"received_bytes", "received_low_bytes", "received_high_bytes", "received_peak_bytes_per_s", "received_mean_bytes_per_s", "received_busy_mean_bytes_per_s",
		"requests", "requests_peak_per_s", "bytes_per_request", "requests_failed", "requests_throttled", "balance_cv_fraction", "balance_max_over_min",
		"window_ns", "minutes_missing", "read_amplification", "first_byte_latency_mean_ns", "e2e_latency_mean_ns",
		"cost_requests_usd", "cost_egress_usd", "at_rest_usd_per_gb_month", "monitoring_calls_repeated", "monitoring_waited_ns",
	} {
		all[name] = [2]float64{0, mostCount}
	}
	for _, name := range []string{"balance_fraction", "error_fraction", "throttled_fraction", "error_4xx_fraction", "error_5xx_fraction"} {
		all[name] = [2]float64{0, 1 + shareError}
	}
	return all
}

// knownNumbers are the fields that are metrics of ours. One that isn't a number is an error.
func knownNumbers(at string, fields map[string]any) (map[string]float64, error) {
	numbers := map[string]float64{}
	known := trafficMetrics()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		span, ok := known[name]
		if !ok {
			continue
		}
		v, ok := fields[name].(float64)
		if !ok {
			return nil, fmt.Errorf("%s%s is %.40q: want a number", at, name, fmt.Sprint(fields[name]))
		}
		if !within(v, span) {
			return nil, fmt.Errorf("%s%s is %v: want %v to %v", at, name, v, span[0], span[1])
		}
		numbers[name] = v
	}
	return numbers, nil
}

func within(v float64, span [2]float64) bool { return v >= span[0] && v <= span[1] }

// counts says which of some numbers is no count.
func counts(at string, of map[string]float64) error {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if v := of[name]; !within(v, [2]float64{0, mostCount}) {
			return fmt.Errorf("%s[%.40q] is %v: want 0 to %v", at, name, v, float64(mostCount))
		}
	}
	return nil
}

// plausible says what of a Traffic can't be. A report of it would print nonsense as a
// claim. The metrics were looked at when they were read.
func (t Traffic) plausible() error {
	if !slices.Contains(TrafficSources(), t.Source) {
		return fmt.Errorf("source is %.40q: want one of %q", t.Source, TrafficSources())
	}
	if t.To.Sub(t.From) > longestWindow {
		return fmt.Errorf("the window from %s to %s is longer than %d days, and clouds keep minutes no longer", utc(t.From), utc(t.To), int(longestWindow.Hours()/24))
	}
	names := map[string]bool{}
	for _, b := range t.Buckets {
		if names[b.Name] {
			return fmt.Errorf("bucket %.80q is there twice", b.Name)
		}
		names[b.Name] = true
	}
	return firstOf(
		func() error { return counts("methods", t.Methods) },
		func() error { return counts("codes", t.Codes) },
		func() error { return counts("unbilled", t.Unbilled) },
		func() error {
			return t.inOrder("minutes", len(t.Minutes), func(i int) time.Time { return t.Minutes[i].Start })
		},
		func() error {
			return t.inOrder("missing", len(t.Missing), func(i int) time.Time { return t.Missing[i] })
		},
		t.plausibleMinutes,
		t.addsUp,
	)
}

// firstOf is the first error that there is.
func firstOf(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// inOrder says which start of a minute isn't one, lies outside the window, or isn't after
// the one before it.
func (t Traffic) inOrder(at string, n int, start func(int) time.Time) error {
	for i := range n {
		s := start(i)
		switch {
		case !s.Equal(s.Truncate(time.Minute)):
			return fmt.Errorf("%s[%d] starts at %s: want the start of a minute of UTC", at, i, utc(s))
		case !s.Add(time.Minute).After(t.From) || !s.Before(t.To):
			return fmt.Errorf("%s[%d] starts at %s: want one of the window from %s to %s", at, i, utc(s), utc(t.From), utc(t.To))
		case i > 0 && !s.After(start(i-1)):
			return fmt.Errorf("%s[%d] starts at %s, which isn't after the one before it: want each minute once, in their order", at, i, utc(s))
		}
	}
	return nil
}

// share is how much of a minute lies in the window.
func (t Traffic) share(m Minute) float64 {
	return float64(min(t.To.Sub(t.From), m.Start.Add(time.Minute).Sub(t.From), t.To.Sub(m.Start), time.Minute)) / float64(time.Minute)
}

// plausibleMinutes looks at the values of each minute.
func (t Traffic) plausibleMinutes() error {
	for i, m := range t.Minutes {
		at := fmt.Sprintf("minutes[%d]", i)
		if err := counts(at, map[string]float64{"sent_bytes": m.Sent, "received_bytes": m.Received, "requests": m.Requests}); err != nil {
			return err
		}
		if err := counts(at+".requests_by_method", m.ByMethod); err != nil {
			return err
		}
		if share := t.share(m); m.Fraction != 0 && math.Abs(m.Fraction-share) > shareError {
			return fmt.Errorf("%s has a fraction of %v, and %v of it lies in the window", at, m.Fraction, share)
		}
		for _, of := range []struct {
			name   string
			values []float64
			sum    float64
		}{{"sent_bytes", m.PerBucket, m.Sent}, {"received_bytes", m.ReceivedPerBucket, m.Received}, {"requests", m.RequestsPerBucket, m.Requests}} {
			if err := t.byBucket(at+"."+of.name+"_by_bucket", of.values, of.sum); err != nil {
				return err
			}
		}
	}
	return nil
}

// byBucket looks at what each bucket did in a minute: nothing is said of it, or all.
func (t Traffic) byBucket(at string, values []float64, want float64) error {
	if len(values) == 0 {
		return nil
	}
	if len(values) != len(t.Buckets) {
		return fmt.Errorf("%s has %d values: want one for each of %d buckets", at, len(values), len(t.Buckets))
	}
	sum := 0.0
	for i, v := range values {
		if !within(v, [2]float64{0, mostCount}) {
			return fmt.Errorf("%s[%d] is %v: want 0 to %v", at, i, v, float64(mostCount))
		}
		sum += v
	}
	if !same(sum, want) {
		return fmt.Errorf("%s come to %v, and the minute has %v", at, sum, want)
	}
	return nil
}

// addsUp holds the totals against the minutes, of which those that the window cuts count by
// their share.
func (t Traffic) addsUp() error {
	for _, of := range []struct {
		name  string
		value func(Minute) float64
	}{
		{"sent_bytes", func(m Minute) float64 { return m.Sent }},
		{"received_bytes", func(m Minute) float64 { return m.Received }},
		{"requests", func(m Minute) float64 { return m.Requests }},
	} {
		said, has := t.Metrics[of.name]
		sum := 0.0
		for _, m := range t.Minutes {
			sum += of.value(m) * t.share(m)
		}
		if has && !same(said, sum) {
			return fmt.Errorf("%s is %v, and its %d minutes come to %v within the window", of.name, said, len(t.Minutes), sum)
		}
	}
	return nil
}

func same(a, b float64) bool { return math.Abs(a-b) <= 1+shareError*max(a, b) }

// settleMissing holds the number of minutes that aren't known against their list. Files of
// before there was one have the number alone: then it may be any of them.
func (t *Traffic) settleMissing() error {
	n, has := t.Metrics["minutes_missing"]
	if !has || n == float64(len(t.Missing)) {
		return nil
	}
	var every []time.Time
	for at := t.From.UTC().Truncate(time.Minute); at.Before(t.To); at = at.Add(time.Minute) {
		every = append(every, at)
	}
	if len(t.Missing) > 0 || n > float64(len(every)) {
		return fmt.Errorf("minutes_missing is %v, and missing has %d of the %d minutes of the window", n, len(t.Missing), len(every))
	}
	t.Missing = every
	return nil
}
