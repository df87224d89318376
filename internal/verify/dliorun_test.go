package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// dlioCopy is a copy of a fixture of DLIO's that may be changed. Those of v1.0 and v3.0 are
// restated from published results, those of lbench are its own dlio/ folders.
func dlioCopy(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata/dlio", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func verifiedPath(t testing.TB, dir string, o Options) result.Verification {
	t.Helper()
	v, err := Path(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSubmissions: published results and lbench's own files follow from their data, by the
// formulas of the round that they are of.
func TestSubmissions(t *testing.T) {
	for _, test := range []struct {
		name, round string
		checked     int
		note        string
	}{
		{"v1.0-unet3d-set/run-1", "v1.0", 45, "no rank's output is here"},
		{"v1.0-unet3d-set", "v1.0", 250, ""},
		{"v1.0-resnet50-1056acc", "v1.0", 100, ""},
		{"v1.0-cosmoflow-15acc", "v1.0", 40, ""},
		{"v3.0-unet3d-set/20260706_204900", "v3.0", 40, "those of unet3d_b200"},
		{"v3.0-unet3d-set/20260706_204900", "v3.0", 40, "rank 0's times give 84.1 % to 85.3 % of the samples/s"},
		{"v3.0-unet3d-set", "v3.0", 250, ""},
		{"v3.0-retinanet-72acc", "v3.0", 50, "those of retinanet_b200"},
		{"v3.0-llama3-8b", "", 300, "loads by the slowest of the 8 ranks here (of 8): 11.15 s and 9.414 GiB/s"},
		{"lbench-v1.0", "v1.0", 100, ""},
		{"lbench-v2.0", "v2.0", 100, ""},
		{"lbench-v3.0", "v3.0", 100, ""},
		{"lbench-shuffled", "v1.0", 100, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := verifiedPath(t, filepath.Join("testdata/dlio", test.name), Options{})
			if !v.OK || v.Round != test.round || v.Checked < test.checked {
				t.Errorf("OK %v, round %q, %d checked, want at least %d of %q; findings:\n%s", v.OK, v.Round, v.Checked, test.checked, test.round, findings(v))
			}
			if notes := strings.Join(v.Notes, "\n"); !strings.Contains(notes, test.note) {
				t.Errorf("the notes lack %q:\n%s", test.note, notes)
			}
		})
	}
}

// TestSubmissionsByAnotherRound: no round's figures are those of another.
func TestSubmissionsByAnotherRound(t *testing.T) {
	for _, own := range Profiles() {
		for _, other := range Profiles() {
			v := verifiedPath(t, "testdata/dlio/lbench-"+own, Options{Profile: other})
			if v.OK != (own == other) || v.Round != other {
				t.Errorf("%s as %s: OK %v, round %s", own, other, v.OK, v.Round)
			}
		}
	}
	if _, err := Path("testdata/dlio/lbench-v1.0", Options{Profile: "v9"}); err == nil || !strings.Contains(err.Error(), `profile "v9" isn't one of [v1.0 v2.0 v3.0]`) {
		t.Errorf("error is %v", err)
	}
}

// TestSubmissionFindings: what can't be so is named.
func TestSubmissionFindings(t *testing.T) {
	const one, later, own, saves = "v1.0-unet3d-set/run-1", "v3.0-unet3d-set/20260706_204900", "lbench-v2.0", "v3.0-llama3-8b/20260525_034606"
	for _, test := range []struct {
		name, folder, file, old, by string
		wantFile, wantFigure        string
	}{
		{"mean", one, summaryFile, `"train_au_mean_percentage": 91.2`, `"train_au_mean_percentage": 91.3`, summaryFile, "metric.train_au_mean_percentage"},
		{"sample deviation", one, summaryFile, `"train_au_stdev_percentage": 0.749`, `"train_au_stdev_percentage": 0.838`, summaryFile, "metric.train_au_stdev_percentage"},
		{"decimal megabytes", one, summaryFile, `"train_io_mean_MB_per_second": 40993.5`, `"train_io_mean_MB_per_second": 42984.9`, summaryFile, "metric.train_io_mean_MB_per_second"},
		{"passed", one, summaryFile, `"success"`, `"fail"`, summaryFile, "metric.train_au_meet_expectation"},
		{"an epoch more", one, summaryFile, `"epochs": 5`, `"epochs": 6`, summaryFile, "epochs"},
		{"files", one, "configs/config.yaml", "num_files_train: 60000", "num_files_train: 60001", summaryFile, "num_files_train"},
		{"an override", one, "configs/overrides.yaml", "=60000", "=60001", "configs/config.yaml", "dataset.num_files_train"},
		{"the workload", one, "configs/config.yaml", "computation_time: 0.323", "computation_time: 0.322", "configs/config.yaml", "train.computation_time"},
		{"the threshold", one, "configs/config.yaml", "au: 0.9", "au: 0.8", "configs/config.yaml", "metric.au"},
		{"caching", one, summaryFile, "\"potential_caching\": [\n  0", "\"potential_caching\": [\n  1", summaryFile, "potential_caching[0]"},
		{"hosts", one, summaryFile, `"num_hosts": 5`, `"num_hosts": 4`, summaryFile, "host_memory_GB"},
		{"duration", one, "per_epoch_stats.json", `"duration": "202.27"`, `"duration": "201.27"`, "per_epoch_stats.json", "1.block1.duration"},
		{"epoch", one, "per_epoch_stats.json", `"duration": "202.60"`, `"duration": "202.70"`, "per_epoch_stats.json", "1.duration"},
		{"before the run", one, summaryFile, `"start": "2024-09-02T13:34`, `"start": "2024-09-02T13:35`, "per_epoch_stats.json", "1.start"},
		{"after the run", one, summaryFile, `"end": "2024-09-02T13:51`, `"end": "2024-09-02T13:50`, "per_epoch_stats.json", "end"},
		{"backwards", one, summaryFile, `"end": "2024-09-02T13:51`, `"end": "2024-09-01T13:51`, summaryFile, "end"},
		{"accelerators that none was", later, summaryFile, `"num_accelerators": 3`, `"num_accelerators": 30`, summaryFile, "num_accelerators"},
		{"an AU that doesn't go with its rate", later, summaryFile, "94.38410248153792", "93.38410248153792", summaryFile, "metric.train_throughput_samples_per_second[0]"},
		{"no waits", own, "1_output.json", `"load": {`, `"lead": {`, "1_output.json", "1.load.block1"},
		{"a rank too many", own, summaryFile, `"num_accelerators": 2`, `"num_accelerators": 1`, summaryFile, "num_accelerators"},
		{"a save", saves, "0_per_epoch_stats.json", `"duration": 6.905976`, `"duration": 6.905986`, "0_per_epoch_stats.json", "save_ckpt1.duration"},
		{"a save's rate", saves, "3_per_epoch_stats.json", `"throughput": 1`, `"throughput": 2`, "3_per_epoch_stats.json", "throughput"},
		{"the mean of saves", saves, summaryFile, `"save_checkpoint_duration_mean_seconds": 7.2`, `"save_checkpoint_duration_mean_seconds": 7.3`, summaryFile, "metric.save_checkpoint_duration_mean_seconds"},
		{"epochs of saves", saves, summaryFile, `"epochs": 0`, `"epochs": 1`, summaryFile, "epochs"},
		{"no accelerator", one, summaryFile, `"num_accelerators": 15`, `"num_accelerators": 0`, summaryFile, "num_accelerators"},
		{"hosts without end", one, summaryFile, `"num_hosts": 5`, `"num_hosts": 1e40`, summaryFile, "num_hosts"},
		{"a count that is a text", one, summaryFile, `"num_files_train": 60000`, `"num_files_train": "60000"`, summaryFile, "num_files_train"},
		{"NaN", one, summaryFile, `"train_au_mean_percentage": 91.22602702535721`, `"train_au_mean_percentage": NaN`, summaryFile, "metric.train_au_mean_percentage"},
		{"infinite", one, summaryFile, "296.34937433009145", "-Infinity", summaryFile, "metric.train_throughput_samples_per_second[0]"},
		{"no list", one, summaryFile, `"train_au_percentage": [`, `"train_au_percentage": 3, "x": [`, summaryFile, "metric.train_au_percentage"},
		{"no metric", one, summaryFile, `"metric"`, `"metrics"`, summaryFile, "metric"},
		{"no epochs", one, "per_epoch_stats.json", `{`, `[] {`, "per_epoch_stats.json", "behind the document"},
		{"cut", one, summaryFile, `"end"`, "\x00", summaryFile, "isn't JSON"},
		{"no YAML", one, "configs/config.yaml", "workload:", "workload: [", "configs/config.yaml", "isn't YAML"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := dlioCopy(t, test.folder)
			change(t, dir, test.file, replace(test.old, test.by))
			if v := verifiedPath(t, dir, Options{}); v.OK || !named(v, test.wantFile, test.wantFigure) {
				t.Errorf("%s %s isn't named; OK is %v, findings:\n%s", test.wantFile, test.wantFigure, v.OK, findings(v))
			}
		})
	}
}

// TestSubmissionsCut: whatever is left of a summary, it is a finding and no error.
func TestSubmissionsCut(t *testing.T) {
	whole, err := os.ReadFile("testdata/dlio/v1.0-unet3d-set/run-1/summary.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := dlioCopy(t, "v1.0-unet3d-set/run-1")
	for length := 0; length < len(whole)-2; length += 97 {
		write(t, filepath.Join(dir, summaryFile), string(whole[:length]))
		if v := verifiedPath(t, dir, Options{}); v.OK || !named(v, summaryFile, "") {
			t.Errorf("%d bytes: OK %v, findings %s", length, v.OK, findings(v))
		}
	}
}

// TestNotMeasured: what was never measured is no finding, though DLIO writes NaN for it.
func TestNotMeasured(t *testing.T) {
	dir := dlioCopy(t, "lbench-v2.0")
	change(t, dir, summaryFile, replace(`"metric": {`, `"metric": {"save_checkpoint_io_mean_GB_per_second": NaN, `))
	v := verifiedPath(t, dir, Options{})
	if notes := strings.Join(v.Notes, "\n"); !v.OK || !strings.Contains(notes, "metric.save_checkpoint_io_mean_GB_per_second is NaN") {
		t.Errorf("OK %v, notes %s, findings:\n%s", v.OK, notes, findings(v))
	}
}

// TestAppleDouble: a file's attributes of macOS are passed over, with a note.
func TestAppleDouble(t *testing.T) {
	const attributes = "\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"
	parent := t.TempDir()
	run := filepath.Join(parent, "run")
	if err := os.CopyFS(run, os.DirFS("testdata/dlio/v1.0-unet3d-set/run-1")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(run, "._summary.json"), attributes)
	write(t, filepath.Join(run, "._0_output.json"), attributes)
	write(t, filepath.Join(parent, "odd", "._summary.json"), attributes)
	v := verifiedPath(t, parent, Options{})
	notes := strings.Join(v.Notes, "\n")
	for _, want := range []string{"odd: passed over", "run: ._summary.json: passed over", "run: ._0_output.json: passed over"} {
		if !v.OK || !strings.Contains(notes, want) {
			t.Errorf("OK %v, the notes lack %q:\n%s", v.OK, want, notes)
		}
	}
	odd := verifiedPath(t, filepath.Join(parent, "odd"), Options{})
	if !odd.OK || odd.Checked != 0 || len(odd.Notes) != 1 {
		t.Errorf("%+v", odd)
	}
}

// TestMixedFolder: lbench's folder and DLIO's below one folder are verified each by its kind,
// and what a run folder holds in its dlio/ is no run of its own.
func TestMixedFolder(t *testing.T) {
	parent := t.TempDir()
	for to, from := range map[string]string{"own": "testdata/runs/demo-run", "deep/er/run-1": "testdata/dlio/v1.0-unet3d-set/run-1", "deep/er/run-2": "testdata/dlio/v1.0-unet3d-set/run-2"} {
		if err := os.CopyFS(filepath.Join(parent, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	v := verifiedPath(t, parent, Options{})
	if got := strings.Join(v.Runs, " "); !v.OK || got != "deep/er/run-1 deep/er/run-2 own" || len(v.Sets) != 1 || v.Sets[0].Folder != "deep/er" || v.Sets[0].Runs != 2 {
		t.Errorf("OK %v, runs %q, sets %+v:\n%s", v.OK, got, v.Sets, findings(v))
	}
}
