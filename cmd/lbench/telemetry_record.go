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

// standardOutput is the file that stands for stdout.
const standardOutput = "-"

type recordOptions struct {
	output, root       string
	interval, duration span
	json, quiet        toggle
	there              remote // where --ssh records
	untilEOF, clock    toggle // what --ssh asks of lbench there
}

func newTelemetryRecord(a *app) *cobra.Command {
	o := recordOptions{interval: span{value: time.Second}}
	c := &cobra.Command{
		Use: "record", Short: "Record what this machine does, such as a server while clients read from it",
		Long: "Writes readings of CPU, memory, pressure, network, disks, TCP, NFS, Lustre and ZFS, as far as they are here\n" +
			"and may be read, one JSON object a line, as in telemetry.ndjson of a run folder. Ctrl-C ends the recording.\n" +
			"Any user may record; what only root may read is a gap, which the file and the summary name.\n" +
			"With --ssh it is the machine HOST that is recorded, by the lbench there, into FILE here. ssh must get there by a\n" +
			"key: it is never asked for a password. How far the two clocks are apart is measured over such connections, at the\n" +
			"beginning and at the end, and put into the file: `lbench telemetry attach` moves the readings by it.",
		Example: "  lbench telemetry record -o oss1.ndjson --duration 10m\n" +
			"  lbench telemetry record --ssh oss1 -o oss1.ndjson --duration 10m\n" +
			"  lbench telemetry record --ssh admin@oss1 --remote-lbench ./lbench -o oss1.ndjson --duration 10m",
		Args: noArgs,
	}
	f := c.Flags()
	f.StringVarP(&o.output, "output", "o", "", "write the readings to `FILE`, which must not be there yet (-: to stdout)")
	f.Var(&o.interval, "interval", "time between readings")
	f.Var(&o.duration, "duration", "end after so long (default: with Ctrl-C)")
	f.StringVar(&o.root, "root", "/", "`DIR` that /proc and /sys are in, as in a container that has those of its host")
	f.StringVar(&o.there.host, "ssh", "", "record the machine `HOST`, as ssh takes it: host, user@host, or a Host of ssh_config")
	f.StringVar(&o.there.lbench, "remote-lbench", "lbench", "`PATH` of lbench there")
	o.untilEOF.bind(f, "until-eof", "end when stdin does")
	o.clock.bind(f, "clock", "answer lines of stdin with the time")
	for _, name := range []string{"until-eof", "clock"} {
		f.Lookup(name).Hidden = true // between two lbench
	}
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
	if o.clock {
		return a.tellTime()
	}
	if err := o.check(); err != nil {
		return err
	}
	if o.there.host != "" {
		return a.recordThere(ctx, o)
	}
	if _, err := os.Stat(filepath.Join(o.root, "proc")); err != nil {
		return fmt.Errorf("telemetry record: --root %q has no proc: %w", o.root, err)
	}
	file, err := a.createRecording(o.output)
	if err != nil {
		return fmt.Errorf("telemetry record: %w", err)
	}
	sources := telemetry.Sources(o.root)
	r := newRecording(a.now(), o, file, sources)
	r.introduce(telemetry.Host(o.root).Name)
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // 4 MB more, and a quarter less CPU time
	if o.untilEOF {
		ctx = untilEOF(ctx, a.stdin)
	}
	line := a.newLine(bool(o.quiet), r.progress)
	r.run(ctx, o, sources)
	line.finish()
	return a.concludeRecording(r, o, r.began, a.now())
}

func (o recordOptions) check() error {
	switch {
	case o.output == "":
		return usagef("telemetry record: -o is missing: the file that readings are written to")
	case o.output == standardOutput && bool(o.json):
		return usagef("telemetry record: -o - and --json would both go to stdout: leave one of them out")
	case o.interval.value < leastInterval:
		return usagef("telemetry record: --interval %v is too short: want at least %v", o.interval.value, leastInterval)
	}
	return o.there.check()
}

// concludeRecording closes the file and says what is in it, of the time between from and to.
func (a *app) concludeRecording(r *recording, o recordOptions, from, to time.Time) error {
	if err := errors.Join(r.err, r.file.Close()); err != nil {
		return r.full(err)
	}
	r.summary.during(from, to)
	if o.json {
		return a.printJSON(r.summary)
	}
	if !o.quiet {
		r.summary.print(a.stderr)
	}
	return nil
}

// createRecording makes a file that wasn't there, or stands for stdout.
func (a *app) createRecording(path string) (io.WriteCloser, error) {
	if path == standardOutput {
		return stdoutFile{a.stdout}, nil
	}
	return createNew(path, a.create)
}

// stdoutFile is stdout, which stays open.
type stdoutFile struct{ io.Writer }

func (stdoutFile) Close() error { return nil }

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
	file    io.WriteCloser
	encoder encoder
	began   time.Time
	lines   atomic.Int64 // for the progress; the rest belongs to the sampler
	summary recordSummary
	err     error
	stop    context.CancelFunc
}

func newRecording(now time.Time, o recordOptions, file io.WriteCloser, sources []telemetry.Source) *recording {
	r := &recording{file: file, began: now, stop: func() {}, summary: recordSummary{
		File: o.output, Started: now.UTC(), Interval: int64(o.interval.value),
	}}
	for _, s := range sources {
		r.summary.Sources = append(r.summary.Sources, recordedSource{Name: s.Name()})
	}
	return r
}

// introduce begins with a reading that says where the recording is made, and by what.
func (r *recording) introduce(host string) {
	r.summary.Host = host
	r.add([]result.Reading{{T: r.began.UTC(), Source: result.RecorderSource, Name: result.StartedReading,
		Labels: map[string]string{result.HostLabel: host, "lbench": build().Version}, Value: 1}})
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

// add writes a round.
func (r *recording) add(readings []result.Reading) {
	text, err := r.encoder.round(readings)
	r.keep(readings, text, err)
}

// keep writes readings that are lines of text already. After an error it writes no more,
// and ends the recording.
func (r *recording) keep(readings []result.Reading, text []byte, err error) {
	if r.err != nil {
		return
	}
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

// full says what is kept of a recording that could not be written on.
func (r *recording) full(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) { // its path is told below
		err = at.Err
	}
	return fmt.Errorf("telemetry record: write %q: %w: %s", r.summary.File, err, r.leave())
}

// leave gives up a recording, and says what is kept of it. Part of a round is cut off;
// where nothing was kept, no file stays.
func (r *recording) leave() string {
	s := r.summary
	if s.Readings == 0 {
		if s.File != standardOutput {
			_ = os.Remove(s.File)
		}
		return "nothing is kept"
	}
	if s.File != standardOutput {
		_ = os.Truncate(s.File, s.Bytes) // a reader leaves out a last line without an end
	}
	long, digits := s.last.Sub(s.first), time.Second
	if long < 10*time.Second {
		digits = time.Millisecond
	}
	return fmt.Sprintf("kept are the %s readings of the first %s", units.Count(s.Readings), units.Duration(long.Round(digits)))
}
