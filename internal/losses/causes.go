package losses

import (
	"cmp"
	"math"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// What it takes to be a cause.
const (
	leastShare    = 0.05   // of all that was lost
	leastFraction = 0.0005 // of the window: prints as 0.1 points
	timesAverage  = 3      // what a file cost over what the others did on average
	leastSteps    = 2      // that a file held up
	timesRank     = 2      // what a rank cost over what the others did on average
	explains      = 0.6    // a file that cost so much of what a rank did explains it
	mostStretches = 5      // of seconds, told apart
	mostCauses    = 12
)

// blame is what a run's critical path lost, in fractions of the windows and in ns.
type blame struct {
	epochs []scored
	all    float64 // fraction
	read   float64
	readNS float64
}

// perEpoch turns ns of an epoch into its part of the mean over epochs.
func (b *blame) perEpoch(ns float64, e scored) float64 {
	return ns / float64(e.window) / float64(len(b.epochs))
}

// causes blames what was lost. Reads are looked at in two ways: by when and who waited
// (seconds in which all did; a file or a rank that one waited for alone), which are apart
// from each other, and by which reads (first ones of files). A cause found in one way
// takes its share off those found in the other, and storage is what is left of reads. Of
// what held all ranks up, the mount's targets may show who was slow.
func (t *Tally) causes(run result.Run, epochs []scored, targets *Targets) []result.LostCause {
	b := &blame{epochs: epochs}
	own, ownNS := 0.0, int64(0)
	for _, e := range epochs {
		b.read += b.perEpoch(float64(e.lastRead), e)
		b.readNS += float64(e.lastRead)
		own += b.perEpoch(float64(e.lastWork+e.lastLate), e)
		ownNS += e.lastWork + e.lastLate
	}
	b.all = b.read + own
	where := b.fileOrRank(t, run)
	where = append(where, b.stretches(t, len(where) == 0)...)
	first, isFirst := b.first()
	found := where
	if isFirst {
		found = append(found, first)
	}
	sortCauses(found)
	b.notTwice(found)
	left, leftNS := b.read, b.readNS
	for _, c := range found {
		left -= c.Fraction
		leftNS -= float64(c.Lost)
	}
	found = append(found,
		result.LostCause{Kind: result.LostToStorage, Lost: int64(leftNS), Fraction: left},
		result.LostCause{Kind: result.LostToClient, Lost: ownNS, Fraction: own})
	found = slices.DeleteFunc(found, func(c result.LostCause) bool { return !b.counts(c.Fraction) })
	sortCauses(found)
	found = found[:min(len(found), mostCauses):min(len(found), mostCauses)]
	windows := make([]span, len(epochs))
	for i, e := range epochs {
		windows[i] = span{e.open, e.end}
	}
	for i := range found {
		switch c := &found[i]; {
		case c.Kind == result.LostToSeconds && c.Times == 0:
			c.Target = targets.during(c.From, c.To, windows)
		case c.Kind == result.LostToStorage:
			c.Target = targets.ever(windows)
		}
	}
	return found
}

// notTwice takes off each cause the share that those before it have, found in the other
// way: first reads are taken to be as many within a cause as without it.
func (b *blame) notTwice(found []result.LostCause) {
	first, where := 0.0, 0.0 // shares of what reads cost
	for i := range found {
		c := &found[i]
		share, left := c.Fraction/b.read, 1-first
		if c.Kind == result.LostToFirst {
			first, left = share, 1-where
		} else {
			where += share
		}
		c.Fraction *= max(left, 0)
		c.Lost = int64(float64(c.Lost) * max(left, 0))
	}
}

func (b *blame) counts(fraction float64) bool {
	return fraction >= leastFraction && fraction >= leastShare*b.all
}

func sortCauses(all []result.LostCause) {
	slices.SortStableFunc(all, func(x, y result.LostCause) int { return cmp.Compare(y.Fraction, x.Fraction) })
}

// stretches are the seconds in which reads held all ranks up much more than usual; alone:
// what one rank waited for while the others had theirs counts too, as no file or rank stands
// out in that. Where there are many small ones, they are one cause together.
func (b *blame) stretches(t *Tally, alone bool) []result.LostCause {
	var found []result.LostCause
	for _, s := range t.seconds.stretches(alone) {
		i := slices.IndexFunc(b.epochs, func(e scored) bool { return e.number == s.epoch })
		if i >= 0 {
			found = append(found, result.LostCause{Kind: result.LostToSeconds, Epoch: s.epoch, From: s.from, To: s.to, Lost: int64(s.lost), Fraction: b.perEpoch(s.lost, b.epochs[i])})
		}
	}
	sortCauses(found)
	apart := 0
	for apart < min(len(found), mostStretches) && b.counts(found[apart].Fraction) {
		apart++
	}
	if rest := together(found[apart:]); rest.Times > 1 && b.counts(rest.Fraction) {
		return append(found[:apart:apart], rest)
	}
	return found[:apart]
}

// together makes one cause of stretches.
func together(all []result.LostCause) result.LostCause {
	one := result.LostCause{Kind: result.LostToSeconds, Times: len(all), From: math.MaxInt64}
	for _, c := range all {
		one.From, one.To = min(one.From, c.From), max(one.To, c.To)
		one.Lost += c.Lost
		one.Fraction += c.Fraction
	}
	return one
}

// fileOrRank are the files that stand out over the average file, or the rank that does
// over the others: of a rank that waited for one file the file is the cause.
func (b *blame) fileOrRank(t *Tally, run result.Run) []result.LostCause {
	files := b.files(run)
	rank, isRank := b.rank(t.Ranks(run))
	if isRank && (len(files) == 0 || files[0].Fraction < explains*rank.Fraction) {
		return []result.LostCause{rank}
	}
	return files
}

// rank is the one of ranks, the costliest first, that cost much more than the others did on
// average, and was last more often than chance would have one of them.
func (b *blame) rank(ranks []Cost) (result.LostCause, bool) {
	if len(ranks) < 2 {
		return result.LostCause{}, false
	}
	worst, others, n := ranks[0], 0.0, int64(0)
	for _, r := range ranks {
		n += r.Steps
	}
	for _, r := range ranks[1:] {
		others += r.Fraction / float64(len(ranks)-1)
	}
	share := 1 - others/worst.Fraction
	c := result.LostCause{Kind: result.LostToRank, Rank: &worst.Rank, Lost: int64(float64(worst.Lost) * share), Fraction: worst.Fraction * share}
	return c, chosen(worst.Steps, n, len(ranks)) && worst.Fraction >= timesRank*others && b.counts(c.Fraction)
}

// files are those that cost much more than the others do on average. With one rank it is
// the same wait that makes a stretch of seconds, and which of both it was can't be told:
// the seconds are named.
func (b *blame) files(run result.Run) []result.LostCause {
	all := 0.0
	for _, e := range b.epochs {
		if e.reads == nil || e.ranks == 1 {
			return nil
		}
		all += b.perEpoch(float64(e.lastRead-e.together), e)
	}
	others := 1.0
	if run.Plan != nil {
		others = max(others, float64(run.Plan.Files-1))
	}
	var found []result.LostCause
	for _, f := range Files(b.epochs) {
		average := max(all-f.Fraction, 0) / others
		if f.Fraction < timesAverage*average || f.Steps > 0 && f.Steps < leastSteps {
			continue // runs of an older lbench don't say how many steps
		}
		share := 1 - average/f.Fraction
		c := result.LostCause{Kind: result.LostToFile, File: f.File, Lost: int64(float64(f.Lost) * share), Fraction: f.Fraction * share}
		if b.counts(c.Fraction) {
			found = append(found, c)
		}
	}
	return found
}

// first is what first reads of files cost beyond what as many other reads did.
func (b *blame) first() (result.LostCause, bool) {
	c := result.LostCause{Kind: result.LostToFirst}
	for _, e := range b.epochs {
		if e.reads == nil {
			return c, false
		}
		var all, first result.ReadLatency
		for _, row := range e.reads.Latencies {
			all.Reads, all.Wait = all.Reads+row.Reads, all.Wait+row.Wait
			first.Reads, first.Wait = first.Reads+row.FirstReads, first.Wait+row.FirstWait
		}
		if all.Wait == 0 || first.Reads == 0 || all.Reads == first.Reads {
			continue
		}
		usual := float64(all.Wait-first.Wait) / float64(all.Reads-first.Reads) * float64(first.Reads)
		lost := float64(e.lastRead) * max(float64(first.Wait)-usual, 0) / float64(all.Wait)
		c.Lost += int64(lost)
		c.Fraction += b.perEpoch(lost, e)
	}
	return c, b.counts(c.Fraction)
}
