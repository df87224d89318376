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
		t.Metrics["requests"] += m.Requests
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
	run.Ended = ptr(run.Started.Add(3030 * time.Second))
	return run
}

// accountOfRun is the account of a run that nothing but buckets was attached to.
func accountOfRun(t *testing.T, run result.Run) *account {
	t.Helper()
	a, warnings, err := accountOf(run, nil)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	return a
}

func TestLedger(t *testing.T) {
	for share, want := range map[float64]string{
		1:    "Cold end to end: 99 % (97 to 100 %) of the bytes",
		0.31: "Warm: the buckets sent only 30.7 % of what was read; caches served the rest.",
		0.92: "too coarse for this run",
		1.4:  "Cold end to end: the buckets sent 1.39 x",
	} {
		run := withBuckets(longRun(), share)
		a := accountOfRun(t, run)
		if got := a.sentence(); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", share, got, want)
		}
		all := a.share(a.buckets)
		if math.Abs(all.at-share) > 0.02*share || all.low > all.at || all.high < all.at || all.low < 0.9*share || all.high > 1.1*share {
			t.Errorf("%v: %v", share, all)
		}
		if len(a.tally.periods) != len(run.Epochs)+1 {
			t.Errorf("%d periods", len(a.tally.periods))
		}
	}
	if a := accountOfRun(t, longRun()); a.sentence() != "" || a.parts() != nil {
		t.Errorf("without buckets: %+v", a)
	}
}

// TestLedgerOfUnknownMinutes: a warm run can't be claimed from a window that holds half of
// it, nor where minutes aren't there yet; a cold one can.
func TestLedgerOfUnknownMinutes(t *testing.T) {
	half := withBuckets(longRun(), 0.9)
	half.Traffic[0].To = half.Started.Add(20 * time.Minute)
	half.Traffic[0].Minutes = half.Traffic[0].Minutes[:20]
	late := withBuckets(longRun(), 0.5)
	late.Traffic[0].Missing = []time.Time{late.Traffic[0].Minutes[7].Start}
	for want, run := range map[string]result.Run{"at least 34.1 %": half, "at least 4": late} {
		if got := accountOfRun(t, run).sentence(); !strings.Contains(got, want) || strings.Contains(got, "Warm") {
			t.Errorf("%q, want %q", got, want)
		}
	}
	late = withBuckets(longRun(), 1)
	late.Traffic[0].Missing = []time.Time{late.Traffic[0].Minutes[49].Start.Add(2 * time.Minute)}
	if got := accountOfRun(t, late).sentence(); !strings.Contains(got, "Cold end to end") {
		t.Errorf("%q", got)
	}
}

// TestLedgerOfShortEpochs: within a minute nothing can be told, and that is said.
func TestLedgerOfShortEpochs(t *testing.T) {
	run := longRun()
	for i := range run.Epochs {
		run.Epochs[i].Metrics["start_ns"], run.Epochs[i].Metrics["duration_ns"] = float64(i)*10e9, 9e9
	}
	run = withBuckets(run, 1)
	if got := accountOfRun(t, run).sentence(); !strings.Contains(got, "too coarse") {
		t.Errorf("%q", got)
	}
}

// TestLedgerSection: on the page and in the text.
func TestLedgerSection(t *testing.T) {
	m := stalledRun()
	m.run = withBuckets(longRun(), 1)
	page := strings.ReplaceAll(pageOf(t, m), "\u00a0", " ")
	for _, want := range []string{`id="ledger"`, ledgerTitle, "sent by the buckets, per minute", ">from buckets<", "2 buckets"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	var b strings.Builder
	if err := Text(&b, m.run); err != nil || !strings.Contains(b.String(), "Cold end to end") {
		t.Errorf("%v:\n%s", err, b.String())
	}
}
