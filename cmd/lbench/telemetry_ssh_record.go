package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/telemetry"
	"github.com/lbench/lbench/internal/units"
)

// stopGrace is how long the recorder there has for its last readings, beside one interval for
// each source that hangs.
const stopGrace = 15 * time.Second

// untilEOF is a context that is done when in ends, as stdin does with the connection.
func untilEOF(ctx context.Context, in io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	return ctx
}

// recordThere has lbench on another machine record, and writes what comes into a file here.
func (a *app) recordThere(ctx context.Context, o recordOptions) error {
	file, err := a.createRecording(o.output)
	if err != nil {
		return fmt.Errorf("telemetry record: %w", err)
	}
	f := &fetch{recording: newRecording(a.now(), o, file, telemetry.Sources("/")), now: a.now, than: telemetry.Host("/").Name}
	f.summary.where = o.there.host
	line := a.newLine(bool(o.quiet), f.progress)
	err = a.fetchAll(ctx, o, f)
	line.finish()
	if !o.quiet {
		f.warn(a, o.there.host)
	}
	if err != nil && f.err == nil {
		_ = file.Close()
		return fmt.Errorf("telemetry record --ssh: %w: %s", err, f.leave())
	}
	f.summary.compareClocks()
	return a.concludeRecording(f.recording, o, f.from, f.to)
}

// fetchAll runs the recorder there to its end, and measures the clock when its first
// reading is here and when its last one is.
func (a *app) fetchAll(ctx context.Context, o recordOptions, f *fetch) error {
	ctx, f.stop = context.WithCancel(ctx)
	defer f.stop()
	// Ctrl-C ends the recorder's stdin and not ssh, so that the last readings come.
	s, err := o.there.start(context.WithoutCancel(ctx), o.flagsThere()...)
	if err != nil {
		return err
	}
	f.follow(ctx, s, o.interval.value, func() measured { return measuredNow(a.measureClock(ctx, o.there)) })
	err = s.wait()
	switch {
	case f.err != nil: // of the file here
		return nil
	case f.summary.Readings == 0 && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case f.summary.Readings == 0:
		return fmt.Errorf("%s on %s ended and sent no reading", o.there.lbench, o.there.host)
	case f.failed == nil || ctx.Err() != nil: // else it would fail again
		f.mark(measuredNow(a.measureClock(context.WithoutCancel(ctx), o.there)))
	}
	return nil
}

// flagsThere are those of the recorder there.
func (o recordOptions) flagsThere() []string {
	flags := []string{"-o", standardOutput, "--until-eof", "--quiet", "--interval", o.interval.value.String()}
	if o.duration.value > 0 {
		flags = append(flags, "--duration", o.duration.value.String())
	}
	if o.root != "/" {
		flags = append(flags, "--root", o.root)
	}
	return flags
}

// fetch is a recording that is made elsewhere.
type fetch struct {
	*recording
	now      func() time.Time
	than     string    // this machine
	from, to time.Time // of the first reading and the end of the stream, by the clock here
	refused  string    // the first line that was left out
	failed   error     // why the clock could not be measured, the last time
}

func (f *fetch) progress() string {
	if f.lines.Load() == 0 {
		return "connecting to " + f.summary.where
	}
	return f.recording.progress()
}

// measured is a measurement of the clock, or why there is none.
type measured struct {
	offset telemetry.Offset
	err    error
}

func measuredNow(offset telemetry.Offset, err error) measured { return measured{offset, err} }

// follow writes the readings that come, to the end of the stream. With the first one it
// begins to measure the clock.
func (f *fetch) follow(ctx context.Context, s *session, interval time.Duration, measure func() measured) {
	lines, clock := make(chan []byte), make(chan measured, 1)
	go sendLines(s.stdout, lines)
	done, measuring := ctx.Done(), false
	for lines != nil || measuring {
		select {
		case line, ok := <-lines:
			if !ok {
				lines, f.to = nil, f.now()
				break
			}
			if f.line(line) && f.summary.Readings == 1 {
				measuring, f.from = true, f.now()
				go func() { clock <- measure() }()
			}
		case m := <-clock:
			measuring = false
			f.mark(m)
		case <-done:
			done = nil
			if f.summary.Readings == 0 { // there is nothing to wait for, such as for a login
				_ = s.kill()
			}
			s.stop(stopGrace + interval)
		}
	}
}

// sendLines sends whole lines, to the end of the stream.
func sendLines(from *bufio.Reader, to chan<- []byte) {
	defer close(to)
	for {
		line, err := readLine(from)
		if err != nil {
			return
		}
		to <- bytes.Clone(line)
	}
}

// readLine reads a whole line, which is good until the next is read. Of one that is longer
// than any reading the rest is passed over; a last line without an end was cut off.
func readLine(from *bufio.Reader) ([]byte, error) {
	line, err := from.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	begin := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = from.ReadSlice('\n')
	}
	return begin, err
}

// line writes one that came, unless it is no reading: what login scripts print comes first.
func (f *fetch) line(line []byte) bool {
	var r result.Reading
	if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &r) != nil || r.Source == "" || r.Name == "" || r.T.IsZero() {
		if f.summary.LeftOut++; f.summary.LeftOut == 1 {
			f.refused = string(bytes.TrimSpace(line[:min(len(line), 60)]))
		}
		return false
	}
	switch {
	case r.Source == result.RecorderSource && r.Name == result.StartedReading:
		f.summary.Host = r.Labels[result.HostLabel]
	case r.Source != result.RecorderSource && r.Source != "telemetry" && f.summary.source(r.Source) == nil: // of another version
		f.summary.Sources = append(f.summary.Sources, recordedSource{Name: r.Source})
	}
	f.keep([]result.Reading{r}, line, nil)
	return true
}

// mark writes a measurement of the clock.
func (f *fetch) mark(m measured) {
	if f.failed = m.err; m.err == nil {
		f.summary.clocks = append(f.summary.clocks, m.offset)
		f.add(clockReadings(m.offset, f.than))
	}
}

// warn says what is not as it should be, and yet no failure.
func (f *fetch) warn(a *app, host string) {
	if n := f.summary.LeftOut; n > 0 {
		a.warn(result.Warning{Text: fmt.Sprintf("lines from %s that are no readings were left out: %s, the first %q: what prints them when nobody is at a terminal?", host, units.Count(n), f.refused)})
	}
	switch {
	case f.failed == nil, errors.Is(f.failed, context.Canceled):
	case len(f.summary.clocks) > 0:
		a.warn(result.Warning{Text: fmt.Sprintf("the clock of %s was measured at the beginning only: %s", host, oneLine(f.failed))})
	default:
		a.warn(result.Warning{Text: fmt.Sprintf("the clock of %s was not compared with this machine's: %s", host, oneLine(f.failed))})
	}
}
