package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// byBuckets is what the buckets sent by the monitoring of their cloud.
func (a *account) byBuckets() *stage {
	if len(a.run.Traffic) == 0 {
		return nil
	}
	t := a.run.Traffic[0]
	s := &stage{head: "buckets", who: "the buckets", did: "sent", doubt: "minutes of UTC; one that is cut counts by its share, and the range is with nothing and with all of it",
		source: fmt.Sprintf("the monitoring of %s (%s)", t.Source, plural(len(t.Buckets), "bucket"))}
	for _, p := range a.tally.periods {
		s.amounts = append(s.amounts, inMinutes(t, a.run.Started.Add(time.Duration(p.from)), a.run.Started.Add(time.Duration(p.to)), func(m result.Minute) float64 { return m.Sent }))
	}
	if a.buckets = s; s.whole().open() {
		s.doubt = "minutes that are not known are missing from it; " + s.doubt
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

// bucketFacts are what the traffic of buckets comes to for each sample, what of it had to be
// asked for again, and what it cost.
func (a *account) bucketFacts() (facts []string) {
	if a.buckets == nil {
		return nil
	}
	t, samples := a.run.Traffic[0], samplesOf(a.run)
	p := last(a.tally.periods)
	requests := inMinutes(t, a.run.Started.Add(time.Duration(p.from)), a.run.Started.Add(time.Duration(p.to)), func(m result.Minute) float64 { return m.Requests })
	if samples > 0 {
		sent := units.Bytes(a.buckets.whole().at / samples)
		if gets := requests.at * getShare(t); gets > 0 {
			facts = append(facts, fmt.Sprintf("Per sample: %s GETs, %s sent by the buckets and %s read.", significant(gets/samples), sent, units.Bytes(last(a.asked)/samples)))
		} else {
			facts = append(facts, fmt.Sprintf("Per sample: %s sent by the buckets and %s read.", sent, units.Bytes(last(a.asked)/samples)))
		}
	}
	if line := retryLine(t); line != "" {
		facts = append(facts, line)
	}
	if read := last(a.asked); math.Abs(t.Metrics["sent_bytes"]/read-1) > 0.05 {
		facts = append(facts, fmt.Sprintf("Over the whole window that was asked for the buckets sent %s.", units.Bytes(t.Metrics["sent_bytes"])))
	}
	if t.Prices != "" && samples > 0 {
		cost := t.Metrics["cost_requests_usd"] + t.Metrics["cost_egress_usd"]
		facts = append(facts, fmt.Sprintf("Requests and egress of the window cost %s by the prices of %s: %s per epoch, %s per million samples.",
			dollars(cost), t.Prices, dollars(cost/float64(len(a.run.Epochs))), dollars(cost/samples*1e6)))
	}
	if n := t.Metrics["minutes_missing"]; n > 0 {
		facts = append(facts, fmt.Sprintf("Of the window %s are not known.", plural(int(n), "minute")))
	}
	return facts
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

// retryLine says how many requests were refused for their number: a client asks for them again.
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
	return fmt.Sprintf("Of %s requests in the window %s were answered 429 or 503 (%s), and had to be repeated.", count(all), count(refused), units.Percent(refused/all, 2))
}
