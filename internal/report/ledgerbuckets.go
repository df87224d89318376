package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// byBuckets is what the buckets sent by the monitoring of their cloud.
func (a *account) byBuckets() *stage {
	t := a.traffic
	s := &stage{head: "buckets", who: "the buckets", did: "sent", doubt: "minutes of UTC; one that is cut counts by its share, and the range is with nothing and with all of it",
		source: fmt.Sprintf("the monitoring of %s (%s)", t.Source, plural(len(t.Buckets), "bucket"))}
	for _, p := range a.tally.periods {
		s.amounts = append(s.amounts, inMinutes(t, a.run.Started.Add(time.Duration(p.from)), a.run.Started.Add(time.Duration(p.to)), func(m result.Minute) float64 { return m.Sent }))
	}
	return s
}

// inMinutes sums up the minutes of a period. One that is cut counts by its share, and all
// or nothing of it may have been ours. Minutes that aren't known may hold anything.
func inMinutes(t result.Traffic, from, to time.Time, of func(result.Minute) float64) (a amount) {
	for _, m := range t.Minutes {
		begin, end := m.Start, m.Start.Add(time.Minute)
		within := min(to.Sub(from), end.Sub(from), to.Sub(begin), time.Minute)
		if within <= 0 {
			continue
		}
		a.at += of(m) * (float64(within) / float64(time.Minute))
		a.high += of(m)
		if within == time.Minute {
			a.low += of(m)
		}
	}
	unknown := from.Before(t.From.Truncate(time.Minute)) || to.After(t.To.Add(time.Minute-1).Truncate(time.Minute))
	for _, missing := range t.Missing {
		unknown = unknown || missing.Before(to) && missing.Add(time.Minute).After(from)
	}
	if unknown {
		a.high = math.Inf(1)
	}
	return a
}

// samplesOf is how many samples a training read, over all of its epochs.
func samplesOf(run result.Run) float64 {
	if run.Plan == nil {
		return 0
	}
	return float64(run.Plan.Steps) * float64(run.Plan.BatchSize) * float64(run.Plan.Accelerators) * float64(len(run.Epochs))
}

// bucketFacts are what the traffic of buckets comes to for each sample, how many requests
// were refused, what the window has besides the epochs, and what it cost.
func (a *account) bucketFacts() (facts []string) {
	if a.buckets == nil {
		return nil
	}
	p := last(a.tally.periods)
	requests := inMinutes(a.traffic, a.run.Started.Add(time.Duration(p.from)), a.run.Started.Add(time.Duration(p.to)), func(m result.Minute) float64 { return m.Requests })
	facts = append(facts, retryLine(a.traffic), a.windowLine())
	if a.elsewhere() == "" {
		facts = append([]string{a.sampleLine(requests)}, append(facts, a.costLine(requests))...)
	}
	if n := a.traffic.Metrics["minutes_missing"]; n > 0 {
		facts = append(facts, fmt.Sprintf("Minutes of the window that are not known: %s.", count(n)))
	}
	return slices.DeleteFunc(facts, func(line string) bool { return line == "" })
}

// sampleLine is empty where there are no samples, or where what the buckets sent isn't known.
func (a *account) sampleLine(requests amount) string {
	samples := samplesOf(a.run)
	if samples == 0 || a.unknown(a.buckets) {
		return ""
	}
	line := fmt.Sprintf("%s sent by the buckets and %s read.", ranged(a.buckets.whole().times(1/samples), units.Bytes), units.Bytes(last(a.asked)/samples))
	if gets := requests.times(getShare(a.traffic) / samples); gets.at > 0 {
		line = fmt.Sprintf("%s GETs, ", ranged(gets, significant)) + line
	}
	return "Per sample: " + line
}

// windowLine is empty where the window has no more than the run's own time.
func (a *account) windowLine() string {
	sent, ok := a.traffic.Metrics["sent_bytes"]
	if !ok || units.Bytes(sent) == units.Bytes(a.buckets.whole().at) {
		return ""
	}
	times := ""
	if amplified, ok := a.traffic.Metrics["read_amplification"]; ok {
		times = fmt.Sprintf(", %s x what was read (read_amplification)", significant(amplified))
	}
	own := "from the first epoch's start to the last one's end"
	if len(a.run.Epochs) == 0 {
		own = "the run's own time"
	}
	return fmt.Sprintf("Over the window that was asked for, %s, the buckets sent %s%s; columns and claims count %s.", windowText(a.traffic), units.Bytes(sent), times, own)
}

// getShare is the part of the requests that fetch content, by the names that clouds give
// their methods: ReadObject, GetRequests, GetBlob, but not GetObjectMetadata.
func getShare(t result.Traffic) float64 {
	var all, gets float64
	for method, n := range t.Methods {
		all += n
		if (strings.HasPrefix(method, "Read") || strings.HasPrefix(method, "Get")) && !strings.Contains(method, "Metadata") && !strings.Contains(method, "Propert") {
			gets += n
		}
	}
	if all == 0 {
		return 0
	}
	return gets / all
}

// retryLine says how many requests were refused for their number, or as too many.
func retryLine(t result.Traffic) string {
	var all, refused float64
	for code, n := range t.Codes {
		all += n
		switch code {
		case "429", "503", "RESOURCE_EXHAUSTED", "UNAVAILABLE":
			refused += n
		}
	}
	if all == 0 {
		return ""
	}
	return fmt.Sprintf("Of %s requests in the window %s were answered 429 or 503 (%s).", units.Count(int64(math.Round(all))), units.Count(int64(math.Round(refused))), units.Percent(refused/all, 2))
}
