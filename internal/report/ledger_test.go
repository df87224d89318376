package report

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// withBuckets attaches to a run what buckets sent in each minute from its start on, as a
// share of what its epochs read.
func withBuckets(run result.Run, share float64) result.Run {
	first := run.Started.Truncate(time.Minute)
	last := run.Epochs[len(run.Epochs)-1].Metrics
	end := run.Started.Add(time.Duration(last["start_ns"] + last["duration_ns"]))
	t := result.Traffic{
		Source: "gcs", From: first, To: end.Add(time.Minute), Metrics: map[string]float64{"sent_bytes": 0, "sent_peak_bytes_per_s": 1e9},
		Buckets: []result.BucketTraffic{{Name: "b1"}, {Name: "b2"}},
	}
	for at := first; at.Before(end); at = at.Add(time.Minute) {
		m := result.Minute{Start: at}
		for _, e := range run.Epochs {
			begin := run.Started.Add(time.Duration(e.Metrics["start_ns"]))
			length := time.Duration(e.Metrics["duration_ns"])
			within := min(at.Add(time.Minute).Sub(begin), begin.Add(length).Sub(at), time.Minute, length)
			if within > 0 {
				m.Sent += share * e.Metrics["read_bytes"] * float64(within) / float64(length)
			}
		}
		m.Requests = m.Sent / (1 << 20)
		t.Metrics["sent_bytes"] += m.Sent
		t.Minutes = append(t.Minutes, m)
	}
	run.Traffic = []result.Traffic{t}
	return run
}

// longRun has epochs of ten minutes, whose bytes make the run's.
func longRun() result.Run {
	run := stalledRun().run
	run.Started = time.Date(2026, 3, 13, 14, 0, 20, 0, time.UTC)
	run.Metrics["read_bytes"] = 0
	for i := range run.Epochs {
		m := run.Epochs[i].Metrics
		m["start_ns"], m["duration_ns"], m["read_bytes"] = float64(i)*605e9, 600e9, 6e12
		run.Metrics["read_bytes"] += 6e12
	}
	return run
}

func TestLedger(t *testing.T) {
	for share, want := range map[float64]string{
		1:    "Cold end to end: ",
		0.31: "Warm: the buckets sent only 30.7 % of what was read",
		0.92: "too coarse for this run",
		1.4:  "Cold end to end: the buckets sent 1.39 x",
	} {
		run := withBuckets(longRun(), share)
		if got := ledgerSentence(run); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", share, got, want)
		}
		lines := ledger(run)
		all := lines[len(lines)-1]
		if at, low, high := all.share(); math.Abs(at-share) > 0.02*share || low > at || high < at || low < 0.9*share || high > 1.1*share {
			t.Errorf("%v: %v from %v to %v", share, at, low, high)
		}
		if len(lines) != len(run.Epochs)+1 || math.Abs(all.requests-all.sent/(1<<20)) > 1 {
			t.Errorf("%d lines, %+v", len(lines), all)
		}
	}
	if got := ledgerSentence(longRun()); got != "" {
		t.Errorf("without buckets: %q", got)
	}
}

// TestLedgerOfShortEpochs: within a minute nothing can be told, and that is said.
func TestLedgerOfShortEpochs(t *testing.T) {
	run := longRun()
	for i := range run.Epochs {
		run.Epochs[i].Metrics["start_ns"], run.Epochs[i].Metrics["duration_ns"] = float64(i)*10e9, 9e9
	}
	run = withBuckets(run, 1)
	if got := ledgerSentence(run); !strings.Contains(got, "too coarse") {
		t.Errorf("%q", got)
	}
}

// TestLedgerSection: on the page and in the text.
func TestLedgerSection(t *testing.T) {
	m := stalledRun()
	m.run = withBuckets(longRun(), 1)
	page := strings.ReplaceAll(pageOf(t, m), "\u00a0", " ")
	for _, want := range []string{`id="ledger"`, "Did the bytes come from the buckets?", "sent by the buckets, per minute", ">epoch 1<", "2 buckets"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	var b strings.Builder
	if err := Text(&b, m.run); err != nil || !strings.Contains(b.String(), "Cold end to end") {
		t.Errorf("%v:\n%s", err, b.String())
	}
}
