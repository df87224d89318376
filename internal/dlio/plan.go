// Package dlio emulates training: it reads a dataset as DLIO's ResNet-50 loader does and
// measures how long accelerators wait for it.
//
//  1. NewPlan turns a workload and a number of accelerators into steps and an order of
//     samples per rank and epoch. It is pure.
//  2. Train reads: each rank's streams give checked records, records make batches.
//  3. The accelerators take batches in lockstep: wait, compute, barrier. Each step of
//     each rank is a result.Step, handed on as it happens.
//  4. Measure, a pure function of plan, epochs and steps, gives AU and rates; Rounds gives
//     the same run by the formulas of each MLPerf Storage round.
//  5. NameLimit says what the run was limited by, Judge whether it passes.
//
// Ceiling is a short Train on memory instead of storage: what this client could reach.
package dlio

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lbench/lbench/internal/dataset"
	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/workloads"
)

// Profiles lists how a run may deal samples and compute its figures, the default first:
// lbench's own, then MLPerf Storage's rounds.
func Profiles() []string { return []string{"shuffled", "v1.0", "v2.0", "v3.0"} }

// Plan is everything about a run that can be known before a byte is read.
type Plan struct {
	Profile          string
	Accelerators     int
	Files            []dataset.File
	SamplesPerFile   int
	RecordBytes      int64 // as stored, framing included
	NominalBytes     float64
	BatchSize        int
	Steps            int // per epoch and rank
	Epochs           int // warm-up epochs included
	WarmupEpochs     int
	ReadThreads      int // files of the cycle; twice as many more are staged
	TransferBytes    int64
	ReadAheadBatches int
	ComputationTime  time.Duration
	MinAU            float64
	Seed             int64
	Verify           bool

	endless bool                  // the epoch never ends: each rank reads its slice again and again
	deal    func(rank int) *shard // what a rank reads in place of its part of an epoch's order; nil: that part
}

// PlanOptions are the choices of a run that its workload does not hold.
type PlanOptions struct {
	Profile      string
	Accelerators int
	WarmupEpochs int // beyond the workload's epochs
	MinAU        float64
	Seed         int64
	Verify       bool
}

// NewPlan plans a run over files. It fails where the files cannot give every accelerator
// two steps an epoch. Where a figure will mean less than it seems, Doubts says so.
func NewPlan(w workloads.Training, files []dataset.File, recordBytes int64, o PlanOptions) (Plan, error) {
	p := Plan{
		Profile: o.Profile, Accelerators: o.Accelerators, Files: files,
		SamplesPerFile: w.Dataset.NumSamplesPerFile, RecordBytes: recordBytes, NominalBytes: w.Dataset.RecordLengthBytes,
		BatchSize: w.Reader.BatchSize, Epochs: w.Train.Epochs + o.WarmupEpochs, WarmupEpochs: o.WarmupEpochs,
		ReadThreads: w.Reader.ReadThreads, TransferBytes: w.Reader.TransferSize,
		ReadAheadBatches: w.Reader.ComputationThreads + w.Reader.PrefetchSize,
		ComputationTime:  w.Train.ComputationTime, MinAU: o.MinAU, Seed: o.Seed, Verify: o.Verify,
	}
	perRank := p.samples() / int64(p.Accelerators)
	p.Steps = int(perRank / int64(p.BatchSize))
	if p.Steps < 2 {
		return p, fmt.Errorf("plan %d accelerators: %d files of %d samples give %d steps an epoch, at least 2 are needed: "+
			"that takes %d files (lbench datagen --files %d)", p.Accelerators, len(files), p.SamplesPerFile, p.Steps, p.filesNeeded(), p.filesNeeded())
	}
	if p.Profile != "shuffled" && len(files) < p.Accelerators {
		return p, fmt.Errorf("plan profile %s: it deals whole files, and %d files are fewer than %d accelerators: "+
			"use --profile shuffled, or at least %d files", p.Profile, len(files), p.Accelerators, p.filesNeeded())
	}
	if limit := w.Train.TotalTrainingSteps; limit == 1 {
		return p, errors.New("plan train.total_training_steps 1: want at least 2, since AU leaves the first step out")
	} else if limit > p.Steps {
		return p, fmt.Errorf("plan train.total_training_steps %d: the files give %d steps an epoch: ask for fewer, or make more files", limit, p.Steps)
	} else if limit > 0 {
		p.Steps = limit
	}
	return p, nil
}

func (p Plan) warnings() []result.Warning {
	var all []result.Warning
	if len(p.Files) < p.Accelerators {
		all = append(all, result.Warning{Code: "few_files", Text: fmt.Sprintf("%d files are fewer than %d accelerators: "+
			"several accelerators read parts of one file", len(p.Files), p.Accelerators)})
	}
	if files := float64(p.samples()) / float64(p.SamplesPerFile) / float64(p.Accelerators); files < float64(p.streams()) {
		all = append(all, result.Warning{Code: "few_streams", Text: fmt.Sprintf("%.1f files an accelerator are fewer than its %d streams: "+
			"it reads from fewer files at once than a real loader would", files, p.streams())})
	}
	return all
}

// filesNeeded is the fewest files that give every accelerator two steps an epoch, and
// one of its own where a profile deals whole files: that then holds a batch.
func (p Plan) filesNeeded() int64 {
	need := ceilDiv(2*int64(p.BatchSize)*int64(p.Accelerators), int64(p.SamplesPerFile))
	if p.Profile != "shuffled" {
		need = max(need, int64(p.Accelerators))
	}
	return need
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

func (p Plan) samples() int64 { return int64(len(p.Files)) * int64(p.SamplesPerFile) }

// streams is the number of files that one rank has open at once.
func (p Plan) streams() int { return 3 * p.ReadThreads }

// EpochSamples is what all ranks together consume in one epoch.
func (p Plan) EpochSamples() int64 {
	return int64(p.Steps) * int64(p.BatchSize) * int64(p.Accelerators)
}

// Summary is the plan as a run records it.
func (p Plan) Summary() *result.Plan {
	return &result.Plan{
		Profile: p.Profile, Accelerators: p.Accelerators, Files: len(p.Files), SamplesPerFile: p.SamplesPerFile,
		BatchSize: p.BatchSize, Steps: p.Steps, Epochs: p.Epochs, WarmupEpochs: p.WarmupEpochs, Streams: p.streams(),
		TransferBytes: p.TransferBytes, RecordBytes: p.RecordBytes, NominalBytes: p.NominalBytes,
		DatasetBytes: p.samples() * p.RecordBytes, ComputationNS: int64(p.ComputationTime),
		ReadAheadBatches: p.ReadAheadBatches, MinAU: p.MinAU, Verify: p.Verify,
		Leftover: p.samples() - p.EpochSamples(), SharedFiles: p.sharedFiles(),
	}
}

// sharedFiles counts the files that two ranks read, each a part of it.
func (p Plan) sharedFiles() int {
	if p.Profile != "shuffled" {
		return 0
	}
	shared, s, quota := 0, int64(p.SamplesPerFile), p.samples()/int64(p.Accelerators)
	last := int64(-1)
	for r := int64(1); r < int64(p.Accelerators); r++ {
		end, start := (r-1)*quota+int64(p.Steps)*int64(p.BatchSize), r*quota
		if file := start / s; file == (end-1)/s && file != last {
			shared, last = shared+1, file
		}
	}
	return shared
}

// segment is a run of records of one file, read in order by one stream.
type segment struct {
	file, first, count int
}

// shard deals the segments of one rank and epoch, in order.
type shard struct {
	order      []int32 // file indexes, laid end to end
	perFile    int64   // samples of a file
	start, end int64   // samples of order that belong to the rank
	pos        int64
	loops      bool // begin again at the end (vX profiles)
}

// next returns the next segment, false at the end of the shard.
func (s *shard) next() (segment, bool) {
	if s.pos >= s.end {
		return segment{}, false
	}
	first := s.pos % s.perFile
	count := min(s.perFile-first, s.end-s.pos)
	seg := segment{file: int(s.order[s.pos/s.perFile]), first: int(first), count: int(count)}
	s.pos += count
	return seg, true
}

// rewind begins the shard again.
func (s *shard) rewind() { s.pos = s.start }

// epochOrder is the order of files in an epoch that all ranks share: a permutation keyed
// (seed, epoch) under shuffled, the sorted list otherwise.
func (p Plan) epochOrder(epoch int) []int32 {
	if p.Profile == "shuffled" {
		return permutation(len(p.Files), uint64(p.Seed), uint64(epoch))
	}
	return sortedOrder(len(p.Files))
}

// shard is the part of an epoch's order that one rank reads. Under shuffled the ranks
// cut the N*S samples into equal slices, of which they read steps*batch; the rounds deal
// whole files, every P-th, and a rank that runs out starts again.
func (p Plan) shard(order []int32, epoch, rank int) *shard {
	if p.deal != nil {
		return p.deal(rank)
	}
	perFile := int64(p.SamplesPerFile)
	if p.Profile == "shuffled" {
		start := int64(rank) * (p.samples() / int64(p.Accelerators))
		return &shard{order: order, perFile: perFile, start: start, pos: start, end: start + int64(p.Steps)*int64(p.BatchSize), loops: p.endless}
	}
	if p.Profile == "v1.0" { // each rank shuffles for itself, so shards overlap
		order = permutation(len(p.Files), uint64(p.Seed), uint64(epoch)<<32|uint64(rank)|1<<63)
	}
	var own []int32
	for i := rank; i < len(order); i += p.Accelerators {
		own = append(own, order[i])
	}
	return &shard{order: own, perFile: perFile, end: int64(len(own)) * perFile, loops: true}
}

func permutation(n int, seed, key uint64) []int32 {
	order := sortedOrder(n)
	rand.New(rand.NewPCG(seed, key)).Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

func sortedOrder(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}
