package workloads

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to make it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func load(t *testing.T, name string, overrides ...Override) Training {
	t.Helper()
	training, err := LoadTraining(name, overrides)
	if err != nil {
		t.Fatal(err)
	}
	return training
}

func TestList(t *testing.T) {
	var got []string
	for _, w := range List() {
		got = append(got, w.Command+" "+w.Name)
		if w.Description == "" {
			t.Errorf("%s has no description in its first line", w.Name)
		}
	}
	if diff := cmp.Diff([]string{"cold-read cold-read", "compare-mounts compare-mounts", "mlperf resnet50_a100", "mlperf resnet50_demo",
		"mlperf resnet50_h100", "small-write small-write", "sustained sustained", "write write"}, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// listed names the workloads that come with lbench and are trainings, or are not.
func listed(trainings bool) (list []Summary) {
	for _, w := range List() {
		if (w.Command == trainingCommand) == trainings {
			list = append(list, w)
		}
	}
	return list
}

// Each training prints as its golden, needs no warning, and what it prints loads as
// the same training again.
func TestEmbedded(t *testing.T) {
	for _, w := range listed(true) {
		training := load(t, w.Name)
		if training.Name != w.Name || training.Description != w.Description {
			t.Errorf("%s: name %q, description %q", w.Name, training.Name, training.Description)
		}
		if len(training.Warnings) > 0 {
			t.Errorf("%s warns: %q", w.Name, training.Warnings)
		}
		golden(t, w.Name+".golden", training.YAML())
		again, err := ParseTraining(w.Name+".yaml", training.YAML(), nil)
		if err != nil {
			t.Fatal(err)
		}
		again.Settings, training.Settings = nil, nil
		if diff := cmp.Diff(training, again); diff != "" {
			t.Errorf("%s reads back otherwise (-want +got):\n%s", w.Name, diff)
		}
	}
}

func TestOfficialNumbers(t *testing.T) {
	want := Training{
		Name: "resnet50_h100", Model: "resnet50", Framework: "tensorflow",
		Dataset: Dataset{
			DataFolder: "data/resnet50", Format: "tfrecord", FilePrefix: "img",
			NumFilesTrain: 1024, NumSamplesPerFile: 1251, RecordLengthBytes: 114660.07, RecordLengthBytesResize: 150528,
		},
		Reader: Reader{
			DataLoader: "tensorflow", BatchSize: 400, ReadThreads: 8, ComputationThreads: 8, PrefetchSize: 2, TransferSize: 262144,
		},
		Train:  Train{Epochs: 5, TotalTrainingSteps: -1, ComputationTime: 224 * time.Millisecond, Seed: 123},
		Metric: Metric{AU: 0.9},
	}
	bare := func(t Training) Training {
		t.Settings, t.Description = nil, ""
		return t
	}
	if diff := cmp.Diff(want, bare(load(t, "resnet50_h100"))); diff != "" {
		t.Errorf("resnet50_h100 (-want +got):\n%s", diff)
	}
	want.Name = "official_v1.0"
	if diff := cmp.Diff(want, bare(load(t, "testdata/official_v1.0.yaml"))); diff != "" {
		t.Errorf("the file of v1.0 (-want +got):\n%s", diff)
	}
	want.Name, want.Train.ComputationTime = "resnet50_a100", 435*time.Millisecond
	if diff := cmp.Diff(want, bare(load(t, "resnet50_a100"))); diff != "" {
		t.Errorf("resnet50_a100 (-want +got):\n%s", diff)
	}
	want.Name = "published_v1.0_config"
	want.Dataset.NumFilesTrain, want.Dataset.DataFolder = 117375, "/mnt/data/resnet50"
	want.Reader.ReadThreads, want.Reader.ComputationThreads, want.Reader.PrefetchSize = 2, 2, 0
	want.Train.ComputationTime = 224 * time.Millisecond
	if diff := cmp.Diff(want, bare(load(t, "testdata/published_v1.0_config.yaml"))); diff != "" {
		t.Errorf("a published config.yaml (-want +got):\n%s", diff)
	}
}

// Each value of this file is another one, so a swapped field shows.
func TestEverySection(t *testing.T) {
	got := load(t, "testdata/every_section.yaml")
	golden(t, "every_section.golden", got.YAML())
	if len(got.Warnings) > 0 {
		t.Errorf("warnings %q, want none", got.Warnings)
	}
	for name, s := range got.Settings {
		if s.From != "workload" {
			t.Errorf("%s is from %q, want workload", name, s.From)
		}
	}
	if len(got.Settings) != len(keys()) {
		t.Errorf("%d settings, want %d", len(got.Settings), len(keys()))
	}
}

// The demonstration asks each of 2 accelerators for about 60 MB/s, in epochs long
// enough to have a steady part.
func TestDemoDemand(t *testing.T) {
	demo := load(t, "resnet50_demo")
	batch := float64(demo.Reader.BatchSize)
	demand := batch * demo.Dataset.RecordLengthBytes / demo.Train.ComputationTime.Seconds()
	if demand < 58e6 || demand > 62e6 {
		t.Errorf("one accelerator asks for %.1f MB/s, want about 60", demand/1e6)
	}
	if steps := demo.Dataset.NumFilesTrain * demo.Dataset.NumSamplesPerFile / demo.Reader.BatchSize / 2; steps < 30 {
		t.Errorf("%d steps an epoch, want 30", steps)
	}
	if files := demo.Dataset.NumFilesTrain / 2; files < 3*demo.Reader.ReadThreads {
		t.Errorf("%d files for each accelerator, fewer than its %d streams", files, 3*demo.Reader.ReadThreads)
	}
}

func TestHydraYAML(t *testing.T) {
	text := load(t, "resnet50_demo").HydraYAML()
	if !bytes.Contains(text, []byte("\nworkload:\n  model:\n    name: resnet50\n")) {
		t.Errorf("not under workload:\n%s", text)
	}
	again, err := ParseTraining("resnet50_demo.yaml", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(load(t, "resnet50_demo").YAML(), again.YAML()); diff == "" {
		t.Error("defaults still have their comment after a round trip, which made them the workload's own")
	}
	again.Settings = load(t, "resnet50_demo").Settings
	if diff := cmp.Diff(load(t, "resnet50_demo"), again); diff != "" {
		t.Errorf("reads back otherwise (-want +got):\n%s", diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	folder := t.TempDir()
	large := filepath.Join(folder, "large.yaml")
	if err := os.WriteFile(large, make([]byte, maxFileBytes+1), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"resnet":                           `"resnet" isn't one of [resnet50_a100, resnet50_demo, resnet50_h100]`,
		"cold-read":                        `"cold-read" is a workload of cold-read, not a training: run ` + "`lbench cold-read --workload cold-read`",
		"testdata/every_key.yaml":          "testdata/every_key.yaml:2: this is a workload of cold-read, not a training: run `lbench cold-read --workload testdata/every_key.yaml`",
		"":                                 `"" isn't one of`,
		"no/such":                          "no such file",
		filepath.Join(folder, "none.yaml"): "no such file",
		"resnet50_h100.yml":                "no such file",
		folder:                             "is a directory",
		large:                              "more than 1048576 bytes",
	} {
		if _, err := LoadTraining(name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("LoadTraining(%q): %v, want %q", name, err, want)
		}
	}
}
