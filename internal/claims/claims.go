// Package claims holds figures that someone has published (on a slide, in an offer)
// against the runs that they are said to come from.
//
//  1. Parse reads the file of claims: which runs, and of each the figures as people print
//     them. The digits that are given are the precision that is claimed.
//  2. File.Hold finds the runs that each entry speaks of, and puts beside each figure what
//     the run has: follows, does not follow, or not in the run.
//  3. A figure that does not follow gets the likeliest explanation that is true by
//     arithmetic, tried in a fixed order: the other system of units, another statistic of
//     the same epochs, another figure of the run, else by how much it differs.
//  4. Figures that are claimed together are held against each other too (bytes / time =
//     rate), within what their digits allow, whatever the run has. A note says where they
//     contradict each other.
//
// It measures nothing, and what was meant it can't know.
package claims

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// Status says what became of one claimed figure.
type Status string

// The three ways a figure can end.
const (
	Follows       Status = "follows"
	DoesNotFollow Status = "does not follow"
	NotInRun      Status = "not in the run"
)

// File is what was published.
type File struct {
	Source string // who claims it: "the slide of 2026-03-13"; may be empty
	file   string // for errors
	runs   []entry
}

// entry is what is claimed of the runs of a command or workload; empty is any.
type entry struct {
	command, workload string
	line              int
	figures           []figure
	epochs            []series
}

// figure is one claimed number of a run.
type figure struct {
	name  string
	value Value
}

// series is one metric as it is claimed of each epoch.
type series struct {
	name   string
	values []Value
}

// Held is what one entry claims of one run, and what the run has.
type Held struct {
	Run  result.Run
	Rows []Row
}

// Row is one figure. Notes explain it, or say what it contradicts; they don't begin with a
// capital and end without a point.
type Row struct {
	Figure       string // a metric, or "au_fraction, epoch 3"
	Claimed, Got string // Got is empty where the run hasn't it
	Status       Status
	Notes        []string
}

// Hold puts each entry's figures beside those of every run that it speaks of. An entry that
// speaks of none is an error that begins with file:line.
func (f File) Hold(runs []result.Run) ([]Held, error) {
	var all []Held
	for _, e := range f.runs {
		found := false
		for _, run := range runs {
			if e.speaksOf(run) {
				found = true
				all = append(all, Held{run, e.hold(run)})
			}
		}
		if !found {
			return nil, fmt.Errorf("%s:%d: none of the runs is of %s: they are of [%s]", f.file, e.line, e.of(), kindsOf(runs))
		}
	}
	return all, nil
}

func (e entry) speaksOf(run result.Run) bool {
	return (e.command == "" || e.command == run.Command) && (e.workload == "" || e.workload == run.Workload)
}

func (e entry) of() string {
	var parts []string
	if e.command != "" {
		parts = append(parts, fmt.Sprintf("command %q", e.command))
	}
	if e.workload != "" {
		parts = append(parts, fmt.Sprintf("workload %q", e.workload))
	}
	if len(parts) == 0 {
		return "any command"
	}
	return strings.Join(parts, " with ")
}

// kindsOf lists the commands of runs with their workloads, each once.
func kindsOf(runs []result.Run) string {
	var kinds []string
	for _, run := range runs {
		kinds = append(kinds, strings.TrimSpace(run.Command+" "+run.Workload))
	}
	slices.Sort(kinds)
	return strings.Join(slices.Compact(kinds), ", ")
}

// hold is a row per figure and claimed epoch. A run that came to no end has no figures.
func (e entry) hold(run result.Run) []Row {
	has := run
	if run.Status != result.Complete {
		has = result.Run{}
	}
	var rows []Row
	for _, f := range e.figures {
		got, ok := figureOf(has, f.name)
		row := newRow(f.name, f.value, got, ok)
		switch row.Status {
		case DoesNotFollow:
			row.explain(explainFigure(has, f, got))
		case Follows:
			row.explain(coarse(f.value, got))
		}
		row.explain(e.quotient(f))
		row.explain(e.summaryOfEpochs(has, f))
		if row.Status == DoesNotFollow && len(row.Notes) == 0 {
			row.explain(difference(f, got))
		}
		rows = append(rows, row)
	}
	for _, s := range e.epochs {
		rows = append(rows, s.hold(has)...)
	}
	return rows
}

func newRow(name string, v Value, got float64, ok bool) Row {
	row := Row{Figure: name, Claimed: v.Text, Status: NotInRun}
	if !ok {
		return row
	}
	row.Got, row.Status = v.printBoth(got), DoesNotFollow
	if v.allows(got) {
		row.Status = Follows
	}
	return row
}

func (r *Row) explain(note string) {
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
}

// hold is a row per claimed epoch.
func (s series) hold(run result.Run) []Row {
	var rows []Row
	matched := s.align(run)
	for i, v := range s.values {
		name := fmt.Sprintf("%s, epoch %d", s.name, i+1)
		if i >= len(matched) {
			rows = append(rows, newRow(name, v, 0, false))
			continue
		}
		got, ok := finite(matched[i].Metrics, s.name)
		row := newRow(name, v, got, ok)
		if row.Status == DoesNotFollow {
			row.explain(firstOf(otherSystem(v, got), difference(figure{s.name, v}, got)))
		}
		rows = append(rows, row)
	}
	if len(matched) > 0 && len(matched) != len(s.values) {
		rows[0].explain(fmt.Sprintf("%s of %s are claimed, the run counts %s", plural(len(s.values), "epoch"), s.name, plural(len(matched), "epoch")))
	}
	return rows
}

// align gives the run's epochs that the claimed ones are: all where it has that many, else
// those that aren't warm-up.
func (s series) align(run result.Run) []result.Epoch {
	if len(run.Epochs) == len(s.values) {
		return run.Epochs
	}
	return slices.DeleteFunc(slices.Clone(run.Epochs), func(e result.Epoch) bool { return e.Warmup })
}
