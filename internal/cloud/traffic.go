package cloud

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
	"github.com/lbench/lbench/internal/units"
)

// The codes of Traffic's warnings.
const (
	warnMissing = "minutes_missing" // minutes that monitoring hasn't yet, or that a bucket lacks
	warnCut     = "edge_minutes"    // minutes that the window cuts count by their share
	warnSilent  = "silent_bucket"   // a bucket that was asked for and has no point
	warnNotOver = "window_not_over" // the window ends in the future
	warnPartial = "partial_answer"  // some of what was asked for didn't come
)

// Traffic gives the figures of what was counted, as it was known at the time read:
//
//	sent_bytes                  all that the buckets sent within the window; of a minute that it cuts, the share within
//	sent_low_bytes, sent_high_bytes  the same with nothing and with all of the minutes that it cuts
//	sent_peak_bytes_per_s       the best whole minute / 60 s
//	sent_mean_bytes_per_s       sent_bytes / window
//	sent_busy_mean_bytes_per_s  over the whole minutes in which anything was sent
//	requests_peak_per_s         the best whole minute / 60 s
//	bytes_per_request           sent_bytes / requests
//	balance_fraction            mean over max of the buckets' sent bytes
//	balance_cv_fraction         their population deviation / mean
//	balance_max_over_min        their largest / smallest
//	requests_failed, requests_throttled  those with 4xx but 404 or 5xx, and those with 429 or 503, where codes are known
//	error_fraction, throttled_fraction   their shares of the requests whose code is known
//	minutes_missing             minutes that aren't known
//
// Received bytes have the same figures by their own name. late is the source's Late.
func (t *Tally) Traffic(source string, read time.Time, late time.Duration, asked []string) result.Traffic {
	out := result.Traffic{Source: source, From: t.from, To: t.to, Methods: map[string]float64{}, Codes: t.codes, Buckets: []result.BucketTraffic{}, Minutes: []result.Minute{}}
	names := t.names()
	for _, name := range names {
		out.Buckets = append(out.Buckets, t.bucketTraffic(name))
	}
	for i, m := range t.all {
		if m.sent+m.received+m.requests > 0 {
			out.Minutes = append(out.Minutes, t.minute(i, names))
		}
	}
	for method, values := range t.methods {
		out.Methods[method], _, _, _ = t.sum(values)
	}
	out.Metrics = t.totals()
	out.Metrics["window_ns"] = float64(t.to.Sub(t.from))
	t.balance(out)
	t.errors(out.Metrics)
	if len(t.unbilled) > 0 {
		out.Unbilled = t.unbilled
	}
	t.doubts(&out, read, late, asked)
	return out
}

// minute is what there is to say of one, whole, with what each of a few buckets did in it.
func (t *Tally) minute(i int, names []string) result.Minute {
	m := t.all[i]
	line := result.Minute{Start: t.start(i), Sent: m.sent, Received: m.received, Requests: m.requests}
	if share := t.share(i); share < 1 {
		line.Fraction = share
	}
	if len(names) <= mostLines {
		for _, name := range names {
			b := t.buckets[name]
			line.PerBucket = append(line.PerBucket, b.sent[i])
			if m.received > 0 {
				line.ReceivedPerBucket = append(line.ReceivedPerBucket, b.minutes[i].received)
			}
			if m.requests > 0 {
				line.RequestsPerBucket = append(line.RequestsPerBucket, b.minutes[i].requests)
			}
		}
	}
	for method, values := range t.methods {
		if values[i] == 0 {
			continue
		}
		if line.ByMethod == nil {
			line.ByMethod = map[string]float64{}
		}
		line.ByMethod[method] = values[i]
	}
	return line
}

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
	m[name+"_low_bytes"], m[name+"_high_bytes"] = t.bounds(values)
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

// bounds sums the values up with nothing and with all of the minutes that the window cuts.
func (t *Tally) bounds(values []float64) (low, high float64) {
	for i, v := range values {
		high += v
		if t.share(i) == 1 {
			low += v
		}
	}
	return low, high
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

// errors are those of the requests whose code is known, and their shares.
func (t *Tally) errors(m map[string]float64) {
	var all, failed, throttled float64
	for code, n := range t.codes {
		all += n
		if refused, forNow := refusal(code); refused && !absent(code) {
			failed += n
			if forNow {
				throttled += n
			}
		}
	}
	if all > 0 {
		m["error_fraction"], m["throttled_fraction"] = failed/all, throttled/all
		m["requests_failed"], m["requests_throttled"] = failed, throttled
	}
}

// refusal says of a response code whether the request was refused or failed, and whether
// for the number of requests.
func refusal(code string) (failed, throttled bool) {
	switch code {
	case "", "OK":
		return false, false
	case "429", "RESOURCE_EXHAUSTED", "503", "UNAVAILABLE":
		return true, true
	}
	return code[0] == '4' || code[0] == '5' || code[0] > '9', false
}

// absent says that there is no such object, which is an answer and no error.
func absent(code string) bool { return code == "404" || code == "NOT_FOUND" }

// doubts names the minutes that aren't known: those that may still come, and those in which
// a bucket has nothing between others in which it has, while most buckets do.
func (t *Tally) doubts(out *result.Traffic, read time.Time, late time.Duration, asked []string) {
	warn := func(code, format string, args ...any) {
		out.Warnings = append(out.Warnings, result.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	for i := range t.minutes {
		if t.partial || t.start(i).Add(minute).After(read.Add(-late)) || t.saved.lacks(t.start(i)) || t.lacking(i) {
			out.Missing = append(out.Missing, t.start(i))
		}
	}
	out.Metrics["minutes_missing"] = float64(len(out.Missing))
	if n := len(out.Missing); n > 0 {
		verb := "are"
		if n == 1 {
			verb = "is"
		}
		warn(warnMissing, "%d of %d minutes %s not known: %s. %s", n, t.minutes, verb, listed(out.Missing, t.days()), t.whyMissing(late))
	}
	if t.to.After(read) {
		warn(warnNotOver, "the window ends at %s, which is in the future (it is %s): means are over all of it", stamp(t.to), stamp(read))
	}
	if t.newest.After(read) {
		warn(warnClock, "monitoring has traffic of the minute from %s on, which hasn't begun by this machine's clock (%s): one of the two clocks is wrong, and the window may be another than was meant", stamp(t.newest), stamp(read))
	}
	if cut := t.cut(); len(cut) > 0 {
		way := "sent"
		if out.Metrics["sent_high_bytes"] == 0 {
			way = "received"
		}
		warn(warnCut, "monitoring counts whole minutes, and the window cuts %s. Of these the share within is counted; with nothing and with all of them the buckets %s %s to %s",
			strings.Join(cut, " and "), way, units.BinaryBytes(out.Metrics[way+"_low_bytes"]), units.BinaryBytes(out.Metrics[way+"_high_bytes"]))
	}
	for _, name := range asked {
		if t.buckets[name] == nil {
			warn(warnSilent, "bucket %q has no point in the window: it was idle, or there is none of that name there", name)
		}
	}
	if len(t.buckets)+len(asked) == 0 {
		warn(warnSilent, "no bucket that was asked for has a point in the window: all were idle, or there is none with that prefix or label there")
	}
}

// whyMissing says how it comes that minutes aren't known.
func (t *Tally) whyMissing(late time.Duration) string {
	switch {
	case t.partial:
		return "The answer isn't whole, so that any of them may lack something"
	case t.saved != nil:
		return "The saved answer ends there or begins later, and nobody knows for what time it was asked and when; or a bucket lacks a minute that others have"
	}
	return fmt.Sprintf("Monitoring is up to %s late, and a bucket may lack a minute that others have; --wait reads again until they are there", units.Duration(late))
}

// days says that the minutes of the window are of more than one day of UTC.
func (t *Tally) days() bool {
	return !t.first.UTC().Truncate(24 * time.Hour).Equal(t.start(t.minutes - 1).UTC().Truncate(24 * time.Hour))
}

// clockForm is how a minute is named: with its date where there are several.
func clockForm(days bool) string {
	if days {
		return "2006-01-02 15:04"
	}
	return "15:04"
}

// cut names the minutes of which the window has a part, with its share: at most two.
func (t *Tally) cut() []string {
	var all []string
	for i := range t.minutes {
		if share := t.share(i); share < 1 {
			all = append(all, fmt.Sprintf("that of %s (%s of it within)", t.start(i).UTC().Format(clockForm(t.days())), units.Percent(share, 0)))
		}
	}
	return all
}

// lacking says that some bucket has no point in a minute though it has some before and
// after it, while most buckets have one.
func (t *Tally) lacking(i int) bool {
	with, without := 0, false
	for _, b := range t.buckets {
		switch {
		case b.has[i]:
			with++
		case b.first < i && i < b.last:
			without = true
		}
	}
	return without && 2*with > len(t.buckets)
}

// listed names the first few minutes, in UTC.
func listed(minutes []time.Time, days bool) string {
	const most = 5
	text := ""
	for i, at := range minutes {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(minutes)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += at.UTC().Format(clockForm(days))
	}
	return text
}
