package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
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
		Sub: fmt.Sprintf("%s, %s to %s · %s", t.Source, t.From.UTC().Format("2006-01-02 15:04:05"), t.To.UTC().Format("15:04:05 UTC"),
			units.Duration(time.Duration(m["window_ns"]))),
		Ends: "By the monitoring of the cloud, which counts whole minutes.",
	}
	s.warned(t.Warnings)
	s.Answer = answer{Word: "NO TRAFFIC", Tone: "open", Why: "in the window"}
	if m["sent_bytes"]+m["received_bytes"] > 0 {
		s.Answer = trafficAnswer(t)
	}
	s.Facts = trafficFacts(t)
	if f, ok := trafficFigure(t); ok {
		s.Parts = append(s.Parts, sheetPart{ID: "sent", Title: "How much was sent, minute by minute?", Figure: &f})
	}
	s.Parts = append(s.Parts, bucketParts(t)...)
	s.Parts = append(s.Parts, sheetPart{
		ID: "buckets", Title: "What did each bucket do?", Table: bucketTable(t),
		Lead: "Balance is the mean over the maximum of the bytes that the buckets sent.",
	})
	if len(t.Methods) > 0 {
		s.Parts = append(s.Parts, sheetPart{ID: "methods", Title: "What was asked for?", Table: methodTable(t)})
	}
	return s
}

func trafficAnswer(t result.Traffic) answer {
	m := t.Metrics
	a := answer{Word: "SENT", Tone: "open", Code: "minutes_missing", Figure: both(m["sent_bytes"], "")}
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
	if amplified, ok := m["read_amplification"]; ok {
		a.Lines = append(a.Lines, fmt.Sprintf("For each byte that the client read the buckets sent %s bytes.", significant(amplified)))
	}
	return a
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
	facts := []keyFigure{{Label: "sent", Value: units.BinaryBytes(m["sent_bytes"]), Detail: units.Bytes(m["sent_bytes"]), Code: "minutes_missing"}}
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
	if t.Prices != "" {
		facts = append(facts, keyFigure{
			Label: "cost", Value: dollars(m["cost_requests_usd"] + m["cost_egress_usd"]),
			Detail: fmt.Sprintf("requests %s, egress %s, by prices of %s", dollars(m["cost_requests_usd"]), dollars(m["cost_egress_usd"]), t.Prices),
		})
	}
	if failed, ok := m["error_fraction"]; ok {
		detail := "of the requests"
		if throttled, ok := m["throttled_fraction"]; ok {
			detail += "; 429 and 503: " + units.Percent(throttled, 2)
		}
		facts = append(facts, keyFigure{Label: "errors", Value: units.Percent(failed, 2), Detail: detail})
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
