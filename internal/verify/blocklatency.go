package verify

import (
	"fmt"
	"math"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// fioRough is how far a latency of the installed fio may lie from what ops.hdr keeps of it:
// fio's own bins are 1/64 wide.
const fioRough = 0.02

// fits says whether a quantile of the log can have been published so: a log keeps only
// the bar of a histogram that a latency fell in, and of the longest one the latency itself
// is published. longest is that one; 0: it isn't known.
func (b *blockRun) fits(t *turn, d *stats.Durations, q float64, published, longest int64) bool {
	again := d.Quantile(q)
	if b.ofFio(t.label) {
		return math.Abs(float64(published-again)) <= fioRough*float64(max(published, again))
	}
	return ofBar(d, q, published, longest)
}

// ofBar is fits for a log of lbench's own.
func ofBar(d *stats.Durations, q float64, published, longest int64) bool {
	again := d.Quantile(q)
	return published == again || (published == longest || longest == 0) && barEnd(published) == again
}

// barEnd is the longest latency that counts as the same in a log of two digits.
func barEnd(ns int64) int64 {
	d := stats.NewDurations(2)
	d.Record(ns)
	d.Record(math.MaxInt64)
	return d.Quantile(0.5)
}

// checkLatencies holds the published distributions against ops.hdr and each other.
func (b *blockRun) checkLatencies(shown *turn) {
	total, ok := b.block.Latencies["total"]
	if !ok {
		return
	}
	if shown == nil || shown.total == nil {
		b.note("latencies can't be computed again: no turn of %s has the figures of this run", result.OpsFile)
	} else {
		b.distribution("block.latencies.total", shown, shown.total, total)
		b.perJobLatencies(shown)
	}
	for _, kind := range sorted(b.block.Latencies) {
		l := b.block.Latencies[kind]
		at := "block.latencies." + kind + "."
		b.v.Checked++
		if !(l.P50NS <= l.P90NS && l.P90NS <= l.P99NS && l.P99NS <= l.P999NS && l.P999NS <= l.MaxNS && l.MeanNS <= float64(l.MaxNS)) {
			b.find(result.RunFile, at+"p50_ns to max_ns", fmt.Sprint(l.P50NS, l.P90NS, l.P99NS, l.P999NS, l.MaxNS), nil, "quantiles rise, and neither they nor the mean pass the longest")
		}
		if kind != "sync" {
			b.same(result.RunFile, at+"count", l.Count, b.ops(), "there is one for each of block.per_job[].ops")
		}
		// The sum is a whole number of ns.
		if sum := math.Round(l.MeanNS * float64(l.Count)); l.Count > 0 && sum < 1<<52 {
			b.same(result.RunFile, at+"mean_ns", l.MeanNS, sum/float64(l.Count), "it is a whole number of ns over count")
		}
		if kind != "total" {
			b.bars(at, l)
		}
	}
	b.relatives(total)
	b.note("of the latencies submit, complete, intended and sync only totals are published, which were held against each other: %s has the total latency", result.OpsFile)
}

// distribution compares the figures of one distribution with those of a log.
func (b *blockRun) distribution(at string, t *turn, d *stats.Durations, l result.Latency) {
	why := "from " + result.OpsFile
	b.same(result.RunFile, at+".count", l.Count, d.Count(), "%s", why)
	for _, f := range []struct {
		name      string
		q         float64
		published int64
	}{{"p50_ns", 0.5, l.P50NS}, {"p90_ns", 0.9, l.P90NS}, {"p99_ns", 0.99, l.P99NS}, {"p99_9_ns", 0.999, l.P999NS}, {"max_ns", 1, l.MaxNS}} {
		b.quantile(at+"."+f.name, t, d, f.q, f.published, l.MaxNS)
	}
	rough := 1.0 / 128 // of a bar's width
	if b.ofFio(t.label) {
		rough = fioRough
	}
	b.near(at+".mean_ns", l.MeanNS, d.Mean(), rough, why)
}

func (b *blockRun) quantile(figure string, t *turn, d *stats.Durations, q float64, published, longest int64) {
	if b.v.Checked++; !b.fits(t, d, q, published, longest) {
		b.find(result.RunFile, figure, published, d.Quantile(q), "from %s", result.OpsFile)
	}
}

// mostIntervals is how many streams have lines of their own in ops.hdr.
const mostIntervals = 64

func (b *blockRun) perJobLatencies(t *turn) {
	if len(b.block.PerJob) > mostIntervals {
		b.note("%s keeps the latencies of %d jobs by neighbours: those of each job can't be computed again", result.OpsFile, len(b.block.PerJob))
		return
	}
	for i, j := range b.block.PerJob {
		at := fmt.Sprintf("block.per_job[%d].", i)
		d := t.byJob[j.Job]
		if d == nil {
			d = stats.NewDurations(2)
		}
		b.same(result.RunFile, at+"ops", j.Ops, d.Count(), "so many latencies of it are in %s", result.OpsFile)
		if d.Count() == j.Ops && j.Ops > 0 {
			b.quantile(at+"latency_p50_ns", t, d, 0.5, j.P50NS, j.MaxNS)
			b.quantile(at+"latency_p99_ns", t, d, 0.99, j.P99NS, j.MaxNS)
			b.quantile(at+"latency_max_ns", t, d, 1, j.MaxNS, j.MaxNS)
		}
	}
}

// bars finds a quantile that no histogram of two digits can give: it is a bar's end, or
// the longest.
func (b *blockRun) bars(at string, l result.Latency) {
	if b.block.Runner == "fio" {
		return
	}
	for name, v := range map[string]int64{"p50_ns": l.P50NS, "p90_ns": l.P90NS, "p99_ns": l.P99NS, "p99_9_ns": l.P999NS} {
		if b.v.Checked++; v != l.MaxNS && barEnd(v) != v {
			b.find(result.RunFile, at+name, v, nil, "it is neither the end of a bar of the histogram nor the longest")
		}
	}
}

func figuresOf(l result.Latency) map[string]float64 {
	return map[string]float64{"count": float64(l.Count), "mean_ns": l.MeanNS, "p50_ns": float64(l.P50NS), "p90_ns": float64(l.P90NS),
		"p99_ns": float64(l.P99NS), "p99_9_ns": float64(l.P999NS), "max_ns": float64(l.MaxNS)}
}

// relatives compares the kinds of latency that follow from each other.
func (b *blockRun) relatives(total result.Latency) {
	complete, ok := b.block.Latencies["complete"]
	submit, queued := b.block.Latencies["submit"]
	switch {
	case b.block.Runner == "fio" || !ok:
	case !queued:
		for name, v := range figuresOf(complete) {
			b.same(result.RunFile, "block.latencies.complete."+name, v, figuresOf(total)[name], "where submitting takes no time it is block.latencies.total.%s", name)
		}
	default:
		if b.v.Checked++; math.Abs(submit.MeanNS+complete.MeanNS-total.MeanNS) > 1e-12*total.MeanNS {
			b.find(result.RunFile, "block.latencies.total.mean_ns", total.MeanNS, submit.MeanNS+complete.MeanNS, "block.latencies.submit.mean_ns and block.latencies.complete.mean_ns together")
		}
	}
	if sync, ok := b.block.Latencies["sync"]; ok && b.block.Fsync == "each" {
		b.same(result.RunFile, "block.latencies.sync.count", sync.Count, b.ops(), "each operation has one")
	}
}
