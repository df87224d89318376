package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// joinTraffic is all that was attached of buckets as one: what several files say of
// different buckets in the same window, within a minute, is added up. why is empty, or says
// why they can't be; then nothing may be claimed from any of them.
func joinTraffic(all []result.Traffic) (t result.Traffic, why string) {
	if len(all) < 2 {
		if len(all) == 1 {
			t = all[0]
		}
		return t, ""
	}
	seen := map[string]bool{}
	for _, one := range all {
		if one.From.Sub(all[0].From).Abs() > time.Minute || one.To.Sub(all[0].To).Abs() > time.Minute {
			return t, fmt.Sprintf("they are of different windows (%s and %s)", windowText(all[0]), windowText(one))
		}
		if len(one.Buckets) == 0 {
			return t, "one of them names no buckets"
		}
		for _, b := range one.Buckets {
			if seen[one.Source+"\n"+b.Name] {
				return t, fmt.Sprintf("two of them have the bucket %q", b.Name)
			}
			seen[one.Source+"\n"+b.Name] = true
		}
	}
	t = all[0]
	t.Metrics = maps.Clone(t.Metrics)
	for _, one := range all[1:] {
		t = addTraffic(t, one)
	}
	return t, ""
}

// summed are the metrics of several files that may be added up; of others none is kept.
func summed() []string {
	return []string{"sent_bytes", "received_bytes", "requests", "read_amplification", "cost_requests_usd", "cost_egress_usd"}
}

// addTraffic is the traffic of more buckets, in the window that both have.
func addTraffic(a, b result.Traffic) result.Traffic {
	sum := result.Traffic{
		Source: a.Source, From: latestOf(a.From, b.From), To: a.To, Prices: a.Prices,
		Buckets: slices.Concat(a.Buckets, b.Buckets), Methods: sumsOfBoth(a.Methods, b.Methods), Codes: sumsOfBoth(a.Codes, b.Codes),
		Missing: slices.Concat(a.Missing, b.Missing), Warnings: slices.Concat(a.Warnings, b.Warnings), Metrics: map[string]float64{},
	}
	if b.To.Before(a.To) {
		sum.To = b.To
	}
	if a.Source != b.Source {
		sum.Source += " and " + b.Source
	}
	if a.Prices != b.Prices {
		sum.Prices = "" // costs by other prices don't add up
	}
	slices.SortFunc(sum.Missing, time.Time.Compare)
	sum.Missing = slices.CompactFunc(sum.Missing, time.Time.Equal)
	for _, name := range summed() {
		x, has := a.Metrics[name]
		if y, both := b.Metrics[name]; has && both {
			sum.Metrics[name] = x + y
		}
	}
	sum.Metrics["minutes_missing"] = float64(len(sum.Missing))
	sum.Minutes = addMinutes(a, b)
	return sum
}

func latestOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func sumsOfBoth(a, b map[string]float64) map[string]float64 {
	sum := map[string]float64{}
	for _, of := range []map[string]float64{a, b} {
		for name, n := range of {
			sum[name] += n
		}
	}
	return sum
}

// addMinutes adds up minutes by their start. What stands by bucket is kept where both have it.
func addMinutes(a, b result.Traffic) []result.Minute {
	byStart := map[int64][2]*result.Minute{}
	for i, of := range []result.Traffic{a, b} {
		for j := range of.Minutes {
			m := byStart[of.Minutes[j].Start.Unix()]
			m[i] = &of.Minutes[j]
			byStart[of.Minutes[j].Start.Unix()] = m
		}
	}
	minutes := []result.Minute{}
	for _, at := range slices.Sorted(maps.Keys(byStart)) {
		x, y := byStart[at][0], byStart[at][1]
		sum := result.Minute{Start: time.Unix(at, 0).UTC()}
		for _, m := range []*result.Minute{x, y} {
			if m != nil {
				sum.Sent, sum.Received, sum.Requests, sum.Fraction = sum.Sent+m.Sent, sum.Received+m.Received, sum.Requests+m.Requests, m.Fraction
				sum.ByMethod = sumsOfBoth(sum.ByMethod, m.ByMethod)
			}
		}
		beside := func(of func(result.Minute) []float64) []float64 {
			return valuesOfBoth(x, y, len(a.Buckets), len(b.Buckets), of)
		}
		sum.PerBucket = beside(func(m result.Minute) []float64 { return m.PerBucket })
		sum.ReceivedPerBucket = beside(func(m result.Minute) []float64 { return m.ReceivedPerBucket })
		sum.RequestsPerBucket = beside(func(m result.Minute) []float64 { return m.RequestsPerBucket })
		minutes = append(minutes, sum)
	}
	return minutes
}

// valuesOfBoth is a minute's values by bucket of two files; nil where one of them has none.
func valuesOfBoth(x, y *result.Minute, n, m int, of func(result.Minute) []float64) []float64 {
	var all []float64
	for i, minute := range []*result.Minute{x, y} {
		values := make([]float64, []int{n, m}[i])
		if minute != nil {
			if values = of(*minute); len(values) != []int{n, m}[i] {
				return nil
			}
		}
		all = append(all, values...)
	}
	return all
}

// windowText is when a window of monitoring begins and ends.
func windowText(t result.Traffic) string {
	end := "15:04:05 UTC"
	if from, to := t.From.UTC(), t.To.UTC(); from.YearDay() != to.YearDay() || from.Year() != to.Year() {
		end = "2006-01-02 15:04:05 UTC"
	}
	return t.From.UTC().Format("2006-01-02 15:04:05") + " to " + t.To.UTC().Format(end)
}
