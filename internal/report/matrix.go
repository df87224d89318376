package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// matrixClaim is the best of a matrix.
func matrixClaim(run result.Run) answer {
	b := blockOf(run)
	top := b.Cells[best(b.Cells)]
	of := "the best of " + plural(len(b.Cells), "setting")
	if len(b.Cells) == 1 {
		of = "the mean of " + plural(len(top.Values), "repeat")
	}
	return answer{
		Figure: units.Rate(top.Mean),
		Beside: fmt.Sprintf(" (%s) %s%s, %s", units.BinaryRate(top.Mean), verb(run), coldOf(run).beside(), of),
		Code:   doubt(run, "not_cold", "inflight_capped"),
	}
}

// matrixLines say which setting was best and how many of the others are really worse.
func matrixLines(b result.Block) []string {
	top := best(b.Cells)
	if len(b.Cells) == 1 {
		return []string{fmt.Sprintf("%s of one setting: %s at 95 %%.", sentenceWithoutEnd(plural(len(b.Cells[0].Values), "repeat")), meanWithHalf(b.Cells[0]))}
	}
	worse, same, open := 0, 0, 0
	for i, c := range b.Cells {
		if i == top {
			continue
		}
		d, ok := between(b.Differences, b.Cells[top].Settings, c.Settings)
		switch {
		case ok && d.Verdict == result.Real:
			worse++
		case ok && d.Verdict == result.NotReal:
			same++
		default:
			open++
		}
	}
	line := fmt.Sprintf("Best: %s, at %s.", cellName(b.Cells[top].Settings, axesOf(b.Cells)), meanWithHalf(b.Cells[top]))
	switch of := len(b.Cells) - 1; {
	case open == of:
		line += fmt.Sprintf(" There are too few repeats to tell it from the other %d.", of)
	case open > 0:
		line += fmt.Sprintf(" Of the other %d, %d differ from it for real and %d do not; for %d there are too few repeats to tell.", of, worse, same, open)
	default:
		line += fmt.Sprintf(" Of the other %d, %d differ from it for real and %d do not.", of, worse, same)
	}
	return []string{line, repeatsLine(b.Cells)}
}

func repeatsLine(cells []result.Cell) string {
	least, most := repeats(cells)
	each := plural(least, "repeat")
	if most > least {
		each = fmt.Sprintf("%d to %s", least, plural(most, "repeat"))
	}
	if most < 2 {
		return "One try of each setting, in a shuffled order."
	}
	return fmt.Sprintf("%s of each setting, in a shuffled order. Intervals are at 95 %%, those of differences widened for the number of comparisons.", sentenceWithoutEnd(each))
}

// meanWithHalf is a mean with its interval: "13.1 ± 0.2 GB/s".
func meanWithHalf(c result.Cell) string {
	if c.Half == nil {
		return units.Rate(c.Mean)
	}
	unit, name := rateUnit(c.Mean)
	return fmt.Sprintf("%s ± %s %s", fixed(c.Mean/unit), fixed(*c.Half/unit), name)
}

// fixed has two digits after the point below 100 and none from there.
func fixed(v float64) string {
	if math.Abs(v) >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// runnerLine compares the two runners of --runner both.
func runnerLine(run result.Run) string {
	b := blockOf(run)
	ratio, known := run.Metrics["runner_ratio"]
	for i, c := range b.Cells {
		for _, other := range b.Cells[:i] {
			native, fio := c, other
			if native.Settings[runnerAxis] != "native" {
				native, fio = fio, native
			}
			d, ok := between(b.Differences, fio.Settings, native.Settings)
			if ok && native.Settings[runnerAxis] == "native" && fio.Settings[runnerAxis] == "fio" {
				if d.Ratio == 0 {
					return fmt.Sprintf("Native over fio: %s.", verdictText(d))
				}
				return fmt.Sprintf("Native over fio: %s%s, %s.", ratioText(d.Ratio), inBrackets(d), verdictText(d))
			}
		}
	}
	if known {
		return fmt.Sprintf("Native over fio: %s.", ratioText(ratio))
	}
	return ""
}

// matrixTable has a row per cell, with what is known of its distance from the best.
func matrixTable(b result.Block) table {
	axes, top := axesOf(b.Cells), best(b.Cells)
	unit, name := rateUnit(b.Cells[top].Mean)
	t := table{Label: "One row per setting"}
	for _, axis := range axes {
		t.Columns = append(t.Columns, column{Head: strings.ReplaceAll(axis, "_", " "), Number: isNumeric(b.Cells, axis)})
	}
	t.Columns = append(t.Columns, column{Head: name, Number: true, Code: "not_cold"}, column{Head: "95 %", Number: true}, column{Head: binaryName(name), Number: true},
		column{Head: "p50", Number: true}, column{Head: "p99", Number: true}, column{Head: "of the best", Number: true}, column{})
	for i, c := range b.Cells {
		r := row{}
		for _, axis := range axes {
			r.Cells = append(r.Cells, cell{Text: c.Settings[axis]})
		}
		half := ""
		if c.Half != nil {
			half = "± " + fixed(*c.Half/unit)
		}
		r.Cells = append(r.Cells, cell{Text: fixed(c.Mean / unit)}, cell{Text: half}, cell{Text: fixed(c.Mean / binaryUnit(name))}, medianCell(c.P50NS), medianCell(c.P99NS))
		ratio, remark := "", "best"
		switch {
		case len(b.Cells) == 1:
			remark = ""
		case i == top:
			r.Kind = "mean"
		default:
			ratio, remark = besideBest(b, top, c)
		}
		if !isMatrix(b) { // of two runners none is to be chosen
			r.Kind, ratio, remark = "", "", ""
		}
		r.Cells = append(r.Cells, cell{Text: ratio}, cell{Text: remark})
		t.Rows = append(t.Rows, r)
	}
	return t.dropEmpty()
}

// besideBest is a cell over the best one, and whether that difference is real.
func besideBest(b result.Block, top int, c result.Cell) (ratio, remark string) {
	d, ok := between(b.Differences, b.Cells[top].Settings, c.Settings)
	switch {
	case !ok && c.Metric != b.Cells[top].Metric:
		return "", ""
	case !ok:
		return ratioText(c.Mean / b.Cells[top].Mean), "not compared"
	case d.Verdict == result.Real && d.Ratio < 1:
		return ratioText(d.Ratio), "really slower"
	case d.Verdict == result.Real:
		return ratioText(d.Ratio), "really faster"
	}
	return ratioText(d.Ratio), d.Verdict
}

func medianCell(values []int64) cell {
	ns, ok := middle(values)
	if !ok {
		return cell{}
	}
	return cell{Text: nanoseconds(ns)}
}

func isNumeric(cells []result.Cell, axis string) bool {
	for _, c := range cells {
		if _, err := strconv.ParseFloat(c.Settings[axis], 64); err != nil {
			return false
		}
	}
	return true
}

// binaryName and binaryUnit are the unit of 1024 beside one of rateUnit's.
func binaryName(decimal string) string {
	if decimal == "B/s" {
		return ""
	}
	return strings.ToUpper(decimal[:1]) + "i" + decimal[1:]
}

func binaryUnit(decimal string) float64 {
	return map[string]float64{"GB/s": 1 << 30, "MB/s": 1 << 20, "kB/s": 1 << 10, "B/s": 1}[decimal]
}
