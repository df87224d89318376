package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
	"github.com/lbench/lbench/internal/units"
)

func epochSection(d *data) (section, bool) {
	t, ok := epochTable(d.run)
	s := section{ID: "epochs", Title: "Epochs", Table: &t}
	if mean, known := d.run.Metrics["au_mean_fraction"]; known && d.run.Status == result.Complete {
		s.Lead = meanLine(d.run, mean)
	}
	return s, ok
}

func ruleSection(d *data) (section, bool) {
	t, ok := ruleTable(d.run)
	return section{ID: "rules", Title: "Rules", Table: &t}, ok
}

func metricSection(d *data) (section, bool) {
	t, ok := metricTable(d.run)
	for i, name := range slices.Sorted(maps.Keys(d.run.Metrics)) {
		value := d.run.Metrics[name]
		t.Rows[i].Cells[1].Text = printed(name, value) + binaryBeside(name, value) + besideMetric(d.run, name)
	}
	return section{ID: "metrics", Title: "All metrics of the run", Table: &t}, ok
}

// meanLine gives the means of the epochs with all that belongs to a mean.
func meanLine(run result.Run, mean float64) string {
	values := counted(run, "au_fraction")
	line := fmt.Sprintf("Mean AU of %s in one run: %s", plural(len(values), "epoch"), units.Percent(mean, 2))
	if sigma, ok := run.Metrics["au_stddev_fraction"]; ok && len(values) > 1 {
		line += fmt.Sprintf(", standard deviation %s points (of the population, as DLIO)", strings.TrimSuffix(units.Percent(sigma, 2), " %"))
	}
	if half, ok := stats.Interval95(values); ok {
		line += ", 95 % interval " + percentInterval(mean, half)
	} else {
		line += "; one epoch has no deviation and no interval"
	}
	if rate, ok := run.Metrics["read_bytes_per_s_mean"]; ok {
		line += fmt.Sprintf(". Mean rate %s = %s", units.Rate(rate), units.BinaryRate(rate))
	}
	return line + "."
}

// binaryBeside is a size or rate in powers of 1024, in brackets; empty for other metrics.
func binaryBeside(name string, value float64) string {
	switch {
	case isFraction(name):
	case strings.Contains(name, "_bytes_per_s"):
		return " (" + units.BinaryRate(value) + ")"
	case strings.HasSuffix(name, "_bytes"):
		return " (" + units.BinaryBytes(value) + ")"
	}
	return ""
}

// limitSection lists what speaks for the limit that was named.
func limitSection(d *data) (section, bool) {
	lines := evidence(d.run)
	return section{ID: "limit", Title: "What was the limit?", Lead: limitLine(d.run), List: lines}, len(lines) > 0
}

// roundSection shows what each round's own formulas make of the same run.
func roundSection(d *data) (section, bool) {
	t := table{Label: "One row per round of MLPerf Storage", Columns: []column{
		{Head: "formulas of"}, {Head: "mean AU", Number: true}, {Head: "deviation", Number: true}, {Head: "samples/s", Number: true}, {Head: "MiB/s", Number: true}, {Head: "AU rule"},
	}}
	for _, round := range slices.Sorted(maps.Keys(d.run.DLIO)) {
		r := d.run.DLIO[round]
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: round}, {Text: strconv.FormatFloat(r.AUMean, 'f', 2, 64) + " %"}, {Text: strconv.FormatFloat(r.AUStdev, 'f', 2, 64)},
			{Text: count(r.ThroughputMean)}, {Text: count(r.IOMeanMBPerSecond)},
			{Text: r.AUMeetExpectation, Bad: r.AUMeetExpectation == "fail"},
		}})
	}
	return section{ID: "rounds", Title: "What would each round's own formulas say?", Table: &t}, len(t.Rows) > 0
}

// mountSection says what was measured and from where.
func mountSection(d *data) (section, bool) {
	t := table{Label: "Mount, client and dataset"}
	t.Columns = []column{{}, {}}
	mount := d.run.Mount
	if len(blockOf(d.run).Mounts) > 0 { // they have a section of their own
		mount = nil
	}
	for _, line := range slices.Concat(mountLines(mount), hostLines(d.run.Host), planLines(d.run.Plan)) {
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: line[0]}, {Text: line[1]}}})
	}
	title := "Mount, client and dataset"
	switch {
	case len(blockOf(d.run).Mounts) > 0:
		title = "Client"
	case isBlock(d.run):
		title = "Mount and client"
	}
	return section{ID: "mount", Title: title, Table: &t}, len(t.Rows) > 0
}

func mountLines(m *result.Mount) [][2]string {
	if m == nil {
		return nil
	}
	lines := [][2]string{{"mount", joined(m.Path, m.Type, m.Version)}, {"source", joined(m.Source)}}
	if len(m.Servers) > 0 {
		lines = append(lines, [2]string{"servers", strings.Join(m.Servers, ", ")})
	}
	if m.Options != "" {
		lines = append(lines, [2]string{"options", strings.ReplaceAll(m.Options, ",", ", ")})
	}
	if m.Bytes > 0 {
		lines = append(lines, [2]string{"size", fmt.Sprintf("%s, %s free", bothBytes(float64(m.Bytes)), bothBytes(float64(m.Free)))})
	}
	if n := m.NFS; n != nil {
		lines = append(lines, [2]string{"NFS", joined(known("vers", n.Vers), known("proto", n.Proto), known("nconnect", n.Nconnect),
			known("rsize", n.Rsize), known("wsize", n.Wsize), known("read_ahead_kb", n.ReadAheadKB))})
	}
	if l := m.Lustre; l != nil {
		lines = append(lines,
			[2]string{"striping", joined(known("stripe_count", l.StripeCount), known("stripe_size_bytes", l.StripeSizeBytes), known("pool", l.Pool), known("targets", l.Targets))},
			[2]string{"Lustre", joined(known("max_rpcs_in_flight", l.MaxRPCsInFlight), known("max_pages_per_rpc", l.MaxPagesPerRPC),
				known("max_read_ahead_mb", l.MaxReadAheadMB), known("checksums", l.Checksums))})
	}
	return withText(lines)
}

func hostLines(h result.Host) [][2]string {
	cpus := ""
	if h.CPUs > 0 {
		cpus = plural(h.CPUs, "CPU")
		if h.UsableCPUs > 0 && h.UsableCPUs != float64(h.CPUs) {
			cpus += fmt.Sprintf(" (%s usable)", strconv.FormatFloat(h.UsableCPUs, 'f', -1, 64))
		}
	}
	memory := ""
	if h.MemoryBytes > 0 {
		memory = bothBytes(float64(h.MemoryBytes)) + " memory"
		if h.MemoryMaxBytes > 0 {
			memory += fmt.Sprintf(", of which %s allowed", bothBytes(float64(h.MemoryMaxBytes)))
		}
	}
	lines := [][2]string{
		{"client", joined(h.Name, h.OS, known("kernel", h.Kernel), h.Virtual)},
		{"processors", joined(h.CPUModel, cpus, memory)},
	}
	for _, nic := range h.NICs {
		rate := ""
		if nic.BytesPerS > 0 {
			rate = bothRates(nic.BytesPerS)
		}
		lines = append(lines, [2]string{"network", joined(nic.Name, nic.Driver, rate, known("MTU", nic.MTU))})
	}
	return withText(lines)
}

func planLines(p *result.Plan) [][2]string {
	if p == nil {
		return nil
	}
	dataset := fmt.Sprintf("%s of %s, %s", plural(p.Files, "file"), plural(p.SamplesPerFile, "sample"),
		bothBytes(float64(p.DatasetBytes)))
	reads := fmt.Sprintf("%s per accelerator at a time, %s a read, at most %s ahead", plural(p.Streams, "file"), units.BinaryBytes(float64(p.TransferBytes)),
		strconv.Itoa(p.ReadAheadBatches)+" batches")
	return [][2]string{
		{"dataset", dataset},
		{"batch", fmt.Sprintf("%s of %s as stored (nominal %s)", plural(p.BatchSize, "sample"), units.Count(p.RecordBytes)+" B", count(p.NominalBytes)+" B")},
		{"compute", printed("_ns", float64(p.ComputationNS)) + " a step"},
		{"reading", reads},
		{"left over", plural(int(p.Leftover), "sample") + " that no accelerator reads in an epoch"},
	}
}

// known names a value; empty where the value is its type's zero, which means unknown.
func known[T comparable](name string, value T) string {
	var zero T
	if value == zero {
		return ""
	}
	return fmt.Sprintf("%s %v", name, value)
}

// joined puts the texts that aren't empty in a row.
func joined(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), ", ")
}

func withText(lines [][2]string) [][2]string {
	return slices.DeleteFunc(lines, func(line [2]string) bool { return line[1] == "" })
}
