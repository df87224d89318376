package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lbench/lbench/internal/result"
)

// recovery is which Lustre targets of a host were in another state of recovery than
// COMPLETE, and when: a target that recovers serves nobody else.
type recovery map[targetState]*span

type targetState struct{ target, state string }

const (
	recoveryComplete = "COMPLETE"
	recoveryInactive = "INACTIVE" // no client was to be waited for
	statesKept       = 1024
	statesTold       = 4
)

// add takes in a reading, at ns on the run's axis.
func (r *recovery) add(at int64, reading result.Reading) {
	key := targetState{reading.Labels["target"], reading.Labels["state"]}
	if reading.Source != "lustre_server" || !strings.HasSuffix(reading.Name, "_recovery_state") || key.state == recoveryComplete {
		return
	}
	if *r == nil {
		*r = recovery{}
	}
	if s := (*r)[key]; s != nil {
		s.end = max(s.end, at)
	} else if len(*r) < statesKept {
		(*r)[key] = &span{at, at}
	}
}

// lines are sentences, those of targets that were recovering first.
func (r recovery) lines(length int64) []string {
	keys := slices.SortedFunc(maps.Keys(r), func(a, b targetState) int {
		return cmp.Or(cmp.Compare(r[a].start, r[b].start), cmp.Compare(a.target, b.target), cmp.Compare(a.state, b.state))
	})
	var lines, inactive []string
	for _, key := range keys {
		if key.state == recoveryInactive {
			inactive = append(inactive, plain(key.target))
			continue
		}
		lines = append(lines, fmt.Sprintf("The recovery of %s was %s %s.", plain(key.target), plain(key.state), r[key].words(length)))
	}
	if more := len(lines) - statesTold; more > 0 {
		lines = append(lines[:statesTold], fmt.Sprintf("%s of recovery more are left out.", plural(more, "state")))
	}
	if n := len(inactive); n > 0 {
		names := strings.Join(inactive[:min(n, statesTold)], ", ")
		if n > statesTold {
			names += fmt.Sprintf(" and %d more", n-statesTold)
		}
		lines = append(lines, fmt.Sprintf("Recovery was INACTIVE, with no client to wait for: %s.", names))
	}
	return lines
}

// words say when it was, on an axis of that length.
func (s span) words(length int64) string {
	const edge = 3e9 // readings are a second or more apart
	switch {
	case s.start <= edge && float64(s.end) >= float64(length)-edge:
		return "all the time"
	case s.start == s.end:
		return "at " + nanoseconds(s.start)
	}
	return fmt.Sprintf("from %s to %s", nanoseconds(s.start), nanoseconds(s.end))
}
