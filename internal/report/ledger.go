package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// ledgerLine is what was asked for in a stretch of time, and what the buckets sent of it.
type ledgerLine struct {
	name      string
	asked     float64 // bytes that the client's reads returned
	cached    float64 // of the files lay in the client's cache before, at most; -1: not known
	received  float64 // by the data NICs; -1: not known
	sent      float64 // by the buckets, of minutes at the edges by their share
	low, high float64 // what they sent at least and at most
	requests  float64
}

// share is how much of what was asked for the buckets sent.
func (l ledgerLine) share() (at, low, high float64) {
	return l.sent / l.asked, l.low / l.asked, l.high / l.asked
}

// ledger holds what was read against what the buckets sent, for each epoch and for the run
// from its first read to its last. Empty where nothing was attached.
func ledger(run result.Run) []ledgerLine {
	if len(run.Traffic) == 0 || run.Metrics["read_bytes"] == 0 {
		return nil
	}
	t := run.Traffic[0]
	var lines []ledgerLine
	from, to := run.Started, run.Started
	for _, e := range run.Epochs {
		start, length := e.Metrics["start_ns"], e.Metrics["duration_ns"]
		if length <= 0 || e.Metrics["read_bytes"] <= 0 {
			continue
		}
		begin := run.Started.Add(time.Duration(start))
		end := begin.Add(time.Duration(length))
		if len(lines) == 0 {
			from = begin
		}
		to = end
		line := newLedgerLine(fmt.Sprintf("epoch %d", e.Epoch), e.Metrics["read_bytes"], t, begin, end)
		if cached, ok := e.Metrics["cached_fraction_before"]; ok {
			line.cached = cached
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 { // a block command
		if run.Ended == nil {
			return nil
		}
		to = *run.Ended
	}
	whole := newLedgerLine("all", run.Metrics["read_bytes"], t, from, to)
	if len(lines) == 1 {
		return []ledgerLine{whole}
	}
	return append(lines, whole)
}

// newLedgerLine sums up the minutes of a stretch. One that is cut counts by its share, and
// all or nothing of it may have been ours.
func newLedgerLine(name string, asked float64, t result.Traffic, from, to time.Time) ledgerLine {
	l := ledgerLine{name: name, asked: asked, cached: -1, received: -1}
	for _, m := range t.Minutes {
		begin, end := m.Start, m.Start.Add(time.Minute)
		within := min(to.Sub(from), end.Sub(from), to.Sub(begin), time.Minute)
		if within <= 0 {
			continue
		}
		share := float64(within) / float64(time.Minute)
		l.sent += m.Sent * share
		l.requests += m.Requests * share
		l.high += m.Sent
		if share == 1 {
			l.low += m.Sent
		}
	}
	return l
}

// coldFrom and warmTo are the shares of the bytes from which a run is called cold, and up
// to which warm.
const (
	coldFrom = 0.95
	warmTo   = 0.90
)

// ledgerSentence decides, where the minutes let it be decided.
func ledgerSentence(run result.Run) string {
	lines := ledger(run)
	if len(lines) == 0 {
		return ""
	}
	at, low, high := lines[len(lines)-1].share()
	switch {
	case at > 1.05 && low >= coldFrom:
		return fmt.Sprintf("Cold end to end: the buckets sent %s x the bytes that were read (%s to %s).", plainNumber(at), plainNumber(low), plainNumber(high))
	case low >= coldFrom, at >= coldFrom && high-low < 0.05:
		return fmt.Sprintf("Cold end to end: %s of the bytes came from the buckets.", units.Percent(min(at, 1), 1))
	case high <= warmTo:
		return fmt.Sprintf("Warm: the buckets sent only %s of what was read; caches served the rest.", units.Percent(at, 1))
	}
	return fmt.Sprintf("The buckets sent %s of what was read, between %s and %s: their minutes are too coarse for this run to say whether a cache served some of it.",
		units.Percent(at, 1), units.Percent(low, 1), units.Percent(high, 1))
}

func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// ledgerSection is the account of the bytes, and what the buckets sent meanwhile.
func ledgerSection(d *data) (section, bool) {
	lines := ledger(d.run)
	if len(lines) == 0 {
		return section{}, false
	}
	if d.network != nil && d.readings > 0 {
		lines[len(lines)-1].received = d.network.total()
	}
	t := &table{Label: "ledger", Columns: []column{{Head: ""}, {Head: "read by the client", Number: true}, {Head: "cached before, at most", Number: true},
		{Head: "received by its NICs", Number: true}, {Head: "sent by the buckets", Number: true}, {Head: "share", Number: true}, {Head: "requests", Number: true}}}
	for i, l := range lines {
		at, low, high := l.share()
		r := row{Cells: []cell{
			{Text: l.name}, {Text: units.Bytes(l.asked)}, {}, {}, {Text: units.Bytes(l.sent)},
			{Text: fmt.Sprintf("%s (%s to %s)", units.Percent(at, 1), units.Percent(low, 0), units.Percent(high, 0))}, {Text: count(l.requests)},
		}}
		if l.cached >= 0 {
			r.Cells[2].Text = units.Percent(l.cached, 1)
		}
		if l.received >= 0 {
			r.Cells[3].Text = units.Bytes(l.received)
		}
		if i == len(lines)-1 {
			r.Kind = "total"
		}
		t.Rows = append(t.Rows, r)
	}
	s := section{ID: "ledger", Title: "Did the bytes come from the buckets?", Lead: ledgerSentence(d.run) + " " + ledgerMethod(d.run), Table: t}
	if f, ok := bucketsOverTime(d); ok {
		s.Figure = &f
	}
	return s, true
}

// samplesOf is how many samples a training read, over all of its epochs.
func samplesOf(run result.Run) float64 {
	if run.Plan == nil {
		return 0
	}
	return float64(run.Plan.Steps) * float64(run.Plan.BatchSize) * float64(run.Plan.Accelerators) * float64(len(run.Epochs))
}

// ledgerMethod says what the columns rest on.
func ledgerMethod(run result.Run) string {
	t := run.Traffic[0]
	var parts []string
	parts = append(parts, fmt.Sprintf("Read: the bytes that the client's reads returned, to the byte. Sent: by the monitoring of %s (%s), which counts minutes of UTC; one that an epoch cuts counts by its share, and the range is with nothing and with all of it.",
		t.Source, plural(len(t.Buckets), "bucket")))
	if amplified := run.Metrics["read_bytes"]; amplified > 0 && math.Abs(t.Metrics["sent_bytes"]/amplified-1) > 0.05 {
		parts = append(parts, fmt.Sprintf("Over the whole window that was asked for the buckets sent %s.", units.Bytes(t.Metrics["sent_bytes"])))
	}
	if samples := samplesOf(run); t.Prices != "" && samples > 0 {
		cost := t.Metrics["cost_requests_usd"] + t.Metrics["cost_egress_usd"]
		parts = append(parts, fmt.Sprintf("Requests and egress of the window cost %s by the prices of %s: %s per epoch, %s per million samples.",
			dollars(cost), t.Prices, dollars(cost/float64(len(run.Epochs))), dollars(cost/samples*1e6)))
	}
	if n := t.Metrics["minutes_missing"]; n > 0 {
		parts = append(parts, fmt.Sprintf("%s of the window are not known.", plural(int(n), "minute")))
	}
	return strings.Join(parts, " ")
}
