package verify

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/dlio"
	"github.com/lbench/lbench/internal/stats"
	"github.com/lbench/lbench/internal/units"
)

// stamps is DLIO's form of a time: local, without zone.
const stamps = "2006-01-02T15:04:05.999999"

// span is an epoch, a block or a checkpoint of the statistics.
type span struct {
	start, end time.Time
	duration   float64 // seconds
}

// span reads one; false where there is none, which is found.
func (s *submission) span(file, at string, v any) (span, bool) {
	m, _ := v.(map[string]any)
	var sp span
	var err1, err2 error
	start, _ := m["start"].(string)
	end, _ := m["end"].(string)
	sp.start, err1 = time.Parse(stamps, start)
	sp.end, err2 = time.Parse(stamps, end)
	text, isText := m["duration"].(string)
	var ok bool
	if isText {
		var err error
		sp.duration, err = strconv.ParseFloat(text, 64)
		ok = err == nil && !math.IsNaN(sp.duration) && !math.IsInf(sp.duration, 0)
	} else {
		sp.duration, ok = toNumber(m["duration"])
	}
	if err1 != nil || err2 != nil || !ok {
		s.find(file, at, nil, nil, "want start, end and duration")
		return sp, false
	}
	return sp, true
}

// lasts compares a span's duration with its ends. The two are taken one after the other,
// and an epoch's and a block's duration is rounded to 10 ms.
func (s *submission) lasts(file, at string, sp span, slack float64) {
	s.within(file, at+".duration", sp.duration, sp.end.Sub(sp.start).Seconds(), slack, "from start to end")
}

// roundedTo is the rounding of a duration that is written with two digits, and the moment
// between the two clock reads.
const roundedTo = 0.0065

// epochStats checks the times of the epochs.
func (s *submission) epochStats(file rankFile, ranks []rankEpochs) {
	doc, ok := s.document(file.name)
	top, isObject := doc.(map[string]any)
	if !ok {
		return
	}
	if !isObject {
		s.find(file.name, "", nil, nil, "want an object of epochs")
		return
	}
	if !s.checkpointsOnly() {
		s.same(file.name, "epochs", len(top), s.shape.epochs, "the summary has so many epochs")
	}
	last := s.started()
	for _, name := range slices.SortedFunc(maps.Keys(top), byNumber) {
		epoch, _ := top[name].(map[string]any)
		if epoch == nil {
			s.find(file.name, name, nil, nil, "want an epoch")
			continue
		}
		s.epoch(file, name, epoch, ranks)
		if start, err := time.Parse(stamps, stringOf(epoch["start"])); err == nil {
			if s.v.Checked++; start.Before(last) {
				s.find(file.name, name+".start", epoch["start"], nil, "it begins before the run, or before the last epoch ends")
			}
		}
		if end, err := time.Parse(stamps, stringOf(epoch["end"])); err == nil {
			last = end
		}
	}
	s.v.Checked++
	if ended := s.ended(); !ended.IsZero() && last.After(ended) {
		s.find(file.name, "end", last.Format(stamps), ended.Format(stamps), "the last epoch ends after the run")
	}
}

func (s *submission) epoch(file rankFile, name string, epoch map[string]any, ranks []rankEpochs) {
	whole, hasWhole := span{}, false
	if epoch["duration"] != nil {
		if whole, hasWhole = s.span(file.name, name, epoch); hasWhole {
			s.v.Checked++
			// v3.0 stamps the end again when the next epoch's loader stands, up to a minute later.
			span := whole.end.Sub(whole.start).Seconds()
			if span < whole.duration-roundedTo || s.round == "v1.0" && span > whole.duration+roundedTo {
				s.find(file.name, name+".duration", whole.duration, span, "from start to end")
			}
		}
	}
	for _, part := range sorted(epoch) {
		if !strings.HasPrefix(part, "block") {
			continue
		}
		at := name + "." + part
		block, ok := s.span(file.name, at, epoch[part])
		if !ok {
			continue
		}
		s.lasts(file.name, at, block, roundedTo)
		if hasWhole {
			if s.v.Checked++; block.start.Before(whole.start) || block.end.After(whole.end) || block.duration > whole.duration+roundedTo {
				s.find(file.name, at, nil, nil, "the block isn't within its epoch")
			}
		}
		if part == "block1" && epoch["block2"] == nil {
			s.blockLasts(file, name, block, ranks)
		}
	}
}

// blockLasts holds a block's time against the rate and the AU of its epoch.
func (s *submission) blockLasts(file rankFile, name string, block span, ranks []rankEpochs) {
	e, err := strconv.Atoi(name)
	r, ok := dlio.RoundOf(s.round)
	if err != nil || !ok || e < 1 || e > s.shape.epochs {
		return
	}
	for _, rank := range ranks {
		if rank.file.rank == file.rank {
			s.within(file.name, name+".block1.duration", block.duration, rank.epochs[e-1].total(r, s.shape.workload), 0.02, "by %s's formulas from the rank's output", r.Name)
		}
	}
	rates, ok := s.metric["train_throughput_samples_per_second"].([]any)
	if !ok || e > len(rates) || len(ranks) > 0 || file.rank != 0 {
		return
	}
	rate, _ := toNumber(rates[e-1])
	samples := float64(s.shape.steps()) * s.shape.workload.batch * float64(s.shape.accelerators)
	if s.v.Checked++; rate <= 0 || samples == 0 || block.duration <= 0 {
		return
	}
	whole := samples / block.duration
	s.whole = append(s.whole, whole/rate)
	// Other ranks' blocks begin and end at other times, in published runs by up to 7 %.
	if s.round == "v1.0" && math.Abs(whole/rate-1) > 0.15 || whole > rate*1.15 {
		s.find(summaryFile, indexed("metric.train_throughput_samples_per_second", e-1), rate, whole, "by the epoch's samples and its duration in %s", file.name)
	}
}

// ofWhole notes where the reported window leaves out much of an epoch: what was read
// before it or in the first step counts in its favour.
func (s *submission) ofWhole() {
	low, ok := stats.Min(s.whole)
	high, _ := stats.Max(s.whole)
	if !ok || s.round == "v1.0" || low > 0.97 {
		return
	}
	s.note("over whole epochs, start and first step included, rank 0's times give %s to %s of the samples/s that the summary has", units.Percent(low, 1), units.Percent(high, 1))
}

func stringOf(v any) string {
	text, _ := v.(string)
	return text
}

func byNumber(a, b string) int {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return x - y
}

// times checks that the run ends after it starts.
func (s *submission) times() {
	start, err1 := time.Parse(stamps, stringOf(s.summary["start"]))
	end, err2 := time.Parse(stamps, stringOf(s.summary["end"]))
	if err1 != nil || err2 != nil {
		return
	}
	if s.v.Checked++; !end.After(start) {
		s.find(summaryFile, "end", s.summary["end"], nil, "the run ends before it starts")
	}
}
