package dlio

import (
	"slices"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// counters finds values of readings by time. Names are "source.name".
type counters map[string]map[string][]result.Reading // name, dev label, by time

func newCounters(readings []result.Reading) counters {
	c := counters{}
	for _, r := range readings {
		name := r.Source + "." + r.Name
		if c[name] == nil {
			c[name] = map[string][]result.Reading{}
		}
		dev := r.Labels["dev"]
		c[name][dev] = append(c[name][dev], r)
	}
	for _, devs := range c {
		for _, series := range devs {
			slices.SortStableFunc(series, func(a, b result.Reading) int { return a.T.Compare(b.T) })
		}
	}
	return c
}

// labels lists the devices that name was read for.
func (c counters) labels(name string) []string {
	var all []string
	for dev := range c[name] {
		all = append(all, dev)
	}
	slices.Sort(all)
	return all
}

// delta is how much a counter grew between the readings nearest to from and to, scaled to
// the span between those two times; false without two readings.
func (c counters) delta(name, dev string, from, to time.Time) (float64, bool) {
	a, b, ok := c.edges(name, dev, from, to)
	if !ok {
		return 0, false
	}
	return (b.Value - a.Value) * float64(to.Sub(from)) / float64(b.T.Sub(a.T)), true
}

func (c counters) edges(name, dev string, from, to time.Time) (a, b result.Reading, ok bool) {
	series := c[name][dev]
	if len(series) < 2 || !to.After(from) {
		return a, b, false
	}
	a, b = nearest(series, from), nearest(series, to)
	return a, b, b.T.After(a.T)
}

func nearest(series []result.Reading, t time.Time) result.Reading {
	i, _ := slices.BinarySearchFunc(series, t, func(r result.Reading, t time.Time) int { return r.T.Compare(t) })
	if i == len(series) || i > 0 && t.Sub(series[i-1].T) < series[i].T.Sub(t) {
		i--
	}
	return series[i]
}
