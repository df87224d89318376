package fio

import "time"

// Op is what a job does.
type Op string

// The two kinds of jobs.
const (
	Read  Op = "read"
	Write Op = "write"
)

// Pattern is the order in which bytes are read.
type Pattern string

// The patterns. Writes are Sequential.
const (
	Sequential    Pattern = "sequential"     // each stream through its part of the files, again and again
	Random        Pattern = "random"         // an op at any multiple of the op size of any file, with repetition
	ShuffledFiles Pattern = "shuffled-files" // whole files, in a new random order in each pass
)

// Fsync says when writes are made durable. The time of it counts.
type Fsync string

// The moments of an fsync.
const (
	FsyncNone Fsync = "none" // never
	FsyncEnd  Fsync = "end"  // once for each file, after its last write
	FsyncEach Fsync = "each" // after each write
)

// File is one file of a job, by its name relative to the folder.
type File struct {
	Name  string
	Bytes int64
}

// Job is block I/O by a number of streams ("jobs", as in fio) side by side.
type Job struct {
	Op       Op
	Pattern  Pattern
	Files    []File        // read and overwritten ones exist; the others are made
	OpBytes  int64         // the last op of a file may be shorter
	Jobs     int           // streams, each a part of the files: see Segments
	Depth    int           // operations in flight of each
	Direct   bool          // O_DIRECT
	Duration time.Duration // 0: every byte of the files exactly once

	RateBytesPerS float64 // of all jobs together, each its share; 0: as fast as it goes

	Fsync     Fsync
	Overwrite bool // write into files that exist
	Verify    bool // of writes: put a checksum into every block, and check it afterwards

	Seed int64 // of every random order and byte
}

// Bytes is the size of all files.
func (j Job) Bytes() int64 {
	var sum int64
	for _, f := range j.Files {
		sum += f.Bytes
	}
	return sum
}
