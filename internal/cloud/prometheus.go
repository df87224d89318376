package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Question is one PromQL query over a window.
type Question struct {
	PromQL string
	Name   string // of the readings of series that have no name, as those of a sum; empty: the PromQL
}

// Range is a window of time with a value each step, at from, from + step, ... up to to.
type Range struct {
	From, To time.Time
	Step     time.Duration // whole ms, Prometheus' own unit
}

// Answer is what came of one question.
type Answer struct {
	Query    string   `json:"query"`
	Series   int      `json:"series"`
	Readings int      `json:"readings"`
	LeftOut  int      `json:"left_out"` // values that are NaN or infinite, and histograms
	Warnings []string `json:"warnings,omitempty"`
}

// mostPoints is how many points of a series one query may have: a server refuses more.
const mostPoints = 11_000

// mostQueries bounds the queries that one question is split into.
const mostQueries = 1000

// Check says what is wrong with a range at the time now.
func (r Range) Check(now time.Time) error {
	switch {
	case !r.To.After(r.From):
		return fmt.Errorf("the window ends at %s, which isn't after its start at %s", stamp(r.To), stamp(r.From))
	case r.From.After(now):
		return fmt.Errorf("the window begins at %s, which is in the future (it is %s)", stamp(r.From), stamp(now))
	case r.Step < time.Millisecond || r.Step%time.Millisecond != 0:
		return fmt.Errorf("the step %v isn't a whole number of ms, as 15s", r.Step)
	case len(r.split()) > mostQueries:
		return fmt.Errorf("the window has %d steps of %v, more than %d: choose a longer step or a shorter window", r.To.Sub(r.From)/r.Step, r.Step, mostQueries*mostPoints)
	}
	return nil
}

// split makes ranges of at most mostPoints, each of which begins a step after the last.
func (r Range) split() []Range {
	var parts []Range
	for from := r.From.Truncate(time.Millisecond); !from.After(r.To) && len(parts) <= mostQueries; from = from.Add(mostPoints * r.Step) {
		to := from.Add((mostPoints - 1) * r.Step)
		if to.After(r.To) {
			to = r.To
		}
		parts = append(parts, Range{from, to, r.Step})
	}
	return parts
}

// Ask hands on the readings of a question: {source "prometheus", name of the metric or the
// query, labels}, series by series in each part of the window. What a question got before
// an error has been handed on.
func (p *Prometheus) Ask(ctx context.Context, q Question, window Range, emit func(result.Reading) error) (Answer, error) {
	answer := Answer{Query: q.PromQL}
	series := map[string]bool{}
	for _, part := range window.split() {
		matrix, err := p.queryRange(ctx, q.PromQL, part)
		if err != nil {
			return answer, fmt.Errorf("query %q: %w", q.PromQL, err)
		}
		for _, s := range matrix.Series {
			labels, _ := json.Marshal(s.Metric) // of texts: no error; keys in their order
			series[string(labels)] = true
			if err := answer.take(q, s, emit); err != nil {
				return answer, err
			}
		}
		for _, w := range matrix.Warnings {
			if !slices.Contains(answer.Warnings, w) {
				answer.Warnings = append(answer.Warnings, w)
			}
		}
	}
	answer.Series = len(series)
	return answer, nil
}

// take hands on one series.
func (a *Answer) take(q Question, s promSeries, emit func(result.Reading) error) error {
	name := q.PromQL
	if q.Name != "" {
		name = q.Name
	}
	var labels map[string]string
	for key, value := range s.Metric {
		if key == "__name__" {
			name = value
			continue
		}
		if labels == nil {
			labels = map[string]string{}
		}
		labels[key] = value
	}
	a.LeftOut += len(s.Histograms)
	for _, v := range s.Values {
		if math.IsNaN(v.value) || math.IsInf(v.value, 0) {
			a.LeftOut++
			continue
		}
		if err := emit(result.Reading{T: v.at, Source: "prometheus", Name: name, Labels: labels, Value: v.value}); err != nil {
			return err
		}
		a.Readings++
	}
	return nil
}

// promAnswer is the JSON of /api/v1/query_range.
type promAnswer struct {
	Status    string     `json:"status"`
	ErrorType string     `json:"errorType"`
	Error     string     `json:"error"`
	Warnings  []string   `json:"warnings"`
	Data      promMatrix `json:"data"`
}

type promMatrix struct {
	Type     string       `json:"resultType"`
	Series   []promSeries `json:"result"`
	Warnings []string     `json:"-"` // scrubbed
}

type promSeries struct {
	Metric     map[string]string `json:"metric"`
	Values     []promValue       `json:"values"`
	Histograms []json.RawMessage `json:"histograms"`
}

// promValue is [seconds, "value"]: a number and a text, which may be NaN, +Inf or -Inf.
type promValue struct {
	at    time.Time
	value float64
}

// farthest is the last time that is believed, in seconds: the year 9999.
const farthest = 253402300799

func (v *promValue) UnmarshalJSON(text []byte) error {
	inside, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "[")
	inside, end := strings.CutSuffix(inside, "]")
	at, value, comma := strings.Cut(inside, ",")
	value = strings.TrimSpace(value)
	seconds, err := strconv.ParseFloat(strings.TrimSpace(at), 64)
	if !ok || !end || !comma || err != nil || !(seconds >= 0 && seconds <= farthest) || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return fmt.Errorf("%.60q isn't [seconds, \"value\"]", text)
	}
	v.at = time.UnixMilli(int64(math.Round(seconds * 1e3))).UTC()
	if v.value, err = strconv.ParseFloat(value[1:len(value)-1], 64); err != nil {
		return fmt.Errorf("%.60q isn't [seconds, \"value\"]", text)
	}
	return nil
}
