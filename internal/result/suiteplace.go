package result

import (
	"encoding/json"
	"fmt"
)

// SuiteVariable is the environment variable by which a suite tells a run its place: a
// SuitePlace as JSON.
const SuiteVariable = "LBENCH_SUITE_RUN"

// SuitePlace says which run of a suite a run is. The repeats of one entry of one suite (the
// runs with the same ID, Entry and no Warmup) share what that night was like: together they
// are one point of a history.
type SuitePlace struct {
	ID     string `json:"id"`     // of the suite's folder
	Name   string `json:"name"`   // of the suite
	Entry  string `json:"entry"`  // the name in the suite's file
	Repeat int    `json:"repeat"` // from 1; warm-ups are counted by themselves
	Warmup bool   `json:"warmup,omitempty"`
}

// Variable is the place as it stands in the environment: "LBENCH_SUITE_RUN={...}".
func (p SuitePlace) Variable() (string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encode the place in suite %q: %w", p.ID, err)
	}
	return SuiteVariable + "=" + string(text), nil
}

// ParseSuitePlace reads the value of SuiteVariable; nil where it is empty, which is a run
// outside of a suite.
func ParseSuitePlace(value string) (*SuitePlace, error) {
	if value == "" {
		return nil, nil
	}
	var p SuitePlace
	if err := json.Unmarshal([]byte(value), &p); err != nil {
		return nil, fmt.Errorf("read %s %q (want JSON as lbench suite sets it): %w", SuiteVariable, value, err)
	}
	if p.ID == "" || p.Entry == "" || p.Repeat < 1 {
		return nil, fmt.Errorf("read %s %q: want an id, an entry and a repeat from 1", SuiteVariable, value)
	}
	return &p, nil
}

// IsWarmup says whether a run is a warm-up of a suite, which no figure is judged by.
func (p *SuitePlace) IsWarmup() bool { return p != nil && p.Warmup }
