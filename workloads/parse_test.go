package workloads

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// Not a workload at all.
		{"", "w.yaml:1: the file is empty, want sections [checkpoint, dataset,"},
		{"# only this\n", "w.yaml:1: the file is empty"},
		{"\n- a\n", "w.yaml:2: the document is a list, want sections"},
		{"hello", `w.yaml:1: the document is "hello", want sections`},
		{"null", "w.yaml:1: the document is empty, want sections"},
		{"reader:\n  batch_size: \"1\n", "w.yaml:2: not YAML: "},
		{"reader:\n\tbatch_size: 1\n", "w.yaml:2: not YAML: "},
		{"metric: {au: 1}\n---\nmetric: {au: 1}\n", "w.yaml:2: a second YAML document, want one"},
		{"metric: {au: 1}\n--- [\n", "w.yaml:2: not YAML"},
		{"\"\xff\": 1", "w.yaml:1: not YAML"},
		{"a: &a [x]\nb: &b [*a, *a]\n", "w.yaml:2: the YAML alias *a isn't allowed"},
		{"reader: &r {batch_size: 1}\ntrain:\n  <<: *r\n", "w.yaml:3: the YAML alias *r isn't allowed"},
		{"reader: {batch_size: 1}\n*r : 2\n", "w.yaml:"},
		{"? [a, b]\n: 1\n", "w.yaml:1: a key is a list, want a name"},

		// Keys.
		{"reader:\n  batch_size: 1\n  batch_size: 2\n", `w.yaml:3: the key "batch_size" is there twice, first in line 2`},
		{"reader: {}\ntrain: {}\nreader: {}\n", `w.yaml:3: the key "reader" is there twice, first in line 1`},
		{"reader: {batch_size: 1}\ndata_reader: {batch_size: 1}\n", "w.yaml:2: reader.batch_size is there twice, first at w.yaml:1"},
		{"dataset:\n  record_length: 5\n  record_length_bytes: 5\n", "w.yaml:3: dataset.record_length_bytes is there twice, first at w.yaml:2"},
		{"workload: {}\nworkload: {}\n", `w.yaml:2: the key "workload" is there twice`},
		{"workload: {}\nreader: {}\n", `w.yaml:2: the key "reader" stands beside "workload"`},
		{"reader:\n  read_thread: 1\n", `w.yaml:2: unknown key "read_thread" in reader, did you mean "read_threads"? allowed: [batch_size, batch_size_eval,`},
		{"train:\n  batch_size: 1\n", `w.yaml:2: unknown key "batch_size" in train, did you mean "reader.batch_size"? allowed: [computation_time,`},
		{"readers: {}\n", `w.yaml:1: unknown key "readers" at the top, did you mean "reader"? allowed: [checkpoint, dataset,`},
		{"metric:\n  xx: 1\n", `w.yaml:2: unknown key "xx" in metric; allowed: [au]`},
		{"metric:\n  elephant: 1\n", `w.yaml:2: unknown key "elephant" in metric; allowed: [au]`},
		{"output:\n  metric:\n    exclude: 1\n", `w.yaml:3: unknown key "exclude" in output.metric; allowed: [exclude_end_steps, exclude_start_steps]`},
		{"reader.batch_size: 4\n", `w.yaml:1: the key "reader.batch_size" has a dot: write "batch_size" under "reader"`},
		{"reader: 4\n", `w.yaml:1: reader is "4", want a section with [batch_size,`},
		{"reader: [4]\n", "w.yaml:1: reader is a list, want a section"},

		// Values.
		{"reader:\n\n  batch_size: 0\n", `w.yaml:3: reader.batch_size is "0", want a whole number from 1 to 1000000000`},
		{"reader: {batch_size: 1.5}\n", `reader.batch_size is "1.5", want a whole number`},
		{"reader: {batch_size: '8'}\n", `reader.batch_size is "8", want a whole number`},
		{"reader: {batch_size: [8]}\n", "reader.batch_size is a list, want a whole number"},
		{"reader: {batch_size: {}}\n", "reader.batch_size is a map, want a whole number"},
		{"reader: {batch_size: 99999999999999999999}\n", "want a whole number"},
		{"reader: {batch_size: !!int x}\n", "want a whole number"},
		{"reader: {read_threads: 0}\n", `reader.read_threads is "0", want a whole number from 1 to 4096`},
		{"reader: {computation_threads: 0}\n", `reader.computation_threads is "0", want a whole number from 1 to 4096`},
		{"reader: {prefetch_size: -1}\n", `reader.prefetch_size is "-1", want a whole number from 0 to`},
		{"reader: {transfer_size: 0}\n", `reader.transfer_size is "0", want a size from 1 to 1073741824 bytes`},
		{"reader: {transfer_size: 1.5}\n", `reader.transfer_size is "1.5", want a size from 1 to`},
		{"reader: {transfer_size: 2TiB}\n", `reader.transfer_size is "2TiB", want a size from 1 to`},
		{"reader: {data_loader: torch}\n", `reader.data_loader is "torch", want one of [tensorflow, pytorch,`},
		{"dataset: {num_files_train: 0}\n", `dataset.num_files_train is "0", want a whole number from 1`},
		{"dataset: {num_samples_per_file: 0}\n", `dataset.num_samples_per_file is "0", want a whole number from 1`},
		{"dataset: {num_subfolders_train: -1}\n", `dataset.num_subfolders_train is "-1", want a whole number from 0`},
		{"dataset: {record_length: 0}\n", `dataset.record_length_bytes is "0", want a number from 1`},
		{"dataset: {record_length_bytes: .inf}\n", `dataset.record_length_bytes is ".inf", want a number from 1`},
		{"dataset: {record_length_bytes_stdev: -1}\n", `dataset.record_length_bytes_stdev is "-1", want a number from 0`},
		{"dataset: {format: zip}\n", `dataset.format is "zip", want one of [tfrecord, npz,`},
		{"dataset: {file_prefix: a/b}\n", `dataset.file_prefix is "a/b", want the start of a file name`},
		{"dataset: {data_folder: ''}\n", `dataset.data_folder is "", want a path`},
		{"dataset: {data_folder: [x]}\n", "dataset.data_folder is a list, want a path"},
		{"dataset:\n  num_samples_per_file: 1000000000\n  num_files_train: 1000000000\n  record_length: 10\n",
			"w.yaml:3: dataset.num_files_train 1000000000 x num_samples_per_file 1000000000 x record_length_bytes 10 is 1e+19 bytes, want less than 8 EiB"},
		{"model: {name: [x]}\n", "model.name is a list, want text"},
		{"framework: caffe\n", `framework is "caffe", want one of [tensorflow, pytorch]`},
		{"train: {epochs: 0}\n", `train.epochs is "0", want a whole number from 1`},
		{"train: {total_training_steps: 0}\n", `train.total_training_steps is "0", want -1 (all steps) or a whole number from 1`},
		{"train: {seed: -1}\n", `train.seed is "-1", want a whole number from 0`},
		{"train: {computation_time: -0.1}\n", `train.computation_time is "-0.1", want seconds from 0 to 86400`},
		{"train: {computation_time: .nan}\n", `train.computation_time is ".nan", want seconds`},
		{"train: {computation_time: 224ms}\n", `train.computation_time is "224ms", want seconds`},
		{"train: {computation_time: [1]}\n", "train.computation_time is a list, want seconds"},
		{"train: {computation_time: {mean: x}}\n", `train.computation_time is "x", want seconds`},
		{"train: {computation_time: {mean: 1, stdev: 0.5}}\n", `train.computation_time has stdev: "0.5", want a constant`},
		{"train: {computation_time: {type: normal, mean: 1}}\n", `train.computation_time has type: "normal", want a constant`},
		{"metric: {au: 90}\n", `metric.au is "90", want a fraction from 0 to 1: write 0.90 for 90 %`},
		{"metric: {au: -0.1}\n", `metric.au is "-0.1", want a fraction from 0 to 1, such as 0.90`},
		{"metric: {au: 101}\n", `metric.au is "101", want a fraction from 0 to 1, such as 0.90`},

		// What DLIO can and lbench can't.
		{"\nframework: pytorch\n", "w.yaml:2: framework pytorch isn't supported: lbench emulates tensorflow reading tfrecord files with records of one length"},
		{"dataset: {format: npz}\n", "dataset.format npz isn't supported"},
		{"reader: {data_loader: dali}\n", "reader.data_loader dali isn't supported"},
		{"dataset: {record_length_stdev: 71311}\n", "dataset.record_length_bytes_stdev 71311 isn't supported"},
	} {
		_, err := ParseTraining("w.yaml", []byte(c.text), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "w.yaml:") {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestAccepts(t *testing.T) {
	for _, c := range []struct {
		text      string
		got, want func(Training) any
	}{
		{"{}", func(t Training) any { return t.Dataset.NumFilesTrain }, constant(8)},
		{"reader:\n", func(t Training) any { return t.Reader.BatchSize }, constant(1)},
		{"reader: {batch_size: }\n", func(t Training) any { return t.Reader.BatchSize }, constant(1)},
		{"reader: {transfer_size: null}\n", func(t Training) any { return t.Reader.TransferSize }, constant(int64(262144))},
		{"reader: {transfer_size: 1MiB}\n", func(t Training) any { return t.Reader.TransferSize }, constant(int64(1 << 20))},
		{"reader: {prefetch_size: 0}\n", func(t Training) any { return t.Reader.PrefetchSize }, constant(0)},
		{"data_reader: {read_threads: 3}\n", func(t Training) any { return t.Reader.ReadThreads }, constant(3)},
		{"model: cnn\n", func(t Training) any { return t.Model }, constant("cnn")},
		{"model:\n  name: cnn\n", func(t Training) any { return t.Model }, constant("cnn")},
		{"dataset: {data_folder: 2024}\n", func(t Training) any { return t.Dataset.DataFolder }, constant("2024")},
		{"train: {computation_time: 0}\n", func(t Training) any { return t.Train.ComputationTime }, constant(time.Duration(0))},
		{"train: {computation_time: {}}\n", func(t Training) any { return t.Train.ComputationTime }, constant(time.Duration(0))},
		{"train: {computation_time: {mean: 0.00551}}\n", func(t Training) any { return t.Train.ComputationTime }, constant(5510 * time.Microsecond)},
		{"train: {computation_time: 1.001}\n", func(t Training) any { return t.Train.ComputationTime }, constant(1001 * time.Millisecond)},
		{"train: {computation_time: {mean: 2, stdev: 0.0}}\n", func(t Training) any { return t.Train.ComputationTime }, constant(2 * time.Second)},
		{"train: {computation_time: 0.000001}\n", func(t Training) any { return strings.Contains(string(t.YAML()), "computation_time: 0.000001\n") }, constant(true)},
		{"metric: {au: 1}\n", func(t Training) any { return t.Metric.AU }, constant(1.0)},
		{"metric: {au: 0}\n", func(t Training) any { return t.Metric.AU }, constant(0.0)},
		{"hydra: {x: 1}\nworkload: {train: {epochs: 7}}\ndefaults: []\n", func(t Training) any { return t.Train.Epochs }, constant(7)},
		{"\xef\xbb\xbftrain: {epochs: 7}\n", func(t Training) any { return t.Train.Epochs }, constant(7)},
		{"train: {epochs: 7}\r\n", func(t Training) any { return t.Train.Epochs }, constant(7)},
	} {
		training, err := ParseTraining("w.yaml", []byte(c.text), nil)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if diff := cmp.Diff(c.want(training), c.got(training)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

func constant(v any) func(Training) any { return func(Training) any { return v } }

func TestWarnings(t *testing.T) {
	text := "workflow: {train: False, checkpoint: True}\n" +
		"reader:\n  file_shuffle: seed\n  sample_shuffle: off\n  file_access: MULTI\n" +
		"train: {seed_change_epoch: False}\n" +
		"output: {metric: {exclude_start_steps: 2}}\n" +
		"dataset: {record_dims: [4, 4]}\n"
	got, err := ParseTraining("w.yaml", []byte(text), []Override{{"storage.storage_type", "s3", "flag"}, {"reader.odirect", "true", "environment"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"w.yaml:8: dataset.record_dims is [...]: lbench ignores this key",
		"w.yaml:7: output.metric.exclude_start_steps is 2: lbench ignores this key",
		"w.yaml:3: reader.file_shuffle is seed: lbench ignores this key",
		"reader.odirect=true (environment): reader.odirect is true: lbench ignores this key",
		"--param storage.storage_type=s3: storage.storage_type is s3: lbench ignores this key",
		"w.yaml:6: train.seed_change_epoch is false: lbench ignores this key",
		"w.yaml:1: workflow.checkpoint is true: lbench ignores this key",
		"w.yaml:1: workflow.train is false: lbench ignores this key",
	}
	if diff := cmp.Diff(want, got.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestOverrides(t *testing.T) {
	got := load(t, "resnet50_h100",
		Override{"reader.read_threads", "2", "environment"},
		Override{"++workload.reader.read_threads", "4", "flag"},
		Override{"workload.dataset.record_length", "1000", "config"},
		Override{"data_reader.transfer_size", "4MiB", "flag"},
		Override{"train.computation_time", "{mean: 0.5}", "flag"},
		Override{"train.epochs", "zero", "flag"}, // loses, so it need not be right
		Override{"train.epochs", "3", "flag"},
		Override{"train.seed", "", "flag"}, // null: DLIO's default
		Override{"dataset.num_files_train", "99", "dataset"},
		Override{"model", "mine", "flag"},
	)
	want := map[string]Setting{
		"reader.read_threads":         {4, "flag"},
		"dataset.record_length_bytes": {1000.0, "config"},
		"reader.transfer_size":        {int64(4 << 20), "flag"},
		"train.computation_time":      {0.5, "flag"},
		"train.epochs":                {3, "flag"},
		"train.seed":                  {int64(123), "default"},
		"dataset.num_files_train":     {99, "dataset"},
		"model.name":                  {"mine", "flag"},
		"reader.batch_size":           {400, "workload"},
		"reader.prefetch_size":        {2, "default"},
	}
	for name, setting := range want {
		if diff := cmp.Diff(setting, got.Settings[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got.Reader.ReadThreads != 4 || got.Train.ComputationTime != 500*time.Millisecond || got.Dataset.NumFilesTrain != 99 {
		t.Errorf("the values don't follow the settings: %+v", got)
	}
}

func TestOverridesRefused(t *testing.T) {
	for _, c := range []struct {
		override Override
		want     string
	}{
		{Override{"reader.batch_size", "0", "flag"}, `--param reader.batch_size=0: reader.batch_size is "0", want a whole number from 1`},
		{Override{"train.epochs", "x", "environment"}, `train.epochs=x (environment): train.epochs is "x", want a whole number`},
		{Override{"reader.read_thread", "1", "flag"}, `--param reader.read_thread=1: unknown key "read_thread" in reader, did you mean "read_threads"?`},
		{Override{"reader.batch_size.x", "1", "flag"}, `unknown key "reader.batch_size.x": reader.batch_size has nothing under it`},
		{Override{"a.b.c", "1", "flag"}, `unknown key "a" at the top; allowed: [checkpoint,`},
		{Override{"", "1", "flag"}, `unknown key "" at the top`},
		{Override{"reader.batch_size", "[", "flag"}, "--param reader.batch_size=[: the value isn't YAML"},
		{Override{"reader.batch_size", "*a", "flag"}, "--param reader.batch_size=*a: "},
		{Override{"reader", "4", "flag"}, `--param reader=4: reader is "4", want a section`},
		{Override{"reader", "{batch_size: 0}", "flag"}, `--param reader={batch_size: 0}: reader.batch_size is "0"`},
		{Override{"dataset.format", "npz", "flag"}, "--param dataset.format=npz: dataset.format npz isn't supported"},
		{Override{"dataset.num_files_train", "1000000000", "flag"}, ""},
	} {
		_, err := LoadTraining("resnet50_h100", []Override{c.override})
		if c.want == "" {
			if err != nil {
				t.Errorf("%v: %v", c.override, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v:\n got %v\nwant %s", c.override, err, c.want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"epoch", "epochs", 1}, {"abc", "abc", 0}, {"ab", "ba", 2}} {
		if got := EditDistance(c.a, c.b); got != c.want {
			t.Errorf("EditDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// A key in both tables, or a key that is also a section, would be half ignored.
func TestKeysStandOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range names() {
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		if isSection(name) {
			t.Errorf("%s is a key and a section", name)
		}
	}
}

// Whatever the text and the override: no panic; an error names its place; a training
// that loads prints as one that loads the same.
func FuzzParseTraining(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "reader.read_threads", "4")
	}
	f.Add("train: {computation_time: {mean: 1e-9}}", "++workload.model", "{name: x}")
	f.Add("a: &a [*a]\n<<: *a\n? {}\n: {}", "workload.", "&a [*a]")
	f.Add("dataset: {data_folder: \"\\x85 # \\n\", file_prefix: ~, record_length: 0x10}", "dataset.data_folder", "'on'")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		got, err := ParseTraining("w.yaml", []byte(text), []Override{{key, value, "flag"}})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "w.yaml:") && !strings.HasPrefix(err.Error(), fmt.Sprintf("--param %s=%s: ", key, value)) {
				t.Errorf("error without a place: %v", err)
			}
			return
		}
		again, err := ParseTraining("w.yaml", got.YAML(), nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, got.YAML())
		}
		again.Settings, again.Warnings, again.Description = got.Settings, got.Warnings, got.Description
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("reads back otherwise (-want +got):\n%s", diff)
		}
	})
}
