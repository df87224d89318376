package result

// Lost is where the time of a training went that was not computation: 1 - AU, divided.
type Lost struct {
	// Method is the number of the rules that blame, LostMethod; 0: those of an older lbench.
	Method int `json:"method,omitempty"`
	// Parts is the mean over the epochs that are not warm-up of what Epochs have.
	Parts  map[string]float64 `json:"parts"`
	Epochs []EpochLost        `json:"epochs"`
	// Causes are what the time can be blamed on, the costliest first. None is counted twice.
	Causes []LostCause `json:"causes"`
}

// LostMethod is how causes are told apart: 2: by what a step would have been shorter by
// without its last rank.
const LostMethod = 2

// EpochLost divides the window of AU of one epoch, over all ranks. Its parts are fractions
// of the window by name, and make 1 together.
type EpochLost struct {
	Epoch int                `json:"epoch"`
	Parts map[string]float64 `json:"parts"`
}

// The kinds of a LostCause.
const (
	LostToFile    = "file"        // one rank waited for reads of File
	LostToRank    = "rank"        // Rank waited for reads while the others did not
	LostToSeconds = "seconds"     // reads held all ranks up From..To
	LostToFirst   = "first_reads" // first reads of files took longer than others
	LostToClient  = "client"      // our own work, late timers, the scheduler
	LostToStorage = "storage"     // reads, with no file, rank or second that stands out
)

// LostCause is one thing that time was lost to.
type LostCause struct {
	Kind     string  `json:"kind"`
	File     string  `json:"file,omitempty"`
	Rank     *int    `json:"rank,omitempty"`
	Epoch    int     `json:"epoch,omitempty"`   // of From; 0: of several
	Times    int     `json:"times,omitempty"`   // so many stretches of seconds within
	From     int64   `json:"from_ns,omitempty"` // since Run.Started
	To       int64   `json:"to_ns,omitempty"`
	Lost     int64   `json:"lost_ns"`       // over all epochs that are not warm-up
	Fraction float64 `json:"lost_fraction"` // of their windows: what it took from the mean AU
	// Target is the one that the mount's counters show behind it, of seconds and storage.
	Target *LostTarget `json:"target,omitempty"`
}

// LostTarget is a target of the mount, an OST of Lustre or the server of an NFS mount,
// whose reads took longer than usual while time was lost.
type LostTarget struct {
	Name string `json:"name"`
	// Slower is how many times as long its reads took as they did in the median second of
	// the run; of a loss that has no seconds, as those of the median of the other targets did.
	Slower float64 `json:"slower"`
	// Rate is what it gave of its bytes/s in the median second, of a loss that has seconds.
	Rate float64 `json:"rate_fraction,omitempty"`
}
