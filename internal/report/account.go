package report

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// account follows the bytes of a run from the buckets to its readers, by epoch and over all:
// what the counters of this machine, of recorded servers and of the buckets' monitoring say
// of the same bytes.
//
//  1. newAccount takes the periods from the run.
//  2. add takes the readings of this machine, addRecordings those of others.
//  3. settle makes a stage of each place where the bytes were counted.
type account struct {
	run    result.Run
	asked  []float64 // bytes that the readers were given, by period
	cached []float64 // of the files in the client's page cache before, at most; -1: not known
	tally  *tally
	moved  *moved // of a block command, whose time begins with its first operation

	recordings []result.Recording
	clocks     map[string]result.Clock // by host
	taken      map[string]int          // of which recording the readings of a host and source are

	cache, received, fetched, sent, pools, arc, buckets *stage // nil where there is no data
	missing                                             string // of the servers: why their counters can't be the run's

	traffic  result.Traffic // of all buckets that were attached
	unjoined string         // why several files of them can't be added up: nothing is claimed from any
}

// newAccount is nil for a run that read nothing, or nothing of any storage.
func newAccount(run result.Run) *account {
	if run.Metrics["read_bytes"] <= 0 || madeBytes(run) != "" {
		return nil
	}
	a := &account{run: run, clocks: map[string]result.Clock{}, taken: map[string]int{}}
	var periods []period
	for _, e := range run.Epochs {
		start, length, read := int64(e.Metrics["start_ns"]), int64(e.Metrics["duration_ns"]), e.Metrics["read_bytes"]
		if length <= 0 || read <= 0 {
			continue
		}
		periods = append(periods, period{strconv.Itoa(e.Epoch), start, start + length})
		a.asked = append(a.asked, read)
		cached, ok := e.Metrics["cached_fraction_before"]
		if !ok {
			cached = -1
		}
		a.cached = append(a.cached, cached)
	}
	whole := period{name: "all"}
	switch {
	case len(periods) > 0:
		whole.from, whole.to = periods[0].from, last(periods).to
	case run.Ended != nil:
		whole.to = int64(run.Ended.Sub(run.Started))
	default:
		return nil
	}
	if len(periods) == 1 {
		periods, a.asked = nil, nil
	} else {
		a.cached = append(a.cached, -1)
	}
	a.asked = append(a.asked, run.Metrics["read_bytes"])
	if len(a.cached) == 0 {
		a.cached = []float64{-1}
	}
	if isBlock(run) {
		a.moved = newMoved(run)
		if before, ok := cachedBefore(run); ok {
			a.cached[0] = before
		}
	}
	a.tally = newTally(append(periods, whole))
	return a
}

// accountOf is the account of a run in short forms, which hold one only where something was
// attached. Without src it is that of the buckets alone.
func accountOf(run result.Run, src Source) (*account, []result.Warning, error) {
	a := newAccount(run)
	if a == nil || src == nil {
		if a == nil || len(run.Traffic) == 0 {
			return nil, nil, nil
		}
		a.settle()
		return a, nil, nil
	}
	recordings, warnings := readRecordings(src)
	if len(recordings) == 0 && len(run.Traffic) == 0 {
		return nil, warnings, nil
	}
	more, err := a.read(src, recordings)
	return a, append(warnings, more...), err
}

// read takes in all readings that there are, and settles the account.
func (a *account) read(src Source, recordings []result.Recording) (warnings []result.Warning, err error) {
	run := a.run
	err = src.Readings(func(r result.Reading) error {
		if believable(r, run.Started, expectedLength(run)) {
			a.add(r)
		}
		return nil
	})
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return nil, fmt.Errorf("read telemetry: %w", err)
	}
	if err != nil {
		warnings = append(warnings, unreadableTelemetry(err))
	}
	warnings = append(warnings, a.addRecordings(recordings)...)
	a.settle()
	return warnings, nil
}

// readRecordings are what was attached of other machines; what can't be read is a warning.
func readRecordings(src Source) ([]result.Recording, []result.Warning) {
	recordings, err := src.Recordings()
	if err != nil {
		return recordings, []result.Warning{unreadable(err)}
	}
	return recordings, nil
}

func unreadable(err error) result.Warning {
	return result.Warning{Code: "attached_unreadable", Text: "a recording in " + result.AttachedFolder + "/ is left out: " + plain(strings.ReplaceAll(err.Error(), "\n", "; "))}
}

// unreadableTelemetry is a doubt and no error: the rest of the run is what it was.
func unreadableTelemetry(err error) result.Warning {
	return result.Warning{Code: "telemetry_unreadable", Text: "the telemetry can't be read to its end (" + plain(err.Error()) + "): what it says from there on is left out"}
}

// expectedLength is the run's in ns; 0: unknown.
func expectedLength(run result.Run) int64 {
	if run.Ended == nil {
		return 0
	}
	return int64(run.Ended.Sub(run.Started))
}

// add takes in a reading of this machine.
func (a *account) add(r result.Reading) {
	if a == nil {
		return
	}
	if a.moved != nil && a.moved.add(r) {
		a.restart(r.T)
	}
	if a.wants(r) {
		a.tally.add(counterName{"", r.Source, r.Name}, deviceOf(r.Labels), int64(r.T.Sub(a.run.Started)), r.Value, 0)
	}
}

// restart begins a block command's time at its first operation.
func (a *account) restart(zero time.Time) {
	from := int64(zero.Sub(a.run.Started))
	to := a.tally.periods[0].to
	if length := a.moved.length; length > 0 && len(blockOf(a.run).Cells) == 0 {
		to = min(to, from+length)
	}
	a.tally.restart(from, to)
}

// wants says that a reading of this machine counts bytes that the run read.
func (a *account) wants(r result.Reading) bool {
	m := a.run.Mount
	if m == nil || !m.Network {
		return false
	}
	switch r.Source + " " + r.Name {
	case "nic rx_bytes", "infiniband rx_bytes":
		return hasNIC(a.run.Host, r.Labels["dev"]) && !madeOfNICs(r.Labels["dev"])
	case "nfs server_read_bytes":
		return r.Labels["mount"] == m.Path
	case "lustre osc_read_bytes":
		return m.Lustre != nil && (m.Lustre.FSName == "" || strings.HasPrefix(r.Labels["target"], m.Lustre.FSName+"-"))
	}
	return false
}

// addRecordings streams what was recorded on other machines. Of a host and source that two
// recordings have the first one counts.
func (a *account) addRecordings(recordings []result.Recording) (warnings []result.Warning) {
	if a == nil {
		return nil
	}
	a.recordings = recordings
	for i, rec := range recordings {
		err := rec.Readings(func(host string, r result.Reading) error {
			if !recorded(r) || host == a.run.Host.Name || !believable(r, a.run.Started, 0) {
				return nil
			}
			key := host + "\n" + r.Source
			if first, ok := a.taken[key]; ok && first != i {
				return nil
			}
			a.taken[key], a.clocks[host] = i, rec.Clock
			a.tally.add(counterName{host, r.Source, r.Name}, deviceOf(r.Labels), int64(r.T.Sub(a.run.Started)), r.Value, int64(rec.Clock.Error))
			return nil
		})
		if err != nil {
			warnings = append(warnings, unreadable(err))
		}
	}
	return warnings
}

// recorded says that a reading of a server counts bytes that it sent or fetched.
func recorded(r result.Reading) bool {
	switch r.Source + " " + r.Name {
	case "nic tx_bytes", "infiniband tx_bytes":
		return !madeOfNICs(r.Labels["dev"])
	case "lustre_server obdfilter_read_bytes", "zfs pool_read_bytes",
		"zfs arc_demand_data_hits", "zfs arc_demand_data_misses", "zfs arc_prefetch_data_misses":
		return true
	}
	return false
}
