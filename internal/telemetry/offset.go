package telemetry

import "time"

// Exchange is one question for the time of another machine, and its answer.
type Exchange struct {
	Sent  time.Time     // when the question went off, by this machine's clock
	Took  time.Duration // until the answer was here, by this machine's monotonic clock
	There time.Time     // the answer: the time by the other machine's clock
}

// Offset is how another machine's clock stood against this one's.
type Offset struct {
	At    time.Time     // when, by the other machine's clock
	Ahead time.Duration // of this machine's clock; negative: it was behind
	Error time.Duration // Ahead is right within so much
}

// EstimateOffset tells from exchanges how far the other machine's clock is ahead:
//
//	ahead = there - (sent + took/2)    error = took/2
//
// of the exchange that took the shortest. The answer was made at some moment between sent
// and sent + took, so that the true value lies within the error however the time divides
// between the two ways; that holds as long as neither clock is set meanwhile. ok is false
// without an exchange.
//
// F. Cristian, "Probabilistic clock synchronization", Distributed Computing 3 (1989),
// section 4; NTP takes the sample of the least delay too (RFC 5905, section 10).
func EstimateOffset(exchanges []Exchange) (offset Offset, ok bool) {
	var best Exchange
	for _, e := range exchanges {
		if e.Took >= 0 && (!ok || e.Took < best.Took) {
			best, ok = e, true
		}
	}
	if !ok {
		return Offset{}, false
	}
	half := best.Took / 2
	return Offset{
		At:    best.There.Round(0),
		Ahead: best.There.Round(0).Sub(best.Sent.Round(0).Add(half)), // both without monotonic readings
		Error: best.Took - half,                                      // an odd ns counts for the error
	}, true
}
