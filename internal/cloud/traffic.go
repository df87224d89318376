package cloud

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// The codes of Traffic's warnings.
const (
	warnMissing = "minutes_missing" // minutes that monitoring hasn't yet, or that a bucket lacks
	warnCut     = "edge_minutes"    // minutes that the window cuts count by their share
	warnSilent  = "silent_bucket"   // a bucket that was asked for and has no point
)

// Traffic gives the figures of what was counted, as it was known at the time read:
//
//	sent_bytes                  all that the buckets sent within the window
//	sent_peak_bytes_per_s       the best whole minute / 60 s
//	sent_mean_bytes_per_s       sent_bytes / window
//	sent_busy_mean_bytes_per_s  over the whole minutes in which anything was sent
//	requests_peak_per_s         the best whole minute / 60 s
//	bytes_per_request           sent_bytes / requests
//	balance_fraction            mean over max of the buckets' sent bytes
//	balance_cv_fraction         their population deviation / mean
//	balance_max_over_min        their largest / smallest
//	error_fraction, throttled_fraction  requests that failed (4xx but 404, 5xx), and those with 429 or 503, of all
//	minutes_missing             minutes that aren't known
//
// Received bytes have the same figures by their own name. late is the source's Late.
func (t *Tally) Traffic(source string, read time.Time, late time.Duration, asked []string) result.Traffic {
	out := result.Traffic{Source: source, From: t.from, To: t.to, Methods: t.methods, Codes: t.codes, Buckets: []result.BucketTraffic{}, Minutes: []result.Minute{}}
	names := t.names()
	for _, name := range names {
		out.Buckets = append(out.Buckets, t.bucketTraffic(name))
	}
	for i, m := range t.all {
		if m.sent+m.received+m.requests == 0 {
			continue
		}
		line := result.Minute{Start: t.start(i), Sent: m.sent, Received: m.received, Requests: m.requests}
		if share := t.share(i); share < 1 {
			line.Fraction = share
		}
		if len(names) <= mostLines {
			for _, name := range names {
				line.PerBucket = append(line.PerBucket, t.buckets[name].sent[i])
			}
		}
		out.Minutes = append(out.Minutes, line)
	}
	out.Metrics = t.totals()
	out.Metrics["window_ns"] = float64(t.to.Sub(t.from))
	t.balance(out)
	t.errors(out.Metrics)
	t.doubts(&out, read, late, asked)
	return out
}

// mostLines is up to how many buckets each minute has its bytes by bucket.
const mostLines = 64

// totals are the figures of all buckets.
func (t *Tally) totals() map[string]float64 {
	m := map[string]float64{}
	t.rates(m, "sent", t.of(func(m minuteTotal) float64 { return m.sent }))
	t.rates(m, "received", t.of(func(m minuteTotal) float64 { return m.received }))
	sum, peak, _, minutes := t.sum(t.of(func(m minuteTotal) float64 { return m.requests }))
	m[Requests] = sum
	if minutes > 0 {
		m["requests_peak_per_s"] = peak / minute.Seconds()
	}
	perRequest(m)
	return m
}

// of is one value of each minute.
func (t *Tally) of(value func(minuteTotal) float64) []float64 {
	all := make([]float64, len(t.all))
	for i, m := range t.all {
		all[i] = value(m)
	}
	return all
}

// rates adds the figures of bytes that moved one way.
func (t *Tally) rates(m map[string]float64, name string, values []float64) {
	sum, peak, busy, minutes := t.sum(values)
	m[name+"_bytes"], m[name+"_mean_bytes_per_s"] = sum, sum/t.to.Sub(t.from).Seconds()
	if minutes > 0 {
		m[name+"_peak_bytes_per_s"] = peak / minute.Seconds()
		m[name+"_busy_mean_bytes_per_s"] = busy / (float64(minutes) * minute.Seconds())
	}
}

func perRequest(m map[string]float64) {
	if m[Requests] > 0 {
		m["bytes_per_request"] = m[SentBytes] / m[Requests]
	}
}

// bucketTraffic is the figures of one bucket.
func (t *Tally) bucketTraffic(name string) result.BucketTraffic {
	b := t.buckets[name]
	m := map[string]float64{ReceivedBytes: b.received, Requests: b.requests}
	t.rates(m, "sent", b.sent)
	perRequest(m)
	return result.BucketTraffic{Name: name, Metrics: m}
}

// sum gives the part of the values within the window; of whole minutes with traffic the
// highest, their sum and their number. A window within one minute has no whole one.
func (t *Tally) sum(values []float64) (sum, peak, busy float64, minutes int) {
	for i, v := range values {
		share := t.share(i)
		sum += v * share
		if share == 1 && v > 0 {
			peak = math.Max(peak, v)
			busy += v
			minutes++
		}
	}
	return sum, peak, busy, minutes
}

func (t *Tally) balance(out result.Traffic) {
	var sent []float64
	for _, b := range out.Buckets {
		sent = append(sent, b.Metrics[SentBytes])
	}
	mean, ok := stats.Mean(sent)
	high, _ := stats.Max(sent)
	low, _ := stats.Min(sent)
	if !ok || high == 0 {
		return
	}
	spread, _ := stats.PopulationStdev(sent)
	out.Metrics["balance_fraction"], out.Metrics["balance_cv_fraction"] = mean/high, spread/mean
	if low > 0 {
		out.Metrics["balance_max_over_min"] = high / low
	}
}

// errors are shares of the requests whose code is known.
func (t *Tally) errors(m map[string]float64) {
	var all, failed, throttled float64
	for code, n := range t.codes {
		all += n
		switch code {
		case "429", "RESOURCE_EXHAUSTED", "503", "UNAVAILABLE":
			throttled += n
			failed += n
		case "404", "NOT_FOUND", "OK":
		default:
			if code[0] == '4' || code[0] == '5' || code[0] > '9' {
				failed += n
			}
		}
	}
	if all > 0 {
		m["error_fraction"], m["throttled_fraction"] = failed/all, throttled/all
	}
}

// doubts names the minutes that aren't known: those that may still come, and those in which
// a bucket has nothing between others in which it has, while most buckets do.
func (t *Tally) doubts(out *result.Traffic, read time.Time, late time.Duration, asked []string) {
	warn := func(code, format string, args ...any) {
		out.Warnings = append(out.Warnings, result.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	for i := range t.minutes {
		if t.start(i).Add(minute).After(read.Add(-late)) || t.lacking(i) {
			out.Missing = append(out.Missing, t.start(i))
		}
	}
	out.Metrics["minutes_missing"] = float64(len(out.Missing))
	if n := len(out.Missing); n > 0 {
		warn(warnMissing, "%d of %d minutes are not known: %s. Monitoring is up to %s late, and a bucket may lack a minute that others have",
			n, t.minutes, listed(out.Missing), late)
	}
	if t.share(0) < 1 || t.minutes > 0 && t.share(t.minutes-1) < 1 {
		warn(warnCut, "the window begins or ends within a minute: of that one the share within the window is counted")
	}
	for _, name := range asked {
		if t.buckets[name] == nil {
			warn(warnSilent, "bucket %q has no point in the window: it was idle, or there is none of that name in the project", name)
		}
	}
}

// lacking says that some bucket has no point in a minute though it has some before and
// after it, while most buckets have one.
func (t *Tally) lacking(i int) bool {
	with, without := 0, false
	for _, b := range t.buckets {
		switch {
		case b.has[i]:
			with++
		case slices.Contains(b.has[:i], true) && slices.Contains(b.has[i:], true):
			without = true
		}
	}
	return without && 2*with > len(t.buckets)
}

// listed names the first few minutes, in UTC.
func listed(minutes []time.Time) string {
	const most = 5
	text := ""
	for i, at := range minutes {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(minutes)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += at.UTC().Format("15:04")
	}
	return text
}
