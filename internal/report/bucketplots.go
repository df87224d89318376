package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/units"
)

// balancedFrom is the share of the busiest minute's bytes from which a minute has a balance:
// of less it says nothing.
const balancedFrom = 0.1

// bucketSection plots what each bucket sent on the run's axis, and how even that was.
func bucketSection(d *data) (section, bool) {
	a, ok := runBuckets(d)
	if !ok {
		return section{}, false
	}
	f, ok := a.perBucket()
	return section{ID: "bucket-lines", Title: perBucketTitle, Contents: "Each bucket", Figure: &f}, ok
}

const perBucketTitle = "Did the buckets share the load evenly?"

// bucketParts are the same plots of traffic by itself.
func bucketParts(t result.Traffic) []sheetPart {
	a := windowBuckets(t)
	var parts []sheetPart
	if f, ok := a.perBucket(); ok {
		parts = append(parts, sheetPart{ID: "bucket-lines", Title: perBucketTitle, Figure: &f})
	}
	if f, ok := a.perMethod(); ok {
		parts = append(parts, sheetPart{ID: "bucket-requests", Title: perMethodTitle, Figure: &f})
	}
	return parts
}

// bucketShare is what one bucket sent on the axis.
type bucketShare struct {
	bucket int
	sent   float64
}

// perBucket draws a line for each bucket, those that sent most and least before the others,
// and the balance of each minute below.
func (a bucketAxis) perBucket() (figure, bool) {
	shares := a.shares()
	if len(shares) < 2 || shares[0].sent == 0 || !a.measured() {
		return figure{}, false
	}
	first, last := shares[0], shares[len(shares)-1]
	each := strip{title: "Each bucket", unit: inBytesPerS, unknown: a.unknown()}
	for _, s := range append([]bucketShare{last, first}, shares[1:len(shares)-1]...) {
		l := stripLine{ink: inkMuted, width: 0.7, points: a.line(ofBucket(s.bucket))}
		switch s {
		case first:
			l.ink, l.width = inkNet, 1.8
		case last:
			l.ink, l.width = inkBad, 1.8
		}
		each.top = max(each.top, highestPoint(l.points))
		each.lines = append(each.lines, l)
	}
	each.note = "max " + units.Rate(each.top)
	strips := []strip{each}
	worst, balanced := a.leastBalanced()
	if balanced {
		strips = append(strips, strip{
			title: "Balance: mean / highest", unit: inFractions, top: 1, note: "min " + units.Percent(worst.balance, 1), unknown: a.unknown(),
			lines: []stripLine{{ink: inkAU, width: 1.4, points: a.balanceLine()}},
		})
	}
	f := stripFigure("bucket-lines", "Sent by each bucket", a.perBucketDescription(shares, worst), a.d, strips, vg.Length(perBucketHeight), a.end)
	f.Legend = []legendItem{{inkNet, "most: " + plain(a.name(first)), units.Bytes(first.sent)}, {inkBad, "least: " + plain(a.name(last)), units.Bytes(last.sent)}}
	if n := len(shares) - 2; n > 0 {
		f.Legend = append(f.Legend, legendItem{inkMuted, plural(n, "other"), ""})
	}
	f.Caption = a.perBucketCaption(shares, worst)
	return f, true
}

const perBucketHeight = 140

// shares are the buckets by what they sent on the axis, the most first. Minutes that it cuts
// count by their share.
func (a bucketAxis) shares() []bucketShare {
	all := make([]bucketShare, len(a.t.Buckets))
	for i := range all {
		all[i].bucket = i
		for _, m := range a.minutes {
			all[i].sent += m.sentBy(i) * m.share()
		}
	}
	slices.SortStableFunc(all, func(x, y bucketShare) int { return cmp.Compare(y.sent, x.sent) })
	return all
}

func (a bucketAxis) name(s bucketShare) string { return a.t.Buckets[s.bucket].Name }

// unbalanced is a minute with its balance, and the bucket that is furthest from the others.
type unbalanced struct {
	minute  axisMinute
	balance float64
	odd     int
	times   float64 // of the mean of the others, what it sent
}

// balanceOf is the mean over the highest of what the buckets sent in a minute; ok is false
// where the minute isn't known or has too little to tell.
func (a bucketAxis) balanceOf(m axisMinute, busiest float64) (balance float64, ok bool) {
	if !m.known || len(m.of.PerBucket) < 2 || m.of.Sent < balancedFrom*busiest {
		return 0, false
	}
	sum, high := 0.0, 0.0
	for _, v := range m.of.PerBucket {
		sum, high = sum+v, max(high, v)
	}
	if high <= 0 {
		return 0, false
	}
	return sum / float64(len(m.of.PerBucket)) / high, true
}

func (a bucketAxis) busiest() float64 {
	top := 0.0
	for _, m := range a.minutes {
		top = max(top, m.of.Sent)
	}
	return top
}

func (a bucketAxis) balanceLine() [][]point {
	busiest := a.busiest()
	return a.line(func(m axisMinute) (float64, bool) {
		balance, ok := a.balanceOf(m, busiest)
		return balance * 60, ok // line makes it one per second
	})
}

// leastBalanced is the minute with the lowest balance; ok is false without any.
func (a bucketAxis) leastBalanced() (worst unbalanced, ok bool) {
	busiest := a.busiest()
	for _, m := range a.minutes {
		balance, has := a.balanceOf(m, busiest)
		if has && (!ok || balance < worst.balance) {
			worst, ok = unbalanced{minute: m, balance: balance}, true
		}
	}
	if ok {
		worst.odd, worst.times = oddOne(worst.minute.of.PerBucket)
	}
	return worst, ok
}

// oddOne is the value that is furthest, as a ratio, from the mean of the others, and that ratio.
func oddOne(values []float64) (odd int, times float64) {
	sum, furthest := 0.0, -1.0
	for _, v := range values {
		sum += v
	}
	for i, v := range values {
		others := (sum - v) / float64(len(values)-1)
		if others <= 0 {
			return i, math.Inf(1)
		}
		ratio := v / others
		if distance := math.Abs(math.Log(ratio)); distance > furthest {
			odd, times, furthest = i, ratio, distance
		}
	}
	return odd, times
}

func (a bucketAxis) perBucketCaption(shares []bucketShare, worst unbalanced) string {
	sum := 0.0
	for _, s := range shares {
		sum += s.sent
	}
	parts := []string{fmt.Sprintf("Balance is the mean of the buckets over the highest: %s over all of it.", units.Percent(sum/float64(len(shares))/shares[0].sent, 1))}
	if worst.balance > 0 {
		text := fmt.Sprintf("Least balanced at %s: %s", a.when(worst.minute), units.Percent(worst.balance, 1))
		name := plain(a.t.Buckets[worst.odd].Name)
		switch {
		case math.IsInf(worst.times, 1):
			text += fmt.Sprintf(", %s alone sent anything", name)
		case worst.times == 0:
			text += fmt.Sprintf(", %s sent nothing", name)
		case len(shares) == 2:
			text += fmt.Sprintf(", %s sent %s x the other", name, plainNumber(worst.times))
		default:
			text += fmt.Sprintf(", %s sent %s x the mean of the others", name, plainNumber(worst.times))
		}
		parts = append(parts, text+".", fmt.Sprintf("Minutes with less than %s of the busiest one's bytes have no balance.", units.Percent(balancedFrom, 0)))
	}
	parts = append(parts, "Each step is a minute of UTC.")
	return strings.Join(append(parts, spaced(a.unknownLine())...), " ")
}

// perBucketDescription says in words what the drawing shows.
func (a bucketAxis) perBucketDescription(shares []bucketShare, worst unbalanced) string {
	text := fmt.Sprintf("Lines of steps over time, one for each of %s. %s sent the most, %s; %s the least, %s.", plural(len(shares), "bucket"),
		plain(a.name(shares[0])), units.Bytes(shares[0].sent), plain(a.name(shares[len(shares)-1])), units.Bytes(shares[len(shares)-1].sent))
	if worst.balance > 0 {
		text += fmt.Sprintf(" Below it the balance of each minute, at least %s.", units.Percent(worst.balance, 1))
	}
	return text
}
