package stats

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// logLineBytes is the longest line of a log that is read: a histogram of three digits
// takes up to 0.1 MB, one of five from another tool some MB.
const logLineBytes = 16 << 20

// DurationsLog writes durations by stretches of time as a HdrHistogram interval log,
// version 1.3, which HdrHistogram's own tools (HistogramLogProcessor, the log analyzer,
// and the readers for Java, C, Python and Go) read: lines of
//
//	Tag=job-3,Start,Length,Max,Histogram
//
// where Start and Length are seconds since the run began, to the ms as those tools
// expect, Max is in ms, and Histogram is Encode's of ns.
//
// It isn't safe for use by several goroutines at once.
type DurationsLog struct {
	w       io.Writer
	encoder encoder
}

// NewDurationsLog writes the head of a log of a run that started at a moment.
func NewDurationsLog(w io.Writer, started time.Time) (*DurationsLog, error) {
	seconds := float64(started.UnixMilli()) / 1e3
	// With BaseTime, no reader has to guess that the times are relative.
	_, err := fmt.Fprintf(w, "#[Logged with lbench; durations in ns]\n"+
		"#[Histogram log format version %s]\n"+
		"#[StartTime: %.3f (seconds since epoch), %s]\n"+
		"#[BaseTime: %.3f (seconds since epoch)]\n"+
		"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
		hdrhistogram.HISTOGRAM_LOG_FORMAT_VERSION, seconds, started.UTC().Format(time.RFC3339), seconds)
	if err != nil {
		return nil, fmt.Errorf("write the head of a latency log: %w", err)
	}
	return &DurationsLog{w: w}, nil
}

// Write adds one line: what d has counted from start to end, both since the run began.
// The tag may be empty; it can't hold a comma, a space or a line break.
func (l *DurationsLog) Write(tag string, start, end time.Duration, d *Durations) error {
	if strings.ContainsAny(tag, ", \t\r\n") {
		return fmt.Errorf("write a latency log: tag %q holds a comma, space or line break: use a name like %q", tag, "job-3")
	}
	if start < 0 || end < start {
		return fmt.Errorf("write a latency log: interval from %s to %s: it has to begin at 0 or later and not to end before it begins", start, end)
	}
	encoded, err := l.encoder.encode(d)
	if err != nil {
		return fmt.Errorf("write a latency log: %w", err)
	}
	if tag != "" {
		tag = "Tag=" + tag + ","
	}
	// Both ends are rounded before they are subtracted, so that intervals stay gapless.
	from, to := start.Round(time.Millisecond), end.Round(time.Millisecond)
	_, err = fmt.Fprintf(l.w, "%s%.3f,%.3f,%.3f,%s\n", tag,
		from.Seconds(), (to - from).Seconds(), float64(d.Max())/1e6, encoded)
	if err != nil {
		return fmt.Errorf("write a latency log: %w", err)
	}
	return nil
}

// ReadDurationsLog calls visit for each line of a HdrHistogram interval log of
// durations in ns, in their order; tag is empty where there is none, start and end are
// since the log's StartTime. It ends at the first error, that of visit included; lines
// before it have been visited, so a log that was cut off gives what is whole.
func ReadDurationsLog(r io.Reader, visit func(tag string, start, end time.Duration, d *Durations) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, logLineBytes)
	var clock logClock
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '"' {
			continue
		}
		if line[0] == '#' {
			clock.read(string(line))
			continue
		}
		entry, err := parseLogLine(line, &clock)
		if err != nil {
			return fmt.Errorf("line %d of a latency log: %w", number, err)
		}
		if err := visit(entry.tag, entry.start, entry.end, entry.durations); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d of a latency log: %w", number+1, err)
	}
	return nil
}

type logLine struct {
	tag        string
	start, end time.Duration
	durations  *Durations
}

func parseLogLine(line []byte, clock *logClock) (logLine, error) {
	var entry logLine
	if rest, found := bytes.CutPrefix(line, []byte("Tag=")); found {
		tag, rest, found := bytes.Cut(rest, []byte(","))
		if !found {
			return logLine{}, fmt.Errorf("%q has a tag and nothing after it, want Tag=name,start,length,max,histogram", cut(line))
		}
		entry.tag, line = string(tag), rest
	}
	fields := bytes.Split(line, []byte(","))
	if len(fields) != 4 {
		return logLine{}, fmt.Errorf("%q has %d fields, want start,length,max,histogram", cut(line), len(fields))
	}
	var numbers [3]float64 // start and length in s; the longest, in ms, is in the histogram too
	for i := range numbers {
		n, err := strconv.ParseFloat(string(fields[i]), 64)
		// A century is far from what a Duration can't hold.
		if err != nil || !(n >= 0 && n < 100*yearSeconds || i == 2) {
			return logLine{}, fmt.Errorf("field %q isn't a number of [start length max], in seconds and ms", cut(fields[i]))
		}
		numbers[i] = n
	}
	start := clock.sinceStart(numbers[0])
	entry.start, entry.end = seconds(start), seconds(start+numbers[1])
	var err error
	entry.durations, err = DecodeDurations(fields[3])
	return entry, err
}

// seconds is s as a Duration, to the us: that is what a float64 still holds of a time
// since the epoch.
func seconds(s float64) time.Duration { return time.Duration(math.Round(s*1e6)) * time.Microsecond }

const yearSeconds = 365 * 24 * 3600

// logClock knows what the times of a log are relative to.
type logClock struct {
	start, base       float64 // seconds since the epoch
	hasStart, hasBase bool
}

// read takes the time from the comments that hold one.
func (c *logClock) read(comment string) {
	for _, known := range []struct {
		prefix string
		to     *float64
		has    *bool
	}{{"#[StartTime: ", &c.start, &c.hasStart}, {"#[BaseTime: ", &c.base, &c.hasBase}} {
		rest, found := strings.CutPrefix(comment, known.prefix)
		number, _, _ := strings.Cut(rest, " ")
		if n, err := strconv.ParseFloat(number, 64); found && err == nil && n >= 0 && n < 100*yearSeconds {
			*known.to, *known.has = n, true
		}
	}
}

// sinceStart is a log's time since the start. Without a BaseTime it is HdrHistogram's
// rule that times more than a year before the start are relative to it already.
func (c *logClock) sinceStart(at float64) float64 {
	if !c.hasStart {
		c.start, c.hasStart = at, true
	}
	if !c.hasBase && at < c.start-yearSeconds {
		return at
	}
	return at + (c.base - c.start)
}
