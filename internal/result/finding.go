package result

// Verification says whether the published figures of a run follow from its data.
type Verification struct {
	OK       bool      `json:"ok"` // there is no finding
	Findings []Finding `json:"findings"`
	Checked  int       `json:"checked"`         // figures that were computed again
	Notes    []string  `json:"notes,omitempty"` // what could not be computed again, or was passed over, and why
	Runs     []string  `json:"runs,omitempty"`  // the folders, as they were named
	Round    string    `json:"round,omitempty"` // of DLIO results, where all are of one: v1.0, v2.0 or v3.0
	Sets     []RunSet  `json:"sets,omitempty"`  // of DLIO runs that belong together
}

// Finding is one figure that does not follow from its data, or one file that is not what
// it was when the folder was closed.
type Finding struct {
	File       string `json:"file"`                 // in the folder, as "run.json"; of several folders with the folder's name before it
	Figure     string `json:"figure"`               // as "metrics.au_mean_fraction" or "epochs[3].au_fraction"
	Published  any    `json:"published,omitempty"`  // a number or a text
	Recomputed any    `json:"recomputed,omitempty"` // what the data gives instead; absent: it gives nothing
	Why        string `json:"why"`                  // in one line
}

// RunSet is what several runs of one benchmark give together, for training by the rules of
// MLPerf Storage.
type RunSet struct {
	Folder string             `json:"folder"`       // that holds them
	Of     string             `json:"of,omitempty"` // what they have in common, where the folder may hold others
	Round  string             `json:"round,omitempty"`
	Runs   int                `json:"runs"`             // that count
	Warmup string             `json:"warmup,omitempty"` // the run before them that doesn't
	Means  map[string]float64 `json:"means"`            // over the runs, of training by DLIO's names of the metrics
	Stdevs map[string]float64 `json:"stdevs"`           // population
	Half95 map[string]float64 `json:"half95,omitempty"` // half the width of the mean's 95 % interval
	Rules  []SetRule          `json:"rules"`
}

// SetRule is one rule of a round about a set of runs that files can decide.
type SetRule struct {
	Rule string `json:"rule"` // in words
	OK   bool   `json:"ok"`
	Why  string `json:"why"` // what was found
}
