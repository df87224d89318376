package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// turn is one run of one job: what the telemetry says of its progress, and ops.hdr of its
// latencies.
type turn struct {
	label   string
	samples []fio.Sample // since its first operation began
	began   time.Time
	byJob   map[int]*stats.Durations
	total   *stats.Durations
	small   bool          // of small-write
	logged  time.Duration // that the intervals of ops.hdr span, to the ms
}

// turnsOf splits the totals in the telemetry into turns: each begins with zero.
func turnsOf(readings []result.Reading) []*turn {
	var all []*turn
	for _, r := range readings {
		if r.Source != "io" {
			continue
		}
		label := r.Labels["turn"]
		last := len(all) - 1
		if r.Name != "ops" { // bytes come first of each pair
			if last < 0 || all[last].label != label || r.Value == 0 && all[last].final().Bytes > 0 {
				all = append(all, &turn{label: label, began: r.T, byJob: map[int]*stats.Durations{}})
				last++
			}
			all[last].samples = append(all[last].samples, fio.Sample{At: r.T.Sub(all[last].began), Bytes: int64(r.Value)})
		} else if last >= 0 && len(all[last].samples) > 0 {
			all[last].samples[len(all[last].samples)-1].Ops = int64(r.Value)
		}
	}
	return all
}

// final is how far a turn came.
func (t *turn) final() fio.Sample {
	if len(t.samples) == 0 {
		return fio.Sample{}
	}
	return t.samples[len(t.samples)-1]
}

// within bounds how long a turn can have taken: longer than up to the last sample that
// had not all of it, no longer than to the last one. Small writes have no sample at their
// beginning: their one interval in ops.hdr tells, to the ms.
func (t *turn) within() (least, most time.Duration) {
	if t.small {
		return t.logged - 2*time.Millisecond, t.logged + 2*time.Millisecond
	}
	final := t.final()
	for _, s := range t.samples {
		if s.Ops < final.Ops || s.Bytes < final.Bytes {
			least = s.At
		}
	}
	return least, final.At
}

// readLog takes the latencies of ops.hdr to their turns. Two turns of one label, as the
// search may have, share them.
func (b *blockRun) readLog() bool {
	f, err := result.OpenRegular(filepath.Join(b.folder.Dir, result.OpsFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b.find(result.OpsFile, "", nil, nil, "the file isn't there: latencies can't be computed again")
		return false
	case b.unread(err):
		return false
	case err != nil:
		b.find(result.OpsFile, "", nil, nil, "it can't be read: %v", err)
		return false
	}
	defer f.Close()
	line := 0
	err = stats.ReadDurationsLog(f, func(tag string, start, end time.Duration, d *stats.Durations) error {
		line++
		label, job, ok := cutTag(tag)
		if !ok {
			b.findOne("tags", result.OpsFile, fmt.Sprintf("interval %d: tag", line), shorten(tag), nil, "want TURN.job-N, job-N or writers")
			return nil
		}
		t := b.turnOf(label)
		if t == nil {
			b.findOne("tags", result.OpsFile, fmt.Sprintf("interval %d: tag", line), shorten(tag), nil, "%s has no such turn", result.ReadingsFile)
			return nil
		}
		t.logged += end - start
		t.small = b.block.Op == "small-write"
		t.count(job, d, b.digits(label))
		return nil
	})
	if b.unread(err) {
		return false
	}
	if err != nil && b.run.Status != result.Incomplete {
		b.find(result.OpsFile, "", nil, nil, "%v", err)
		return false
	}
	return true
}

// digits is how many significant digits the histograms of a turn have.
func (b *blockRun) digits(label string) int {
	if b.ofFio(label) {
		return 3
	}
	return 2
}

// ofFio says whether the installed fio ran a turn.
func (b *blockRun) ofFio(label string) bool {
	return b.block.Runner == "fio" || strings.HasPrefix(label, "fio.")
}

func (t *turn) count(job int, d *stats.Durations, digits int) {
	if t.total == nil {
		t.total = stats.NewDurations(digits)
	}
	if t.byJob[job] == nil {
		t.byJob[job] = stats.NewDurations(digits)
	}
	t.byJob[job].Merge(d)
	t.total.Merge(d)
}

// cutTag splits "cell-3.run-7.job-0" into the turn and the job.
func cutTag(tag string) (label string, job int, ok bool) {
	if tag == "writers" {
		return "", 0, true
	}
	at := strings.LastIndex(tag, "job-")
	if at < 0 {
		return "", 0, false
	}
	_, err := fmt.Sscanf(tag[at:], "job-%d", &job)
	return strings.TrimSuffix(tag[:at], "."), job, err == nil
}

func (b *blockRun) turnOf(label string) *turn {
	for _, t := range b.turns {
		if t.label == label {
			return t
		}
	}
	return nil
}
