package report

import (
	"maps"
	"slices"
	"strconv"

	"github.com/lbench/lbench/internal/result"
)

// csvPoints are the numbers behind one plot, as the lines of a CSV file, heads first.
type csvPoints struct {
	name  string
	lines [][]string
}

// pointsOf are the numbers that a run's plots are drawn from, for others to plot again.
// What the run has none of is left out.
func pointsOf(d *data) []csvPoints {
	all := []csvPoints{
		epochPoints(d.run), overTimePoints("throughput", "taken_bytes_per_s", d.taken, nil),
		overTimePoints("moved", movedUnit(d), d.moved.bins, d.moved.perSecond()), waitPoints(d), readLatencyPoints(d),
		latencyPoints(blockOf(d.run)), jobPoints(blockOf(d.run)), cellPoints(blockOf(d.run)),
		slowestPoints(d), telemetryPoints(d),
	}
	if d.network != nil {
		all = append(all, overTimePoints("network", "bytes_per_s", d.network, nil))
	}
	return slices.DeleteFunc(all, func(p csvPoints) bool { return len(p.lines) < 2 })
}

func movedUnit(d *data) string {
	if d.moved.counter == "ops" {
		return "ops_per_s"
	}
	return d.moved.counter + "_per_s"
}

// epochPoints has a line per epoch and every metric of any epoch in a column.
func epochPoints(run result.Run) csvPoints {
	names := map[string]bool{}
	for _, e := range run.Epochs {
		for name := range e.Metrics {
			names[name] = true
		}
	}
	metrics := slices.Sorted(maps.Keys(names))
	p := csvPoints{"epochs", [][]string{append([]string{"epoch", "warmup"}, csvTexts(metrics)...)}}
	for _, e := range run.Epochs {
		line := []string{strconv.Itoa(e.Epoch), strconv.FormatBool(e.Warmup)}
		for _, name := range metrics {
			value, ok := e.Metrics[name]
			line = append(line, csvNumber(value, ok))
		}
		p.lines = append(p.lines, line)
	}
	return p
}

// overTimePoints has a line per bin: where its middle lies in seconds since the run
// began, and the rate in it.
func overTimePoints(name, unit string, b *bins, rates []float64) csvPoints {
	p := csvPoints{name, [][]string{{"at_s", unit}}}
	if b == nil || b.total() == 0 {
		return p
	}
	if rates == nil {
		rates = b.perSecond()
	}
	for i, rate := range rates {
		middle := (float64(i) + 0.5) * float64(b.width) / 1e9
		p.lines = append(p.lines, []string{csvNumber(middle, true), csvNumber(rate, true)})
	}
	return p
}

// waitPoints is the distribution of the waits of steps: which share waited at most so long.
func waitPoints(d *data) csvPoints {
	p := csvPoints{"waits", [][]string{{"wait_ns", "fraction"}}}
	for _, point := range d.waits.CDF(400) {
		p.lines = append(p.lines, []string{strconv.FormatInt(point.NS, 10), csvNumber(point.Fraction, true)})
	}
	return p
}

func latencyPoints(b result.Block) csvPoints {
	p := csvPoints{"latencies", [][]string{{"latency", "operations", "quantile", "ns"}}}
	for _, kind := range slices.Sorted(maps.Keys(b.Latencies)) {
		l := b.Latencies[kind]
		for _, of := range []struct {
			quantile string
			ns       int64
		}{{"0.5", l.P50NS}, {"0.9", l.P90NS}, {"0.99", l.P99NS}, {"0.999", l.P999NS}, {"1", l.MaxNS}} {
			p.lines = append(p.lines, []string{csvText(kind), strconv.FormatInt(l.Count, 10), of.quantile, strconv.FormatInt(of.ns, 10)})
		}
	}
	return p
}

func jobPoints(b result.Block) csvPoints {
	p := csvPoints{"jobs", [][]string{{"job", "bytes", "ops", "duration_ns"}}}
	for _, j := range b.PerJob {
		p.lines = append(p.lines, []string{
			strconv.Itoa(j.Job), strconv.FormatInt(j.Bytes, 10), strconv.FormatInt(j.Ops, 10), strconv.FormatInt(j.DurationNS, 10),
		})
	}
	return p
}

// cellPoints has a line per setting and repeat.
func cellPoints(b result.Block) csvPoints {
	axes := axesOf(b.Cells)
	p := csvPoints{"cells", [][]string{append(csvTexts(axes), "repeat", "metric", "value")}}
	for _, c := range b.Cells {
		for i, value := range c.Values {
			var line []string
			for _, axis := range axes {
				line = append(line, csvText(c.Settings[axis]))
			}
			p.lines = append(p.lines, append(line, strconv.Itoa(i+1), csvText(c.Metric), csvNumber(value, true)))
		}
	}
	return p
}
