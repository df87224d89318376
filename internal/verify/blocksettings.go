package verify

import (
	"fmt"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
)

// checkSettings holds the settings against what was run. What a matrix varies, and what
// was searched for, has no one value.
func (b *blockRun) checkSettings() {
	for _, s := range []struct {
		setting, figure string
		value           any
	}{
		{"jobs", "jobs", b.block.Jobs}, {"depth", "depth", b.block.Depth}, {"op-size", "op_bytes", b.block.OpBytes},
		{"mode", "direct", modeOf(b.block.Direct)}, {"pattern", "pattern", b.block.Pattern}, {"runner", "runner", b.block.Runner},
		{"fsync", "fsync", b.block.Fsync}, {"overwrite", "overwrite", b.block.Overwrite}, {"rate", "rate_bytes_per_s", b.block.RateBytesPerS},
		{"writers", "jobs", b.block.Jobs}, {"file-size", "file_bytes", b.block.FileBytes},
	} {
		has, ok := b.run.Settings[s.setting]
		if !ok || has.Value == "auto" || b.varies(s.setting) || s.setting == "fsync" && b.block.Op == string(fio.Read) {
			continue
		}
		b.same(result.RunFile, "settings."+s.setting, has.Value, s.value, "block.%s says otherwise", s.figure)
	}
	b.checkDuration()
	b.checkSize()
	b.checkMatrix()
	if engine, ok := b.run.Settings["engine"].Value.(string); ok && b.block.Runner == "native" && !b.varies("mode") && b.block.Op != "small-write" {
		b.held["engine"] = true
		fallback := engine == "uring" && b.block.Engine == "direct" // where the kernel has no rings
		if b.v.Checked++; engine != b.block.Engine && !fallback && !b.isSided() {
			b.find(result.RunFile, "settings.engine", engine, b.block.Engine, "block.engine says otherwise")
		}
	}
}

func (b *blockRun) isSided() bool { _, ok := b.sided(); return ok }

func modeOf(direct bool) string {
	if direct {
		return "direct"
	}
	return "buffered"
}

// varies says whether a setting is an axis of the cells.
func (b *blockRun) varies(setting string) bool {
	return len(b.block.Cells) > 0 && b.block.Cells[0].Settings[setting] != "" && setting != "runner"
}

// checkDuration holds the time that was asked for against that of the job.
func (b *blockRun) checkDuration() {
	name := "duration"
	if len(b.block.Cells) > 0 {
		name = "cell-time"
	}
	text, ok := b.run.Settings[name].Value.(string)
	asked, err := time.ParseDuration(text)
	if ok && err == nil && b.block.DurationNS > 0 {
		b.same(result.RunFile, "settings."+name, int64(asked), b.block.DurationNS, "block.duration_ns says otherwise")
	}
}

// checkSize holds the size that was asked for against that of the files: equal ones, in
// whole blocks, or in whole 4 MiB where they are large.
func (b *blockRun) checkSize() {
	if b.block.Op == "small-write" {
		return
	}
	files, given := toNumber(b.run.Settings["files"].Value)
	if from := b.run.Settings["files"].From; given && (from == "flag" || from == "environment" || from == "config") {
		b.same(result.RunFile, "settings.files", files, b.block.Files, "block.files says otherwise")
	}
	size, ok := toNumber(b.run.Settings["size"].Value)
	if !ok || b.block.Files < 1 {
		return
	}
	unit, n := int64(4096), int64(b.block.Files)
	each := (int64(size) + n - 1) / n
	if each >= 64<<20 {
		unit = 4 << 20
	}
	each = max((each+unit-1)/unit, 1) * unit
	b.same(result.RunFile, "block.file_bytes", b.block.FileBytes, each, "settings.size %.0f over %d files, in whole blocks", size, n)
	b.same(result.RunFile, "block.set_bytes", b.block.SetBytes, n*each, "settings.size %.0f over %d files, in whole blocks", size, n)
}

// checkMatrix holds the cells against the settings that asked for them.
func (b *blockRun) checkMatrix() {
	sides := 1
	if b.isSided() {
		sides = 2
	}
	if text, ok := b.run.Settings["matrix"].Value.(string); ok && b.run.Status == result.Complete {
		m, err := fio.ParseMatrix(text)
		if err != nil {
			b.find(result.RunFile, "settings.matrix", text, nil, "%v", err)
			return
		}
		if b.same(result.RunFile, "settings.matrix", m.Count()*sides, len(b.block.Cells), "so many combinations are in block.cells") {
			cells := m.Cells()
			for i, c := range b.block.Cells {
				b.checkCell(i, cells[i/sides], c)
			}
		}
	}
	if repeats, ok := toNumber(b.run.Settings["repeats"].Value); ok && len(b.block.Cells) > 0 && b.run.Status == result.Complete {
		b.same(result.RunFile, "settings.repeats", int(repeats)*sides, len(b.block.Cells[0].Values), "so many runs of each cell are in block.cells[].values")
	}
}

func (b *blockRun) checkCell(at int, settings fio.Settings, c result.Cell) {
	for _, s := range settings {
		b.same(result.RunFile, fmt.Sprintf("block.cells[%d].settings.%s", at, s.Axis), c.Settings[s.Axis], s.Value, "by settings.matrix")
	}
}

// checkSearch holds the tries of the search against their turns.
func (b *blockRun) checkSearch() {
	var tries []*turn
	for _, t := range b.turns {
		if strings.HasPrefix(t.label, "search-") {
			tries = append(tries, t)
		}
	}
	if b.run.Status == result.Complete {
		b.same(result.RunFile, "block.search", len(b.block.Search), len(tries), "so many tries are in %s", result.ReadingsFile)
	}
	for i, s := range b.block.Search {
		at := fmt.Sprintf("block.search[%d].", i)
		if s.Chosen && !b.varies("jobs") && !b.varies("op-size") {
			b.same(result.RunFile, at+"jobs", s.Jobs, b.block.Jobs, "block.jobs is what was chosen")
			b.same(result.RunFile, at+"op_bytes", s.OpBytes, b.block.OpBytes, "block.op_bytes is what was chosen")
		}
		if i >= len(tries) {
			return
		}
		t := tries[i]
		b.same(result.RunFile, at+"jobs and op_bytes", fmt.Sprintf("search-%dx%d", s.Jobs, s.OpBytes), t.label, "by %s", result.ReadingsFile)
		b.same(result.RunFile, at+"bytes", s.Bytes, t.final().Bytes, "by the last io reading of the try in %s", result.ReadingsFile)
		least, most := t.within()
		bytes := float64(t.final().Bytes)
		if b.v.Checked++; s.BytesPerS < bytes/most.Seconds()*(1-1e-9) || least > 0 && s.BytesPerS > bytes/least.Seconds()*(1+1e-9) {
			b.find(result.RunFile, at+"bytes_per_s", s.BytesPerS, nil, "%.0f bytes were read in more than %v and at most %v, by the io readings in %s", bytes, least, most, result.ReadingsFile)
		}
	}
}
