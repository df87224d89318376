package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// isReadLatency says whether a metric of a training is of the latencies of its reads.
func isReadLatency(name string) bool {
	return slices.ContainsFunc(dlio.LatencyQuantiles(), func(l dlio.LatencyQuantile) bool { return l.Metric == name })
}

// readLatencies holds the latencies of reads against ops.hdr. A run whose reads never
// waited has neither; nor has an older one.
func (t *training) readLatencies() {
	all, ok := t.readLog()
	if !ok {
		return
	}
	longest := t.run.Metrics["latency_max_ns"]
	for _, l := range dlio.LatencyQuantiles() {
		at := "metrics." + l.Metric
		published, has := t.run.Metrics[l.Metric]
		again := all.Quantile(l.Q)
		t.v.Checked++
		switch {
		case has && all.Count() == 0:
			t.find(result.RunFile, at, published, nil, "%s has no read that waited", result.OpsFile)
		case !has && all.Count() > 0 && t.run.Status == result.Complete:
			t.find(result.RunFile, at, nil, again, "from %s", result.OpsFile)
		case has && (published != math.Trunc(published) || !ofBar(all, l.Q, int64(published), int64(longest))):
			t.find(result.RunFile, at, published, again, "from %s", result.OpsFile)
		}
	}
	t.countReads(all)
}

// readLog is all that ops.hdr has counted; ok is false where that can't be told.
func (t *training) readLog() (all *stats.Durations, ok bool) {
	all = stats.NewDurations(dlio.LatencyDigits)
	f, err := result.OpenRegular(filepath.Join(t.folder.Dir, result.OpsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return all, true
	}
	if err != nil {
		t.find(result.OpsFile, "", nil, nil, "it can't be read: %v", err)
		return nil, false
	}
	defer f.Close()
	line, before := 0, time.Duration(0)
	err = stats.ReadDurationsLog(f, func(tag string, start, end time.Duration, d *stats.Durations) error {
		line++
		t.v.Checked++
		at := fmt.Sprintf("interval %d: ", line)
		switch {
		case tag != "reads":
			t.findOne("tags", result.OpsFile, at+"tag", shorten(tag), nil, "want reads")
		case d.Count() == 0:
			t.findOne("empty", result.OpsFile, at+"histogram", 0, nil, "only seconds with reads have a line")
		case start < before:
			t.findOne("order", result.OpsFile, at+"start", start.String(), before.String(), "the one before ends then")
		case t.run.Ended != nil && t.run.Started.Add(end-time.Millisecond).After(*t.run.Ended):
			t.findOne("end", result.OpsFile, at+"end", end.String(), nil, "the run has ended before it")
		}
		before = end
		all.Merge(d)
		return nil
	})
	if err != nil && t.run.Status != result.Incomplete {
		t.find(result.OpsFile, "", nil, nil, "%v", err)
		return nil, false
	}
	return all, true
}

// countReads: each read that an epoch counts in its window is in ops.hdr. Where the run
// was killed, those of its last second are not.
func (t *training) countReads(all *stats.Durations) {
	var counted int64
	for _, r := range t.folder.Run.Reads {
		for _, row := range r.Latencies {
			counted += row.Reads
		}
	}
	if t.run.Status == result.Incomplete || all.Count() == 0 {
		return
	}
	if t.v.Checked++; counted > all.Count() {
		t.find(result.RunFile, "reads", counted, all.Count(), "reads[].latencies[].reads together: so many reads that waited are in %s", result.OpsFile)
	}
}
