package losses

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

func sortedKeys[V any](m map[int64]V) []int64 { return slices.Sorted(maps.Keys(m)) }

// scored is an epoch that counts, with what the run says of it.
type scored struct {
	*epoch
	number int
	window int64 // ns
	reads  *result.EpochReads
}

// Lost divides the time of a run whose steps were added, and blames it. What the run
// doesn't say (reads of older runs) is left out, and targets may be nil. nil: no epoch has
// steps after its first.
func (t *Tally) Lost(run result.Run, targets *Targets) *result.Lost {
	t.flush()
	lost := &result.Lost{Method: result.LostMethod, Parts: map[string]float64{}, Epochs: []result.EpochLost{}, Causes: []result.LostCause{}}
	epochs := t.scored(run)
	from := slowFrom(readsOf(epochs))
	for _, says := range run.Epochs {
		e := t.epochs[says.Epoch]
		if e == nil || e.steps == 0 || e.windowOf(says) <= 0 {
			continue
		}
		var split1 *readSplit
		if r := readsIn(run, says.Epoch); r != nil {
			split1 = split(*r, from)
		}
		lost.Epochs = append(lost.Epochs, result.EpochLost{Epoch: says.Epoch, Parts: e.parts(e.windowOf(says), t.compute, split1)})
	}
	if len(epochs) == 0 {
		return nil
	}
	for _, e := range lost.Epochs {
		if e.Epoch > t.warmup {
			for _, name := range PartNames() {
				if part, ok := e.Parts[name]; ok {
					lost.Parts[name] += part / float64(len(epochs))
				}
			}
		}
	}
	lost.Causes = t.causes(run, epochs, targets)
	return lost
}

// scored are the epochs that aren't warm-up and have steps after their first.
func (t *Tally) scored(run result.Run) []scored {
	t.flush()
	var all []scored
	for _, says := range run.Epochs {
		e := t.epochs[says.Epoch]
		if e == nil || e.steps == 0 || says.Epoch <= t.warmup || e.windowOf(says) <= 0 {
			continue
		}
		all = append(all, scored{e, says.Epoch, e.windowOf(says), readsIn(run, says.Epoch)})
	}
	return all
}

func readsIn(run result.Run, epoch int) *result.EpochReads {
	for i := range run.Reads {
		if run.Reads[i].Epoch == epoch {
			return &run.Reads[i]
		}
	}
	return nil
}

func readsOf(epochs []scored) []result.EpochReads {
	var all []result.EpochReads
	for _, e := range epochs {
		if e.reads != nil {
			all = append(all, *e.reads)
		}
	}
	return all
}

// Cost is what one file or rank cost: time, and how much of the mean AU.
type Cost struct {
	File     string
	Rank     int
	Lost     int64
	Fraction float64
	Epochs   int   // in so many
	Steps    int64 // that it held up for long enough to count
}

// Files are those that the last ranks waited for alone, the costliest first. Of each epoch
// a run keeps ten.
func Files(epochs []scored) []Cost {
	by := map[string]*Cost{}
	for _, e := range epochs {
		if e.reads == nil {
			continue
		}
		for _, f := range e.reads.Files {
			c := by[f.File]
			if c == nil {
				c = &Cost{File: f.File}
				by[f.File] = c
			}
			c.add(f.Wait, int64(f.Steps), e, len(epochs))
		}
	}
	return costliest(slices.Collect(maps.Values(by)))
}

// Files is Files of the run's epochs that count.
func (t *Tally) Files(run result.Run) []Cost { return Files(t.scored(run)) }

// Ranks are what steps would have been shorter by without the wait of their last rank, in
// steps in which it waited alone; the costliest first.
func (t *Tally) Ranks(run result.Run) []Cost {
	var all []*Cost
	epochs := t.scored(run)
	for _, e := range epochs {
		for rank := range int(e.ranks) {
			if len(all) <= rank {
				all = append(all, &Cost{Rank: rank})
			}
			if rank < len(e.alone) && e.alone[rank] > 0 {
				all[rank].add(e.alone[rank], e.aloneSteps[rank], e, len(epochs))
			}
		}
	}
	return costliest(all)
}

// Seconds are the run's, with what was lost in each.
func (t *Tally) Seconds() Seconds {
	t.flush()
	return t.seconds
}

func (c *Cost) add(ns, steps int64, e scored, epochs int) {
	c.Lost += ns
	c.Steps += steps
	c.Epochs++
	c.Fraction += float64(ns) / float64(e.window) / float64(epochs)
}

func costliest(all []*Cost) []Cost {
	slices.SortFunc(all, func(a, b *Cost) int {
		return cmp.Or(cmp.Compare(b.Fraction, a.Fraction), cmp.Compare(a.File, b.File), cmp.Compare(a.Rank, b.Rank))
	})
	costs := make([]Cost, len(all))
	for i, c := range all {
		costs[i] = *c
	}
	return costs
}

// ReadSums are what the steps of an epoch after its first waited for reads: all ranks, the
// last ranks into barriers, and of the latter the time in which others waited too. ns.
func (t *Tally) ReadSums(number int) (all, last, together int64) {
	t.flush()
	e := t.epochs[number]
	if e == nil {
		return 0, 0, 0
	}
	return e.read, e.lastRead, e.together
}
