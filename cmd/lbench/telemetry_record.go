package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/telemetry"
	"github.com/lbench/lbench/internal/units"
)

// leastInterval is how often a machine may be read: more often, and the recorder shows in
// what it records.
const leastInterval = 10 * time.Millisecond

type recordOptions struct {
	output, root       string
	interval, duration span
	json, quiet        toggle
}

func newTelemetryRecord(a *app) *cobra.Command {
	o := recordOptions{interval: span{value: time.Second}}
	c := &cobra.Command{
		Use: "record", Short: "Record what this machine does, such as a server while clients read from it",
		Long: "Writes readings of CPU, memory, pressure, network, disks, TCP, NFS, Lustre and ZFS, as far as they are here\n" +
			"and may be read, one JSON object a line, as in telemetry.ndjson of a run folder. Ctrl-C ends the recording.\n" +
			"Any user may record; what only root may read is a gap, which the file and the summary name.",
		Example: "  lbench telemetry record -o oss1.ndjson --duration 10m",
		Args:    noArgs,
	}
	f := c.Flags()
	f.StringVarP(&o.output, "output", "o", "", "write the readings to `FILE`, which must not be there yet")
	f.Var(&o.interval, "interval", "time between readings")
	f.Var(&o.duration, "duration", "end after so long (default: with Ctrl-C)")
	f.StringVar(&o.root, "root", "/", "`DIR` that /proc and /sys are in, as in a container that has those of its host")
	o.json.bind(f, "json", "print the summary as one JSON document")
	o.quiet.bind(f, "quiet", "print errors only")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, err := a.resolve(c); err != nil {
			return err
		}
		return a.record(c.Context(), o)
	}
	return c
}

func (a *app) record(ctx context.Context, o recordOptions) error {
	switch {
	case o.output == "":
		return usagef("telemetry record: -o is missing: the file that readings are written to")
	case o.interval.value < leastInterval:
		return usagef("telemetry record: --interval %v is too short: want at least %v", o.interval.value, leastInterval)
	}
	if _, err := os.Stat(filepath.Join(o.root, "proc")); err != nil {
		return fmt.Errorf("telemetry record: --root %q has no proc: %w", o.root, err)
	}
	file, err := createNew(o.output, a.create)
	if err != nil {
		return fmt.Errorf("telemetry record: %w", err)
	}
	sources := telemetry.Sources(o.root)
	r := newRecording(a.now(), o, file, telemetry.Host(o.root).Name, sources)
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // 4 MB more, and a quarter less CPU time
	line := a.newLine(bool(o.quiet), r.progress)
	r.run(ctx, o, sources)
	line.finish()
	if err := errors.Join(r.err, file.Close()); err != nil {
		return r.full(err)
	}
	r.conclude(a.now())
	if o.json {
		return a.printJSON(r.summary)
	}
	if !o.quiet {
		r.summary.print(a.stderr)
	}
	return nil
}

// createNew makes a file that wasn't there.
func createNew(path string, create result.CreateFunc) (io.WriteCloser, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%q is there already: choose another file", path)
	}
	if err != nil {
		return nil, err
	}
	_ = f.Close() // empty
	return create(path)
}

// recording writes rounds of readings, each in one write, so that a kill loses the one
// that is under way.
type recording struct {
	file    io.Writer
	encoder encoder
	began   time.Time
	lines   atomic.Int64 // for the progress; the rest belongs to the sampler
	summary recordSummary
	err     error
	stop    context.CancelFunc
}

// newRecording begins with a reading that says where it is made, and by what.
func newRecording(now time.Time, o recordOptions, file io.Writer, host string, sources []telemetry.Source) *recording {
	r := &recording{file: file, began: now, stop: func() {}, summary: recordSummary{
		File: o.output, Host: host, Started: now.UTC(), Interval: int64(o.interval.value),
	}}
	for _, s := range sources {
		r.summary.Sources = append(r.summary.Sources, recordedSource{Name: s.Name()})
	}
	r.add([]result.Reading{{T: now.UTC(), Source: "recorder", Name: "started", Labels: map[string]string{"host": host, "lbench": build().Version}, Value: 1}})
	return r
}

func (r *recording) run(ctx context.Context, o recordOptions, sources []telemetry.Source) {
	if r.err != nil {
		return
	}
	ctx, r.stop = context.WithCancel(ctx)
	defer r.stop()
	if o.duration.value > 0 {
		limited, cancel := context.WithTimeout(ctx, o.duration.value)
		defer cancel()
		ctx = limited
	}
	sampler := telemetry.Sampler{Sources: sources, Every: o.interval.value, Emit: r.add}
	sampler.Run(ctx)
}

// add writes a round. After an error it writes no more, and ends the recording.
func (r *recording) add(readings []result.Reading) {
	if r.err != nil {
		return
	}
	text, err := r.encoder.round(readings)
	if err == nil {
		_, err = r.file.Write(text)
	}
	if err != nil {
		r.err = err
		r.stop()
		return
	}
	r.summary.add(readings, len(text))
	r.lines.Store(r.summary.Readings)
}

func (r *recording) progress() string {
	return fmt.Sprintf("recording for %s, %s readings", units.Duration(time.Since(r.began).Round(time.Second)), units.Count(r.lines.Load()))
}

// full says what is kept of a recording that could not be written on. Part of a round is
// cut off; where nothing was kept, no file stays.
func (r *recording) full(err error) error {
	s := r.summary
	var at *fs.PathError
	if errors.As(err, &at) { // its path is told below
		err = at.Err
	}
	if s.Readings == 0 {
		_ = os.Remove(s.File)
		return fmt.Errorf("telemetry record: write %q: %w: nothing is kept", s.File, err)
	}
	_ = os.Truncate(s.File, s.Bytes) // a reader leaves out a last line without an end
	long, digits := s.last.Sub(s.Started), time.Second
	if long < 10*time.Second {
		digits = time.Millisecond
	}
	return fmt.Errorf("telemetry record: write %q: %w: kept are the %s readings of the first %s", s.File, err,
		units.Count(s.Readings), units.Duration(long.Round(digits)))
}

// conclude ends the summary. The time it took is by the monotonic clock.
func (r *recording) conclude(now time.Time) {
	r.summary.Duration = int64(now.Sub(r.began))
	r.summary.Ended = r.began.Add(now.Sub(r.began)).UTC()
}
