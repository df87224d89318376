package report

import (
	"fmt"
	"strings"
)

// costLine says what the buckets' traffic in the run's own time cost, for an epoch and a
// million samples, and what that of the whole window did:
//
//	egress    the window's cost x sent in the run / sent in the window
//	requests  the window's cost x requests in the run / requests in the window
//
// A part that isn't known is named, and is in no sum.
func (a *account) costLine(requests amount) string {
	t := a.traffic
	if t.Prices == "" {
		return ""
	}
	var cost amount
	var window float64
	what := ""
	if of, ok := costOf(t.Metrics, "cost_requests_usd", "requests"); ok {
		cost, window, what = requests.times(of/t.Metrics["requests"]), of, "requests"
	}
	if of, ok := costOf(t.Metrics, "cost_egress_usd", "sent_bytes"); ok {
		cost, window = cost.plus(a.buckets.whole().times(of/t.Metrics["sent_bytes"])), window+of
		if what != "" {
			what += " and "
		}
		what += "egress"
	}
	lacking := ""
	if t.Metrics["requests"] <= 0 && t.Metrics["sent_bytes"] > 0 {
		lacking = "What the requests cost isn't known: none were counted."
	}
	if what == "" {
		return lacking
	}
	line := fmt.Sprintf("%s in the run's own time cost %s by the prices of %s", strings.ToUpper(what[:1])+what[1:], ranged(cost, dollars), t.Prices)
	if a.unknown(a.buckets) {
		line = fmt.Sprintf("What %s in the run's own time cost isn't known", what)
	} else if samples := samplesOf(a.run); samples > 0 && !cost.open() {
		line += fmt.Sprintf(": %s per epoch, %s per million samples", dollars(cost.at/float64(len(a.run.Epochs))), dollars(cost.at/samples*1e6))
	}
	return strings.TrimSpace(fmt.Sprintf("%s; over the whole window %s. %s", line, dollars(window), lacking))
}

// costOf is a cost of the window; ok is false without a price, or without what it is for.
func costOf(metrics map[string]float64, cost, of string) (float64, bool) {
	value, ok := metrics[cost]
	return value, ok && metrics[of] > 0
}
