package dlio

import (
	"math"
	"slices"
)

const (
	rateAccelerators = 8 // that read together in the rate probe
	rateSteps        = 8
	leastSteps       = 8 // of a probe
	mostSteps        = 64
	fewProbes        = 24 // that the bytes are to last for, however long each is
	plannedProbes    = 48 // the dataset is to last for so many probes near the edge
	anchorEvery      = 8  // probes: then one early point is probed again

	firstRepeats = 2 // that are to decide the first point on either side of the edge
	// fewRepeats is how often a point is probed unless the bracket would stay open by more
	// than one number: to tell the last one may take a hundred probes.
	fewRepeats = 24
)

// Next says which probe a search wants after those made, or why it wants none. It is pure.
func Next(o SearchOptions, probes []Probe) (Ask, Stop) {
	v := newView(o, probes)
	ask, more := v.next()
	if !more {
		return Ask{}, StopDone
	}
	var spent int64
	var took, last int64
	for i, p := range probes {
		spent += p.ReadBytes
		if i >= o.Earlier {
			took, last = took+int64(p.Took), int64(p.Took)
		}
	}
	switch {
	case spent+v.bytes(ask) > o.MaxBytes:
		return Ask{}, StopBytes
	case o.MaxTime > 0 && took+last > int64(o.MaxTime):
		return Ask{}, StopTime
	}
	return ask, StopNot
}

// view is what the probes made so far say.
type view struct {
	o         SearchOptions
	probes    []Probe
	points    []Point
	noise     noise
	low, high int // the bracket: low passes (or is Least-1), high fails (or is Most+1)
	edge      edge
}

func newView(o SearchOptions, probes []Probe) view {
	v := view{o: o, probes: probes}
	v.points, v.noise = pointsOf(o.MinAU, probes)
	v.low, v.high = bracket(o, v.points)
	v.edge = edgeOf(o.MinAU, v.points, v.noise)
	return v
}

// bracket is the lowest point that fails and the highest below it that passes. Where a
// higher one passes, AU did not fall, and the careful answer is the one below.
func bracket(o SearchOptions, points []Point) (low, high int) {
	low, high = o.Least-1, o.Most+1
	for _, p := range points {
		if p.Decided == Fail {
			high = min(high, p.Accelerators)
		}
	}
	for _, p := range points {
		if p.Decided == Pass && p.Accelerators < high {
			low = max(low, p.Accelerators)
		}
	}
	return low, high
}

func (v view) next() (Ask, bool) {
	guess, known := v.guess()
	if !known {
		return Ask{Accelerators: min(rateAccelerators, v.o.Most), Steps: max(rateSteps, v.o.LeastSteps), Rate: true}, true
	}
	if len(v.points) == 0 {
		first := v.clamp(math.Round(guess))
		return Ask{Accelerators: first, Steps: v.steps(first, guess)}, true
	}
	early, ago := v.anchor()
	accelerators, more := early, ago >= anchorEvery
	if !more && v.high-v.low > 1 {
		accelerators, more = v.target()
	}
	if !more {
		accelerators, more = v.failsOnce()
	}
	if !more && ago >= anchorEvery/2 { // the last look before the end
		accelerators, more = early, true
	}
	return Ask{Accelerators: accelerators, Steps: v.steps(accelerators, guess)}, more
}

// failsOnce is the point that ends the bracket, if only one probe says that it fails: that
// may have met a moment of bad storage. None lets a point pass that doesn't.
func (v view) failsOnce() (accelerators int, once bool) {
	return v.high, v.high <= v.o.Most && v.tries(v.high) == 1
}

// guess is the number of accelerators that the rate probe, or the caller, thinks possible.
func (v view) guess() (accelerators float64, known bool) {
	if v.o.Guess > 0 {
		return v.o.Guess, true
	}
	for _, p := range v.probes {
		if p.Rate {
			return p.BytesPerS / (v.o.Demand * v.o.MinAU), true
		}
	}
	return 0, false
}

// steps is the length of a probe: as long as allows for plannedProbes at the guess over
// unread files and within the bytes, and longer at few accelerators, where it costs little:
// the read-ahead is empty at first, so that a short probe reads low where storage gives
// only just what is needed.
func (v view) steps(accelerators int, guess float64) int {
	each := min(v.o.DatasetBytes, v.o.MaxBytes) / plannedProbes
	steps := v.afford(each, max(1, min(guess, float64(v.o.Most))))
	return max(leastSteps, v.o.LeastSteps, min(mostSteps, steps), mostSteps/max(1, accelerators), v.lasting(accelerators))
}

// afford is how many steps a probe of so many accelerators has that reads so many bytes.
func (v view) afford(bytes int64, accelerators float64) int {
	return int((float64(bytes)/accelerators - float64(v.o.BesideBytes)) / float64(v.o.StepBytes))
}

// lasting is how many steps last for LeastTime, or as many as leave bytes for fewProbes.
func (v view) lasting(accelerators int) int {
	if v.o.LeastTime == 0 || v.o.StepTime == 0 {
		return 0
	}
	return min(int(v.o.LeastTime/v.o.StepTime), v.afford(v.o.MaxBytes/fewProbes, float64(max(1, accelerators))))
}

// bytes is the most that a probe reads.
func (v view) bytes(ask Ask) int64 {
	return int64(ask.Accelerators) * (int64(ask.Steps+1)*v.o.StepBytes + v.o.BesideBytes)
}

// clamp keeps a number of accelerators inside the bracket.
func (v view) clamp(accelerators float64) int {
	return int(max(float64(v.low+1), min(float64(v.high-1), accelerators)))
}

// anchor is the earliest point that storage limits: it is probed again now and then, and
// a storage that drifts shows there. ago is how many probes were made since the last; 0
// where there is no such point.
func (v view) anchor() (accelerators, ago int) {
	for _, p := range v.probes {
		if p.Rate {
			continue
		}
		if accelerators == 0 && v.limited(p.Accelerators) {
			accelerators = p.Accelerators
		}
		if ago++; accelerators == 0 || p.Accelerators == accelerators {
			ago = 0
		}
	}
	return accelerators, ago
}

// limited says whether AU at so many accelerators lies near MinAU, and follows the rate.
func (v view) limited(accelerators int) bool {
	i := slices.IndexFunc(v.points, func(p Point) bool { return p.Accelerators == accelerators })
	return math.Abs(v.points[i].log) <= nearby && !saturated(v.o.MinAU, v.points[i].log)
}

// target is where a probe would tell most; false: nowhere, the bracket stands.
func (v view) target() (accelerators int, more bool) {
	if !v.edge.known {
		return v.grow(), true
	}
	if v.astray() {
		return v.halve()
	}
	repeats := fewRepeats
	down, downOK := v.end(v.below, v.low < v.o.Least)
	up, upOK := v.end(v.above, v.high > v.o.Most)
	if !downOK && !upOK && v.high-v.low > 2 {
		repeats = mostRepeats()
		down, downOK = v.below(repeats)
		up, upOK = v.above(repeats)
	}
	switch {
	case !downOK && !upOK:
		return 0, false
	case downOK && (!upOK || v.edge.at-float64(v.low) >= float64(v.high)-v.edge.at):
		return down, true
	}
	return up, true
}

// end is a point that can be expected to move one end of the bracket. While that end is
// missing, it is first one that a few repeats can decide: a search that is cut short then
// has a bracket.
func (v view) end(side func(repeats int) (int, bool), missing bool) (accelerators int, ok bool) {
	if missing {
		if accelerators, ok = side(firstRepeats); ok {
			return accelerators, true
		}
	}
	return side(fewRepeats)
}

// grow is used while every AU is near 100 %, which says nothing of the edge: a quarter
// more accelerators, then more than that.
func (v view) grow() int {
	passed, top := 0, v.low
	for _, p := range v.points {
		if p.Decided == Open && p.Accelerators > v.low {
			return p.Accelerators
		}
		if p.Decided == Pass {
			passed++
		}
	}
	factor := min(2, 1+0.25*float64(passed))
	return v.clamp(math.Ceil(float64(top) * factor))
}

// astray says whether the bracket has not closed round the edge as the law of the edge
// would have it.
func (v view) astray() bool {
	decided := 0
	for _, p := range v.points {
		if p.Decided != Open {
			decided++
		}
	}
	wide := float64(v.high-v.low) > max(3, 0.15*float64(v.high))
	outside := v.edge.at <= float64(v.low) || v.edge.at >= float64(v.high)
	return decided >= 3 && (outside || decided >= 6 && wide)
}

// halve finds the edge without any law: by bisection, or with steps of a fifth down or a
// quarter up while one end is missing. Points that stayed open are passed over.
func (v view) halve() (accelerators int, more bool) {
	var middle float64
	switch {
	case v.low < v.o.Least:
		middle = math.Floor(0.8 * float64(v.high))
	case v.high > v.o.Most:
		middle = math.Ceil(1.25 * float64(v.low))
	default:
		middle = math.Round(math.Sqrt(float64(v.low) * float64(v.high)))
	}
	start := v.clamp(middle)
	for off := 0; off <= v.high-v.low; off++ {
		for _, accelerators := range []int{start - off, start + off} {
			if accelerators > v.low && accelerators < v.high && v.mayDecide(accelerators, mostRepeats()) {
				return accelerators, true
			}
		}
	}
	return 0, false
}

// below is a number of accelerators under the edge that so many repeats can show to pass:
// the one that has most repeats already, else the highest.
func (v view) below(repeats int) (accelerators int, ok bool) {
	var all []int
	for p := v.clamp(math.Ceil(v.edge.at) - 1); p > v.low && float64(p) < v.edge.at; p-- {
		all = append(all, p)
	}
	return v.mostTried(all, repeats)
}

// above is a number over the edge that so many repeats can show to fail: the one that has
// most repeats already, else the lowest.
func (v view) above(repeats int) (accelerators int, ok bool) {
	var all []int
	for p := v.clamp(math.Ceil(v.edge.at)); p < v.high && float64(p) >= v.edge.at; p++ {
		all = append(all, p)
	}
	return v.mostTried(all, repeats)
}

func (v view) mostTried(all []int, repeats int) (accelerators int, ok bool) {
	most := -1
	for _, p := range all {
		if tries := v.tries(p); tries > most && v.hopeful(p, repeats) {
			most, accelerators, ok = tries, p, true
		}
	}
	return accelerators, ok
}

// hopeful says whether so many repeats in all can be expected to decide a point, from
// where the edge is.
func (v view) hopeful(accelerators, repeats int) bool {
	margin := math.Abs(math.Log(min(v.edge.at/float64(accelerators), 1/v.o.MinAU))) + v.edge.error
	return margin > v.reach(repeats) && v.mayDecide(accelerators, repeats)
}

// mayDecide says the same from the point's own repeats, true while it has few.
func (v view) mayDecide(accelerators, repeats int) bool {
	tries := v.tries(accelerators)
	if tries < 4 {
		return true
	}
	p := v.points[slices.IndexFunc(v.points, func(p Point) bool { return p.Accelerators == accelerators })]
	margin := math.Abs(p.log) + v.edge.noise.deviation/math.Sqrt(float64(p.Probes))
	return tries < repeats && margin > v.reach(repeats)
}

// reach is the smallest margin that so many repeats can tell.
func (v view) reach(repeats int) float64 { return max(v.edge.noise.of(repeats), resolution) }

func (v view) tries(accelerators int) int {
	for _, p := range v.points {
		if p.Accelerators == accelerators {
			return len(p.values)
		}
	}
	return 0
}
