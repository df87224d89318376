package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// fiveOf makes five copies of a training of lbench, with the AU of the conference slide in
// their summaries and a seed of its own in each. It returns their folder.
func fiveOf(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	for i, au := range []string{"93.3", "90.4", "91.4", "91.4", "87.9"} {
		run := filepath.Join(dir, fmt.Sprintf("2026031%dT140200Z-mlperf-x", i))
		if err := os.CopyFS(run, os.DirFS(filepath.Join("testdata/runs", name))); err != nil {
			t.Fatal(err)
		}
		change(t, run, "dlio/summary.json", func(text string) string {
			text = regexp.MustCompile(`"train_au_mean_percentage": [0-9.]+`).ReplaceAllString(text, `"train_au_mean_percentage": `+au)
			return regexp.MustCompile(`"(start|end)": "20..-..-..`).ReplaceAllString(text, fmt.Sprintf(`"$1": "2026-03-1%d`, i))
		})
		seed(t, run, fmt.Sprint(1000+i))
	}
	return dir
}

func seed(t *testing.T, run, to string) {
	t.Helper()
	configs, _ := filepath.Glob(filepath.Join(run, "dlio/*/config.yaml"))
	change(t, filepath.Dir(configs[0]), "config.yaml", func(text string) string {
		return regexp.MustCompile(`seed: \d+`).ReplaceAllString(text, "seed: "+to)
	})
}

// TestOwnSets: run folders of lbench that lie beside each other are taken together, and so are
// their dlio folders, whatever they are called. Seeds may differ in every round.
func TestOwnSets(t *testing.T) {
	const train, later = "20261125T060238Z-mlperf-v1.0", "20261125T060238Z-mlperf-v3.0"
	dlioAlone := func(t *testing.T, name string) string {
		from, to := fiveOf(t, name), t.TempDir()
		runs, _ := filepath.Glob(filepath.Join(from, "*"))
		for _, run := range runs {
			if err := os.Rename(filepath.Join(run, "dlio"), filepath.Join(to, filepath.Base(run))); err != nil {
				t.Fatal(err)
			}
		}
		return to
	}
	for _, test := range []struct {
		name, round string
		dir         string
		rule, why   string
		ok          bool
	}{
		{"own", "v1.0", fiveOf(t, train), "a result is of exactly 5 runs", "5 runs", true},
		{"own, later", "v3.0", fiveOf(t, later), "a result is of exactly 5 runs, after one warm-up run", "5 runs", false},
		{"own, of no round", "", fiveOf(t, "20261125T060238Z-mlperf-posix"), "a result is of exactly 5 runs", "5 runs", true},
		{"their dlio folders", "v1.0", dlioAlone(t, train), "a result is of exactly 5 runs", "5 runs", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := verifiedPath(t, test.dir, Options{})
			if len(v.Sets) != 1 {
				t.Fatalf("%d sets", len(v.Sets))
			}
			set := v.Sets[0]
			const au = "train_au_mean_percentage"
			if set.Runs != 5 || set.Round != test.round || !close4(set.Means[au], 90.88) || !close4(set.Stdevs[au], 1.761136) || !close4(set.Half95[au], 2.444849) {
				t.Errorf("%d runs by %q, AU %v, deviation %v, interval %v", set.Runs, set.Round, set.Means[au], set.Stdevs[au], set.Half95[au])
			}
			wantRule(t, set, test.rule, test.why, test.ok)
			wantRule(t, set, "all runs share", "they do", true)
			for _, r := range set.Rules {
				if strings.Contains(r.Rule, "seed") {
					t.Errorf("the round has no rule of seeds: %+v", r)
				}
			}
		})
	}
}

func wantRule(t *testing.T, set result.RunSet, rule, why string, ok bool) {
	t.Helper()
	for _, r := range set.Rules {
		if strings.HasPrefix(r.Rule, rule) && strings.Contains(r.Why, why) && r.OK == ok {
			return
		}
	}
	t.Errorf("%q with %q and %v isn't among %+v", rule, why, ok, set.Rules)
}

// TestSeedsOfRounds: v2.0 wants another seed in each run.
func TestSeedsOfRounds(t *testing.T) {
	dir := fiveOf(t, "20261125T060238Z-mlperf-v1.0")
	runs, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, run := range runs {
		change(t, run, result.RunFile, func(text string) string { return strings.ReplaceAll(text, `"profile": "v1.0"`, `"profile": "v2.0"`) })
	}
	wantRule(t, verifiedPath(t, dir, Options{}).Sets[0], "the random seed changes", "5 seeds", true)
	seed(t, runs[3], "1001")
	wantRule(t, verifiedPath(t, dir, Options{}).Sets[0], "the random seed changes", "1001 in 20260311T140200Z-mlperf-x, 20260313T140200Z-mlperf-x", false)
}

// TestOwnSetsApart: other numbers of accelerators, other settings of block commands and
// unfinished runs are no set.
func TestOwnSetsApart(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"20261125T060059Z-write-uring", "20261125T060059Z-write-uring", "20261125T060058Z-write-write", "20261125T060239Z-mlperf-interrupted", "20261125T060239Z-mlperf-interrupted", "20261125T060238Z-mlperf-posix"} {
		if err := os.CopyFS(filepath.Join(dir, fmt.Sprint(i)), os.DirFS(filepath.Join("testdata/runs", name))); err != nil {
			t.Fatal(err)
		}
	}
	v := verifiedPath(t, dir, Options{})
	if len(v.Sets) != 1 || v.Sets[0].Of != "write" || v.Sets[0].Runs != 2 || v.Sets[0].Means["write_bytes_per_s"] == 0 || v.Sets[0].Stdevs["write_bytes_per_s"] != 0 {
		t.Errorf("sets are %+v", v.Sets)
	}
	change(t, filepath.Join(dir, "5"), result.RunFile, func(text string) string { return text + " " })
	if err := os.CopyFS(filepath.Join(dir, "6"), os.DirFS(filepath.Join(dir, "5"))); err != nil {
		t.Fatal(err)
	}
	change(t, filepath.Join(dir, "6"), result.RunFile, func(text string) string { return strings.Replace(text, `"accelerators": 2`, `"accelerators": 3`, 1) })
	if v := verifiedPath(t, dir, Options{}); len(v.Sets) != 1 {
		t.Errorf("with other accelerators the sets are %+v", v.Sets)
	}
}
