package verify

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// checkTotals holds bytes, operations and times against the telemetry and each other.
func (b *blockRun) checkTotals(shown *turn) {
	b.checkJobs()
	if whole := b.run.Status == result.Complete && b.block.DurationNS == 0; whole {
		b.same(result.RunFile, "block.set_bytes", b.block.SetBytes, b.bytes(), "every byte of the files is moved once: block.per_job[].bytes together")
	}
	if shown == nil || b.run.Status == result.Failed {
		b.note("the bytes of the run can't be found in %s", result.ReadingsFile)
		return
	}
	final := shown.final()
	b.same(result.RunFile, "block.per_job[].bytes", b.bytes(), final.Bytes, "together, by the last io reading in %s", result.ReadingsFile)
	b.same(result.RunFile, "block.per_job[].ops", b.ops(), final.Ops, "together, by the last io reading in %s", result.ReadingsFile)
	least, most := shown.within()
	if b.v.Checked++; b.duration() <= least || b.duration() > most {
		b.find(result.RunFile, "metrics.duration_ns", int64(b.duration()), nil, "the longest of block.per_job[].duration_ns has to be over %d and at most %d, by the io readings in %s", int64(least), int64(most), result.ReadingsFile)
	}
}

// checkJobs holds each job's bytes against its operations.
func (b *blockRun) checkJobs() {
	even := b.block.OpBytes > 0 && b.block.FileBytes%b.block.OpBytes == 0 && b.block.SetBytes == int64(b.block.Files)*b.block.FileBytes
	for i, j := range b.block.PerJob {
		at := fmt.Sprintf("block.per_job[%d].", i)
		b.same(result.RunFile, at+"job", j.Job, i, "jobs are counted from 0")
		all := j.Ops * b.block.OpBytes
		if even {
			b.same(result.RunFile, at+"bytes", j.Bytes, all, "its ops x block.op_bytes, which divides block.file_bytes")
		} else if b.v.Checked++; j.Bytes > all || j.Bytes < j.Ops {
			b.find(result.RunFile, at+"bytes", j.Bytes, all, "no more than its ops x block.op_bytes")
		}
	}
}

// checkMetrics computes the metrics that follow from other figures of run.json.
func (b *blockRun) checkMetrics() {
	again := fio.Measure(b.job, fio.Outcome{Bytes: b.bytes(), Ops: b.ops(), Duration: b.duration(), Jobs: b.block.PerJob})
	left := b.numbers(result.RunFile, "metrics.", b.run.Metrics, again, "from block.per_job or, where there is none, metrics.duration_ns and the latencies' count")
	known := b.follow()
	var taken []string
	for _, name := range left {
		switch want, ok := known[name]; {
		case ok:
			b.same(result.RunFile, "metrics."+name, b.run.Metrics[name], want.value, "by %s", want.from)
		case strings.HasPrefix(name, "steady_"), name == "nic_fraction": // have checks of their own
		default:
			taken = append(taken, name)
		}
	}
	if len(taken) > 0 {
		b.note("metrics that no raw data is kept of were taken as they are: %s", strings.Join(taken, ", "))
	}
	if b.block.Cold != nil {
		b.note("block.cold says what this client's cache held: no data is kept of it")
	}
	if b.block.Grid != nil {
		b.note("block.grid rests on when each file was done, which isn't kept")
	}
}

// claim is a figure that follows from others.
type claim struct {
	value any
	from  string
}

// follow gives the metrics that repeat other figures of run.json.
func (b *blockRun) follow() map[string]claim {
	known := map[string]claim{}
	kind := "intended"
	l, ok := b.block.Latencies[kind]
	if !ok {
		kind = "total"
		l, ok = b.block.Latencies[kind]
	}
	if ok {
		for name, v := range figuresOf(l) {
			known["latency_"+name] = claim{v, "block.latencies." + kind + "." + name}
		}
		inflight := float64(b.ops()) / float64(b.duration()) * b.block.Latencies["total"].MeanNS
		known["inflight_mean"] = claim{inflight, "the operations over metrics.duration_ns, times block.latencies.total.mean_ns"}
	}
	if cold := b.block.Cold; cold != nil && cold.Before != nil {
		known["cached_fraction_before"] = claim{*cold.Before, "block.cold.before_fraction"}
	}
	if grid := b.block.Grid; grid != nil && grid.Found {
		known["grid_period_ns"] = claim{grid.PeriodNS, "block.grid.period_ns"}
	}
	if d := b.block.Differences; len(d) == 1 {
		known["runner_ratio"] = claim{d[0].Ratio, "block.differences[0].ratio"}
	}
	if b.job.Verify && b.run.Status == result.Complete {
		known["verified_bytes"] = claim{b.bytes(), "settings.verify and the bytes written"}
	}
	return known
}

// checkSteady finds the steady part again.
func (b *blockRun) checkSteady(shown *turn) {
	s := b.block.Steady
	if s == nil {
		return
	}
	if shown == nil {
		b.note("block.steady can't be computed again: %s has no io readings of the run", result.ReadingsFile)
		return
	}
	width := max(leastWindow, b.duration()/steadyWindows)
	b.same(result.RunFile, "block.steady.window_ns", s.WindowNS, int64(width), "a %dth of the run, at least %v", steadyWindows, leastWindow)
	if _, most := shown.within(); most/width > mostWindows {
		b.find(result.ReadingsFile, "io", nil, nil, "its last reading stands %v behind the first: that is no run of %v", most, b.duration())
		return
	}
	rates := fio.Windows(shown.samples, width)
	found := stats.Steady(rates)
	why := "from the io readings in " + result.ReadingsFile
	b.same(result.RunFile, "block.steady.found", s.Found, found.Found, "%s", why)
	b.same(result.RunFile, "block.steady.rule", s.Rule, found.Why, "%s", why)
	if !found.Found {
		return
	}
	from := int64(found.From) * int64(width)
	ramp, _ := stats.Mean(rates[:found.From])
	for name, v := range map[string][2]float64{
		"from_ns": {float64(s.FromNS), float64(from)}, "bytes_per_s": {s.BytesPerS, found.Mean}, "low_bytes_per_s": {s.LowBytesPerS, found.Low},
		"high_bytes_per_s": {s.HighBytesPerS, found.High}, "ramp_bytes_per_s": {s.RampBytesPerS, ramp},
	} {
		b.nearly("block.steady."+name, v[0], v[1], why)
	}
	b.nearly("metrics.steady_read_bytes_per_s", b.run.Metrics["steady_read_bytes_per_s"], found.Mean, why)
	b.same(result.RunFile, "metrics.steady_from_ns", b.run.Metrics["steady_from_ns"], from, "%s", why)
}

// mostWindows keeps readings that stand years apart from taking that long.
const mostWindows = 100_000

// nearly compares what is interpolated: other processors may round products differently.
func (b *blockRun) nearly(figure string, published, recomputed float64, why string) {
	b.near(figure, published, recomputed, 1e-13, why)
}
