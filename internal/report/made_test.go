package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// A made run: no mount was ever like this, but its figures fit together. Metrics are
// worked out from made steps, and no two fields hold the same number, so that a
// swapped column shows in a golden.

const (
	madeRanks   = 48
	madeSteps   = 692
	madeBatch   = 400
	madeCompute = 224 * time.Millisecond
	madeRecord  = 114674
)

// madeAU is what each epoch comes to.
func madeAU() []float64 { return []float64{0.9331, 0.9042, 0.9143, 0.9139, 0.8788} }

// made is a run with the steps that belong to it; it is a Source.
type made struct {
	run      result.Run
	steps    []result.Step
	readings []result.Reading
	files    []result.FileSum
}

func (m made) Steps(do func(result.Step) error) error       { return each(m.steps, do) }
func (made) Recordings() ([]result.Recording, error)        { return nil, nil }
func (m made) Readings(do func(result.Reading) error) error { return each(m.readings, do) }

func each[T any](values []T, do func(T) error) error {
	for _, v := range values {
		if err := do(v); err != nil {
			return err
		}
	}
	return nil
}

// newMade makes a run that passes, seeded. stall adds a server pause in epoch 2.
func newMade(au []float64, stall time.Duration) made {
	m := made{run: madeShape()}
	m.run.Plan.Epochs = len(au)
	random := rand.New(rand.NewPCG(7310, 1))
	clock := int64(1_730_000_000)
	for i, target := range au {
		clock = m.addEpoch(random, i+1, target, clock, stall)
	}
	ended := m.run.Started.Add(time.Duration(clock))
	m.run.Ended = &ended
	m.sum()
	return m
}

// addEpoch makes the steps of one epoch so that its AU is the target (without the
// stall), and returns when the next one may start.
func (m *made) addEpoch(random *rand.Rand, epoch int, target float64, clock int64, stall time.Duration) int64 {
	losses := make([]float64, madeSteps)
	total := 0.0
	for s := range losses {
		losses[s] = math.Exp(random.NormFloat64() * 0.7)
		if epoch == 5 && s > 400 && s < 580 {
			losses[s] *= 2.7 // one target is slow for a while
		}
		if s > 0 {
			total += losses[s]
		}
	}
	scale := float64(madeSteps-1) * float64(madeCompute) * (1/target - 1) / total
	start, first := clock, int64(2_310_000_000+epoch*17_000_000)
	var window int64
	var lost [3]float64
	waits := &stats.Durations{}
	for s := range losses {
		loss := int64(losses[s] * scale)
		slowest := random.IntN(madeRanks)
		if s == 0 {
			loss = first
		}
		if stall > 0 && epoch == 2 && s == 17 {
			loss, slowest = int64(stall), 3
		}
		for rank := range madeRanks {
			step := madeStep(random, loss, rank == slowest)
			step.Epoch, step.Step, step.Rank, step.StartNS = epoch, s, rank, clock
			m.steps = append(m.steps, step)
			waits.Record(step.Wait)
		}
		clock += loss + int64(madeCompute)
		if s == 0 {
			window = clock
		} else {
			lost[0] += 0.83 * float64(loss)
			lost[1] += 0.11 * float64(loss)
			lost[2] += 0.06 * float64(loss)
		}
	}
	m.addMetrics(epoch, start, window, clock, lost, waits)
	return clock + 310_000_000 + int64(epoch)*1_000_000
}

// madeStep is one rank's part of a step that lost so much time.
func madeStep(random *rand.Rand, loss int64, slowest bool) result.Step {
	wait := int64(float64(loss) * math.Pow(random.Float64(), 2) * 0.9)
	if random.Float64() < 0.37 {
		wait = 400 + random.Int64N(3000) // its batch was ready
	}
	if slowest {
		wait = loss
	}
	return result.Step{Wait: wait, Compute: int64(madeCompute), Barrier: loss - wait, Read: wait * 83 / 100, Work: wait * 11 / 100}
}

func (m *made) addMetrics(epoch int, start, window, end int64, lost [3]float64, waits *stats.Durations) {
	compute := float64(madeCompute)
	duration := float64(end - start)
	samples := float64(madeSteps * madeBatch * madeRanks)
	m.run.Epochs = append(m.run.Epochs, result.Epoch{Epoch: epoch, Metrics: map[string]float64{
		"au_fraction":            (madeSteps - 1) * compute / float64(end-window),
		"au_whole_fraction":      madeSteps * compute / duration,
		"samples_per_s":          samples * 1e9 / duration,
		"samples_per_s_window":   samples * (madeSteps - 1) / madeSteps * 1e9 / float64(end-window),
		"read_bytes":             samples*madeRecord + float64(epoch)*262144,
		"read_bytes_per_s":       (samples*madeRecord + float64(epoch)*262144) * 1e9 / duration,
		"duration_ns":            duration,
		"steps":                  madeSteps,
		"cached_fraction_before": 0.0005 + 0.004*float64(epoch-1),
		"start_ns":               float64(start),
		"window_start_ns":        float64(window),
		"window_end_ns":          float64(end),
		"first_step_ns":          float64(window - start),
		"loss_read_ns":           lost[0],
		"loss_work_ns":           lost[1],
		"loss_late_ns":           lost[2],
		"wait_p50_ns":            float64(waits.Quantile(0.5)),
		"wait_p99_ns":            float64(waits.Quantile(0.99)),
		"batches_ready_mean":     3.1 + float64(epoch)/10,
	}})
}

// sum fills the metrics of the run from those of its epochs.
func (m *made) sum() {
	metrics := map[string]float64{
		"ceiling_au_fraction":  0.9957,
		"cpu_ns_per_byte_mean": 0.1123,
		"wait_max_ns":          1.2071e9,
	}
	for name, of := range map[string]string{
		"au_mean_fraction": "au_fraction", "au_whole_fraction": "au_whole_fraction",
		"samples_per_s_mean": "samples_per_s", "samples_per_s_window_mean": "samples_per_s_window",
		"read_bytes_per_s_mean": "read_bytes_per_s", "wait_p50_ns": "wait_p50_ns", "wait_p99_ns": "wait_p99_ns",
	} {
		metrics[name], _ = stats.Mean(counted(m.run, of))
	}
	metrics["au_min_fraction"], _ = stats.Min(counted(m.run, "au_fraction"))
	metrics["au_stddev_fraction"], _ = stats.PopulationStdev(counted(m.run, "au_fraction"))
	metrics["cached_fraction_max"], _ = stats.Max(counted(m.run, "cached_fraction_before"))
	metrics["nominal_bytes_per_s_mean"] = metrics["samples_per_s_mean"] * 114660.07
	for _, e := range m.run.Epochs {
		metrics["read_bytes"] += e.Metrics["read_bytes"]
	}
	m.run.Metrics = metrics
	mean := metrics["au_mean_fraction"]
	m.run.Verdict = result.Pass
	if mean < 0.9 {
		m.run.Verdict = result.Fail
	}
	m.run.Checks = []result.Check{{Rule: "au_mean_fraction >= 0.9", Want: 0.9, Got: &mean, OK: mean >= 0.9}}
}

// madeShape is everything of a run that isn't measured.
func madeShape() result.Run {
	return result.Run{
		Schema: result.Schema, Lbench: result.Build{Version: "1.0.0", Commit: "5f1c9ad"},
		Command: "mlperf", Workload: "resnet50_h100", ID: "20260313T140200Z-mlperf-resnet50_h100",
		Started: time.Date(2026, 3, 13, 14, 2, 0, 123456789, time.UTC), Status: result.Complete, Seed: 7310,
		Limit: &result.Limit{Name: "storage", Evidence: []string{
			"83 % of the lost time passed with a read in flight", "host CPU 31 % busy, 0.0 % memory pressure", "eth0 at 47 % of its 18.8 GB/s",
		}},
		Plan: &result.Plan{
			Profile: "shuffled", Accelerators: madeRanks, Files: 10629, SamplesPerFile: 1251, BatchSize: madeBatch, Steps: madeSteps,
			Epochs: 5, Streams: 8, TransferBytes: 262144, RecordBytes: madeRecord, NominalBytes: 114660.07, DatasetBytes: 1524834000011,
			ComputationNS: int64(madeCompute), ReadAheadBatches: 10, MinAU: 0.9, Verify: true, Leftover: 10479, SharedFiles: 47,
		},
		Settings: map[string]result.Setting{
			"accelerators":                  {Value: 48, From: "flag"},
			"workload":                      {Value: "resnet50_h100", From: "default"},
			"data-dir":                      {Value: "/mnt/zettafs/resnet50", From: "environment"},
			"engine":                        {Value: "posix", From: "default"},
			"reader.read_threads":           {Value: 8, From: "workload"},
			"reader.transfer_size":          {Value: 262144, From: "workload"},
			"reader.batch_size":             {Value: madeBatch, From: "workload"},
			"train.computation_time":        {Value: 0.224, From: "workload"},
			"dataset.num_files_train":       {Value: 10629, From: "dataset"},
			"max-inflight":                  {Value: 4096, From: "default"},
			"verify":                        {Value: true, From: "default"},
			"warmup-epochs":                 {Value: 0, From: "config"},
			"drop-caches":                   {Value: false, From: "default"},
			"dataset.record_length_bytes":   {Value: 114660.07, From: "workload"},
			"dataset.num_samples_per_file":  {Value: 1251, From: "workload"},
			"metric.au":                     {Value: 0.90, From: "workload"},
			"reader.computation_threads":    {Value: 9, From: "workload"},
			"reader.prefetch_size":          {Value: 2, From: "workload"},
			"reader.file_shuffle":           {Value: "seed", From: "workload"},
			"results-dir":                   {Value: "results", From: "default"},
			"seed":                          {Value: 7310, From: "flag"},
			"io-timeout":                    {Value: "5m0s", From: "default"},
			"dataset.record_length_bytes_x": {Value: nil, From: "default"},
		},
		Host: result.Host{
			Name: "client-07", OS: "Debian GNU/Linux 12", Kernel: "6.8.0-1021-gcp", Virtual: "kvm", CPUModel: "AMD EPYC 9B14",
			CPUs: 144, Sockets: 2, UsableCPUs: 143.5, MemoryBytes: 304942678016, MemoryMaxBytes: 296352743424,
			NICs: []result.NIC{{Name: "eth0", Driver: "gve", BytesPerS: 18.75e9, MTU: 8896}},
		},
		Mount: &result.Mount{Network: true,
			Path: "/mnt/zettafs", Type: "lustre", Source: "10.0.0.8@tcp:/zettafs", Servers: []string{"10.0.0.8@tcp", "10.0.0.9@tcp"},
			Options: "rw,flock,lazystatfs", Version: "2.17.0", Bytes: 9_895_604_649_984, Free: 7_696_581_394_432,
			Lustre: &result.LustreMount{
				FSName: "zettafs", StripeCount: 2, StripeSizeBytes: 1048576, Pool: "flash", Targets: 4, MaxRPCsInFlight: 64,
				MaxPagesPerRPC: 256, MaxReadAheadMB: 1024, Checksums: "crc32c",
			},
		},
		Warnings: []result.Warning{
			{Code: "dataset_small", Text: "The dataset is 4.98 times the client's memory, the rules ask for 5: 10,629 files count nominal record lengths."},
			{Code: "residency_unknown", Text: "the page cache could be asked about 251 of 256 sampled files only."},
		},
	}
}

// madeReadings are the counters of a NIC every 10 s over the run.
func (m made) madeReadings() []result.Reading {
	var readings []result.Reading
	total := 0.0
	for s := 0.0; s < m.run.Ended.Sub(m.run.Started).Seconds(); s += 10 {
		at := m.run.Started.Add(time.Duration(s * float64(time.Second)))
		readings = append(readings,
			result.Reading{T: at, Source: "nic", Name: "rx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: total},
			result.Reading{T: at, Source: "nic", Name: "tx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: total / 31})
		total += 8.715e10 + 1e9*math.Sin(s)
	}
	return readings
}

func (m made) String() string { return fmt.Sprintf("made run of %d steps", len(m.steps)) }

// Files are the files of a made run, where it was given some.
func (m made) Files() ([]result.FileSum, error) { return m.files, nil }

// withFiles gives a made run the files that a folder of its kind has. No two are alike.
func (m made) withFiles() made {
	names := []string{result.OpsFile, result.RunFile, result.ReadingsFile}
	if !isBlock(m.run) {
		names = []string{"dlio/0_output.json", "dlio/1_output.json", "dlio/dlio_config/config.yaml", "dlio/summary.json", result.RunFile, result.StepsFile, result.ReadingsFile}
	}
	for i, name := range names {
		m.files = append(m.files, result.FileSum{Name: name, Bytes: int64(911 * math.Pow(17, float64(i))), SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(name)))})
	}
	return m
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
