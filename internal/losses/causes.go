package losses

import (
	"cmp"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// What it takes to be a cause.
const (
	leastShare    = 0.05   // of all that was lost
	leastFraction = 0.0005 // of the window: prints as 0.1 points
	timesAverage  = 3      // what a file cost over what the others did on average
	timesRank     = 2      // the same for a rank
	explains      = 0.6    // a file that cost so much of what a rank did explains it
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
	where := append(b.stretches(t), b.fileOrRank(t, run)...)
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
	for i := range found {
		switch c := &found[i]; c.Kind {
		case result.LostToSeconds:
			c.Target = targets.during(c.From, c.To)
		case result.LostToStorage:
			c.Target = targets.ever()
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

// stretches are the seconds in which reads held all ranks up much more than usual.
func (b *blame) stretches(t *Tally) []result.LostCause {
	var found []result.LostCause
	for _, s := range t.seconds.stretches(b.epochs[0].ranks == 1) {
		i := slices.IndexFunc(b.epochs, func(e scored) bool { return e.number == s.epoch })
		if i < 0 {
			continue
		}
		c := result.LostCause{Kind: result.LostToSeconds, Epoch: s.epoch, From: s.from, To: s.to, Lost: int64(s.lost), Fraction: b.perEpoch(s.lost, b.epochs[i])}
		if b.counts(c.Fraction) {
			found = append(found, c)
		}
	}
	return found
}

// fileOrRank are the files that stand out over the average file, or the rank that does
// over the others: of a rank that waited for one file the file is the cause.
func (b *blame) fileOrRank(t *Tally, run result.Run) []result.LostCause {
	files, rank, isRank := b.files(run), result.LostCause{}, false
	if ranks := t.Ranks(run); len(ranks) > 1 {
		others := 0.0
		for _, r := range ranks[1:] {
			others += r.Fraction / float64(len(ranks)-1)
		}
		worst := ranks[0]
		share := 1 - others/worst.Fraction
		rank = result.LostCause{Kind: result.LostToRank, Rank: &worst.Rank, Lost: int64(float64(worst.Lost) * share), Fraction: worst.Fraction * share}
		isRank = worst.Fraction >= timesRank*others && b.counts(rank.Fraction)
	}
	if isRank && (len(files) == 0 || files[0].Fraction < explains*rank.Fraction) {
		return []result.LostCause{rank}
	}
	return files
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
		if f.Fraction < timesAverage*average {
			continue
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
