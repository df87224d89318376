package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// commandLines are the sentences that each block command owes its reader.
func commandLines(run result.Run) []string {
	b := blockOf(run)
	lines := []string{runnerLine(run)}
	switch {
	case run.Command == "compare-mounts":
		return append(lines, comparisonLines(b)...)
	case isMatrix(b):
		return append(lines, matrixLines(b)...)
	case isSmallWrite(run):
		return append(lines, smallWriteLine(run), gridLine(b.Grid))
	case writes(run):
		return append(lines, writeLine(run), syncLine(b))
	case run.Command == "sustained" || b.Steady != nil:
		return append(lines, steadyLine(run), passesLine(run), coldLine(run))
	}
	line := sentenceOf(volumeLine(run))
	if line != "" && b.DurationNS == 0 && run.Block != nil {
		line = strings.TrimSuffix(line, ".") + ", every byte read once."
	}
	return append(lines, line, coldLine(run))
}

// sentenceOf is sentence for a text that may be empty.
func sentenceOf(text string) string {
	if text == "" {
		return ""
	}
	return sentence(text)
}

// volumeLine is what was moved in what time: "210 GB (196 GiB) in 16 s".
func volumeLine(run result.Run) string {
	bytes, moved := run.Metrics[verb(run)+"_bytes"]
	length, timed := run.Metrics["duration_ns"]
	switch {
	case moved && timed:
		return bothBytes(bytes) + " in " + printed("_ns", length)
	case moved:
		return bothBytes(bytes)
	}
	return ""
}

// steadyLine gives the steady rate its band and start, and the ramp apart from it.
func steadyLine(run result.Run) string {
	s := blockOf(run).Steady
	if s == nil {
		return ""
	}
	name := verb(run) + "_bytes_per_s"
	whole, known := run.Metrics[name]
	if !s.Found {
		return "The rate never became steady, so that this is the mean of a run that was still changing. " + sentenceOf(s.Rule)
	}
	line := fmt.Sprintf("Steady from %s on: nine in ten of its windows of %s lie between %s and %s.",
		printed("_ns", float64(s.FromNS)), printed("_ns", float64(s.WindowNS)), units.Rate(s.LowBytesPerS), units.Rate(s.HighBytesPerS))
	if s.RampBytesPerS > 0 {
		line += fmt.Sprintf(" The ramp before it, at %s, isn't in that rate", units.Rate(s.RampBytesPerS))
		if known {
			line += fmt.Sprintf("; with it the mean is %s%s", units.Rate(whole), coldOf(run).beside())
		}
		line += "."
	}
	return line
}

// passesLine is how often the set was read: "3.00 TB over 210 GB: 14.3 passes in 5 min 0 s."
func passesLine(run result.Run) string {
	bytes, ok := run.Metrics["read_bytes"]
	passes, counted := run.Metrics["passes"]
	set := blockOf(run).SetBytes
	if !ok || !counted || set == 0 {
		return sentenceOf(volumeLine(run))
	}
	line := fmt.Sprintf("%s over %s: %s passes", units.Bytes(bytes), units.Bytes(float64(set)), significant(passes))
	if passes == 1 {
		line = strings.TrimSuffix(line, "es")
	}
	if length, ok := run.Metrics["duration_ns"]; ok {
		line += " in " + printed("_ns", length)
	}
	return line + "."
}

// writeLine says what was written, and what its time holds of making it durable.
func writeLine(run result.Run) string {
	b := blockOf(run)
	line := joined(sentenceWithoutEnd(volumeLine(run)), map[string]string{
		"end":  "fsync of each file at its end, inside the time",
		"each": "fsync after each write, inside the time",
		"none": "no fsync: the time may end before the data is safe on the server",
	}[b.Fsync])
	if line == "" {
		return ""
	}
	if b.Direct {
		line += "; O_DIRECT, past this client's page cache"
	} else {
		line += "; buffered, through this client's page cache"
	}
	if b.Overwrite {
		line += "; over files that existed"
	}
	line = sentence(line)
	if verified, ok := run.Metrics["verified_bytes"]; ok {
		line += fmt.Sprintf(" %s were read back and had the right checksums.", units.Bytes(verified))
	}
	return line
}

func sentenceWithoutEnd(text string) string { return strings.TrimSuffix(sentenceOf(text), ".") }

func syncLine(b result.Block) string {
	s, ok := b.Latencies["sync"]
	if !ok || s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%s: half took at most %s, 99 %% at most %s, the longest %s.", plural(int(s.Count), "fsync"),
		nanoseconds(s.P50NS), nanoseconds(s.P99NS), nanoseconds(s.MaxNS))
}

func nanoseconds(ns int64) string { return units.Duration(time.Duration(ns)) }

// smallWriteLine is the distribution in one sentence, and how many a second there were.
func smallWriteLine(run result.Run) string {
	var parts []string
	for _, of := range [][2]string{{"latency_p50_ns", "half take at most "}, {"latency_p99_ns", "99 % at most "}, {"latency_max_ns", "the longest took "}} {
		if value, ok := run.Metrics[of[0]]; ok {
			parts = append(parts, of[1]+printed(of[0], value))
		}
	}
	if rate, ok := run.Metrics["ops_per_s"]; ok {
		files := count(rate) + " files/s"
		if jobs := blockOf(run).Jobs; jobs > 0 {
			files += " from " + plural(jobs, "writer")
		}
		parts = append(parts, files)
	}
	if len(parts) == 0 {
		return ""
	}
	return joinedSentences(sentence(joined(parts...)), "each is a create, write, fsync and rename")
}

// gridLine names the period that the completions stand on, and what that means.
func gridLine(g *result.Grid) string {
	switch {
	case g == nil:
		return ""
	case !g.Found:
		return joinedSentences("No grid was found in the completions.", g.Why)
	}
	return joinedSentences(fmt.Sprintf("Fsyncs complete on a grid of %s: small durable writes wait for the server's next transaction group.", gridPeriod(g)), g.Why)
}

// gridPeriod has three digits even where they are zeros: a grid of 5.00 s is known to within 2 %.
func gridPeriod(g *result.Grid) string {
	seconds := float64(g.PeriodNS) / 1e9
	if seconds < 1 || seconds >= 100 {
		return nanoseconds(g.PeriodNS)
	}
	return strconv.FormatFloat(seconds, 'f', map[bool]int{true: 2, false: 1}[seconds < 10], 64) + " s"
}

func joinedSentences(first, second string) string {
	if second == "" {
		return first
	}
	return first + " " + sentence(second)
}
