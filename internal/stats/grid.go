package stats

import (
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	gridPeriod  = 50 * time.Millisecond // the shortest that is named: below, a regular latency looks the same
	gridMoments = 8                     // seen at least
	gridSure    = 30                    // from which on a wandering phase shows
	gridNear    = 0.05                  // of the period: how far from a moment an operation may end
	gridShare   = 0.8                   // of the operations that end so near
	gridWaits   = 0.25                  // of the period: what the median operation takes at least
	gridKept    = 0.8                   // Durbin and Watson's d of distances from the grid
)

// GridResult is a period on which operations end.
type GridResult struct {
	Found   bool
	Period  time.Duration
	Share   float64 // of the operations that end near a moment of the grid
	Moments int     // of the grid at which operations ended
	Why     string  // what it rests on, or why none is claimed
}

// Grid looks for a period on which operations end, all writers together: a server that
// syncs by transaction groups lets a small durable write wait for its next group. It is
// given when each operation ended, since the start and in rising order, and how long it
// took.
//
//  1. The gap that two thirds of the time lie in, or in longer ones, is the first guess;
//     below 50 ms, operations end continuously, as on a plain disk.
//  2. What ends without a gap of a quarter of that between is one moment. The period is the
//     one for which the moments' phases agree best (Rayleigh's resultant), then the
//     slope of a line through the moments by their number.
//  3. It is a grid if 80 % of the operations end within 5 % of the period around its
//     moments, at half of the moments or more and at 8 at least, and if the waits are
//     explained by it: the median operation takes a quarter of the period or more.
//     Otherwise the writers themselves keep the time, for instance under a rate.
//  4. A single writer whose every operation takes about the same, say 100 ms, ends
//     regularly too. But there each deviation stays: the phase wanders off, by
//     0.03 sqrt(n) periods after n operations if latencies vary by 3 %, while on a grid
//     the next operation ends on time again. So the moments' distances from the grid must
//     not resemble the distance before: the sum of their squared changes over that of
//     their squares is 2 for a grid and near 0 for a phase that wanders (Durbin and
//     Watson, Biometrika 37, 1950); it has to be 0.8. Some servers' timers wander a
//     little as well; with several writers it is enough that what they keep is each
//     other's company, so that the time from a moment's first operation to its last
//     doesn't wander. Fewer than about 30 moments can't tell that for sure: Why then
//     says so.
func Grid(done, latency []time.Duration) GridResult {
	if len(done) != len(latency) || !slices.IsSorted(done) {
		return GridResult{Why: "no period is known: the operations' ends aren't in rising order, each with its latency"}
	}
	if len(done) < gridMoments {
		return GridResult{Why: fmt.Sprintf("no period is known: %d operations are too few, at least %d are needed", len(done), gridMoments)}
	}
	gap := usualGap(done)
	if gap < gridPeriod {
		return GridResult{Why: fmt.Sprintf("no period: operations end continuously, a third of the time or more not %s apart", brief(gap))}
	}
	moments := momentsOf(done, gap/4)
	if len(moments) < gridMoments {
		return GridResult{Why: fmt.Sprintf("no period is known: operations ended at %d moments, at least %d are needed", len(moments), gridMoments)}
	}
	line := fitGrid(moments)
	return line.judge(done, latency, moments)
}

// usualGap is the gap between neighbours for which gaps as long or longer make up two
// thirds of the time: neither the many short ones within a moment nor a few missed
// moments change it.
func usualGap(at []time.Duration) time.Duration {
	gaps := make([]time.Duration, len(at)-1)
	for i := range gaps {
		gaps[i] = at[i+1] - at[i]
	}
	slices.Sort(gaps)
	var sum time.Duration
	for _, gap := range slices.Backward(gaps) {
		if sum += gap; 3*sum >= 2*(at[len(at)-1]-at[0]) {
			return gap
		}
	}
	return 0
}

// moment is a time at which operations ended together.
type moment struct {
	at   float64 // ns since the start, of the middle one
	long float64 // ns from the first to the last one
	ops  float64
}

// momentsOf splits ends where nothing ended for longer than a gap.
func momentsOf(done []time.Duration, gap time.Duration) (moments []moment) {
	first := 0
	for i := range done {
		if i+1 < len(done) && done[i+1]-done[i] <= gap {
			continue
		}
		moments = append(moments, moment{float64(done[(first+i)/2]), float64(done[i] - done[first]), float64(i + 1 - first)})
		first = i + 1
	}
	return moments
}

// judge says whether operations stand on a grid.
func (g gridLine) judge(done, latency []time.Duration, moments []moment) GridResult {
	near := 0
	seen := map[float64]bool{}
	for _, at := range done {
		if math.Abs(g.off(float64(at))) <= gridNear {
			near++
			seen[g.number(float64(at))] = true
		}
	}
	share := float64(near) / float64(len(done))
	could := g.number(float64(done[len(done)-1])) - g.number(float64(done[0])) + 1
	period := time.Duration(g.period)
	sorted := slices.Sorted(slices.Values(latency))
	median := sorted[len(sorted)/2]
	tried := fmt.Sprintf("%.1f %% of %d operations end within %g %% of a period of %s around %d of %.0f moments",
		100*share, len(done), 100*gridNear, brief(period), len(seen), could)
	switch {
	case share < gridShare:
		return GridResult{Why: "no period: the best one found is none: only " + tried}
	case len(seen) < gridMoments || float64(len(seen)) < could/2:
		return GridResult{Why: fmt.Sprintf("no period is known: %s, and at least half of them and %d are needed", tried, gridMoments)}
	case float64(median) < gridWaits*g.period:
		return GridResult{Why: fmt.Sprintf("no period: %s, but the median operation takes %s: they begin regularly, and don't wait", tried, brief(median))}
	case !g.keepsPhase(moments):
		return GridResult{Why: fmt.Sprintf("no period: %s, but each deviation stays, as of writers whose operations take %s of their own: more writers or a longer run would tell", tried, brief(median))}
	}
	why := fmt.Sprintf("%s, and the median operation takes %s: they wait for the next moment", tried, brief(median))
	if len(seen) < gridSure {
		why += fmt.Sprintf(" (fewer than %d moments could also be operations that always take as long)", gridSure)
	}
	return GridResult{Found: true, Period: period, Share: share, Moments: len(seen), Why: why}
}

// keepsPhase says whether moments return to the grid after a deviation, or at least
// keep several operations together; see Grid.
func (g gridLine) keepsPhase(moments []moment) bool {
	var ops float64
	var offs, lengths []float64
	for _, m := range moments {
		ops += m.ops
		offs = append(offs, g.off(m.at))
		lengths = append(lengths, m.long/g.period)
	}
	several := ops >= 1.5*float64(len(moments))
	return !wanders(offs) || several && !wanders(lengths)
}

// wanders says whether parts of a period resemble those before. What repeats to a ten
// thousandth is kept by a timer.
func wanders(parts []float64) bool {
	t := trendOf(parts)
	if t.noise < 1e-4 {
		return false
	}
	var squares, changes float64
	for i, part := range parts {
		squares += (part - t.mean) * (part - t.mean)
		if i > 0 {
			changes += (part - parts[i-1]) * (part - parts[i-1])
		}
	}
	return changes < gridKept*squares
}

// brief is a duration to three or four digits.
func brief(d time.Duration) time.Duration {
	for unit := time.Second; unit > 1; unit /= 10 {
		if d >= unit {
			return d.Round(unit / 1000)
		}
	}
	return d
}
