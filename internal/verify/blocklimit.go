package verify

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/rules"
	"github.com/lbench/lbench/internal/stats"
)

// checkRules judges the run by the rules that it names.
func (b *blockRun) checkRules() {
	var all []rules.Rule
	for i, c := range b.run.Checks {
		r, err := fio.ParseRule(c.Rule)
		if err != nil {
			b.find(result.RunFile, fmt.Sprintf("checks[%d].rule", i), c.Rule, nil, "%v", err)
			return
		}
		all = append(all, r)
	}
	checks, verdict := fio.Judge(all, b.run.Metrics)
	b.verdict(b.run, checks, verdict)
}

// checkLimit names the limit again. Telemetry gives some of the evidence; its times are
// only known to the ms that the opening of files took, so that only the rest is compared.
func (b *blockRun) checkLimit(shown *turn) {
	published := b.run.Limit
	if published == nil || shown == nil {
		return
	}
	cpu := b.run.Metrics["cpu_ns_per_byte_mean"] * float64(b.bytes())
	job := b.job
	if b.block.Op == "small-write" {
		job = fio.Job{Op: fio.Write, Jobs: b.block.Jobs, Depth: 1, OpBytes: b.block.FileBytes, Fsync: fio.FsyncEach}
	}
	facts := fio.Facts{Job: job, Metrics: b.run.Metrics, Host: b.run.Host, Mount: b.mountOf(shown), Readings: b.readings,
		Outcome: fio.Outcome{Engine: b.block.Engine, Duration: b.duration(), CPU: duration(cpu), Ops: b.ops(), Bytes: b.bytes(), Total: b.meant("total"), Sync: b.meant("sync"), Capped: hasWarning(b.run, "inflight_capped")},
		Started: shown.began, CeilingBytesPerS: b.run.Metrics["ceiling_read_bytes_per_s"]}
	with := fio.NameLimit(facts)
	facts.Readings = nil
	without := fio.NameLimit(facts)
	byTelemetry := slices.Contains([]string{"client-cpu", "client-memory", "network"}, published.Name)
	if with.Name != published.Name && (byTelemetry || with.Name != without.Name) {
		b.note("limit.name is %s, and %s may make it %s: when the first operation began is known to some ms only", published.Name, result.ReadingsFile, with.Name)
		return
	}
	b.same(result.RunFile, "limit.name", published.Name, with.Name, "from the metrics and %s", result.ReadingsFile)
	for _, line := range without.Evidence {
		if strings.HasSuffix(line, "not measured") || !contains(with.Evidence, line) {
			continue
		}
		if b.v.Checked++; !contains(published.Evidence, line) {
			b.find(result.RunFile, "limit.evidence", nil, line, "it follows from the metrics, and no line says it")
		}
	}
	b.note("limit.evidence was compared where it doesn't come from telemetry")
}

// meant is durations of exactly a published count and mean; nil: that kind wasn't
// measured. The sum is whole ns, so that some are one longer than the others.
func (b *blockRun) meant(kind string) *stats.Durations {
	l, ok := b.block.Latencies[kind]
	if !ok {
		return nil
	}
	d := stats.NewDurations(3)
	if l.Count > 0 {
		sum := int64(math.Round(l.MeanNS * float64(l.Count)))
		longer := sum % l.Count
		d.RecordN(sum/l.Count, l.Count-longer)
		d.RecordN(sum/l.Count+1, longer)
	}
	return d
}

// contains says whether a line is in a list, or begins one of it: some end in what was
// measured beside the run.
func contains(lines []string, line string) bool {
	for _, l := range lines {
		if strings.HasPrefix(l, line) {
			return true
		}
	}
	return false
}

// mountOf is the mount that a turn ran on.
func (b *blockRun) mountOf(t *turn) *result.Mount {
	for label, m := range b.block.Mounts {
		if strings.HasPrefix(t.label, label+".") {
			return &m
		}
	}
	return b.run.Mount
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
