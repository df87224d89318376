package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// isBlock says that a run is of a block command, whose answer is a rate or a latency
// and never an AU. The folder of a killed one may not hold Run.Block yet.
func isBlock(run result.Run) bool {
	return run.Block != nil || slices.Contains([]string{"cold-read", "sustained", "write", "small-write", "compare-mounts"}, run.Command)
}

// blockOf is what a block command did; empty where the folder doesn't say.
func blockOf(run result.Run) result.Block {
	if run.Block == nil {
		return result.Block{}
	}
	return *run.Block
}

func isSmallWrite(run result.Run) bool {
	return run.Command == "small-write" || blockOf(run).Op == "small-write"
}

// writes says that a run's bytes went to the storage.
func writes(run result.Run) bool {
	return run.Command == "write" || blockOf(run).Op == "write" || isSmallWrite(run)
}

// verb is what was done to the bytes: read or write.
func verb(run result.Run) string {
	if writes(run) {
		return "write"
	}
	return "read"
}

// steady is the part of a sustained run that its answer is about; nil where none was
// found, or where the command doesn't look for one.
func steady(run result.Run) *result.Steady {
	if s := blockOf(run).Steady; s != nil && s.Found {
		return s
	}
	return nil
}

// rateMetric is the metric that a block command's rate stands in, and its value.
func rateMetric(run result.Run) (name string, rate float64, ok bool) {
	name = verb(run) + "_bytes_per_s"
	if steady(run) != nil {
		if rate, ok = run.Metrics["steady_"+name]; ok {
			return "steady_" + name, rate, true
		}
	}
	rate, ok = run.Metrics[name]
	return name, rate, ok
}

// bothRates is a rate in powers of 1000 and of 1024: "13.1 GB/s (12.2 GiB/s)".
func bothRates(rate float64) string { return units.Rate(rate) + " (" + units.BinaryRate(rate) + ")" }

// bothBytes is a size in powers of 1000 and of 1024.
func bothBytes(bytes float64) string {
	return units.Bytes(bytes) + " (" + units.BinaryBytes(bytes) + ")"
}

// way says how bytes went between memory and the mount.
func way(b result.Block) string {
	if b.Direct {
		return "O_DIRECT"
	}
	return "buffered"
}

// shapeOf says in one line how a block command was run.
func shapeOf(run result.Run) []string {
	b := blockOf(run)
	var parts []string
	each := " a " + verb(run)
	if run.Command == "compare-mounts" {
		each = " an operation"
	}
	for _, of := range []struct {
		value int64
		text  string
	}{
		{int64(b.Files), filesOf(b)},
		{int64(b.Jobs), plural(b.Jobs, jobNoun(run))},
		{b.OpBytes, sizeName(b.OpBytes) + each},
		{int64(b.Depth), "depth " + strconv.Itoa(b.Depth)},
	} {
		if of.value > 0 {
			parts = append(parts, of.text)
		}
	}
	if run.Block == nil {
		return parts
	}
	if len(b.Cells) == 0 {
		parts = append(parts, way(b))
	}
	if b.Pattern != "" && !writes(run) {
		parts = append(parts, b.Pattern)
	}
	if b.RateBytesPerS > 0 {
		parts = append(parts, "at most "+units.Rate(b.RateBytesPerS))
	}
	return append(parts, runner(b))
}

func filesOf(b result.Block) string {
	text := plural(b.Files, "file")
	if b.FileBytes > 0 {
		text += " of " + units.Bytes(float64(b.FileBytes))
	}
	return text
}

// runner names what moved the bytes: "native posix", "fio-3.39 psync".
func runner(b result.Block) string {
	name := b.Runner
	switch {
	case b.Runner == "fio" && b.FioVersion != "":
		name = b.FioVersion
	case b.Runner == "both":
		name = strings.TrimSuffix("native and fio "+strings.TrimPrefix(b.FioVersion, "fio-"), " ") + ","
	}
	return strings.Trim(name+" "+b.Engine, " ,")
}

// sizeName prints a size that someone has set, without zeros after the point: 64 KiB.
func sizeName(size int64) string { return strings.Replace(plainBinary(size), ".0 ", " ", 1) }

// doubt is the first of these codes that the run has a warning of; empty without one.
func doubt(run result.Run, codes ...string) string {
	for _, code := range codes {
		if hasWarning(run, code) {
			return code
		}
	}
	return ""
}
