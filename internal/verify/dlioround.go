package verify

import (
	"fmt"
	"strings"

	"github.com/lbench/lbench/internal/dlio"
)

// detect finds the round whose formulas a submission is by: the given one; else that of
// the ranks' own figures; else that of its files' names and of what its figures have
// between them.
func (s *submission) detect(given string, ranks []rankEpochs) {
	if s.round = given; given != "" {
		return
	}
	if len(ranks) > 0 && len(ranks[0].epochs) > 0 {
		for _, r := range dlio.AllRounds() {
			if ranks[0].epochs[0].fits(r, s.shape.workload) {
				s.round = r.Name
				return
			}
		}
	}
	switch {
	case len(s.stats) > 0 && s.stats[0].name == "per_epoch_stats.json", s.configs == "configs", s.configs == ".hydra":
		s.round = "v1.0"
	case s.checkpointsOnly():
		return // v2.0 and v3.0 compute them alike
	case s.laterRound() == "v3.0":
		s.round = "v3.0"
	default:
		s.round, s.guessed = "v2.0", true
		s.note("taken for a run of v2.0, whose files v3.0's are like: --profile says another")
	}
}

// laterRound tells v3.0 from v2.0: by the emulated accelerator, or since v2.0's rate over
// n-2 steps would leave a step less than its computation time.
func (s *submission) laterRound() string {
	w := s.shape.workload
	if strings.HasSuffix(w.name, "_b200") || strings.HasSuffix(w.name, "_mi355") {
		return "v3.0"
	}
	au, ok1 := toNumber(s.metric["train_au_mean_percentage"])
	rate, ok2 := toNumber(s.metric["train_throughput_mean_samples_per_second"])
	n := float64(s.shape.steps())
	if ok1 && ok2 && rate > 0 && n > 2 && au/100*w.batch*float64(s.shape.accelerators)/rate*(n-2)/(n-1) < w.computation {
		return "v3.0"
	}
	return "v2.0"
}

// Profiles are the rounds whose results can be verified.
func Profiles() []string {
	var names []string
	for _, r := range dlio.AllRounds() {
		names = append(names, r.Name)
	}
	return names
}

// checkProfile says what may be given.
func checkProfile(name string) error {
	if _, ok := dlio.RoundOf(name); name != "" && !ok {
		return fmt.Errorf("profile %q isn't one of %v", name, Profiles())
	}
	return nil
}
