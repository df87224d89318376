package result

// Block is what a block command (cold-read, sustained, write, small-write,
// compare-mounts) did, and what its parts gave. What a command has no use for is absent.
type Block struct {
	Runner     string `json:"runner"`                // native, fio or both
	FioVersion string `json:"fio_version,omitempty"` // of the installed fio, as "fio-3.39"
	Engine     string `json:"engine"`                // what moved the bytes
	Op         string `json:"op"`                    // read, write or small-write
	Pattern    string `json:"pattern,omitempty"`
	Files      int    `json:"files,omitempty"`
	FileBytes  int64  `json:"file_bytes,omitempty"` // of the largest
	SetBytes   int64  `json:"set_bytes,omitempty"`  // of all files
	OpBytes    int64  `json:"op_bytes,omitempty"`
	Jobs       int    `json:"jobs,omitempty"`
	Depth      int    `json:"depth,omitempty"`
	Direct     bool   `json:"direct"`
	Fsync      string `json:"fsync,omitempty"`
	Overwrite  bool   `json:"overwrite,omitempty"`
	DurationNS int64  `json:"duration_ns,omitempty"` // asked for; absent: every byte once

	RateBytesPerS float64 `json:"rate_bytes_per_s,omitempty"` // asked for

	Search      []SearchStep       `json:"search,omitempty"` // how jobs and op size were found
	Cold        *Cold              `json:"cold,omitempty"`
	PerJob      []JobResult        `json:"per_job,omitempty"`
	Latencies   map[string]Latency `json:"latencies,omitempty"` // submit, complete, total, intended, sync
	Steady      *Steady            `json:"steady,omitempty"`
	Grid        *Grid              `json:"grid,omitempty"`
	Cells       []Cell             `json:"cells,omitempty"` // of --matrix, --runner both and compare-mounts
	Differences []Difference       `json:"differences,omitempty"`
	Mounts      map[string]Mount   `json:"mounts,omitempty"` // of compare-mounts, by label
}

// JobResult is what one stream of a job gave.
type JobResult struct {
	Job        int   `json:"job"` // from 0
	Bytes      int64 `json:"bytes"`
	Ops        int64 `json:"ops"`
	DurationNS int64 `json:"duration_ns"`              // from the run's first operation to this job's last one
	P50NS      int64 `json:"latency_p50_ns,omitempty"` // total latency; absent: it did no operation
	P99NS      int64 `json:"latency_p99_ns,omitempty"`
	MaxNS      int64 `json:"latency_max_ns,omitempty"`
}

// Latency is the distribution of one kind of latency over all jobs.
type Latency struct {
	Count  int64   `json:"count"`
	MeanNS float64 `json:"mean_ns"`
	P50NS  int64   `json:"p50_ns"`
	P90NS  int64   `json:"p90_ns"`
	P99NS  int64   `json:"p99_ns"`
	P999NS int64   `json:"p99_9_ns"`
	MaxNS  int64   `json:"max_ns"`
}

// Cold is how cold the files were, as far as this client can know.
type Cold struct {
	Way      string   `json:"way,omitempty"`             // drop_caches or fadvise
	Before   *float64 `json:"before_fraction,omitempty"` // of all files' pages in this client's cache before the first read
	After    *float64 `json:"after_fraction,omitempty"`  // after the last
	Why      string   `json:"why,omitempty"`             // it can't be known
	Server   string   `json:"server"`                    // what is known of the servers' caches
	Commands []string `json:"commands,omitempty"`        // of --before-cold, as they were run
}

// Steady is the part of a run in which the rate no longer changed.
type Steady struct {
	Found         bool    `json:"found"`
	FromNS        int64   `json:"from_ns,omitempty"`
	BytesPerS     float64 `json:"bytes_per_s,omitempty"`
	LowBytesPerS  float64 `json:"low_bytes_per_s,omitempty"` // of the band that holds 90 % of its windows
	HighBytesPerS float64 `json:"high_bytes_per_s,omitempty"`
	RampBytesPerS float64 `json:"ramp_bytes_per_s,omitempty"` // mean before it
	WindowNS      int64   `json:"window_ns,omitempty"`
	Rule          string  `json:"rule"` // how it was found, or why not
}

// Grid is a period on which the completions of small durable writes stand.
type Grid struct {
	Found    bool   `json:"found"`
	PeriodNS int64  `json:"period_ns,omitempty"`
	Why      string `json:"why"` // what it rests on, or why none is claimed
}

// SearchStep is one try of the search for jobs and op size, on files of its own.
type SearchStep struct {
	Jobs      int     `json:"jobs"`
	OpBytes   int64   `json:"op_bytes"`
	Bytes     int64   `json:"bytes"`
	BytesPerS float64 `json:"bytes_per_s"`
	Chosen    bool    `json:"chosen,omitempty"`
}

// Cell is one combination of settings, run several times.
type Cell struct {
	Settings map[string]string `json:"settings"` // by axis, such as {"mode": "direct", "jobs": "8"}
	Metric   string            `json:"metric"`   // of Values: read_bytes_per_s or write_bytes_per_s
	Values   []float64         `json:"values"`   // in the order of the repeats
	Order    []int             `json:"order"`    // when each ran, from 0, over all cells
	Mean     float64           `json:"mean"`
	Half     *float64          `json:"half,omitempty"`           // half the 95 % interval of the mean
	P50NS    []int64           `json:"latency_p50_ns,omitempty"` // of each repeat
	P99NS    []int64           `json:"latency_p99_ns,omitempty"`
}

// Difference compares two cells by the ratio of their metric, repeat by repeat.
type Difference struct {
	A       map[string]string `json:"a"`
	B       map[string]string `json:"b"`
	Ratio   float64           `json:"ratio,omitempty"` // B over A: geometric mean of the repeats' ratios; absent: there is no pair of them
	Low     *float64          `json:"low,omitempty"`   // 95 % interval of it, widened for the number of comparisons; absent where they are too few
	High    *float64          `json:"high,omitempty"`
	P       *float64          `json:"p,omitempty"` // after that correction; absent as the interval
	Verdict string            `json:"verdict"`     // Real, NotReal or TooFew
}

// The verdicts of a Difference.
const (
	Real    = "real"
	NotReal = "no real difference"
	TooFew  = "too few repeats"
)
