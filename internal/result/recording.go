package result

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"
)

// RecordingEnding is how names of attached recordings end.
const RecordingEnding = ".ndjson"

// Recording is readings of other machines that were attached to a run: what
// `lbench telemetry record` wrote on a server, or what a Prometheus server kept of several.
type Recording struct {
	File  string   // in the run folder: attached/oss1.ndjson
	Hosts []string // whose readings it has, sorted
	Clock Clock
	From  time.Time // of the first reading, by the run's clock
	To    time.Time // of the last one

	path  string
	host  string // of readings that name none
	marks []clockMark
}

// Clock is how another machine's clock stood against that of the run.
type Clock struct {
	How   string        // ClockMeasured, ClockByNTP or ClockUnknown
	Ahead time.Duration // of the run's clock; the mean of the marks where it was measured more than once
	Error time.Duration // Ahead is within so much of this; 0 where How is unknown
}

// How clocks are known to stand against each other: over a connection between the two
// machines, by what both kernels say of NTP, or not at all.
const (
	ClockMeasured = "measured"
	ClockByNTP    = "synchronized"
	ClockUnknown  = "unknown"
)

// String is a phrase: "its clock 2.1 ms ahead, within 0.3 ms".
func (c Clock) String() string {
	switch c.How {
	case ClockMeasured:
		way := "ahead"
		if c.Ahead < 0 {
			way = "behind"
		}
		return fmt.Sprintf("its clock %s %s, within %s", short(c.Ahead.Abs()), way, short(c.Error))
	case ClockByNTP:
		return "both clocks synchronized, within " + short(c.Error)
	}
	return "its clock was not compared"
}

// short prints a time to a tenth of its unit.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.0f us", float64(d)/1e3)
}

// What a recording says of clocks, and of where it was made, as readings of source
// "recorder". What is measured over a connection is at its beginning and at its end.
const (
	RecorderSource = "recorder"
	StartedReading = "started"        // label host
	ClockAhead     = "clock_ahead_ns" // of the clock of the machine in label "than"
	ClockError     = "clock_error_ns" // right after ClockAhead
)

// What the kernel says of this machine's own clock, as readings of source "clock".
const (
	ClockSource       = "clock"
	ClockSynchronized = "synchronized" // 1 or 0
	ClockMaxError     = "max_error_ns" // at most so far from UTC, where it is synchronized
	HostLabel         = "host"         // of a reading of another machine
)

// clockMark is one measurement: at a time of the recorded machine its clock was so far ahead.
type clockMark struct {
	at           time.Time
	ahead, error time.Duration
}

// Recordings are those that were attached, by name, with what they say of themselves.
// What can't be read comes back as an error beside the others, which stand.
func (f *Folder) Recordings() ([]Recording, error) {
	names, err := filepath.Glob(filepath.Join(f.Dir, AttachedFolder, "*"+RecordingEnding))
	if err != nil || len(names) == 0 {
		return nil, err
	}
	slices.Sort(names)
	own, err := f.ownClock()
	if err != nil {
		own = clockState{}
	}
	var all []Recording
	var errs []error
	for _, name := range names {
		r, err := readRecording(name, own)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r.File = AttachedFolder + "/" + filepath.Base(name)
		all = append(all, r)
	}
	return all, errors.Join(errs...)
}

// ReadRecording reads what a file of readings says of itself. Its clock is held against
// that of the run in the folder.
func (f *Folder) ReadRecording(path string) (Recording, error) {
	own, err := f.ownClock()
	if err != nil {
		own = clockState{}
	}
	return readRecording(path, own)
}

// Readings calls do for each reading in order, with the machine that it is of, by the run's
// clock. The label host is left out.
func (r Recording) Readings(do func(host string, of Reading) error) error {
	dir, name := filepath.Split(r.path)
	return lines(dir, name, newReadingParser().parse, func(reading Reading) error {
		if reading.Source == RecorderSource {
			return nil
		}
		host := r.host
		if named, ok := reading.Labels[HostLabel]; ok {
			host = named
			reading.Labels = maps.Clone(reading.Labels)
			delete(reading.Labels, HostLabel)
		}
		reading.T = reading.T.Add(-r.aheadAt(reading.T))
		return do(host, reading)
	})
}

// aheadAt is how far the recorded machine's clock was ahead at one of its times: between
// two measurements on the line through them, before the first and after the last as there.
func (r Recording) aheadAt(t time.Time) time.Duration {
	n := len(r.marks)
	i := sort.Search(n, func(i int) bool { return !t.After(r.marks[i].at) })
	switch {
	case n == 0:
		return 0
	case i == 0:
		return r.marks[0].ahead
	case i == n:
		return r.marks[n-1].ahead
	}
	before, mark := r.marks[i-1], r.marks[i]
	share := float64(t.Sub(before.at)) / float64(mark.at.Sub(before.at))
	return before.ahead + time.Duration(math.Round(share*float64(mark.ahead-before.ahead)))
}

// clockState is what a machine's kernel says of its clock, over all of its readings.
type clockState struct {
	known, synchronized bool
	maxError            time.Duration
}

func (c *clockState) add(r Reading) {
	switch r.Name {
	case ClockSynchronized:
		c.synchronized = (c.synchronized || !c.known) && r.Value == 1
		c.known = true
	case ClockMaxError:
		c.maxError = max(c.maxError, time.Duration(r.Value))
	}
}

// ownClock is the run's.
func (f *Folder) ownClock() (clockState, error) {
	var own clockState
	err := f.Readings(func(r Reading) error {
		if r.Source == ClockSource {
			own.add(r)
		}
		return nil
	})
	return own, err
}

func readRecording(path string, own clockState) (Recording, error) {
	r := Recording{path: path}
	hosts := map[string]bool{}
	var clock clockState
	count := 0
	dir, name := filepath.Split(path)
	err := lines(dir, name, newReadingParser().parse, func(reading Reading) error {
		if reading.Source == "" || reading.Name == "" || reading.T.IsZero() {
			return errors.New("it isn't a reading: want t, source, name and value")
		}
		switch reading.Source {
		case RecorderSource:
			return r.say(reading)
		case ClockSource:
			clock.add(reading)
		}
		if count == 0 || reading.T.Before(r.From) {
			r.From = reading.T
		}
		if reading.T.After(r.To) {
			r.To = reading.T
		}
		count++
		hosts[reading.Labels[HostLabel]] = true
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("read recording: %w", err)
	}
	if count == 0 {
		return r, fmt.Errorf("read recording %q: it has no reading", name)
	}
	r.host = cmp.Or(r.host, strings.TrimSuffix(name, RecordingEnding))
	for host := range hosts {
		r.Hosts = append(r.Hosts, cmp.Or(host, r.host))
	}
	slices.Sort(r.Hosts)
	r.Hosts = slices.Compact(r.Hosts)
	r.settle(clock, own)
	r.From, r.To = r.From.Add(-r.aheadAt(r.From)), r.To.Add(-r.aheadAt(r.To))
	return r, nil
}

// mostMarks is how often a recording may have measured its clock. lbench does it twice.
const mostMarks = 1024

// say takes in what a recording says of itself.
func (r *Recording) say(reading Reading) error {
	switch reading.Name {
	case StartedReading:
		r.host = reading.Labels[HostLabel]
	case ClockAhead:
		r.marks = append(r.marks, clockMark{at: reading.T, ahead: time.Duration(reading.Value)})
	case ClockError:
		if n := len(r.marks); n > 0 {
			r.marks[n-1].error = time.Duration(reading.Value)
		}
	}
	if len(r.marks) > mostMarks {
		return fmt.Errorf("it has more than %d measurements of its clock (%s), which no recording has", mostMarks, ClockAhead)
	}
	return nil
}

// settle decides how the clocks stand. Where both kernels say that theirs are synchronized,
// neither is further from UTC than its largest error.
func (r *Recording) settle(clock, own clockState) {
	slices.SortStableFunc(r.marks, func(a, b clockMark) int { return a.at.Compare(b.at) })
	switch {
	case len(r.marks) > 0:
		var sum time.Duration
		r.Clock.How = ClockMeasured
		for _, mark := range r.marks {
			sum += mark.ahead
			r.Clock.Error = max(r.Clock.Error, mark.error)
		}
		r.Clock.Ahead = sum / time.Duration(len(r.marks))
	case clock.synchronized && own.synchronized:
		r.Clock = Clock{How: ClockByNTP, Error: clock.maxError + own.maxError}
	default:
		r.Clock.How = ClockUnknown
	}
}
