package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

const (
	stallFrom    = int64(time.Second) // a shorter wait is no stall
	stallMedians = 20                 // nor is one below so many median steps
	stallsKept   = 1024               // candidates kept while the steps stream by
	stallsListed = 20
)

// stall is one step that waited far longer than others; Ranks counts the ranks that
// waited over stallFrom in it.
type stall struct {
	Epoch, Step, Rank int // Rank is the one that waited longest
	Start, Wait       int64
	Ranks             int
}

// stalls keeps the longest waits, one entry per step, since a pause of a server
// makes many ranks wait in the same step.
type stalls struct {
	longest map[[2]int]*stall
	dropped bool
}

func newStalls() *stalls { return &stalls{longest: map[[2]int]*stall{}} }

func (l *stalls) add(s result.Step) {
	if s.Wait <= stallFrom {
		return
	}
	key := [2]int{s.Epoch, s.Step}
	entry := l.longest[key]
	if entry == nil {
		entry = &stall{Epoch: s.Epoch, Step: s.Step}
		l.longest[key] = entry
	}
	entry.Ranks++
	if s.Wait > entry.Wait || s.Wait == entry.Wait && s.Rank < entry.Rank {
		entry.Rank, entry.Start, entry.Wait = s.Rank, s.StartNS, s.Wait
	}
	if len(l.longest) >= 2*stallsKept {
		l.prune()
	}
}

// prune keeps the longer half.
func (l *stalls) prune() {
	for _, s := range l.sorted()[stallsKept:] {
		delete(l.longest, [2]int{s.Epoch, s.Step})
	}
	l.dropped = true
}

// sorted is every candidate, the longest first.
func (l *stalls) sorted() []*stall {
	return slices.SortedFunc(maps.Values(l.longest), func(a, b *stall) int {
		return cmp.Or(cmp.Compare(b.Wait, a.Wait), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Step, b.Step))
	})
}

// over lists the waits above the two bounds, the longest first.
func (l *stalls) over(median int64) []*stall {
	bound := max(stallFrom, stallMedians*median)
	found := l.sorted()
	end := slices.IndexFunc(found, func(s *stall) bool { return s.Wait <= bound })
	if end >= 0 {
		found = found[:end]
	}
	return found
}

// stalled lists the stalls of a run, the longest first.
func (d *data) stalled() []*stall { return d.stalls.over(d.lengths.Quantile(0.5)) }

// stallSection lists the steps that stood still, so that a pause of a server shows
// as one and isn't lost in a mean.
func stallSection(d *data) (section, bool) {
	found := d.stalled()
	if len(found) == 0 {
		return section{}, false
	}
	listed := slices.Clone(found[:min(len(found), stallsListed)])
	slices.SortFunc(listed, func(a, b *stall) int { return cmp.Compare(a.Start, b.Start) })
	t := table{Label: "One row per stalled step", Columns: []column{
		{Head: "at (UTC)"}, {Head: "epoch", Number: true}, {Head: "step", Number: true}, {Head: "waited", Number: true}, {Head: "longest on"}, {Head: "ranks", Number: true}, {},
	}}
	for _, s := range listed {
		remark := ""
		if s.Step == 0 {
			remark = "start of the epoch"
		}
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: d.run.Started.Add(time.Duration(s.Start)).UTC().Format("15:04:05")},
			{Text: strconv.Itoa(s.Epoch)}, {Text: strconv.Itoa(s.Step)},
			{Text: units.Duration(time.Duration(s.Wait)), Bad: true}, {Text: fmt.Sprintf("rank %d", s.Rank)},
			{Text: strconv.Itoa(s.Ranks)}, {Text: remark},
		}})
	}
	t = t.dropEmpty()
	longest := found[0]
	lead := fmt.Sprintf("The longest: epoch %d, step %d waited %s (rank %d), at %s. Listed are waits above 1 s and above %d median steps, with the number of ranks that waited over 1 s in that step",
		longest.Epoch, longest.Step, units.Duration(time.Duration(longest.Wait)), longest.Rank,
		d.run.Started.Add(time.Duration(longest.Start)).UTC().Format("15:04:05"), stallMedians)
	switch {
	case len(found) > stallsListed && d.stalls.dropped:
		lead += fmt.Sprintf("; the %d longest of at least %s", stallsListed, units.Count(int64(len(found))))
	case len(found) > stallsListed:
		lead += fmt.Sprintf("; the %d longest of %s", stallsListed, units.Count(int64(len(found))))
	}
	return section{ID: "stalls", Title: "Did anything stall?", Lead: lead + ".", Table: &t}, true
}
