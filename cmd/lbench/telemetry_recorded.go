package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/telemetry"
	"github.com/lbench/lbench/internal/units"
)

// encoder makes lines of readings as encoding/json would, at a tenth of its cost, which is
// most of what a recorder takes.
type encoder struct {
	text []byte
	keys []string
}

// round is the readings as lines, until it is called again.
func (e *encoder) round(readings []result.Reading) ([]byte, error) {
	e.text = e.text[:0]
	for _, r := range readings {
		if err := e.line(r); err != nil {
			return nil, fmt.Errorf("reading %s.%s: %w", r.Source, r.Name, err)
		}
	}
	return e.text, nil
}

func (e *encoder) line(r result.Reading) error {
	year := r.T.Year()
	if year < 0 || year > 9999 || math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		_, err := json.Marshal(r)
		return err
	}
	e.text = append(e.text, `{"t":"`...)
	e.text = r.T.AppendFormat(e.text, time.RFC3339Nano)
	e.text = append(e.text, `","source":`...)
	e.quote(r.Source)
	e.text = append(e.text, `,"name":`...)
	e.quote(r.Name)
	if len(r.Labels) > 0 {
		e.labels(r.Labels)
	}
	e.text = append(e.text, `,"value":`...)
	e.number(r.Value)
	e.text = append(e.text, "}\n"...)
	return nil
}

func (e *encoder) labels(labels map[string]string) {
	e.keys = slices.AppendSeq(e.keys[:0], maps.Keys(labels))
	slices.Sort(e.keys)
	for i, key := range e.keys {
		if i == 0 {
			e.text = append(e.text, `,"labels":{`...)
		} else {
			e.text = append(e.text, ',')
		}
		e.quote(key)
		e.text = append(e.text, ':')
		e.quote(labels[key])
	}
	e.text = append(e.text, '}')
}

// quote leaves what needs an escape to encoding/json.
func (e *encoder) quote(s string) {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b > '~' || b == '"' || b == '\\' || b == '<' || b == '>' || b == '&' {
			text, _ := json.Marshal(s) // of a string: no error
			e.text = append(e.text, text...)
			return
		}
	}
	e.text = append(e.text, '"')
	e.text = append(e.text, s...)
	e.text = append(e.text, '"')
}

func (e *encoder) number(v float64) {
	if size := math.Abs(v); size >= 1e21 || size < 1e-6 && size > 0 {
		text, _ := json.Marshal(v) // of a finite number: no error
		e.text = append(e.text, text...)
		return
	}
	e.text = strconv.AppendFloat(e.text, v, 'f', -1, 64)
}

// recordSummary is what a recording came to: what --json prints.
type recordSummary struct {
	File     string           `json:"file"`
	Host     string           `json:"host,omitempty"`
	Started  time.Time        `json:"started"`
	Ended    time.Time        `json:"ended"`
	Duration int64            `json:"duration_ns"`
	Interval int64            `json:"interval_ns"`
	Readings int64            `json:"readings"`
	Bytes    int64            `json:"bytes"`
	Sources  []recordedSource `json:"sources"`

	ClockAhead *int64 `json:"clock_ahead_ns,omitempty"` // of this machine's: the mean of what was measured
	ClockError *int64 `json:"clock_error_ns,omitempty"` // ClockAhead is right within so much
	LeftOut    int64  `json:"left_out,omitempty"`       // lines that came by ssh and are no readings

	where       string    // the machine that was recorded, where it isn't this one
	first, last time.Time // of the readings
	clocks      []telemetry.Offset
}

// recordedSource is one source's part. Without readings and gaps it isn't on this machine.
type recordedSource struct {
	Name     string `json:"name"`
	Readings int64  `json:"readings"`
	Gaps     int64  `json:"gaps,omitempty"`   // how often it began to fail
	Errors   int64  `json:"errors,omitempty"` // how often it was asked and failed
	Error    string `json:"error,omitempty"`  // of the last gap
}

// during says when it was. The time it took is by the monotonic clock.
func (s *recordSummary) during(from, to time.Time) {
	s.Duration = int64(to.Sub(from))
	s.Started, s.Ended = from.UTC(), from.Add(to.Sub(from)).UTC()
}

// add counts a round that takes up so many bytes.
func (s *recordSummary) add(readings []result.Reading, bytes int) {
	s.Bytes += int64(bytes)
	s.Readings += int64(len(readings))
	for _, r := range readings {
		if s.last = r.T; s.first.IsZero() {
			s.first = r.T
		}
		switch {
		case r.Source != "telemetry":
			if of := s.source(r.Source); of != nil {
				of.Readings++
			}
		case r.Name == "errors":
			if of := s.source(r.Labels["source"]); of != nil {
				of.Errors = int64(r.Value)
			}
		case r.Name == "gap" && r.Value > 0:
			if of := s.source(r.Labels["source"]); of != nil {
				of.Gaps, of.Error = of.Gaps+1, r.Labels["error"]
			}
		}
	}
}

func (s *recordSummary) source(name string) *recordedSource {
	for i := range s.Sources {
		if s.Sources[i].Name == name {
			return &s.Sources[i]
		}
	}
	return nil
}

// print says it in lines: what was recorded, of what, what is not here, and what failed.
func (s *recordSummary) print(w io.Writer) {
	var here, absent []string
	for _, of := range s.Sources {
		if of.Readings+of.Gaps == 0 {
			absent = append(absent, of.Name)
		} else {
			here = append(here, of.Name)
		}
	}
	fmt.Fprintf(w, "recorded %s readings in %s to %s, %s\n", units.Count(s.Readings), units.Duration(time.Duration(s.Duration).Round(100*time.Millisecond)), s.File, units.Bytes(float64(s.Bytes)))
	fmt.Fprintf(w, "sources: %s", strings.Join(here, ", "))
	if len(absent) > 0 {
		fmt.Fprintf(w, "; not on %s: %s", cmp.Or(s.where, "this machine"), strings.Join(absent, ", "))
	}
	fmt.Fprintln(w)
	for _, of := range s.Sources {
		if of.Gaps > 0 {
			fmt.Fprintf(w, "gaps: %s failed %s times: %s\n", of.Name, units.Count(of.Errors), strings.ReplaceAll(of.Error, "\n", "; "))
		}
	}
	s.printClock(w)
}
