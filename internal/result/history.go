package result

import "time"

// History is one metric, or all of them, over many runs, oldest first. The repeats of an
// entry of a suite are one of them: a night.
type History struct {
	Metric  string       `json:"metric,omitempty"`
	Runs    []HistoryRun `json:"runs"`
	Changes []Change     `json:"changes"`
}

// HistoryRun is what the index keeps of one run. Of a night, ID, Dir and Started are those
// of its first repeat and Metrics are the means over its repeats.
type HistoryRun struct {
	ID       string             `json:"id"`
	Dir      string             `json:"dir"` // of the run folder, below the results folder
	Command  string             `json:"command"`
	Workload string             `json:"workload"`
	Started  time.Time          `json:"started"`
	Status   Status             `json:"status"`
	Verdict  Verdict            `json:"verdict"`
	Metrics  map[string]float64 `json:"metrics"`
	Bytes    int64              `json:"folder_bytes,omitempty"`   // of all files of the folder
	Doubt    string             `json:"not_as_closed,omitempty"`  // why the folder is not as the run left it, so that its verdict doesn't count
	Suite    *SuitePlace        `json:"suite,omitempty"`          // of a run that a suite started
	Engine   string             `json:"virtual_engine,omitempty"` // mem or null: no storage was read or written
	Repeats  []string           `json:"repeats,omitempty"`        // of a night: the Dirs of the runs whose mean it is, oldest first
}

// Change is a run from which on a metric is another than before.
type Change struct {
	Run      string          `json:"run"` // the first of the new level
	Metric   string          `json:"metric"`
	Before   float64         `json:"before"` // mean of the runs of the level before
	After    float64         `json:"after"`
	Low      int             `json:"low"`      // the change lies between these two runs, as indexes into History.Runs,
	High     int             `json:"high"`     // with 95 % confidence
	Verdict  string          `json:"verdict"`  // Better or Worse
	Settings []SettingChange `json:"settings"` // that changed between the run before and Run
}
