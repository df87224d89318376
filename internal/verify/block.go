package verify

import (
	"strings"
	"time"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
)

// blockRun is one run of a block command while it is verified.
type blockRun struct {
	*ledger
	folder   *result.Folder
	run      result.Run
	block    *result.Block
	job      fio.Job
	turns    []*turn
	readings []result.Reading
}

// block computes what a block command publishes again, as far as its folder holds the data.
func (l *ledger) block(folder *result.Folder) {
	b := &blockRun{ledger: l, folder: folder, run: folder.Run, block: folder.Run.Block}
	b.job = jobOf(b.block, b.run)
	b.readings = b.ledger.readings(folder)
	b.turns = turnsOf(b.readings)
	if !b.readLog() {
		return
	}
	shown := b.shown()
	b.checkSettings()
	b.checkSearch()
	b.checkTotals(shown)
	b.checkLatencies(shown)
	b.checkMetrics()
	b.checkSteady(shown)
	b.checkCells()
	b.warnings()
	if b.run.Status != result.Complete {
		return
	}
	b.checkRules()
	b.checkLimit(shown)
}

// jobOf is the job as far as run.json tells of it. Files have the size of the set together.
func jobOf(b *result.Block, run result.Run) fio.Job {
	j := fio.Job{
		Op: fio.Read, Pattern: fio.Pattern(b.Pattern), OpBytes: b.OpBytes, Jobs: b.Jobs, Depth: b.Depth, Direct: b.Direct,
		Duration: time.Duration(b.DurationNS), RateBytesPerS: b.RateBytesPerS, Fsync: fio.Fsync(b.Fsync), Overwrite: b.Overwrite,
		Files: []fio.File{{Bytes: b.SetBytes}},
	}
	if b.Op != string(fio.Read) {
		j.Op = fio.Write
	}
	j.Verify, _ = run.Settings["verify"].Value.(bool)
	return j
}

// shown is the turn whose figures stand for the run: the only one that is not of the
// search, or the one that has run.json's bytes and operations in the time that it says.
func (b *blockRun) shown() *turn {
	var fits []*turn
	for _, t := range b.turns {
		if strings.HasPrefix(t.label, "search-") {
			continue
		}
		if least, most := t.within(); t.label == "" || b.duration() > least && b.duration() <= most && t.final().Bytes == b.bytes() {
			fits = append(fits, t)
		}
	}
	for _, t := range fits {
		if l := b.block.Latencies["total"]; t.total != nil && t.total.Count() == l.Count && b.fits(t, t.total, 0.5, l.P50NS, 0) && b.fits(t, t.total, 0.99, l.P99NS, 0) {
			return t
		}
	}
	if len(fits) == 0 {
		return nil
	}
	return fits[0]
}

// duration is the run's: to the last operation of any job.
func (b *blockRun) duration() time.Duration {
	var last int64
	for _, j := range b.block.PerJob {
		last = max(last, j.DurationNS)
	}
	if len(b.block.PerJob) == 0 {
		last = int64(b.run.Metrics["duration_ns"])
	}
	return time.Duration(last)
}

func (b *blockRun) bytes() int64 {
	var sum int64
	for _, j := range b.block.PerJob {
		sum += j.Bytes
	}
	if len(b.block.PerJob) == 0 {
		sum = int64(b.run.Metrics["write_bytes"])
	}
	return sum
}

func (b *blockRun) ops() int64 {
	var sum int64
	for _, j := range b.block.PerJob {
		sum += j.Ops
	}
	if len(b.block.PerJob) == 0 {
		sum = b.block.Latencies["total"].Count
	}
	return sum
}
