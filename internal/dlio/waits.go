package dlio

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
)

// latencyRows is how many rows a table of latencies has: four to each doubling, so that a
// row is at most a fifth wider than where it begins.
const latencyRows = 4 * 64

// latencyRow is the row of a latency in ns.
func latencyRow(ns int64) int {
	if ns < 4 {
		return int(max(ns, 0))
	}
	octave := bits.Len64(uint64(ns)) - 1 // 2^octave <= ns
	return 4*(octave-1) + int(ns>>(octave-2))&3
}

// latencyUpTo is the longest latency of a row.
func latencyUpTo(row int) int64 {
	if row < 4 {
		return int64(row)
	}
	octave := row/4 + 1
	return int64(4+row%4+1)<<(octave-2) - 1
}

// LatencyUpTo is the longest latency of the row of a run's table that ns belongs to.
func LatencyUpTo(ns int64) int64 { return latencyUpTo(latencyRow(ns)) }

// waits is what one rank's reads cost it since it was reset: counters that only its reader
// touches, under its mu.
type waits struct {
	rows    [latencyRows]result.ReadLatency
	charged []fileWait // of the wait in hand
}

// fileWait is how long a wait was for reads of one file.
type fileWait struct {
	file int
	ns   int64
}

// read counts a read that had to wait for so long.
func (w *waits) read(latency int64, first bool) {
	row := &w.rows[latencyRow(latency)]
	row.Reads++
	if first {
		row.FirstReads++
	}
}

// charge adds ns of a wait to a read of a file.
func (w *waits) charge(ns, latency int64, file int, first bool) {
	row := &w.rows[latencyRow(latency)]
	row.Wait += ns
	if first {
		row.FirstWait += ns
	}
	for i := range w.charged {
		if w.charged[i].file == file {
			w.charged[i].ns += ns
			return
		}
	}
	w.charged = append(w.charged, fileWait{file, ns})
}

// blame sums up, over the steps of an epoch after its first, what the last rank into each
// barrier waited for.
type blame struct {
	compute  int64 // of a step, ns
	files    map[int]result.FileWait
	together int64
}

// add takes a step of so many ranks, whose last one came so many ns after the one before
// it. What it waited alone is charged to the files that it waited for, in proportion.
func (b *blame) add(ranks int, last *reader, after int64) {
	left := losses.Alone(ranks, last.readNS, after)
	b.together += last.readNS - left
	part := float64(left) / float64(last.readNS)
	for i, c := range last.waits.charged {
		ns := min(left, int64(part*float64(c.ns)))
		if i == len(last.waits.charged)-1 {
			ns = left // to the nanosecond
		}
		left -= ns
		if ns == 0 {
			continue
		}
		w := b.files[c.file]
		if w.Wait += ns; losses.Counts(ns, b.compute) {
			w.Steps++
		}
		b.files[c.file] = w
	}
}

// FilesNamed is how many files an epoch names.
const FilesNamed = 10

// reads is what a run keeps of an epoch's reads.
func (t *training) reads(epoch int) result.EpochReads {
	r := result.EpochReads{Epoch: epoch, Together: t.blame.together, Latencies: []result.ReadLatency{}, Files: []result.FileWait{}}
	var sum [latencyRows]result.ReadLatency
	for _, reader := range t.readers {
		reader.mu.Lock()
		for i, row := range reader.waits.rows {
			sum[i].Reads += row.Reads
			sum[i].FirstReads += row.FirstReads
			sum[i].Wait += row.Wait
			sum[i].FirstWait += row.FirstWait
		}
		reader.mu.Unlock()
	}
	for i, row := range sum {
		if row.UpTo = latencyUpTo(i); row.Reads > 0 || row.Wait > 0 {
			r.Latencies = append(r.Latencies, row)
		}
	}
	for file, w := range t.blame.files {
		w.File = t.plan.Files[file].Name
		r.Files = append(r.Files, w)
	}
	slices.SortFunc(r.Files, func(a, b result.FileWait) int {
		return cmp.Or(cmp.Compare(b.Wait, a.Wait), cmp.Compare(a.File, b.File))
	})
	for _, f := range r.Files[min(FilesNamed, len(r.Files)):] {
		r.OtherFiles += f.Wait
	}
	r.Files = r.Files[:min(FilesNamed, len(r.Files))]
	return r
}
