package report

import (
	"fmt"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// smallOp is up to which op size the operations a second say more than the bytes.
const smallOp = 64 << 10

// blockFigures are the key figures of a block command: rate, operations a second where
// they are small, latency, coldness and what it cost this client.
func blockFigures(run result.Run) []keyFigure {
	var figures []keyFigure
	b := blockOf(run)
	if isSmallWrite(run) {
		figures = append(figures, smallWriteFigure(run)...)
	}
	if name, rate, ok := rateMetric(run); ok {
		label := verb(run)
		if steady(run) != nil {
			label = "steady"
		}
		figures = append(figures, keyFigure{Label: label, Value: units.Rate(rate), Detail: "= " + units.BinaryRate(rate) + besideMetric(run, name),
			Code: doubt(run, "not_cold", "inflight_capped")})
	}
	if rate, ok := run.Metrics["ops_per_s"]; ok && b.OpBytes > 0 && b.OpBytes <= smallOp && !isSmallWrite(run) {
		figures = append(figures, keyFigure{Label: "IOPS", Value: count(rate) + " /s", Detail: "operations of " + sizeName(b.OpBytes)})
	}
	figures = append(figures, latencyFigures(run)...)
	if !writes(run) {
		figures = append(figures, coldFigure(run)...)
	}
	if cost, ok := run.Metrics["cpu_ns_per_byte_mean"]; ok {
		rate := run.Metrics[verb(run)+"_bytes_per_s"]
		figures = append(figures, keyFigure{Label: "client CPU", Value: printed("cpu_ns_per_byte_mean", cost), Detail: cores(run, cost, rate)})
	}
	return figures
}

// smallWriteFigure is how many files a second were made durable.
func smallWriteFigure(run result.Run) []keyFigure {
	rate, ok := run.Metrics["ops_per_s"]
	if !ok {
		return nil
	}
	return []keyFigure{{Label: "files", Value: count(rate) + " /s", Detail: "each written, synced and renamed"}}
}

// latencyFigures are the median and the 99th percentile of all operations: under a rate
// from when each was due, with what it took once it had begun beside them.
func latencyFigures(run result.Run) []keyFigure {
	p50, ok := run.Metrics["latency_p50_ns"]
	p99, also := run.Metrics["latency_p99_ns"]
	if !ok || !also {
		return nil
	}
	half, nearly := "half took at most that", ""
	if longest, ok := run.Metrics["latency_max_ns"]; ok {
		nearly = "longest " + printed("_ns", longest)
	}
	if service, ok := serviceLatency(run); ok {
		half = "from when it was due; " + nanoseconds(service.P50NS) + " once begun"
		nearly = joined("from when it was due", nearly) + "; " + nanoseconds(service.P99NS) + " once begun"
	}
	return []keyFigure{
		{Label: "p50 " + verb(run), Value: printed("_ns", p50), Detail: half},
		{Label: "p99 " + verb(run), Value: printed("_ns", p99), Detail: nearly},
	}
}

// serviceLatency is how long operations took once they had begun, where the metrics count
// from when they were due.
func serviceLatency(run result.Run) (result.Latency, bool) {
	latencies := blockOf(run).Latencies
	service, ok := latencies["total"]
	return service, ok && service.Count > 0 && latencies["intended"].Count > 0
}

// jobFigure says on a terminal how far the jobs lie apart; a page has a plot of it.
func jobFigure(run result.Run) []keyFigure {
	rates := jobRates(run)
	if len(rates) < 2 {
		return nil
	}
	f := keyFigure{Label: jobNoun(run) + "s", Value: fmt.Sprintf("slowest %s, fastest %s", jobRate(run, rates[len(rates)-1].rate), jobRate(run, rates[0].rate)),
		Detail: fmt.Sprintf("mean %s", jobRate(run, meanRate(rates))) + besideMetric(run, verb(run)+"_bytes_per_s")}
	if balance, ok := run.Metrics["job_balance_fraction"]; ok {
		f.Detail += fmt.Sprintf(", balance %s", units.Percent(balance, 1))
	}
	return []keyFigure{f}
}
