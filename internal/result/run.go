// Package result is the data model of lbench and its files. Producers and
// consumers meet only here; it imports nothing else of lbench.
//
// A run is written in this order:
//
//  1. Create makes the run folder and writes run.json with status "incomplete".
//  2. Writer.Steps and Writer.Readings append what happens, as it happens.
//  3. Writer.Close replaces run.json atomically.
//  4. Writer.Seal writes SHA256SUMS last; its presence says that the folder is closed.
//
// Everything else (tables, plots, reports) is computed from that folder, at any
// later time, through Open. A folder that was killed half-way opens too, and its
// Run says "incomplete".
//
// Units: times are nanoseconds, sizes bytes, fractions 0..1. A number that could
// not be measured is absent: a missing map key or a nil pointer, never 0 or NaN.
package result

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Schema is the value of Run.Schema. Fields are only added within a version.
const Schema = "lbench.run/1"

// Status says how a run ended.
type Status string

// The four ways a run ends. Incomplete is what a killed run is left with.
const (
	Complete    Status = "complete"
	Incomplete  Status = "incomplete"
	Interrupted Status = "interrupted"
	Failed      Status = "failed"
)

// Verdict is what the checks say together; None unless the run is complete.
type Verdict string

// The three verdicts.
const (
	Pass Verdict = "pass"
	Fail Verdict = "fail"
	None Verdict = "none"
)

// Run is one execution of one benchmark command: the content of run.json.
type Run struct {
	Schema   string             `json:"schema"`
	Lbench   Build              `json:"lbench"`
	Command  string             `json:"command"`
	Workload string             `json:"workload"`
	ID       string             `json:"id"`
	Started  time.Time          `json:"started"`
	Ended    *time.Time         `json:"ended,omitempty"`
	Status   Status             `json:"status"`
	Error    string             `json:"error,omitempty"` // why Status is failed, or what of a search was interrupted: one line
	Verdict  Verdict            `json:"verdict"`
	Checks   []Check            `json:"checks"`
	Metrics  map[string]float64 `json:"metrics"`
	Epochs   []Epoch            `json:"epochs"`
	Reads    []EpochReads       `json:"reads,omitempty"` // of training, by epoch
	Lost     *Lost              `json:"lost,omitempty"`  // of a training that is complete
	Limit    *Limit             `json:"limit,omitempty"`
	Block    *Block             `json:"block,omitempty"`
	Plan     *Plan              `json:"plan,omitempty"`
	Search   *Search            `json:"search,omitempty"`
	Settings map[string]Setting `json:"settings"`
	Seed     int64              `json:"seed"`
	Suite    *SuitePlace        `json:"suite,omitempty"` // of a run that a suite started
	Host     Host               `json:"host"`
	Mount    *Mount             `json:"mount,omitempty"`
	Warnings []Warning          `json:"warnings"`
	Traffic  []Traffic          `json:"-"`              // of buckets, that was attached to the run's folder
	DLIO     map[string]DLIO    `json:"dlio,omitempty"` // by round: v1.0, v2.0, v3.0
	// WarningsMethod is the number of the rules of the warnings that follow from all this,
	// as the constant of that name; 0: those of an older lbench.
	WarningsMethod int `json:"warnings_method,omitempty"`
}

// Encode is the text of run.json.
func (r Run) Encode() ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("encode %s: %w", RunFile, err)
	}
	return text.Bytes(), nil
}

// Build names the lbench that made a run.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
}

// Check is one rule and what became of it. Got is nil where the metric is missing,
// which fails the rule.
type Check struct {
	Rule string   `json:"rule"`
	Want float64  `json:"want"`
	Got  *float64 `json:"got,omitempty"`
	OK   bool     `json:"ok"`
}

// Epoch holds the metrics of one epoch. In JSON they stand beside "epoch" and "warmup".
type Epoch struct {
	Epoch   int // from 1
	Warmup  bool
	Metrics map[string]float64
}

// MarshalJSON writes {"epoch": 1, "warmup": true, NAME: NUMBER, ...}, names sorted.
func (e Epoch) MarshalJSON() ([]byte, error) {
	b := fmt.Appendf(nil, `{"epoch":%d`, e.Epoch)
	if e.Warmup {
		b = append(b, `,"warmup":true`...)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Metrics)) {
		key, _ := json.Marshal(name)
		value, err := json.Marshal(e.Metrics[name])
		if err != nil {
			return nil, fmt.Errorf("epoch %d, metric %q: %w", e.Epoch, name, err)
		}
		b = append(append(append(append(b, ','), key...), ':'), value...)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Epoch) UnmarshalJSON(b []byte) error {
	var raw map[string]any
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*e = Epoch{Metrics: map[string]float64{}}
	for name, value := range raw {
		number, isNumber := value.(float64)
		flag, isFlag := value.(bool)
		switch {
		case name == "epoch" && isNumber:
			e.Epoch = int(number)
		case name == "warmup" && isFlag:
			e.Warmup = flag
		case isNumber:
			e.Metrics[name] = number
		default:
			return fmt.Errorf("epoch field %q is %v, want a number", name, value)
		}
	}
	return nil
}

// Limit names what kept the run from being faster, with the evidence for it.
type Limit struct {
	Name     string   `json:"name"` // one of Limits()
	Evidence []string `json:"evidence"`
}

// Limits lists the allowed names of a limit.
func Limits() []string {
	return []string{"storage", "client-cpu", "client-memory", "network", "none"}
}

// Plan is the shape of the emulated training, as it was run.
type Plan struct {
	Profile          string  `json:"profile"`
	Accelerators     int     `json:"accelerators"`
	Files            int     `json:"files"`
	SamplesPerFile   int     `json:"samples_per_file"`
	BatchSize        int     `json:"batch_size"`
	Steps            int     `json:"steps"`  // per epoch and rank
	Epochs           int     `json:"epochs"` // warm-up epochs included
	WarmupEpochs     int     `json:"warmup_epochs"`
	Streams          int     `json:"streams"` // open files per rank
	TransferBytes    int64   `json:"transfer_bytes"`
	RecordBytes      int64   `json:"record_bytes"`         // as stored, framing included
	NominalBytes     float64 `json:"record_nominal_bytes"` // record_length_bytes of the workload
	DatasetBytes     int64   `json:"dataset_bytes"`        // as stored, all files
	ComputationNS    int64   `json:"computation_time_ns"`
	ReadAheadBatches int     `json:"read_ahead_batches"`
	MinAU            float64 `json:"min_au_fraction"`
	Verify           bool    `json:"verify"`
	Leftover         int64   `json:"leftover_samples"` // read by no rank in an epoch
	SharedFiles      int     `json:"shared_files"`     // cut between two ranks
}

// Setting is one setting's value and where it came from: flag, environment,
// config, dataset, workload or default.
type Setting struct {
	Value any    `json:"value"`
	From  string `json:"from"`
}

// Warning is a doubt that travels with the numbers and prints as a footnote.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Host is the machine that ran the accelerators.
type Host struct {
	Name           string  `json:"name,omitempty"`
	OS             string  `json:"os,omitempty"`
	Kernel         string  `json:"kernel,omitempty"`
	Virtual        string  `json:"virtual,omitempty"` // hypervisor, if one is recognized
	CPUModel       string  `json:"cpu_model,omitempty"`
	CPUs           int     `json:"cpus,omitempty"` // online
	Sockets        int     `json:"sockets,omitempty"`
	UsableCPUs     float64 `json:"usable_cpus,omitempty"` // after affinity and cgroup quota
	MemoryBytes    int64   `json:"memory_bytes,omitempty"`
	MemoryMaxBytes int64   `json:"memory_max_bytes,omitempty"` // cgroup limit, if there is one
	NICs           []NIC   `json:"nics,omitempty"`
}

// NIC is one network interface that carries data (not lo).
type NIC struct {
	Name       string  `json:"name"`
	Driver     string  `json:"driver,omitempty"`
	BytesPerS  float64 `json:"bytes_per_s,omitempty"` // line rate
	MTU        int     `json:"mtu,omitempty"`
	Infiniband bool    `json:"infiniband,omitempty"`
}

// Mount is the file system that serves the dataset. What can't be read is absent.
type Mount struct {
	Path    string       `json:"path"` // mount point
	Type    string       `json:"type"` // nfs4, lustre, ext4, ...
	Source  string       `json:"source,omitempty"`
	Servers []string     `json:"servers,omitempty"`
	Options string       `json:"options,omitempty"`
	Version string       `json:"version,omitempty"`
	Network bool         `json:"network,omitempty"` // its data comes through the network
	Bytes   int64        `json:"bytes,omitempty"`   // size of the file system
	Free    int64        `json:"free_bytes,omitempty"`
	NFS     *NFSMount    `json:"nfs,omitempty"`
	Lustre  *LustreMount `json:"lustre,omitempty"`
}

// NFSMount is what an NFS client negotiated.
type NFSMount struct {
	Vers        string `json:"vers,omitempty"`
	Proto       string `json:"proto,omitempty"`
	Nconnect    int    `json:"nconnect,omitempty"`
	Rsize       int64  `json:"rsize,omitempty"`
	Wsize       int64  `json:"wsize,omitempty"`
	ReadAheadKB int64  `json:"read_ahead_kb,omitempty"`
}

// LustreMount is what a Lustre client says of a file system and of two of its files.
type LustreMount struct {
	FSName          string         `json:"fsname,omitempty"`
	StripeCount     int            `json:"stripe_count,omitempty"` // of the first file
	StripeSizeBytes int64          `json:"stripe_size_bytes,omitempty"`
	Pool            string         `json:"pool,omitempty"`
	Layouts         []LustreLayout `json:"layouts,omitempty"` // of the first and last file
	Targets         int            `json:"targets,omitempty"` // OSTs of the file system
	MaxRPCsInFlight int64          `json:"max_rpcs_in_flight,omitempty"`
	MaxPagesPerRPC  int64          `json:"max_pages_per_rpc,omitempty"`
	MaxReadAheadMB  float64        `json:"max_read_ahead_mb,omitempty"`
	Checksums       string         `json:"checksums,omitempty"`
}

// LustreLayout is how one file lies on the targets.
type LustreLayout struct {
	File            string `json:"file"`
	Kind            string `json:"kind"` // plain, composite, foreign, unknown
	StripeCount     int    `json:"stripe_count,omitempty"`
	StripeSizeBytes int64  `json:"stripe_size_bytes,omitempty"`
	Pool            string `json:"pool,omitempty"`
	Targets         []int  `json:"targets,omitempty"` // OST indexes in stripe order
	Components      int    `json:"components,omitempty"`
}

// DLIO is a run by one round's own formulas, with DLIO's field names.
type DLIO struct {
	AUPercentage       []float64 `json:"train_au_percentage"`
	AUMean             float64   `json:"train_au_mean_percentage"`
	AUStdev            float64   `json:"train_au_stdev_percentage"`
	AUMeetExpectation  string    `json:"train_au_meet_expectation"` // success or fail
	Throughput         []float64 `json:"train_throughput_samples_per_second"`
	ThroughputMean     float64   `json:"train_throughput_mean_samples_per_second"`
	ThroughputStdev    float64   `json:"train_throughput_stdev_samples_per_second"`
	IOMeanMBPerSecond  float64   `json:"train_io_mean_MB_per_second"` // MiB/s
	IOStdevMBPerSecond float64   `json:"train_io_stdev_MB_per_second"`
}

// Step is one step of one rank: a line of steps.ndjson.
type Step struct {
	Epoch   int   `json:"epoch"`      // from 1
	Step    int   `json:"step"`       // from 0
	Rank    int   `json:"rank"`       // from 0
	StartNS int64 `json:"start_ns"`   // since Run.Started: when the rank began to wait
	Wait    int64 `json:"wait_ns"`    // until its batch was there
	Compute int64 `json:"compute_ns"` // emulated compute, as measured
	Barrier int64 `json:"barrier_ns"` // until all ranks were there
	Read    int64 `json:"read_ns"`    // the part of Wait in which a read was in flight
	Work    int64 `json:"work_ns"`    // the part of Wait in which the bytes were there and our code was not done
}

// Reading is one value of one telemetry source at one time: a line of telemetry.ndjson.
type Reading struct {
	T      time.Time         `json:"t"`
	Source string            `json:"source"`
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Value  float64           `json:"value"`
}
