package report

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/lbench/lbench/internal/claims"
	"github.com/lbench/lbench/internal/losses"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// readyBelow is the wait under which a step counts as having found its batch ready:
// taking one from a channel costs a few us, a read from a server more.
const readyBelow = 100_000 // ns

// data is what the sections draw from: a run, and its steps and readings summed up
// in a space that doesn't grow with their number.
type data struct {
	run        result.Run
	claims     []claims.Row // of this run; none but where a report holds claims
	steps      int64
	waits      stats.Durations // of the steps that wait_p50_ns counts: all but those of warm-up epochs
	ready      int64           // of those, below readyBelow
	lengths    stats.Durations // of the same steps
	taken      *bins           // bytes in the batches that accelerators took
	network    *bins           // bytes that the data NICs brought, or took for writes; nil where nothing was, or where the data is no network's
	moved      *moved          // what a block command's jobs have read or written
	readings   int64           // of any source
	meanwhile  *meanwhile      // what this machine did
	impossible int64           // steps with times that can't be, which count nowhere
	spans      map[int]*span   // when each epoch ran
	stalls     *stalls
	account    *account           // of the run's bytes; nil where it read none
	recordings []result.Recording // of other machines, that were attached
	hosts      recordedHosts      // of these
	lost       *losses.Tally      // nil where there is no plan to hold steps against
	targets    *losses.Targets
	reads      *readLatencies // of a training; nil where it has none
}

// span is a stretch of time in ns since the run began.
type span struct{ start, end int64 }

// collect streams the raw data of a run once.
func collect(run result.Run, src Source) (*data, error) {
	expected := expectedLength(run)
	d := &data{run: run, taken: newBins(expected), account: newAccount(run), spans: map[int]*span{}, stalls: newStalls()}
	if run.Plan != nil {
		d.lost = losses.New(*run.Plan)
	}
	warmup := map[int]bool{}
	for _, e := range run.Epochs {
		warmup[e.Epoch] = e.Warmup
	}
	batchBytes := 0.0
	if run.Plan != nil {
		batchBytes = float64(run.Plan.BatchSize) * float64(run.Plan.RecordBytes)
	}
	err := src.Steps(func(s result.Step) error {
		d.add(s, batchBytes, warmup[s.Epoch])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read steps: %w", err)
	}
	err = d.addReadings(src, expected)
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return nil, fmt.Errorf("read telemetry: %w", err)
	}
	if err != nil { // what stands there is none of lbench's; the rest of the run is what it was
		d.run.Warnings = append(slices.Clip(d.run.Warnings), unreadableTelemetry(err))
	}
	var warnings []result.Warning
	d.recordings, warnings = readRecordings(src)
	if !isBlock(run) {
		d.reads, err = readLatenciesOf(src, expected)
		warnings = append(warnings, unreadableLatencies(run, err)...)
	}
	warnings = append(warnings, d.account.addRecordings(d.recordings)...)
	d.account.settle()
	d.run.Warnings = append(slices.Clip(d.run.Warnings), warnings...)
	d.addHosts(d.recordings)
	return d, nil
}

// addReadings streams the telemetry once. For a block command time begins with its
// first operation, and what the network brought before, to lay out the files, isn't counted.
func (d *data) addReadings(src Source, expected int64) error {
	nics, zero := newNetwork(d.run, expected), d.run.Started
	d.moved, d.targets = newMoved(d.run), losses.NewTargets(d.run)
	own := isBlock(d.run) && len(blockOf(d.run).Cells) == 0 // has an axis that begins with its first operation
	d.meanwhile = newMeanwhile(d.run, d.expectedAxis(expected), !own)
	err := src.Readings(func(r result.Reading) error {
		d.readings++
		if !believable(r, d.run.Started, expected) {
			d.meanwhile.refused++
			return nil
		}
		if isBlock(d.run) {
			if d.moved.add(r) {
				nics.restart()
				if own {
					d.meanwhile.restart(d.moved.zero)
				}
			}
			zero = d.moved.zero
		}
		nics.add(r, zero)
		d.account.add(r)
		d.meanwhile.add(r)
		d.targets.Add(r)
		return nil
	})
	d.meanwhile.finish()
	d.network = nics.larger()
	if d.network.total() == 0 || d.run.Mount == nil || !d.run.Mount.Network {
		d.network = nil
	}
	return err
}

// expectedAxis is how long the axis of the plot over time will be, in ns, as known before
// the readings: that of a training is what its steps took. 0: unknown.
func (d *data) expectedAxis(expected int64) int64 {
	if length := int64(len(d.taken.sums)) * d.taken.width; length > 0 {
		return length
	}
	if isBlock(d.run) && len(blockOf(d.run).Cells) == 0 {
		return d.moved.length
	}
	return max(expected, 0)
}

func (d *data) add(s result.Step, batchBytes float64, warmup bool) {
	if impossible(s) {
		d.impossible++
		return
	}
	d.steps++
	length := s.Wait + s.Compute + s.Barrier
	end := s.StartNS + length
	d.taken.add(s.StartNS, end, batchBytes)
	if known := d.spans[s.Epoch]; known != nil {
		known.start, known.end = min(known.start, s.StartNS), max(known.end, end)
	} else {
		d.spans[s.Epoch] = &span{s.StartNS, end}
	}
	d.stalls.add(s)
	if d.lost != nil {
		d.lost.Add(s)
	}
	if warmup {
		return
	}
	d.waits.Record(s.Wait)
	d.lengths.Record(length)
	if s.Wait < readyBelow {
		d.ready++
	}
}

// epochs are the numbers of the epochs that have steps, rising.
func (d *data) epochs() []int { return slices.Sorted(maps.Keys(d.spans)) }
