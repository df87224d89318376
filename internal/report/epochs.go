package report

import (
	"strconv"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// epochColumn is one metric of the table of epochs, and the metric of the run that
// is its mean.
type epochColumn struct {
	head, metric, mean string
	print              func(float64) string
	code               string // of the warning that puts it in doubt
}

func epochColumns(run result.Run) []epochColumn {
	rateUnit, perUnit := rateScale(run)
	percent := func(v float64) string { return units.Percent(v, 1) }
	duration := func(v float64) string { return printed("_ns", v) }
	return []epochColumn{
		{"AU", "au_fraction", "au_mean_fraction", func(v float64) string { return percentBeside(v, threshold(run)) }, "head_start"},
		{"whole epoch", "au_whole_fraction", "au_whole_fraction", func(v float64) string { return percentBeside(v, threshold(run)) }, "whole_lower"},
		{"samples/s", "samples_per_s", "samples_per_s_mean", count, ""},
		{rateUnit, "read_bytes_per_s", "read_bytes_per_s_mean", func(v float64) string { return strconv.FormatFloat(v/perUnit, 'f', 2, 64) }, ""},
		{"cached before", "cached_fraction_before", "", percent, "residency_unknown"},
		{"wait p50", "wait_p50_ns", "", waitText, ""},
		{"wait p99", "wait_p99_ns", "", waitText, ""},
		{"time", "duration_ns", "", duration, ""},
	}
}

// rateScale picks one unit for a whole column: that of the largest value.
func rateScale(run result.Run) (name string, bytes float64) {
	largest := 0.0
	for _, e := range run.Epochs {
		largest = max(largest, e.Metrics["read_bytes_per_s"])
	}
	switch {
	case largest >= 1e9:
		return "GB/s", 1e9
	case largest >= 1e6:
		return "MB/s", 1e6
	}
	return "kB/s", 1e3
}

// epochTable has a row per epoch, then their mean and deviation; false without epochs.
func epochTable(run result.Run) (table, bool) {
	t := table{Label: "One row per epoch", Columns: []column{{Head: "epoch"}}}
	columns := epochColumns(run)
	for _, c := range columns {
		t.Columns = append(t.Columns, column{c.head, true, c.code})
	}
	t.Columns = append(t.Columns, column{})
	worst, known := worstEpoch(run)
	if !known || len(counted(run, "au_fraction")) < 2 {
		worst = -1
	}
	for i, e := range run.Epochs {
		t.Rows = append(t.Rows, epochRow(run, i == worst, e, columns))
	}
	if run.Status == result.Complete {
		sums := meanRows(run, columns)
		t.Rows, t.Foot = append(t.Rows, sums...), len(sums)
	}
	return t.dropEmpty(), len(run.Epochs) > 0
}

func epochRow(run result.Run, isWorst bool, e result.Epoch, columns []epochColumn) row {
	r := row{Cells: []cell{{Text: strconv.Itoa(e.Epoch)}}}
	for _, c := range columns {
		value, ok := e.Metrics[c.metric]
		if !ok {
			r.Cells = append(r.Cells, cell{})
			continue
		}
		below := c.metric == "au_fraction" && !e.Warmup && value < threshold(run)
		r.Cells = append(r.Cells, cell{Text: c.print(value), Bad: below})
	}
	remark := cell{}
	switch {
	case e.Warmup:
		r.Kind, remark.Text = "warmup", "warm-up"
	case isWorst:
		remark.Text = "worst"
	}
	r.Cells = append(r.Cells, remark)
	return r
}

// meanRows are the means and the deviation as the run has them; warm-up epochs are in neither.
func meanRows(run result.Run, columns []epochColumn) []row {
	mean := row{Kind: "mean", Cells: []cell{{Text: "mean"}}}
	deviation := row{Kind: "mean", Cells: []cell{{Text: "deviation"}}}
	for _, c := range columns {
		value, ok := run.Metrics[c.mean]
		text := ""
		if ok && c.mean != "" {
			text = c.print(value)
		}
		mean.Cells = append(mean.Cells, cell{Text: text})
		spread := ""
		if sigma, ok := run.Metrics["au_stddev_fraction"]; ok && c.metric == "au_fraction" && len(counted(run, c.metric)) > 1 {
			spread = units.Percent(sigma, 2)
		}
		deviation.Cells = append(deviation.Cells, cell{Text: spread})
	}
	rows := []row{}
	for _, r := range []row{mean, deviation} {
		r.Cells = append(r.Cells, cell{})
		if filled(r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// filled says that a row has more than its heading.
func filled(r row) bool {
	for _, c := range r.Cells[1:] {
		if c.Text != "" {
			return true
		}
	}
	return false
}
