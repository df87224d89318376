package monitoringtest

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// aggregation is what a request wants done with the points: nothing, if period is 0.
type aggregation struct {
	period  time.Duration
	whole   bool // ALIGN_SUM: a point counts where it ends; else it is spread over its time
	rate    bool // ALIGN_RATE: amounts are divided by the period
	reduce  bool
	groupBy []string // selectors, labels in the plural
}

// aggregationOf reads a request's aggregation. Errors are gRPC statuses.
func aggregationOf(a *monitoringpb.Aggregation) (aggregation, error) {
	invalid := func(field string, value any, text string) error {
		return status.Errorf(codes.InvalidArgument, "Field aggregation.%s had an invalid value of \"%v\": %s", field, value, text)
	}
	var g aggregation
	switch a.GetPerSeriesAligner() {
	case monitoringpb.Aggregation_ALIGN_NONE:
		if a.GetCrossSeriesReducer() != monitoringpb.Aggregation_REDUCE_NONE {
			return g, invalid("perSeriesAligner", a.GetPerSeriesAligner(), "The aligner must be set, and not to ALIGN_NONE, when a reducer is.")
		}
		return g, nil // the period is ignored then
	case monitoringpb.Aggregation_ALIGN_DELTA:
	case monitoringpb.Aggregation_ALIGN_RATE:
		g.rate = true
	case monitoringpb.Aggregation_ALIGN_SUM:
		g.whole = true
	default:
		return g, invalid("perSeriesAligner", a.GetPerSeriesAligner(), "not one of [ALIGN_NONE ALIGN_DELTA ALIGN_RATE ALIGN_SUM]")
	}
	if g.period = a.GetAlignmentPeriod().AsDuration(); g.period < time.Minute {
		return g, invalid("alignmentPeriod", g.period, "The alignment period must be at least 60 seconds.")
	}
	if g.period > 104*7*24*time.Hour {
		return g, invalid("alignmentPeriod", g.period, "The alignment period may be 104 weeks at most.")
	}
	switch a.GetCrossSeriesReducer() {
	case monitoringpb.Aggregation_REDUCE_NONE:
	case monitoringpb.Aggregation_REDUCE_SUM:
		g.reduce = true
	default:
		return g, invalid("crossSeriesReducer", a.GetCrossSeriesReducer(), "not one of [REDUCE_NONE REDUCE_SUM]")
	}
	for _, field := range a.GetGroupByFields() {
		if !slices.Contains(selectors(), plural(field)) {
			return g, invalid("groupByFields", field, "not one of ["+strings.Join(selectors(), " ")+"]")
		}
		g.groupBy = append(g.groupBy, plural(field))
	}
	return g, nil
}

// align gives a series one point for each period in which it has any. Periods count back
// from end, and are as many as end after start; the first may reach back before start.
// Points come oldest first, as they went in.
func (g aggregation) align(points []point, start, end time.Time) []point {
	periods := g.periods(start, end)
	amounts := map[time.Duration]int64{} // by period, counted back from end
	for _, p := range points {
		if g.whole {
			if k := end.Sub(p.end) / g.period; !p.end.After(end) && k < periods {
				amounts[k] += p.amount
			}
			continue
		}
		last := max(0, end.Sub(p.end)) / g.period
		for k := last; k < periods && end.Add(-k*g.period).After(p.start); k++ {
			amounts[k] += p.until(end.Add(-k*g.period)) - p.until(end.Add(-(k+1)*g.period))
		}
	}
	var aligned []point
	for _, k := range slices.Backward(slices.Sorted(maps.Keys(amounts))) {
		aligned = append(aligned, point{end.Add(-(k + 1) * g.period), end.Add(-k * g.period), amounts[k]})
	}
	return aligned
}

// periods is how many periods, counted back from end, end after start.
func (g aggregation) periods(start, end time.Time) time.Duration {
	n := end.Sub(start) / g.period
	if end.Sub(start)%g.period > 0 {
		n++
	}
	return n
}

// until is how much of the amount had come at t, if it came evenly. Parts of a point so add
// up to it.
func (p point) until(t time.Time) int64 {
	switch {
	case !t.After(p.start):
		return 0
	case !t.Before(p.end):
		return p.amount
	}
	hi, lo := bits.Mul64(uint64(p.amount), uint64(t.Sub(p.start))) // may pass 64 bits
	part, _ := bits.Div64(hi, lo, uint64(p.end.Sub(p.start)))
	return int64(part)
}

// sum reduces aligned lines to one for each group.
func (g aggregation) sum(lines []line) []line {
	groups := map[string]*line{}
	amounts := map[string]map[time.Time]point{}
	for _, l := range lines {
		var values []string
		for _, field := range g.groupBy {
			values = append(values, l.of.label(field))
		}
		key := strings.Join(values, "\x00")
		if groups[key] == nil {
			groups[key] = &line{key: key, of: l.of}
			amounts[key] = map[time.Time]point{}
		}
		for _, p := range l.points {
			p.amount += amounts[key][p.end].amount
			amounts[key][p.end] = p
		}
	}
	var reduced []line
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		l := *groups[key]
		l.points = slices.SortedFunc(maps.Values(amounts[key]), func(a, b point) int { return a.end.Compare(b.end) })
		reduced = append(reduced, l)
	}
	return reduced
}
