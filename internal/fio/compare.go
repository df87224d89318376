package fio

import (
	"math"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// Summarize collects what the turns of one side gave, cell by cell. measured holds the
// metrics of each turn as Measure made them; it is shorter than turns where the runs were
// cut short, and counts as cut at a turn without a rate. Cell i is that of cells[i] on
// either side, also one that no turn came to: see Measured.
func Summarize(cells []Settings, side int, turns []Turn, measured []map[string]float64) []result.Cell {
	all := make([]result.Cell, len(cells))
	for i, s := range cells {
		all[i] = result.Cell{Settings: s.Map(), Values: []float64{}, Order: []int{}}
	}
	for i, m := range measured {
		metric, ok := cellMetric(m)
		if !ok {
			break
		}
		if turns[i].Side != side {
			continue
		}
		c := &all[turns[i].Cell]
		c.Metric = metric
		c.Values = append(c.Values, m[metric])
		c.Order = append(c.Order, i)
		if p50, ok := m["latency_p50_ns"]; ok {
			c.P50NS = append(c.P50NS, int64(p50))
		}
		if p99, ok := m["latency_p99_ns"]; ok {
			c.P99NS = append(c.P99NS, int64(p99))
		}
	}
	for i := range all {
		summarizeCell(&all[i])
	}
	return all
}

// Measured leaves out the cells that no turn came to: they have no values, nor a mean.
func Measured(cells []result.Cell) []result.Cell {
	var all []result.Cell
	for _, c := range cells {
		if len(c.Values) > 0 {
			all = append(all, c)
		}
	}
	return all
}

// summarizeCell fills in what follows from the values. Latencies that not all repeats have
// can't be told apart by repeat, and are left out.
func summarizeCell(c *result.Cell) {
	c.Mean, _ = stats.Mean(c.Values)
	if half, ok := stats.Interval95(c.Values); ok {
		c.Half = &half
	}
	if len(c.P50NS) != len(c.Values) {
		c.P50NS = nil
	}
	if len(c.P99NS) != len(c.Values) {
		c.P99NS = nil
	}
}

// cellMetric is the rate that a turn gave.
func cellMetric(metrics map[string]float64) (string, bool) {
	for _, op := range []Op{Read, Write} {
		if _, ok := metrics[rateMetric(op)]; ok {
			return rateMetric(op), true
		}
	}
	return "", false
}

// Compare holds every cell of a matrix against the best one, the one with the highest mean
// rate: its reads against the best that reads, its writes against the best that writes.
// Repeats are paired, so that what slows a whole repeat cancels. As the best was chosen by
// the same values, any two cells might have been the ones compared: the intervals are
// widened for the number of all such pairs.
func Compare(cells []result.Cell) []result.Difference {
	all := []result.Difference{}
	best := map[string]int{}
	count := map[string]int{}
	for i, c := range cells {
		if len(c.Values) == 0 {
			continue
		}
		count[c.Metric]++
		if b, ok := best[c.Metric]; !ok || c.Mean > cells[b].Mean {
			best[c.Metric] = i
		}
	}
	for i, c := range cells {
		b, ok := best[c.Metric]
		if !ok || b == i || len(c.Values) == 0 {
			continue
		}
		n := count[c.Metric]
		all = append(all, difference(cells[b], c, cells[b].Values, c.Values, n*(n-1)/2))
	}
	return all
}

// CompareSides holds each cell of side B against the same one of side A, both of ABBA. The
// two runs of a side in one A B B A are averaged first: there an even drift cancels. Cells
// that were measured on one side only, or on none, are left out.
func CompareSides(a, b []result.Cell) []result.Difference {
	all := []result.Difference{}
	for i := range a {
		if len(a[i].Values) > 0 && len(b[i].Values) > 0 {
			all = append(all, difference(a[i], b[i], twoByTwo(a[i].Values), twoByTwo(b[i].Values), len(a)))
		}
	}
	return all
}

// twoByTwo averages the values in twos; a last one without its second is left out.
func twoByTwo(values []float64) []float64 {
	var means []float64
	for i := 1; i < len(values); i += 2 {
		means = append(means, (values[i-1]+values[i])/2)
	}
	return means
}

// difference compares paired values, as far as both sides have them, as one of so many
// comparisons that are read together.
func difference(a, b result.Cell, va, vb []float64, comparisons int) result.Difference {
	n := min(len(va), len(vb))
	d := result.Difference{A: a.Settings, B: b.Settings, Verdict: result.TooFew}
	ratio, ok := stats.PairedRatioAmong(va[:n], vb[:n], comparisons)
	if !ok {
		d.Ratio = meanRatio(va[:n], vb[:n])
		return d
	}
	d.Ratio, d.Low, d.High, d.P, d.Verdict = ratio.Ratio, &ratio.Low, &ratio.High, &ratio.P, result.NotReal
	if ratio.Real {
		d.Verdict = result.Real
	}
	return d
}

// meanRatio is the geometric mean of the pairs' ratios; 0 where there is none.
func meanRatio(a, b []float64) float64 {
	var logs []float64
	for i := range a {
		if !(a[i] > 0 && b[i] > 0) {
			return 0
		}
		logs = append(logs, math.Log(b[i]/a[i]))
	}
	mean, ok := stats.Mean(logs)
	if !ok {
		return 0
	}
	return math.Exp(mean)
}
