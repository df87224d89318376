package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestRunSets: what several runs give together.
func TestRunSets(t *testing.T) {
	for _, test := range []struct {
		name, warmup string
		runs         int
		metric       string
		mean, stdev  float64
	}{
		{"v1.0-unet3d-set", "", 5, "train_throughput_mean_samples_per_second", 293.09442827378604, 0.15694954195335722},
		{"v3.0-unet3d-set", "20260706_204900", 5, "train_au_mean_percentage", 92.13781309428418, 0.7130},
		{"v3.0-llama3-8b", "", 2, "load_checkpoint_duration_mean_seconds", 10.095221900000002, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := verifiedPath(t, filepath.Join("testdata/dlio", test.name), Options{})
			if len(v.Sets) != 1 {
				t.Fatalf("%d sets", len(v.Sets))
			}
			set := v.Sets[0]
			mean, stdev := set.Means[test.metric], set.Stdevs[test.metric]
			if set.Runs != test.runs || set.Warmup != test.warmup || !close4(mean, test.mean) || !close4(stdev, test.stdev) {
				t.Errorf("%d runs, warm-up %q, mean %v, deviation %v", set.Runs, set.Warmup, mean, stdev)
			}
			for _, r := range set.Rules {
				if !r.OK {
					t.Errorf("not met: %s: %s", r.Rule, r.Why)
				}
			}
		})
	}
}

// close4: to four digits.
func close4(a, b float64) bool { return a-b < 1e-4 && b-a < 1e-4 }

// TestSetRules: each rule is broken by a change of its own, and by no other.
func TestSetRules(t *testing.T) {
	const first, later = "v1.0-unet3d-set", "v3.0-unet3d-set"
	every := func(t *testing.T, dir, file, old, by string) {
		t.Helper()
		names, _ := filepath.Glob(filepath.Join(dir, "*", filepath.FromSlash(file)))
		for _, name := range names {
			change(t, filepath.Dir(name), filepath.Base(name), replace(old, by))
		}
	}
	remove := func(t *testing.T, dir, run string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(dir, run)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, folder, rule, why string
		breaks                  func(t *testing.T, dir string)
		others                  bool // it breaks other rules too
	}{
		{"four runs", first, "exactly 5 runs", "4 runs", func(t *testing.T, dir string) { remove(t, dir, "run-3") }, false},
		{"no warm-up", later, "after one warm-up", "5 runs", func(t *testing.T, dir string) { remove(t, dir, "20260706_204900") }, false},
		{"another setting", first, "all runs share", "reader.read_threads: 8 in run-1, 9 in run-2", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "run-2"), "configs/config.yaml", replace("read_threads: 8", "read_threads: 9"))
		}, false},
		{"other files", first, "all runs share", "num_files_train: 60000 in run-1, 60010 in run-4", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "run-4"), summaryFile, replace(`"num_files_train": 60000`, `"num_files_train": 60010`))
		}, true},
		{"a run that failed", first, "reaches the threshold", "run-5: 91.24 %", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "run-5"), summaryFile, replace(`"success"`, `"fail"`))
		}, false},
		{"few steps", later, "at least 500 steps", "20260706_212904: 47 steps", func(t *testing.T, dir string) {
			every(t, dir, summaryFile, `"num_files_train": 12683`, `"num_files_train": 1000`)
		}, true},
		{"enough files", first, "has the files that the rules ask for", "60,000 files, 52,500", nil, false},
		{"few files", first, "has the files that the rules ask for", "52,499 files, 52,500", func(t *testing.T, dir string) {
			every(t, dir, summaryFile, `"num_files_train": 60000`, `"num_files_train": 52499`)
		}, true},
		{"over each other", first, "follow each other", "run-4 began before run-3 had ended", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "run-3"), summaryFile, replace(`"end": "2024-09-02T14:29`, `"end": "2024-09-02T14:33`))
		}, false},
		{"a long gap", later, "follow each other", "20260706_215540 began 53m", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "20260706_215540"), summaryFile, replace(`"start": "2026-07-06T21:55`, `"start": "2026-07-06T22:35`))
			change(t, filepath.Join(dir, "20260706_215540"), summaryFile, replace(`"end": "2026-07-06T22:08`, `"end": "2026-07-06T22:48`))
		}, false},
		{"open", first, "CLOSED leaves free", "run-1: open by reader.data_loader", func(t *testing.T, dir string) {
			appendTo(t, filepath.Join(dir, "run-1/configs/overrides.yaml"), "- ++workload.reader.data_loader=dali\n")
		}, false},
		{"neither", first, "CLOSED leaves free", "run-2: neither closed nor open by train.seed", func(t *testing.T, dir string) {
			appendTo(t, filepath.Join(dir, "run-2/configs/overrides.yaml"), "- ++workload.train.seed=7\n")
		}, false},
		{"prefetch", first, "prefetch_size is 0, 1 or 2", "run-1: 4", func(t *testing.T, dir string) {
			every(t, dir, "configs/config.yaml", "read_threads: 8", "read_threads: 8\n    prefetch_size: 4")
		}, false},
		{"unevenly", first, "every host runs as many", "run-1: 15 accelerators, hosts: 4", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "run-1"), summaryFile, replace(`"num_hosts": 5`, `"num_hosts": 4`))
		}, true},
		{"loads late", "v3.0-llama3-8b", "at most 30 s after saving", "1m17s after", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "20260525_034823"), summaryFile, replace(`"start": "2026-05-25T03:48:32`, `"start": "2026-05-25T03:49:32`))
		}, false},
		{"nine loads", "v3.0-llama3-8b", "10 checkpoints are saved and 10 are loaded", "10 saved, 9 loaded", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "20260525_034823"), "0_per_epoch_stats.json", replace(`"load_ckpt10"`, `"x10"`))
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := dlioCopy(t, test.folder)
			if test.breaks != nil {
				test.breaks(t, dir)
			}
			v := verifiedPath(t, dir, Options{})
			if len(v.Sets) != 1 {
				t.Fatalf("%d sets", len(v.Sets))
			}
			var broken []result.SetRule
			found := false
			for _, r := range v.Sets[0].Rules {
				found = found || strings.Contains(r.Rule, test.rule) && strings.Contains(r.Why, test.why) && r.OK == (test.breaks == nil)
				if !r.OK {
					broken = append(broken, r)
				}
			}
			if !found {
				t.Errorf("%q with %q isn't among %+v", test.rule, test.why, v.Sets[0].Rules)
			}
			if len(broken) > 1 && !test.others {
				t.Errorf("broken are %+v", broken)
			}
		})
	}
}

func appendTo(t *testing.T, name, text string) {
	t.Helper()
	old, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, string(old)+text)
}

// TestReport: the figures of the report script are computed again from the summaries.
func TestReport(t *testing.T) {
	for figure, change1 := range map[string][2]string{
		"overall.train_throughput_stdev_samples_per_second": {"0.15694954195335722", "0.17547492"}, // n - 1
		"overall.num_benchmark_runs":                        {`"num_benchmark_runs": 5`, `"num_benchmark_runs": 6`},
		"runs.run-5.train_throughput_MB_per_second":         {"40999.89099696756", "40999.89099696757"},
		"runs.run-2":  {`"run-2"`, `"run-9"`},
		"accelerator": {`"h100"`, `"a100"`},
	} {
		dir := dlioCopy(t, "v1.0-unet3d-set")
		change(t, dir, reportFile, replace(change1[0], change1[1]))
		if v := verifiedPath(t, dir, Options{}); v.OK || !named(v, reportFile, figure) {
			t.Errorf("%s isn't named:\n%s", figure, findings(v))
		}
	}
	dir := dlioCopy(t, "v1.0-unet3d-set")
	write(t, filepath.Join(dir, reportFile), "")
	if v := verifiedPath(t, dir, Options{}); v.OK || !named(v, reportFile, "it is empty") {
		t.Error(findings(v))
	}
}
