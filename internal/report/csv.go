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

	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
)

// CSV writes one line per run: its names, its status and verdict, its host, engine, mount and
// accelerators, and each metric of any
// run in a column of its own, as run.json names and writes it, with the parts of its lost
// time (lost_reads_fraction). A metric that a run lacks is empty there. The only errors are those of w.
func CSV(w io.Writer, runs []result.Run) error {
	names := map[string]bool{}
	for _, run := range runs {
		for name := range withLost(run) {
			names[name] = true
		}
	}
	metrics := slices.Sorted(maps.Keys(names))
	lines := [][]string{slices.Concat([]string{"id", "command", "workload", "started", "status", "verdict"}, runColumns(), csvTexts(metrics))}
	for _, run := range runs {
		line := append(csvTexts([]string{run.ID, run.Command, run.Workload}),
			run.Started.UTC().Format(time.RFC3339Nano), csvText(string(run.Status)), csvText(string(run.Verdict)))
		line = append(line, runCells(run)...)
		values := withLost(run)
		for _, name := range metrics {
			value, ok := values[name]
			line = append(line, csvNumber(value, ok))
		}
		lines = append(lines, line)
	}
	return writeCSV(w, lines)
}

// withLost is the metrics of a run with the parts of its lost time.
func withLost(run result.Run) map[string]float64 {
	if run.Lost == nil {
		return run.Metrics
	}
	all := maps.Clone(run.Metrics)
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
