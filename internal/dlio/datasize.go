package dlio

import (
	"fmt"
	"math"

	"github.com/lbench/lbench/internal/units"
	"github.com/lbench/lbench/workloads"
)

// Sizing is how many files a round's rules ask for, with the working.
type Sizing struct {
	Profile      string   `json:"profile"`
	Accelerators int      `json:"accelerators"`
	Hosts        int      `json:"hosts"`
	MemoryBytes  int64    `json:"memory_bytes"` // of all hosts
	Files        int64    `json:"files"`
	ByMemory     float64  `json:"files_by_memory"` // five times the memory
	BySteps      float64  `json:"files_by_steps"`  // 500 steps an epoch
	NominalBytes float64  `json:"nominal_bytes"`
	StoredBytes  int64    `json:"stored_bytes"`
	Steps        int64    `json:"steps"` // per epoch
	Working      []string `json:"working"`
}

// Datasize sizes a dataset by the rules of a round ("shuffled" rounds as v2.0):
//
//	v1.0: samples = max(500 B P, trunc(5 mem / L)), files = samples div S
//	v2.0: files = max(floor(5 mem / (S L)), floor(500 P B / S))
//	v3.0: files = max(ceil(5 mem / (S L)), ceil(500 P B / S))
//
// mem is the memory of all hosts, memory of one, in bytes; recordBytes is a record's
// length as stored.
func Datasize(w workloads.Training, recordBytes int64, profile string, accelerators, hosts int, memory int64) Sizing {
	s := Sizing{Profile: profile, Accelerators: accelerators, Hosts: hosts, MemoryBytes: memory * int64(hosts)}
	perFile, length := float64(w.Dataset.NumSamplesPerFile), w.Dataset.RecordLengthBytes
	need := 500 * float64(w.Reader.BatchSize) * float64(accelerators)
	s.ByMemory = 5 * float64(s.MemoryBytes) / (perFile * length)
	s.BySteps = need / perFile
	switch profile {
	case "v1.0":
		s.Files = int64(max(need, math.Trunc(5*float64(s.MemoryBytes)/length)) / perFile)
	case "v3.0":
		s.Files = int64(max(math.Ceil(s.ByMemory), math.Ceil(s.BySteps)))
	default:
		s.Files = int64(max(math.Floor(s.ByMemory), math.Floor(s.BySteps)))
	}
	s.Files = max(s.Files, 1)
	s.NominalBytes = float64(s.Files) * perFile * length
	s.StoredBytes = s.Files * int64(w.Dataset.NumSamplesPerFile) * recordBytes
	s.Steps = s.Files * int64(w.Dataset.NumSamplesPerFile) / int64(w.Reader.BatchSize) / int64(accelerators)
	s.Working = s.working(w, need)
	return s
}

func (s Sizing) working(w workloads.Training, need float64) []string {
	rounded := map[string]string{"v1.0": "rounded down (v1.0)", "v3.0": "rounded up (v3.0)"}[s.Profile]
	if rounded == "" {
		rounded = "rounded down (v2.0)"
	}
	return []string{
		fmt.Sprintf("memory: 5 x %d x %s = %s, / (%d samples x %v B) = %.1f files", s.Hosts,
			units.BinaryBytes(float64(s.MemoryBytes)/float64(s.Hosts)), units.Bytes(5*float64(s.MemoryBytes)),
			w.Dataset.NumSamplesPerFile, w.Dataset.RecordLengthBytes, s.ByMemory),
		fmt.Sprintf("steps: 500 x %d accelerators x %d samples = %s samples, / %d = %.1f files", s.Accelerators,
			w.Reader.BatchSize, units.Count(int64(need)), w.Dataset.NumSamplesPerFile, s.BySteps),
		fmt.Sprintf("files: the larger, %s = %s", rounded, units.Count(s.Files)),
		fmt.Sprintf("size: %s as stored, %s (%s) by nominal record length", units.Bytes(float64(s.StoredBytes)),
			units.Bytes(s.NominalBytes), units.BinaryBytes(s.NominalBytes)),
		fmt.Sprintf("steps an epoch: %s x %d / %d / %d = %s", units.Count(s.Files), w.Dataset.NumSamplesPerFile,
			w.Reader.BatchSize, s.Accelerators, units.Count(s.Steps)),
	}
}
