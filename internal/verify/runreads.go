package verify

import (
	"fmt"
	"slices"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
)

// reads holds what a run says of its reads against its steps: how long they were waited
// for in all, and by the last rank into each barrier. Older runs say nothing.
func (t *training) reads() {
	if len(t.run.Reads) == 0 {
		return
	}
	t.same(result.RunFile, "reads", len(t.folder.Run.Reads), len(t.folder.Run.Epochs), "there is one entry for each of epochs")
	for i := range t.run.Reads[:min(len(t.run.Reads), len(t.run.Epochs))] {
		r, at := t.run.Reads[i], fmt.Sprintf("reads[%d]", i)
		t.same(result.RunFile, at+".epoch", r.Epoch, t.run.Epochs[i].Epoch, "entries stand in the order of epochs")
		all, last, together := t.lost.ReadSums(t.run.Epochs[i].Epoch)
		t.latencies(at, r.Latencies, all)
		if !t.blamesAsNow() {
			together = r.Together
		}
		t.same(result.RunFile, at+".together_ns", r.Together, together, "what the last rank of each step waited for reads less what it waited alone, for less than a second")
		t.files(at, r, last)
	}
	t.note("how many reads took how long, which were first ones, and the names of files are in no raw data: they were taken as they are, where their sums and bounds hold")
}

// latencies checks a table of latencies. all is what the steps waited for reads, in ns.
func (t *training) latencies(at string, rows []result.ReadLatency, all int64) {
	before, sum := int64(-1), int64(0)
	for i, row := range rows {
		name := fmt.Sprintf("%s.latencies[%d]", at, i)
		t.v.Checked++
		if row.UpTo <= before || dlio.LatencyUpTo(row.UpTo) != row.UpTo {
			t.find(result.RunFile, name+".up_to_ns", row.UpTo, dlio.LatencyUpTo(row.UpTo), "rows end where the table's do, and rise")
		}
		if row.Reads < row.FirstReads || row.Reads == 0 {
			t.find(result.RunFile, name+".reads", row.Reads, row.FirstReads, "they hold the first reads, and no row is empty")
		}
		if row.Wait < row.FirstWait || row.FirstWait > 0 && row.FirstReads == 0 {
			t.find(result.RunFile, name+".first_wait_ns", row.FirstWait, row.Wait, "it is a part of wait_ns, for reads that first_reads counts")
		}
		if float64(row.Wait) > float64(row.UpTo)*float64(row.Reads) {
			t.find(result.RunFile, name+".wait_ns", row.Wait, nil, "nobody waits longer for reads than they take: reads x up_to_ns")
		}
		before, sum = row.UpTo, sum+row.Wait
	}
	t.same(result.RunFile, at+".latencies", sum, all, "wait_ns of all rows: the sum of read_ns of the steps after the first, over all ranks")
}

// files checks the files that an epoch names. last is what the last ranks into barriers
// waited for reads, in ns.
func (t *training) files(at string, r result.EpochReads, last int64) {
	sum, seen := r.Together+r.OtherFiles, map[string]bool{}
	for i, f := range r.Files {
		name := fmt.Sprintf("%s.files[%d]", at, i)
		t.v.Checked++
		if seen[f.File] {
			t.find(result.RunFile, name+".file", f.File, nil, "it is named twice")
		}
		if i > 0 && f.Wait > r.Files[i-1].Wait {
			t.find(result.RunFile, name+".wait_ns", f.Wait, r.Files[i-1].Wait, "the costliest file comes first")
		}
		seen[f.File] = true
		sum += f.Wait
	}
	if n := len(r.Files); n > dlio.FilesNamed || n < dlio.FilesNamed && r.OtherFiles != 0 {
		t.find(result.RunFile, at+".files", n, dlio.FilesNamed, "so many are named before others are summed up in other_files_ns")
	}
	t.same(result.RunFile, at+".files", sum, last, "their wait_ns, reads[].other_files_ns and reads[].together_ns make the epoch's loss_read_ns: what the last rank into each barrier waited for reads")
}

// checkLost computes again what the run says of its losses; older runs say nothing.
func (t *training) checkLost() {
	if t.run.Lost == nil {
		if t.run.WarningsMethod == result.WarningsMethod && t.lost.Lost(t.run, nil) != nil {
			t.find(result.RunFile, "lost", nil, nil, "a run of this lbench says where its time was lost")
		}
		return
	}
	lost := t.lost.Lost(t.run, t.targets())
	if t.run.Lost.Method > result.LostMethod {
		t.find(result.RunFile, "lost.method", t.run.Lost.Method, result.LostMethod, "this lbench knows none newer: verify with the one that measured")
	}
	if !t.blamesAsNow() && lost != nil {
		lost.Method, lost.Causes = t.run.Lost.Method, t.run.Lost.Causes
		t.note("this run blames what it lost by the rules of another lbench (method %d): its causes were taken as they are", t.run.Lost.Method)
	}
	again, err := generic(lost)
	if err != nil {
		t.note("where time was lost can't be computed again: %v", err)
		return
	}
	published, err := generic(t.run.Lost)
	if err != nil {
		t.find(result.RunFile, "lost", nil, nil, "it can't be read: %v", err)
		return
	}
	t.tree(result.RunFile, "lost", published, again, false, "from the steps, the epochs' windows and reads")
}

// blamesAsNow says whether the run's causes are by the rules that losses has now.
func (t *training) blamesAsNow() bool {
	return t.run.Lost != nil && t.run.Lost.Method == result.LostMethod
}

// targets are those of the run's telemetry; nil where the run names none, as older ones don't.
func (t *training) targets() *losses.Targets {
	if !slices.ContainsFunc(t.run.Lost.Causes, func(c result.LostCause) bool { return c.Target != nil }) {
		return nil
	}
	targets := losses.NewTargets(t.run)
	err := t.folder.Readings(func(r result.Reading) error {
		targets.Add(r)
		return nil
	})
	if err != nil {
		t.find(result.RunFile, "lost", nil, nil, "the targets that it names can't be computed again: %v", err)
	}
	return targets
}
