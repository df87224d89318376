package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// TrafficText writes for a terminal what buckets did in a window. The only errors are
// those of w.
func TrafficText(w io.Writer, t result.Traffic) error { return trafficSheet(t).writeText(w) }

// TrafficHTML writes the same as one page. The only errors are those of w.
func TrafficHTML(w io.Writer, t result.Traffic) error { return trafficSheet(t).writeHTML(w) }

func trafficSheet(t result.Traffic) sheet {
	m := t.Metrics
	s := sheet{
		Title: fmt.Sprintf("What did %s send?", plural(len(t.Buckets), "bucket")),
		Sub:   fmt.Sprintf("%s, %s · %s", t.Source, windowText(t), units.Duration(time.Duration(m["window_ns"]))),
		Ends:  "By the monitoring of the cloud, which counts whole minutes.",
	}
	s.warned(t.Warnings)
	switch {
	case m["sent_bytes"]+m["received_bytes"] > 0:
		s.Answer = trafficAnswer(t)
	case len(t.Minutes) == 0 && len(t.Missing) > 0:
		s.Answer = answer{Word: "NOT KNOWN YET", Tone: "open", Why: fmt.Sprintf("monitoring has nothing of the window, and %s may still come", plural(len(t.Missing), "minute"))}
	default:
		s.Answer = answer{Word: "NO TRAFFIC", Tone: "open", Why: "in the window"}
	}
	s.Facts = trafficFacts(t)
	if f, ok := trafficFigure(t); ok {
		s.Parts = append(s.Parts, sheetPart{ID: "sent", Title: "How much was sent, minute by minute?", Figure: &f})
	}
	s.Parts = append(s.Parts, bucketParts(t)...)
	if len(t.Buckets) > 0 {
		s.Parts = append(s.Parts, sheetPart{
			ID: "buckets", Title: "What did each bucket do?", Table: bucketTable(t),
			Lead: "Balance is the mean over the maximum of the bytes that the buckets sent.",
		})
	}
	if len(t.Methods) > 0 {
		s.Parts = append(s.Parts, sheetPart{ID: "methods", Title: "What was asked for?", Table: methodTable(t)})
	}
	return s
}

func trafficAnswer(t result.Traffic) answer {
	m := t.Metrics
	a := answer{Word: "SENT", Tone: "open", Code: inDoubt(t), Figure: both(m["sent_bytes"], "")}
	if m["sent_bytes"] == 0 {
		a.Word, a.Figure = "RECEIVED", both(m["received_bytes"], "")
	}
	kind := "sent"
	if a.Word == "RECEIVED" {
		kind = "received"
	}
	if peak, ok := m[kind+"_peak_bytes_per_s"]; ok {
		a.Lines = append(a.Lines, fmt.Sprintf("The best whole minute had %s; the mean is %s over the window and %s over the minutes with traffic.",
			both(peak, "/s"), both(m[kind+"_mean_bytes_per_s"], "/s"), both(m[kind+"_busy_mean_bytes_per_s"], "/s")))
	}
	if line := edgesLine(t, kind); line != "" {
		a.Lines = append(a.Lines, line)
	}
	if amplified, ok := m["read_amplification"]; ok && m["sent_bytes"] > 0 {
		line := fmt.Sprintf("For each byte that the client read the buckets sent %s bytes", significant(amplified))
		if low, high := m["sent_low_bytes"], m["sent_high_bytes"]; low < high {
			line += fmt.Sprintf(", between %s and %s", significant(amplified*low/m["sent_bytes"]), significant(amplified*high/m["sent_bytes"]))
		}
		a.Lines = append(a.Lines, line+".")
	}
	return a
}

// edgesLine says how much of what was sent or received hangs on the minutes that the window
// cuts; empty where that is nothing.
func edgesLine(t result.Traffic, kind string) string {
	low, high := t.Metrics[kind+"_low_bytes"], t.Metrics[kind+"_high_bytes"]
	if low == high {
		return ""
	}
	return fmt.Sprintf("It lies between %s and %s: of a minute that the window cuts the share within is counted, and nothing or all of it may be the window's.",
		units.BinaryBytes(low), units.BinaryBytes(high))
}

// inDoubt is the code of the warning that puts the amounts in doubt the most.
func inDoubt(t result.Traffic) string {
	if len(t.Missing) > 0 {
		return "minutes_missing"
	}
	return "edge_minutes"
}

// both is an amount in both systems of units, the binary one first, as consoles print it.
func both(v float64, per string) string {
	binary, decimal := units.BinaryBytes(v)+per, units.Bytes(v)+per
	if binary == decimal {
		return decimal
	}
	return binary + " (" + decimal + ")"
}

func trafficFacts(t result.Traffic) []keyFigure {
	m := t.Metrics
	facts := []keyFigure{{Label: "sent", Value: units.BinaryBytes(m["sent_bytes"]), Detail: units.Bytes(m["sent_bytes"]), Code: inDoubt(t)}}
	if m["received_bytes"] > 0 {
		facts = append(facts, keyFigure{Label: "received", Value: units.BinaryBytes(m["received_bytes"]), Detail: units.Bytes(m["received_bytes"])})
	}
	if peak, ok := m["requests_peak_per_s"]; ok {
		detail := fmt.Sprintf("at most %s /s", count(peak))
		if each, ok := m["bytes_per_request"]; ok {
			detail += fmt.Sprintf(", %s each", units.BinaryBytes(each))
		}
		facts = append(facts, keyFigure{Label: "requests", Value: count(m["requests"]), Detail: detail})
	}
	if balance, ok := m["balance_fraction"]; ok && len(t.Buckets) > 1 {
		facts = append(facts, keyFigure{
			Label: "balance", Value: units.Percent(balance, 1),
			Detail: fmt.Sprintf("mean / max of %d buckets; deviation %s of the mean; largest %s x the smallest",
				len(t.Buckets), units.Percent(m["balance_cv_fraction"], 1), significant(m["balance_max_over_min"])),
		})
	}
	for _, of := range [][2]string{{"first_byte_latency_mean_ns", "mean of all requests, to the first byte of the answer"}, {"e2e_latency_mean_ns", "mean of the successful requests, to the last byte of the answer"}} {
		if ns, ok := m[of[0]]; ok {
			facts = append(facts, keyFigure{Label: "latency", Value: units.Duration(time.Duration(ns)), Detail: of[1]})
		}
	}
	facts = append(facts, costFacts(t)...)
	if failed, ok := m["error_fraction"]; ok {
		detail := ofRequests(m, "requests_failed")
		if throttled, ok := m["throttled_fraction"]; ok {
			detail += fmt.Sprintf("; 429 and 503: %s, %s", units.Percent(throttled, 2), ofRequests(m, "requests_throttled"))
		}
		facts = append(facts, keyFigure{Label: "errors", Value: units.Percent(failed, 2), Detail: detail})
	}
	if repeated := m["monitoring_calls_repeated"]; repeated > 0 {
		facts = append(facts, keyFigure{
			Label: "monitoring", Value: plural(int(repeated), "call") + " repeated",
			Detail: fmt.Sprintf("refused or broken off by the service; %s waited before them", units.Duration(time.Duration(m["monitoring_waited_ns"]))),
		})
	}
	return facts
}

// ofRequests is how many they were, where that was written.
func ofRequests(m map[string]float64, name string) string {
	if n, ok := m[name]; ok {
		return wholeRequests(n)
	}
	return "of the requests"
}

// wholeRequests is a number of requests: of a minute that the window cuts a part of one may
// count.
func wholeRequests(n float64) string {
	if n > 0 && n < 0.5 {
		return "less than 1 request"
	}
	return plural(int(math.Round(n)), "request")
}

// costFacts are what the traffic cost, as far as there are prices of it, and what it costs
// to keep data there.
func costFacts(t result.Traffic) []keyFigure {
	m := t.Metrics
	requests, hasRequests := m["cost_requests_usd"]
	egress, hasEgress := m["cost_egress_usd"]
	if hasRequests && m["requests"] <= 0 && m["sent_bytes"] > 0 { // without counts of them they aren't free
		requests, hasRequests = 0, false
	}
	var parts []string
	if hasRequests {
		parts = append(parts, "requests "+dollars(requests))
	}
	if hasEgress {
		parts = append(parts, "egress "+dollars(egress))
	}
	var facts []keyFigure
	if len(parts) > 0 {
		facts = append(facts, keyFigure{Label: "cost", Value: dollars(requests + egress), Detail: strings.Join(parts, ", ") + ", by prices of " + t.Prices})
	}
	if rest, ok := m["at_rest_usd_per_gb_month"]; ok {
		facts = append(facts, keyFigure{Label: "at rest", Value: perGB(rest) + " per GB-month", Detail: fmt.Sprintf("%s per TiB and month", dollars(rest*1024))})
	}
	return facts
}

// dollars has cents, or two digits of what is less.
func dollars(v float64) string {
	if v > 0 && v < 0.01 {
		return "$" + strconv.FormatFloat(v, 'g', 2, 64)
	}
	return fmt.Sprintf("$%.2f", v)
}

func bucketTable(t result.Traffic) *table {
	received := t.Metrics["received_bytes"] > 0
	b := &table{Label: "buckets", Columns: []column{{Head: "bucket"}, {Head: "sent", Number: true}, {Head: "of the largest", Number: true}, {Head: "best minute", Number: true}, {Head: "requests", Number: true}, {Head: "bytes / request", Number: true}}}
	if received {
		b.Columns = append(b.Columns, column{Head: "received", Number: true})
	}
	largest := 0.0
	for _, bucket := range t.Buckets {
		largest = max(largest, bucket.Metrics["sent_bytes"])
	}
	for _, bucket := range t.Buckets {
		m := bucket.Metrics
		r := row{Cells: []cell{{Text: bucket.Name}, {Text: units.BinaryBytes(m["sent_bytes"])}, {}, {}, {Text: count(m["requests"])}, {}}}
		if largest > 0 {
			r.Cells[2].Text = units.Percent(m["sent_bytes"]/largest, 1)
		}
		if peak, ok := m["sent_peak_bytes_per_s"]; ok {
			r.Cells[3].Text = units.BinaryBytes(peak) + "/s"
		}
		if each, ok := m["bytes_per_request"]; ok {
			r.Cells[5].Text = units.BinaryBytes(each)
		}
		if received {
			r.Cells = append(r.Cells, cell{Text: units.BinaryBytes(m["received_bytes"])})
		}
		b.Rows = append(b.Rows, r)
	}
	return b
}

func methodTable(t result.Traffic) *table {
	m := &table{Label: "methods", Columns: []column{{Head: "method"}, {Head: "requests", Number: true}, {Head: "mean /s", Number: true}}}
	window := t.To.Sub(t.From).Seconds()
	byNumber := func(a, b string) int { return cmp.Compare(t.Methods[b], t.Methods[a]) }
	for _, name := range slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(t.Methods))), byNumber) {
		m.Rows = append(m.Rows, row{Cells: []cell{{Text: name}, {Text: count(t.Methods[name])}, {Text: count(t.Methods[name] / window)}}})
	}
	return m
}
