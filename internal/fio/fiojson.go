package fio

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// fioDocument is the part that is used of what fio prints with --output-format=json+: once
// at the end, and each time status is asked for. All of it counts from the job's start.
type fioDocument struct {
	Version string   `json:"fio version"`
	Jobs    []fioJob `json:"jobs"`
}

type fioJob struct {
	Name  string       `json:"jobname"`
	Error int          `json:"error"` // errno
	Read  fioDirection `json:"read"`
	Write fioDirection `json:"write"`
	Sync  struct {
		Latency fioLatency `json:"lat_ns"`
	} `json:"sync"`
	RuntimeMS     int64   `json:"job_runtime"`
	UserPercent   float64 `json:"usr_cpu"` // of RuntimeMS
	SystemPercent float64 `json:"sys_cpu"`
}

type fioDirection struct {
	Bytes     int64      `json:"io_bytes"`
	Ops       int64      `json:"total_ios"`
	RuntimeMS int64      `json:"runtime"` // from the job's start to its last op, an fsync at the end included
	Submit    fioLatency `json:"slat_ns"`
	Complete  fioLatency `json:"clat_ns"`
	Total     fioLatency `json:"lat_ns"`
}

// fioLatency is a histogram. Each bin is 1/64 of its value wide and named by its middle;
// Min and Max are exact. A latency that fio was not asked to count, or that an ioengine
// doesn't have (psync no submit latency), has no bins.
type fioLatency struct {
	Min   int64   `json:"min"`
	Max   int64   `json:"max"`
	Count int64   `json:"N"`
	Bins  fioBins `json:"bins"`
}

type fioBin struct{ ns, count int64 }

// fioBins is the "bins" object, {"ns": count}, in rising order.
type fioBins []fioBin

// UnmarshalJSON reads the object of which every key is a number.
func (b *fioBins) UnmarshalJSON(text []byte) error {
	var counts map[string]int64
	if err := json.Unmarshal(text, &counts); err != nil {
		return err
	}
	all := make(fioBins, 0, len(counts))
	for key, count := range counts {
		ns, err := strconv.ParseInt(key, 10, 64)
		if err != nil || ns < 0 || count < 0 {
			return fmt.Errorf("bin %q: %d: want a time in ns and a count", key, count)
		}
		all = append(all, fioBin{ns, count})
	}
	slices.SortFunc(all, func(x, y fioBin) int { return int(min(1, max(-1, x.ns-y.ns))) })
	*b = all
	return nil
}

// parseFio reads one document of fio's json+.
func parseFio(r io.Reader) (fioDocument, error) {
	var d fioDocument
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return fioDocument{}, fmt.Errorf("read fio's output: %w", err)
	}
	if !strings.HasPrefix(d.Version, "fio-") || len(d.Jobs) == 0 {
		return fioDocument{}, fmt.Errorf("read fio's output: version %q and %d jobs: want fio's JSON of at least one", firstLine(d.Version), len(d.Jobs))
	}
	for _, j := range d.Jobs {
		if err := j.check(); err != nil {
			return fioDocument{}, fmt.Errorf("read fio's output: job %q: %w", firstLine(j.Name), err)
		}
	}
	return d, nil
}

// check refuses numbers that no run gives.
func (j fioJob) check() error {
	const percent = 100 * 1000 // a job is a thread, but let there be room for rounding
	if j.RuntimeMS < 0 || j.UserPercent < 0 || j.SystemPercent < 0 || j.UserPercent > percent || j.SystemPercent > percent {
		return fmt.Errorf("runtime %d ms, CPU %g %% and %g %%: want none below 0", j.RuntimeMS, j.UserPercent, j.SystemPercent)
	}
	latencies := []fioLatency{j.Sync.Latency}
	for _, d := range []fioDirection{j.Read, j.Write} {
		if d.Bytes < 0 || d.Ops < 0 || d.RuntimeMS < 0 {
			return fmt.Errorf("%d bytes in %d ops in %d ms: want none below 0", d.Bytes, d.Ops, d.RuntimeMS)
		}
		latencies = append(latencies, d.Submit, d.Complete, d.Total)
	}
	for _, l := range latencies {
		if l.Min < 0 || l.Max < l.Min || l.Count < 0 {
			return fmt.Errorf("%d latencies from %d to %d ns: want none below 0", l.Count, l.Min, l.Max)
		}
	}
	return nil
}
