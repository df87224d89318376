package workloads

import "time"

// Training is one emulated training: a workload file with its overrides applied
// and every default filled in. It has been validated.
type Training struct {
	Name        string // the file without folder and ending
	Description string // the comment on the file's first line
	Model       string // a label
	Framework   string
	Dataset     Dataset
	Reader      Reader
	Train       Train
	Metric      Metric

	// Settings holds every key that lbench uses, as "reader.batch_size", with its
	// value in the file's units (seconds, bytes) and where it came from.
	Settings map[string]Setting
	// Warnings names the keys that were given and have no effect in lbench.
	Warnings []string
}

// Dataset is the files that a training reads.
type Dataset struct {
	DataFolder              string
	Format                  string
	FilePrefix              string
	NumFilesTrain           int
	NumSamplesPerFile       int
	NumSubfoldersTrain      int // 0 and 1: none
	RecordLengthBytes       float64
	RecordLengthBytesStdev  float64
	RecordLengthBytesResize float64 // size of a sample after preprocessing; 0: as read
}

// Reader is how an accelerator's samples are read.
type Reader struct {
	DataLoader         string
	BatchSize          int
	ReadThreads        int // files read in turn, per accelerator
	ComputationThreads int // batches being put together at once
	PrefetchSize       int // batches ready ahead of need
	TransferSize       int64
}

// Train is the emulated computation.
type Train struct {
	Epochs             int
	TotalTrainingSteps int           // at most so many steps an epoch; -1: all
	ComputationTime    time.Duration // of one batch
	Seed               int64
}

// Metric is what a run has to reach.
type Metric struct {
	AU float64 // least accelerator utilization, 0..1
}

// Setting is the value of one key and where it came from: "workload", "default",
// or what the override said ("flag", "environment", "config", ...).
type Setting struct {
	Value any
	From  string
}

// Override replaces the value of one key. Key is "reader.read_threads", with or
// without DLIO's "++" and "workload." before it; Value is read as YAML.
type Override struct {
	Key, Value string
	From       string // "flag", "environment", "config", ...
}
