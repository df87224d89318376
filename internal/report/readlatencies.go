package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"

	"gonum.org/v1/plot/vg/draw"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
	"github.com/lbench/lbench/internal/units"
)

// opsSource is a Source that has a log of latencies; *result.Folder is one.
type opsSource interface {
	OpenOps() (io.ReadCloser, error)
}

// readLatencies are the latencies of a training's reads that had to wait: together, and in
// at most maxBins stretches of one width.
type readLatencies struct {
	width     int64 // ns: whole seconds, as lbench logs them
	stretches []latencyStretch
	all       *stats.Durations
}

// latencyStretch are the reads that ended in a stretch of time, in ns. Its number counts
// widths since the run began.
type latencyStretch struct {
	number         int64
	p50, p99, most int64
}

// readLatenciesOf reads the log of a training of so many ns, 0: unknown; nil where there is
// none. What is whole of a log that can't be read to its end comes with the error.
func readLatenciesOf(src Source, length int64) (*readLatencies, error) {
	from, ok := src.(opsSource)
	if !ok {
		return nil, nil
	}
	log, err := from.OpenOps()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer log.Close()
	return newReadLatencies(log, length)
}

func newReadLatencies(log io.Reader, length int64) (*readLatencies, error) {
	const second = int64(time.Second)
	b := latencyBins{width: (max(length, 0)/(maxBins*second) + 1) * second}
	all := stats.NewDurations(2)
	err := stats.ReadDurationsLog(log, func(_ string, start, end time.Duration, d *stats.Durations) error {
		at := (int64(start) + int64(end)) / 2
		if at < 0 || at > latest || length > 0 && at > length {
			return nil // no run logs so
		}
		b.add(at, d)
		all.Merge(d)
		return nil
	})
	if all.Count() == 0 {
		return nil, err
	}
	return &readLatencies{b.width, b.stretches(), all}, err
}

// latencyBins add latencies up over time, as bins do amounts: where time runs past the last
// one, the width doubles.
type latencyBins struct {
	width int64 // ns
	bins  []*stats.Durations
}

func (b *latencyBins) add(at int64, d *stats.Durations) {
	for at/b.width >= maxBins {
		b.double()
	}
	i := int(at / b.width)
	for len(b.bins) <= i {
		b.bins = append(b.bins, stats.NewDurations(2))
	}
	b.bins[i].Merge(d)
}

func (b *latencyBins) double() {
	half := make([]*stats.Durations, (len(b.bins)+1)/2)
	for i, d := range b.bins {
		if i%2 == 0 {
			half[i/2] = d
		} else {
			half[i/2].Merge(d)
		}
	}
	b.bins, b.width = half, 2*b.width
}

// stretches are the bins that have reads.
func (b *latencyBins) stretches() (all []latencyStretch) {
	for i, d := range b.bins {
		if d.Count() > 0 {
			all = append(all, latencyStretch{int64(i), d.Quantile(0.5), d.Quantile(0.99), d.Max()})
		}
	}
	return all
}

// unreadableLatencies is the warning where a log of latencies could not be read. Its last
// line is cut off where a run was killed, and nothing to warn of.
func unreadableLatencies(run result.Run, err error) []result.Warning {
	if err == nil || run.Status == result.Incomplete {
		return nil
	}
	return []result.Warning{{Code: "latencies_unreadable", Text: "the latencies can't be read to their end (" + plain(err.Error()) + "): what they say from there on is left out"}}
}

// total is the distribution over the run: a complete one has its percentiles in its
// metrics, where the longest is exact.
func (r *readLatencies) total(run result.Run) result.Latency {
	l := result.Latency{Count: r.all.Count(), MeanNS: r.all.Mean()}
	for _, q := range []struct {
		metric string
		q      float64
		to     *int64
	}{
		{"latency_p50_ns", 0.5, &l.P50NS}, {"latency_p90_ns", 0.9, &l.P90NS}, {"latency_p99_ns", 0.99, &l.P99NS},
		{"latency_p99_9_ns", 0.999, &l.P999NS}, {"latency_max_ns", 1, &l.MaxNS},
	} {
		*q.to = r.all.Quantile(q.q)
		if v, ok := run.Metrics[q.metric]; ok {
			*q.to = int64(v)
		}
	}
	return l
}

// slowest is the stretch with the longest read.
func (r *readLatencies) slowest() latencyStretch {
	slowest := r.stretches[0]
	for _, s := range r.stretches {
		if s.most > slowest.most {
			slowest = s
		}
	}
	return slowest
}

// readLatencySection plots over time how long the reads took that had to wait, and lists
// their percentiles.
func readLatencySection(d *data) (section, bool) {
	r := d.reads
	if r == nil {
		return section{}, false
	}
	total := r.total(d.run)
	f := newFigure("read-latencies", "Latency of reads over time", readLatencyDescription(r, total), 250, func(c draw.Canvas, size frame) {
		drawReadLatencies(c, size, d, r)
	})
	f.Legend = []legendItem{{inkBad, "longest", ""}, {inkNet, "99 % took at most", ""}, {inkAU, "half took at most", ""}}
	slowest := r.slowest().number * r.width
	f.Caption = fmt.Sprintf("Each point is of the reads that ended in one stretch of %s; the axis is logarithmic. The longest ended between %s and %s after the run began.",
		units.Duration(time.Duration(r.width)), units.Duration(time.Duration(slowest)), units.Duration(time.Duration(slowest+r.width)))
	if r.broken() {
		f.Caption += " Where a line is broken, no read had to wait."
	}
	t := latencyTable([]latencyLine{{kind{full: "reads that waited"}, total}})
	return section{ID: "read-latencies", Title: "How long did a read take?", Contents: "Latencies of reads", Figure: &f, Table: &t,
		Lead: fmt.Sprintf("These are the %s that had to wait for storage: half of them took at most %s, 99 %% at most %s. What memory answered at once has no latency and isn't counted; the first read of a file is, with its opening.",
			plural(int(total.Count), "read"), nanoseconds(total.P50NS), nanoseconds(total.P99NS))}, true
}

// broken says that there were stretches between others in which no read had to wait.
func (r *readLatencies) broken() bool {
	last := len(r.stretches) - 1
	return r.stretches[last].number-r.stretches[0].number > int64(last)
}

func readLatencyDescription(r *readLatencies, total result.Latency) string {
	return fmt.Sprintf("Three lines over time on a logarithmic axis: the median, the 99th percentile and the longest of the reads of each %s. Over the run half took at most %s, 99 %% at most %s; the longest took %s.",
		secondName(r.width), nanoseconds(total.P50NS), nanoseconds(total.P99NS), nanoseconds(total.MaxNS))
}

// readLatencyPoints has a line per stretch: where its middle lies in seconds since the run
// began, and its percentiles in ns.
func readLatencyPoints(d *data) csvPoints {
	p := csvPoints{"read-latencies", [][]string{{"at_s", "p50_ns", "p99_ns", "max_ns"}}}
	if d.reads == nil {
		return p
	}
	for _, s := range d.reads.stretches {
		line := []string{csvNumber((float64(s.number)+0.5)*float64(d.reads.width)/1e9, true)}
		for _, ns := range []int64{s.p50, s.p99, s.most} {
			line = append(line, strconv.FormatInt(ns, 10))
		}
		p.lines = append(p.lines, line)
	}
	return p
}
