package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// readyBelow is the wait under which a step counts as having found its batch ready:
// taking one from a channel costs a few us, a read from a server more.
const readyBelow = 100_000 // ns

// data is what the sections draw from: a run, and its steps and readings summed up
// in a space that doesn't grow with their number.
type data struct {
	run      result.Run
	steps    int64
	waits    stats.Durations // of the steps that wait_p50_ns counts: all but those of warm-up epochs
	ready    int64           // of those, below readyBelow
	lengths  stats.Durations // of the same steps
	taken    *bins           // bytes in the batches that accelerators took
	network  *bins           // bytes received by the data NICs; nil where nothing was, or where the data is no network's
	readings int64           // of any source
	spans    map[int]*span   // when each epoch ran
	stalls   *stalls
}

// span is a stretch of time in ns since the run began.
type span struct{ start, end int64 }

// collect streams the raw data of a run once.
func collect(run result.Run, src Source) (*data, error) {
	expected := int64(0)
	if run.Ended != nil {
		expected = int64(run.Ended.Sub(run.Started))
	}
	d := &data{run: run, taken: newBins(expected), spans: map[int]*span{}, stalls: newStalls()}
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
	if err := d.addNetwork(src, expected); err != nil {
		return nil, fmt.Errorf("read telemetry: %w", err)
	}
	return d, nil
}

func (d *data) add(s result.Step, batchBytes float64, warmup bool) {
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
	if warmup {
		return
	}
	d.waits.Record(s.Wait)
	d.lengths.Record(length)
	if s.Wait < readyBelow {
		d.ready++
	}
}

// addNetwork sums up what the host's data NICs received between their readings.
// IPoIB traffic is counted by the interface and by the port of its adapter, and RDMA by
// the port alone: of the two sources the larger one stands. A counter that goes back (a
// driver that was loaded again) is left out once.
func (d *data) addNetwork(src Source, expected int64) error {
	last := map[string]result.Reading{}
	carries := map[string]bool{}
	bySource := map[string]*bins{"nic": newBins(expected), "infiniband": newBins(expected)}
	for _, nic := range d.run.Host.NICs {
		carries[nic.Name] = true
	}
	err := src.Readings(func(r result.Reading) error {
		d.readings++
		device := r.Labels["dev"]
		received := bySource[r.Source]
		if received == nil || r.Name != "rx_bytes" || !carries[device] {
			return nil
		}
		key := r.Source + " " + device
		before, ok := last[key]
		last[key] = r
		if !ok || r.Value < before.Value || r.T.Before(d.run.Started) {
			return nil
		}
		received.add(int64(before.T.Sub(d.run.Started)), int64(r.T.Sub(d.run.Started)), r.Value-before.Value)
		return nil
	})
	d.network = bySource["nic"]
	if bySource["infiniband"].total() > d.network.total() {
		d.network = bySource["infiniband"]
	}
	if d.network.total() == 0 || d.run.Mount == nil || !d.run.Mount.Network {
		d.network = nil
	}
	return err
}

// epochs are the numbers of the epochs that have steps, rising.
func (d *data) epochs() []int { return slices.Sorted(maps.Keys(d.spans)) }
