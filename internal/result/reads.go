package result

// EpochReads is what reads cost the steps of one epoch after its first: raw material for
// where the lost time went. All times are in ns.
type EpochReads struct {
	Epoch int `json:"epoch"`
	// Latencies are the reads that had to wait, by how long they took, ascending; those of
	// all ranks, from the opening of step 0's barrier to the last one.
	Latencies []ReadLatency `json:"latencies"`
	// Together is what the last rank into each barrier waited for reads up to when the one
	// before it had its batch, and all of it where it then waited a second or more: no file
	// is to blame for that.
	Together int64 `json:"together_ns"`
	// Files are those that the last rank waited for alone, with how long, the
	// costliest first; OtherFiles is the rest of them.
	Files      []FileWait `json:"files"`
	OtherFiles int64      `json:"other_files_ns"`
}

// ReadLatency is the reads that took at most UpTo and more than the row before.
type ReadLatency struct {
	UpTo       int64 `json:"up_to_ns"`
	Reads      int64 `json:"reads"`
	FirstReads int64 `json:"first_reads"`   // of them, those that opened their file
	Wait       int64 `json:"wait_ns"`       // of all ranks: a batch lacked a record of such a read
	FirstWait  int64 `json:"first_wait_ns"` // of it, for a first read
}

// FileWait is one file that accelerators waited for.
type FileWait struct {
	File  string `json:"file"`
	Wait  int64  `json:"wait_ns"`
	Steps int    `json:"steps,omitempty"` // in which they did, for 1 % of the computation or longer
}
