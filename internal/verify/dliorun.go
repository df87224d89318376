package verify

import (
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// verifySubmission verifies one result folder of DLIO. profile is empty where the round is
// to be detected.
func verifySubmission(dir, profile string) *submission {
	s, ok := openSubmission(dir)
	s.v.Runs = []string{dir}
	if !ok {
		return s
	}
	if s.readShape(); s.broken {
		return s
	}
	ranks := s.readRanks()
	s.detect(profile, ranks)
	s.times()
	s.overridden()
	if !s.checkpointsOnly() {
		s.summarized()
		s.dataset()
		if len(ranks) > 0 {
			s.computed(ranks)
		} else {
			s.note("no rank's output is here: AU and samples/s of each epoch are held against each other only")
			s.plausible()
		}
	}
	if len(s.stats) == 0 {
		s.note("no statistics per epoch are here: no time is held against the figures")
	}
	for _, file := range slices.Concat(s.ranks, s.stats) {
		if s.v.Checked++; file.rank >= s.shape.accelerators {
			s.find(summaryFile, "num_accelerators", s.shape.accelerators, nil, "%s is of one more", file.name)
		}
	}
	for _, file := range s.stats {
		s.epochStats(file, ranks)
	}
	s.ofWhole()
	s.checkpoints()
	s.notMeasured()
	return s
}

// notMeasured notes what DLIO writes as NaN, where nothing says that it was measured.
func (s *submission) notMeasured() {
	for _, name := range sorted(s.metric) {
		if value := stringOf(s.metric[name]); strings.HasSuffix(value, "NaN") || strings.HasSuffix(value, "Infinity") {
			found := slices.ContainsFunc(s.v.Findings, func(f result.Finding) bool { return f.Figure == "metric."+name })
			if !found {
				s.note("metric.%s is %s, which DLIO writes where nothing was measured", name, value)
			}
		}
	}
}
