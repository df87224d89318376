package verify

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lbench/lbench/internal/stats"
)

// checkpointTimes is what one rank's statistics say of its saves or loads.
type checkpointTimes struct{ durations, rates []float64 }

// checkpoints computes what the summary says of saves and loads from rank 0's statistics,
// of which it is made, and notes what the slowest rank says.
func (s *submission) checkpoints() {
	for _, kind := range []string{"save", "load"} {
		var slowest []float64 // by checkpoint
		ranks := 0
		for _, file := range s.stats {
			times, ok := s.checkpointsOf(file, kind)
			if !ok || len(times.durations) == 0 {
				continue
			}
			ranks++
			if file.rank == 0 {
				s.checkpointSummary(file.name, kind, times)
			}
			for i, d := range times.durations {
				if i == len(slowest) {
					slowest = append(slowest, d)
				}
				slowest[i] = math.Max(slowest[i], d)
			}
		}
		s.slowest(kind, slowest, ranks)
	}
}

// checkpointSummary holds rank 0's times against the summary. v1.0's has none.
func (s *submission) checkpointSummary(file, kind string, times checkpointTimes) {
	if s.metric["checkpoint_size_GB"] == nil {
		return
	}
	duration, _ := stats.Mean(times.durations)
	rate, _ := stats.Mean(times.rates)
	durationSpread, _ := stats.PopulationStdev(times.durations)
	rateSpread, _ := stats.PopulationStdev(times.rates)
	name := kind + "_checkpoint_"
	s.near(summaryFile, "metric."+name+"duration_mean_seconds", s.metric[name+"duration_mean_seconds"], duration, "by %s", file)
	s.near(summaryFile, "metric."+name+"io_mean_GB_per_second", s.metric[name+"io_mean_GB_per_second"], rate, "by %s", file)
	for _, spread := range []struct {
		name        string
		again, mean float64
	}{{name + "duration_stdev_seconds", durationSpread, duration}, {name + "io_stdev_GB_per_second", rateSpread, rate}} {
		s.within(summaryFile, "metric."+spread.name, s.metric[spread.name], spread.again, lastBits*math.Max(spread.again, spread.mean), "population deviation in %s", file)
	}
}

// checkpointsOf reads a rank's saves or loads, and checks each.
func (s *submission) checkpointsOf(file rankFile, kind string) (checkpointTimes, bool) {
	doc, ok := s.document(file.name)
	top, _ := doc.(map[string]any)
	if !ok || top == nil {
		return checkpointTimes{}, false
	}
	size, sized := toNumber(s.metric["checkpoint_size_GB"])
	var times checkpointTimes
	for _, name := range slices.SortedFunc(maps.Keys(top), byNumber) {
		epoch, _ := top[name].(map[string]any)
		parts := slices.DeleteFunc(sorted(epoch), func(part string) bool { return !isCheckpoint(part, kind) })
		slices.SortFunc(parts, func(a, b string) int { return byNumber(afterT(a), afterT(b)) })
		for _, part := range parts {
			at := name + "." + part
			sp, ok := s.span(file.name, at, epoch[part])
			if !ok {
				continue
			}
			_, rounded := epoch[part].(map[string]any)["duration"].(string)
			slack := 2e-6 // the stamps' microseconds
			if rounded {
				slack = roundedTo
			}
			s.lasts(file.name, at, sp, slack)
			rate, ok := toNumber(epoch[part].(map[string]any)["throughput"])
			if ok && sized && sp.duration > 0 {
				s.near(file.name, at+".throughput", rate, size/sp.duration, "checkpoint_size_GB of the summary / %s.duration", at)
			}
			times.durations, times.rates = append(times.durations, sp.duration), append(times.rates, rate)
		}
	}
	return times, true
}

// isCheckpoint: v1.0 says ckpt1 of a save.
func isCheckpoint(part, kind string) bool {
	return strings.HasPrefix(part, kind+"_ckpt") || kind == "save" && strings.HasPrefix(part, "ckpt")
}

// afterT is the number of "save_ckpt12".
func afterT(part string) string { return part[strings.LastIndexByte(part, 't')+1:] }

// slowest notes the time that the rules ask for: that of the slowest rank, where the
// summary has rank 0's.
func (s *submission) slowest(kind string, slowest []float64, ranks int) {
	size, ok := toNumber(s.metric["checkpoint_size_GB"])
	mean, some := stats.Mean(slowest)
	if !ok || !some || ranks < 2 {
		return
	}
	lowest := make([]float64, len(slowest))
	for i, d := range slowest {
		lowest[i] = size / d
	}
	rate, _ := stats.Mean(lowest)
	s.note("%ss by the slowest of the %d ranks here (of %d): %s s and %s GiB/s in the mean; the summary has rank 0's", kind, ranks, s.shape.accelerators,
		shortNumber(mean), shortNumber(rate))
}

// shortNumber has four digits.
func shortNumber(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
