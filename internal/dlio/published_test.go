package dlio

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/lbench/lbench/internal/result"
)

// published is a run as its submitter published it.
type published struct {
	Config struct {
		BatchSize       int     `json:"batch_size"`
		ComputationTime float64 `json:"computation_time"`
		RecordLength    float64 `json:"record_length"`
		AU              float64 `json:"au"`
	} `json:"config"`
	Summary struct {
		Accelerators int         `json:"num_accelerators"`
		Files        int         `json:"num_files_train"`
		Samples      int         `json:"num_samples_per_file"`
		Epochs       int         `json:"epochs"`
		Metric       result.DLIO `json:"metric"`
	} `json:"summary"`
	Ranks []map[string]publishedBlock `json:"ranks"`
}

type publishedBlock struct {
	Steps      int     `json:"steps"`
	ProcFirst  float64 `json:"proc_first"`
	AU         float64 `json:"au"`
	Throughput float64 `json:"throughput"`
}

// check recomputes the run: its summary from the values per epoch, and those from the
// values per rank, where there are any. A rank publishes no T; its throughput gives it.
func (p published) check(t *testing.T) {
	t.Helper()
	m := p.Summary.Metric
	if len(m.AUPercentage) != p.Summary.Epochs || p.Summary.Epochs == 0 {
		t.Fatalf("%d epochs, AU of %d", p.Summary.Epochs, len(m.AUPercentage))
	}
	if len(p.Ranks) > 0 {
		au, throughput := p.perEpoch(t)
		for e := range au {
			same(t, fmt.Sprintf("AU of epoch %d", e+1), au[e], m.AUPercentage[e])
			same(t, fmt.Sprintf("throughput of epoch %d", e+1), throughput[e], m.Throughput[e])
		}
	}
	got := Figures(m.AUPercentage, m.Throughput, p.Config.RecordLength, p.Config.AU)
	same(t, "mean AU", got.AUMean, m.AUMean)
	same(t, "deviation of AU", got.AUStdev, m.AUStdev)
	same(t, "mean throughput", got.ThroughputMean, m.ThroughputMean)
	same(t, "deviation of throughput", got.ThroughputStdev, m.ThroughputStdev)
	same(t, "MiB/s", got.IOMeanMBPerSecond, m.IOMeanMBPerSecond)
	same(t, "deviation of MiB/s", got.IOStdevMBPerSecond, m.IOStdevMBPerSecond)
	if got.AUMeetExpectation != m.AUMeetExpectation {
		t.Errorf("%s, published is %s", got.AUMeetExpectation, m.AUMeetExpectation)
	}
}

func (p published) perEpoch(t *testing.T) (au, throughput []float64) {
	t.Helper()
	round := AllRounds()[0]
	if len(p.Ranks) != p.Summary.Accelerators || round.Name != "v1.0" {
		t.Fatalf("%d ranks of %d, round %s", len(p.Ranks), p.Summary.Accelerators, round.Name)
	}
	plan := Plan{Profile: "v1.0", Accelerators: p.Summary.Accelerators, SamplesPerFile: p.Summary.Samples}
	for e := 1; e <= p.Summary.Epochs; e++ {
		var auSum, sum float64
		for r, rank := range p.Ranks {
			b := rank[strconv.Itoa(e)]
			if want := p.Summary.Files * plan.SamplesPerFile / p.Summary.Accelerators / p.Config.BatchSize; b.Steps != want {
				t.Errorf("rank %d, epoch %d: %d steps, want %d", r, e, b.Steps, want)
			}
			figures := RankEpoch{Steps: b.Steps, Batch: p.Config.BatchSize, First: b.ProcFirst, Computation: p.Config.ComputationTime,
				Total: float64(b.Steps) * float64(p.Config.BatchSize) / b.Throughput}
			same(t, fmt.Sprintf("AU of rank %d, epoch %d", r, e), 100*round.AU(figures), b.AU)
			auSum += round.AU(figures)
			sum += round.Throughput(figures)
		}
		au = append(au, 100*auSum/float64(len(p.Ranks)))
		throughput = append(throughput, sum)
	}
	return au, throughput
}

func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Abs(want) || math.IsNaN(got) {
		t.Errorf("%s: %.12g, published is %.12g", what, got, want)
	}
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestPublishedRuns recomputes published runs to nine digits. LBENCH_MLPERF_V1 may name a
// folder of whole results of the v1.0 round, of which each run is then recomputed too.
func TestPublishedRuns(t *testing.T) {
	files, _ := filepath.Glob("testdata/mlperf-v1.0/*.json")
	ranks := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var p published
			readJSON(t, file, &p)
			p.check(t)
			ranks += len(p.Ranks)
		})
	}
	if len(files) != 4 || ranks != 15 {
		t.Errorf("%d runs with %d ranks were recomputed", len(files), ranks)
	}
	root := os.Getenv("LBENCH_MLPERF_V1")
	if root == "" {
		return
	}
	runs := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "summary.json" {
			runs++
			t.Run(path, func(t *testing.T) { readPublished(t, filepath.Dir(path)).check(t) })
		}
		return err
	})
	if err != nil || runs == 0 {
		t.Errorf("%d runs in %s: %v", runs, root, err)
	}
}

// readPublished reads a run's folder as DLIO left it.
func readPublished(t *testing.T, dir string) published {
	t.Helper()
	var p published
	readJSON(t, filepath.Join(dir, "summary.json"), &p.Summary)
	text, err := os.ReadFile(filepath.Join(dir, "configs", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Workload struct {
			Dataset struct {
				RecordLength float64 `yaml:"record_length"`
			}
			Reader struct {
				BatchSize int `yaml:"batch_size"`
			}
			Train struct {
				ComputationTime float64 `yaml:"computation_time"`
			}
			Metric struct{ AU float64 }
		}
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	w := config.Workload
	p.Config.BatchSize, p.Config.ComputationTime, p.Config.RecordLength, p.Config.AU = w.Reader.BatchSize, w.Train.ComputationTime, w.Dataset.RecordLength, w.Metric.AU
	for r := 0; ; r++ {
		path := filepath.Join(dir, fmt.Sprintf("%d_output.json", r))
		if _, err := os.Stat(path); err != nil {
			return p
		}
		p.Ranks = append(p.Ranks, readRank(t, path, p.Summary.Epochs))
	}
}

func readRank(t *testing.T, path string, epochs int) map[string]publishedBlock {
	t.Helper()
	var raw map[string]json.RawMessage
	readJSON(t, path, &raw)
	blocks := map[string]publishedBlock{}
	for e := 1; e <= epochs; e++ {
		var epoch struct {
			Proc       map[string][]float64
			AU         map[string]float64
			Throughput map[string]float64
		}
		key := strconv.Itoa(e)
		if err := json.Unmarshal(raw[key], &epoch); err != nil {
			t.Fatalf("%s, epoch %s: %v", path, key, err)
		}
		proc := epoch.Proc["block1"]
		if len(proc) == 0 {
			t.Fatalf("%s, epoch %s: no steps", path, key)
		}
		blocks[key] = publishedBlock{Steps: len(proc), ProcFirst: proc[0], AU: epoch.AU["block1"], Throughput: epoch.Throughput["block1"]}
	}
	return blocks
}
