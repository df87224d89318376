package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
)

// runColumn is what a table of runs says of each run beside its metrics. In CSV and in Parquet
// it is the same.
type runColumn struct {
	name string
	node parquet.Node
	of   func(result.Run) any // a string, int64, bool or time.Time; nil where the run has none
}

// nameColumns say which run it is and what came of it.
func nameColumns() []runColumn {
	text := parquet.String()
	return []runColumn{
		{"id", text, func(run result.Run) any { return run.ID }},
		{"command", text, func(run result.Run) any { return run.Command }},
		{"workload", text, func(run result.Run) any { return run.Workload }},
		{"started", parquet.Timestamp(parquet.Nanosecond), func(run result.Run) any { return run.Started }},
		{"status", text, func(run result.Run) any { return string(run.Status) }},
		{"verdict", text, func(run result.Run) any { return string(run.Verdict) }},
	}
}

// runColumns tell the rows of a table of runs apart: with what, on what and from where, and
// whether a run counts. doubt says why its folder isn't as the run left it.
func runColumns() []runColumn {
	text, whole := parquet.String(), parquet.Optional(parquet.Int(64))
	return []runColumn{
		{"lbench", text, func(run result.Run) any { return run.Lbench.Version }},
		{"host", text, func(run result.Run) any { return run.Host.Name }},
		{"engine", text, func(run result.Run) any { name, _ := run.Settings["engine"].Value.(string); return name }},
		{"mount_type", text, func(run result.Run) any {
			if run.Mount == nil {
				return ""
			}
			return run.Mount.Type
		}},
		{"accelerators", whole, func(run result.Run) any {
			if run.Plan == nil {
				return nil
			}
			return int64(run.Plan.Accelerators)
		}},
		{"suite", text, func(run result.Run) any { return placeOf(run).ID }},
		{"entry", text, func(run result.Run) any { return placeOf(run).Entry }},
		{"repeat", whole, func(run result.Run) any {
			if run.Suite == nil {
				return nil
			}
			return int64(run.Suite.Repeat)
		}},
		{"warmup", parquet.Leaf(parquet.BooleanType), func(run result.Run) any { return run.Suite.IsWarmup() }},
		{"doubt", text, func(run result.Run) any { return run.Doubt() }},
	}
}

// placeOf is a run's place in its suite; empty where it has none.
func placeOf(run result.Run) result.SuitePlace {
	if run.Suite == nil {
		return result.SuitePlace{}
	}
	return *run.Suite
}

// tableColumns are all that a table of runs has before the metrics.
func tableColumns() []runColumn { return slices.Concat(nameColumns(), runColumns()) }

// tableMetrics are the names of all metrics that any of the runs has, sorted.
func tableMetrics(runs []result.Run) []string {
	names := map[string]bool{}
	for _, run := range runs {
		for name := range withLost(run) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// CSV writes one line per run: tableColumns, and each metric of any run in a column of its own,
// as run.json names and writes it, with the parts of its lost time (lost_reads_fraction). What
// a run lacks is empty. The only errors are those of w.
func CSV(w io.Writer, runs []result.Run) error {
	metrics := tableMetrics(runs)
	var head []string
	for _, c := range tableColumns() {
		head = append(head, c.name)
	}
	lines := [][]string{append(head, csvTexts(metrics)...)}
	for _, run := range runs {
		var line []string
		for _, c := range tableColumns() {
			line = append(line, csvCell(c.of(run)))
		}
		values := withLost(run)
		for _, name := range metrics {
			value, ok := values[name]
			line = append(line, csvNumber(value, ok))
		}
		lines = append(lines, line)
	}
	return writeCSV(w, lines)
}

// csvCell is the value of a runColumn.
func csvCell(value any) string {
	switch v := value.(type) {
	case string:
		return csvText(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return ""
}

// withLost is the metrics of a run with the parts of its lost time.
func withLost(run result.Run) map[string]float64 {
	if run.Lost == nil {
		return run.Metrics
	}
	all := map[string]float64{}
	maps.Copy(all, run.Metrics)
	for name, part := range run.Lost.Parts {
		if name != losses.AU {
			all["lost_"+name] = part
		}
	}
	return all
}

// CSVLong writes one line per run, epoch and metric. The epoch is empty for metrics of
// the whole run; an epoch to warm up, which is in no mean, has the metric "warmup" of 1.
func CSVLong(w io.Writer, runs []result.Run) error {
	lines := [][]string{{"run", "epoch", "metric", "value"}}
	for _, run := range runs {
		add := func(epoch string, metrics map[string]float64) {
			for _, name := range slices.Sorted(maps.Keys(metrics)) {
				lines = append(lines, []string{csvText(run.ID), epoch, csvText(name), csvNumber(metrics[name], true)})
			}
		}
		add("", run.Metrics)
		for _, e := range run.Epochs {
			epoch := strconv.Itoa(e.Epoch)
			if e.Warmup {
				lines = append(lines, []string{csvText(run.ID), epoch, "warmup", "1"})
			}
			add(epoch, e.Metrics)
		}
	}
	return writeCSV(w, lines)
}

func writeCSV(w io.Writer, lines [][]string) error {
	out := csv.NewWriter(w)
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// csvNumber is a number as in run.json; empty for one that wasn't measured or is none.
func csvNumber(value float64, ok bool) string {
	text, err := json.Marshal(value)
	if !ok || err != nil {
		return ""
	}
	return string(text)
}

// csvText keeps a text from being taken for a formula by a spreadsheet, which would run it.
func csvText(text string) string {
	text = plain(text)
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}

func csvTexts(texts []string) []string {
	safe := make([]string, len(texts))
	for i, text := range texts {
		safe[i] = csvText(text)
	}
	return safe
}
