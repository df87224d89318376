package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// Question is one PromQL query over a window.
type Question struct {
	PromQL string
	Own    *Own // what its series are in lbench's names; nil: as they are
}

// Range is a window of time with a value each step, at from, from + step, ... up to to.
type Range struct {
	From, To time.Time
	Step     time.Duration // whole ms, Prometheus' own unit
}

// Answer is what came of one question.
type Answer struct {
	Query    string   `json:"query"`
	Becomes  string   `json:"becomes,omitempty"` // in lbench's names: "cpu busy_ns"
	Series   int      `json:"series"`
	Readings int      `json:"readings"`
	LeftOut  int      `json:"left_out"`          // values that are NaN or infinite, and histograms
	Doubled  int      `json:"doubled,omitempty"` // values left out, because in lbench's names they are another series' too
	Double   string   `json:"double,omitempty"`  // the labels of two such series
	Warnings []string `json:"warnings,omitempty"`
}

// mostPoints is how many points of a series are asked for, and held, at one time. A server
// refuses more than 11,000.
const mostPoints = 1000

// mostParts bounds the parts that a window is split into.
const mostParts = 2000

// Check says what is wrong with a range at the time now.
func (r Range) Check(now time.Time) error {
	switch {
	case !r.To.After(r.From):
		return fmt.Errorf("the window ends at %s, which isn't after its start at %s", stamp(r.To), stamp(r.From))
	case r.From.After(now):
		return fmt.Errorf("the window begins at %s, which is in the future (it is %s)", stamp(r.From), stamp(now))
	case r.Step < time.Millisecond || r.Step%time.Millisecond != 0:
		return fmt.Errorf("the step %v isn't a whole number of ms, as 15s", r.Step)
	case len(r.split()) > mostParts:
		return fmt.Errorf("the window has %d steps of %v, more than %d: choose a longer step or a shorter window", r.To.Sub(r.From)/r.Step, r.Step, mostParts*mostPoints)
	}
	return nil
}

// split makes ranges of at most mostPoints, each of which begins a step after the last.
func (r Range) split() []Range {
	var parts []Range
	for from := r.From.Truncate(time.Millisecond); !from.After(r.To) && len(parts) <= mostParts; from = from.Add(mostPoints * r.Step) {
		to := from.Add((mostPoints - 1) * r.Step)
		if to.After(r.To) {
			to = r.To
		}
		parts = append(parts, Range{from, to, r.Step})
	}
	return parts
}

// Ask hands on the readings of all questions in the order of their times, and at one time
// in that of the questions, as a recording on a server has them. An error names its query;
// what came of the parts of the window before it has been handed on.
func (p *Prometheus) Ask(ctx context.Context, questions []Question, window Range, emit func(result.Reading) error) ([]Answer, error) {
	all := make([]asking, len(questions))
	for i, q := range questions {
		all[i] = asking{question: q, answer: Answer{Query: q.PromQL, Becomes: q.Own.String()}, series: map[string]bool{}, spans: map[string][]span{}}
	}
	for _, part := range window.split() {
		var readings []result.Reading
		for i := range all {
			matrix, err := p.queryRange(ctx, all[i].question.PromQL, part)
			if err != nil {
				return nil, fmt.Errorf("query %q: %w", all[i].question.PromQL, err)
			}
			readings = all[i].take(matrix, readings)
		}
		slices.SortStableFunc(readings, func(a, b result.Reading) int { return a.T.Compare(b.T) })
		for _, r := range readings {
			if err := emit(r); err != nil {
				return nil, err
			}
		}
	}
	answers := make([]Answer, len(all))
	for i, a := range all {
		a.answer.Series = len(a.series)
		answers[i] = a.answer
	}
	return answers, nil
}

// asking is a question while its answer comes, part by part.
type asking struct {
	question Question
	answer   Answer
	series   map[string]bool   // by their labels; true: readings of it were taken
	spans    map[string][]span // of the series that became one in lbench's names
}

// span says that the readings of a time are of a series.
type span struct {
	series   string
	from, to time.Time
}

// take adds the readings of a part. Series of which there are some already come first, so
// that of two that are one in lbench's names it stays the same.
func (a *asking) take(matrix promMatrix, readings []result.Reading) []result.Reading {
	key := func(s promSeries) string {
		labels, _ := json.Marshal(s.Metric) // of texts: no error; keys in their order
		return string(labels)
	}
	var known, others []promSeries
	for _, s := range matrix.Series {
		if a.series[key(s)] {
			known = append(known, s)
		} else {
			others = append(others, s)
		}
	}
	for _, s := range append(known, others...) {
		labels, taken := key(s), a.question.readings(s)
		a.answer.LeftOut += len(s.Histograms) + len(s.Values) - len(taken)
		taken = a.free(taken, labels)
		a.series[labels] = a.series[labels] || len(taken) > 0
		a.answer.Readings += len(taken)
		readings = append(readings, taken...)
	}
	for _, w := range matrix.Warnings {
		if !slices.Contains(a.answer.Warnings, w) {
			a.answer.Warnings = append(a.answer.Warnings, w)
		}
	}
	return readings
}

// free leaves out what would be there twice: where an exporter is scraped by two jobs, or
// two of one machine are, their counters must not be mixed or summed. A series may go on
// where another ended.
func (a *asking) free(readings []result.Reading, labels string) []result.Reading {
	if a.question.Own == nil || len(readings) == 0 {
		return readings
	}
	key, _ := json.Marshal(readings[0].Labels)
	name := readings[0].Name + string(key)
	whole := len(readings)
	for _, other := range a.spans[name] {
		if other.series == labels {
			continue
		}
		readings = slices.DeleteFunc(readings, func(r result.Reading) bool { return !r.T.Before(other.from) && !r.T.After(other.to) })
		if len(readings) < whole && a.answer.Double == "" {
			a.answer.Double = scrub(other.series + " and " + labels)
		}
	}
	a.answer.Doubled += whole - len(readings)
	if n := len(readings); n > 0 {
		a.spans[name] = append(a.spans[name], span{labels, readings[0].T, readings[n-1].T})
	}
	return readings
}
