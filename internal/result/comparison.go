package result

// Comparisons are how two sets of runs differ, of each benchmark that both have.
type Comparisons struct {
	Comparisons []Comparison `json:"comparisons"`
	Warnings    []Warning    `json:"warnings,omitempty"` // of what could not be compared
}

// Comparison is how two sets of runs of one benchmark differ.
type Comparison struct {
	Command  string          `json:"command,omitempty"`
	Workload string          `json:"workload,omitempty"`
	Entry    string          `json:"entry,omitempty"` // of a suite; empty where not all runs are of one
	A        []string        `json:"a_runs"`          // IDs, the older set
	B        []string        `json:"b_runs"`
	ANights  int             `json:"a_nights,omitempty"` // values of A, where the mean of a night's repeats is one; 0: each run is one
	BNights  int             `json:"b_nights,omitempty"`
	Settings []SettingChange `json:"settings"`
	Metrics  []MetricChange  `json:"metrics"`
	Warnings []Warning       `json:"warnings,omitempty"`
}

// SettingChange is a setting, or a fact of host or mount, that is not the same in both
// sets. A value that differs within a set is all its values, joined by ", ".
type SettingChange struct {
	Name string `json:"name"` // as "accelerators", "mount.nfs.nconnect", "host.kernel"
	A    string `json:"a"`    // "-" where there is none
	B    string `json:"b"`
}

// MetricChange compares one metric. A and B are the means over the runs of each set.
type MetricChange struct {
	Name       string    `json:"name"`
	A          float64   `json:"a"`
	B          float64   `json:"b"`
	AValues    []float64 `json:"a_values"` // of each run, or of each night
	BValues    []float64 `json:"b_values"`
	Difference *float64  `json:"difference_fraction,omitempty"` // (B-A)/|A|; absent where A is 0
	Low        *float64  `json:"low_fraction,omitempty"`        // 95 % interval of it, widened for the number of metrics; absent where there are too few runs
	High       *float64  `json:"high_fraction,omitempty"`
	P          *float64  `json:"p,omitempty"`
	Verdict    string    `json:"verdict"` // Better, Worse, NoDifference or TooFewRuns
}

// The verdicts of a MetricChange.
const (
	Better       = "better"
	Worse        = "worse"
	NoDifference = "no difference"
	TooFewRuns   = "too few"
)
