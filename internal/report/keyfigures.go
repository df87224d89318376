package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// keyFigure is one of the few numbers above everything else. Code is that of the
// warning that puts it in doubt.
type keyFigure struct{ Label, Value, Detail, Code string }

// keyFigures are what a storage engineer asks for after the verdict; those that
// weren't measured are left out, except how cold the data was.
func keyFigures(run result.Run) []keyFigure {
	if isBlock(run) {
		return blockFigures(run)
	}
	if isSearch(run) {
		return searchFigures(run)
	}
	var figures []keyFigure
	if rate, ok := run.Metrics["read_bytes_per_s_mean"]; ok {
		figures = append(figures, keyFigure{Label: "read", Value: units.Rate(rate), Detail: "= " + units.BinaryRate(rate)})
	}
	if rate, ok := run.Metrics["samples_per_s_mean"]; ok {
		figures = append(figures, keyFigure{Label: "samples", Value: count(rate) + " /s", Detail: perAccelerator(run, rate)})
	}
	if len(run.Epochs) > 0 && run.Status == result.Complete && madeBytes(run) == "" {
		cold := keyFigure{Label: "cold", Value: notMeasured, Code: "residency_unknown"}
		if cached, ok := run.Metrics["cached_fraction_max"]; ok {
			cold.Value, cold.Detail = coldest(cached), "not in the client's cache before an epoch"
		}
		figures = append(figures, cold)
	}
	if cost, ok := run.Metrics["cpu_ns_per_byte_mean"]; ok {
		figures = append(figures, keyFigure{Label: "client CPU", Value: printed("cpu_ns_per_byte_mean", cost), Detail: cores(run, cost, run.Metrics["read_bytes_per_s_mean"])})
	}
	return figures
}

// coldest is the least share of the data that no epoch can have had from a cache that
// held so much of it. It is rounded down, since it is a bound.
func coldest(cached float64) string {
	if cached == 0 {
		return "100 %"
	}
	return "≥ " + units.Percent(math.Floor((1-cached)*1000+1e-9)/1000, 1)
}

// waitFigure is how long the steps of a run waited, for where no plot shows it.
func waitFigure(run result.Run) []keyFigure {
	var parts []string
	for _, of := range [][2]string{{"wait_p50_ns", "half at most "}, {"wait_p99_ns", "99 % at most "}, {"wait_max_ns", "longest "}} {
		value, ok := run.Metrics[of[0]]
		switch {
		case ok && value < readyBelow:
			parts = append(parts, strings.Replace(of[1], "at most ", "", 1)+"under 0.1 ms")
		case ok:
			parts = append(parts, of[1]+printed(of[0], value))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []keyFigure{{Label: "waits", Value: strings.Join(parts, ", ")}}
}

func perAccelerator(run result.Run, rate float64) string {
	if run.Plan == nil || run.Plan.Accelerators == 0 {
		return ""
	}
	return fmt.Sprintf("%s /s per accelerator", count(rate/float64(run.Plan.Accelerators)))
}

// cores turns CPU time per byte into cores kept busy: ns/B x B/s / 1e9.
// Without a rate there is nothing to say.
func cores(run result.Run, cost, rate float64) string {
	if rate == 0 {
		return ""
	}
	text := significant(cost*rate/1e9) + " cores busy"
	if usable := usableCPUs(run.Host); usable > 0 {
		text += fmt.Sprintf(" of %s", significant(usable))
	}
	return text
}

func usableCPUs(host result.Host) float64 {
	if host.UsableCPUs > 0 {
		return host.UsableCPUs
	}
	return float64(host.CPUs)
}
