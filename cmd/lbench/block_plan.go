package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/fio"
	"github.com/lbench/lbench/internal/result"
)

// plan is the turns of a run in their order, and the cells that they belong to.
type plan struct {
	cells []fio.Settings
	sides []string // names of the two sides that every cell runs on, if there are two
	axis  string   // what they are: "mount" or "runner"
	order []fio.Turn
	turns []turn
}

// single runs one job once.
func single(job fio.Job, side *side, runner string, cold bool) plan {
	return plan{turns: []turn{{job: job, side: side, runner: runner, cold: cold}}}
}

// planOf makes the turns of one folder: one job, every combination of a matrix in a
// random order, or both runners in turn.
func (o *blockOptions) planOf(job fio.Job, side *side, matrix *fio.Matrix, cold bool) (plan, error) {
	switch {
	case matrix != nil:
		return o.planMatrix(job, side, *matrix, cold)
	case o.runner.value == runBoth:
		p := plan{cells: []fio.Settings{nil}, sides: []string{runNative, runFio}, axis: "runner", order: fio.ABBA(1, o.repeatsOr(defaultRepeats), o.seed.value)}
		for _, t := range p.order {
			p.add(t, job, side, p.sides[t.Side], cold)
		}
		return p, nil
	case o.repeats.value > 1: // one cell, again and again
		p := plan{cells: []fio.Settings{nil}, order: fio.RandomOrder(1, o.repeats.value, o.seed.value)}
		for _, t := range p.order {
			p.add(t, job, side, o.runner.value, cold)
		}
		return p, nil
	}
	return single(job, side, o.runner.value, cold), nil
}

// defaultRepeats is how often a cell runs where --repeats says nothing.
const defaultRepeats = 5

func (o *blockOptions) repeatsOr(n int) int {
	if o.repeats.value > 0 {
		return o.repeats.value
	}
	return n
}

func (o *blockOptions) planMatrix(job fio.Job, side *side, matrix fio.Matrix, cold bool) (plan, error) {
	p := plan{cells: matrix.Cells()}
	p.order = fio.RandomOrder(len(p.cells), o.repeatsOr(defaultRepeats), o.seed.value)
	for _, t := range p.order {
		applied, err := fio.Apply(job, p.cells[t.Cell])
		if err != nil {
			return p, usagef("--matrix: %w", err)
		}
		p.add(t, applied, side, o.runner.value, cold)
	}
	return p, nil
}

// add appends a turn of a cell.
func (p *plan) add(t fio.Turn, job fio.Job, side *side, runner string, cold bool) {
	name := fmt.Sprintf("cell-%d.run-%d", t.Cell, len(p.turns))
	if p.sides != nil {
		name = fmt.Sprintf("%s.cell-%d.run-%d", p.sides[t.Side], t.Cell, len(p.turns))
	}
	p.turns = append(p.turns, turn{job: job, side: side, runner: runner, cold: cold && job.Op == fio.Read, label: name})
}

// name is what turn i runs, as a person reads it.
func (p plan) name(i int) string {
	name := p.cells[p.order[i].Cell].String()
	if p.sides != nil {
		name = strings.TrimSpace(name + " on " + p.sides[p.order[i].Side])
	}
	return name
}

// plainRate is what the time of a matrix is estimated with, where a run moves a number of
// bytes: bytes per second.
const plainRate = 1e9

// parseMatrix reads --matrix, and refuses one that takes longer than a user may think.
func (o *blockOptions) parseMatrix(sides int) (*fio.Matrix, error) {
	if o.matrix == "" {
		return nil, nil
	}
	if o.runner.value == runBoth {
		return nil, usagef("--matrix compares settings and --runner both compares runners: give one")
	}
	m, err := fio.ParseMatrix(o.matrix)
	if err != nil {
		return nil, usagef("--matrix: %w", err)
	}
	each, how := o.cellTime.value, ""
	if o.pattern.value == "" { // every run moves the whole set
		each, how = time.Duration(float64(o.spec().Bytes())/plainRate*1e9), " at 1 GB/s"
	}
	cost := fio.Estimate{Cells: m.Count(), Repeats: o.repeatsOr(defaultRepeats), Sides: sides, Each: each}
	if cost.NeedsYes() && !bool(o.yes) {
		return nil, usagef("--matrix: %s%s: add --yes to run them, or choose fewer", cost, how)
	}
	return &m, nil
}

// takeAll runs the turns of a plan.
func (r *blockRun) takeAll(ctx context.Context, p plan) error {
	for i, t := range p.turns {
		if len(p.turns) > 1 && !r.o.quiet {
			fmt.Fprintf(r.app.stderr, "run %d of %d: %s\n", i+1, len(p.turns), p.name(i))
		}
		done, err := r.take(ctx, t)
		if err == nil && t.job.Verify {
			err = r.verify(ctx, &done)
		}
		r.done = append(r.done, done)
		if err != nil {
			return err
		}
	}
	return nil
}

// summarize makes the cells of a run from its turns, and says which of them really differ.
func (r *blockRun) summarize(p plan) ([]result.Cell, []result.Difference) {
	if p.cells == nil {
		return nil, nil
	}
	measured := make([]map[string]float64, len(r.done))
	for i, d := range r.done {
		measured[i] = fio.Measure(d.job, d.outcome)
	}
	a := fio.Summarize(p.cells, fio.SideA, p.order, measured)
	if p.sides == nil {
		return a, fio.Compare(a)
	}
	b := fio.Summarize(p.cells, fio.SideB, p.order, measured)
	var cells []result.Cell
	for i := range a {
		a[i].Settings[p.axis], b[i].Settings[p.axis] = p.sides[0], p.sides[1]
		cells = append(cells, a[i], b[i])
	}
	if p.axis == "runner" { // how lbench's own compares with fio
		return cells, fio.CompareSides(b, a)
	}
	return cells, fio.CompareSides(a, b)
}

// shown is the turn whose figures stand for the run: the only one, or the one in the
// middle of the best cell's; of two runners, of lbench's own.
func (r *blockRun) shown(p plan, cells []result.Cell) (doneTurn, bool) {
	of := func(int) bool { return true }
	if p.cells != nil {
		best := -1
		for i, c := range cells {
			if len(c.Values) > 0 && (best < 0 || c.Mean > cells[best].Mean) && c.Settings["runner"] != runFio {
				best = i
			}
		}
		of = func(i int) bool { return p.cellOf(i) == best }
	}
	var turns []doneTurn
	for i, d := range r.done {
		if d.outcome.Ops > 0 && of(i) {
			turns = append(turns, d)
		}
	}
	if len(turns) == 0 {
		return doneTurn{}, false
	}
	slices.SortFunc(turns, func(a, b doneTurn) int { return cmp.Compare(rateOf(a), rateOf(b)) })
	return turns[(len(turns)-1)/2], true
}

// cellOf is the index among the run's cells of the one that turn i belongs to.
func (p plan) cellOf(i int) int {
	t := p.order[i]
	if p.sides == nil {
		return t.Cell
	}
	return 2*t.Cell + t.Side
}

// rateOf is bytes per second.
func rateOf(d doneTurn) float64 { return float64(d.outcome.Bytes) / d.outcome.Duration.Seconds() }
