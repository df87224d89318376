package verify

import (
	"errors"
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

// inSuite says in a run's run.json which run of a suite it is.
func inSuite(t *testing.T, run, suite, entry string, repeat int, warmup bool) {
	t.Helper()
	change(t, run, result.RunFile, func(text string) string {
		return strings.Replace(text, "{", fmt.Sprintf(`{"suite": {"id": %q, "name": "nightly", "entry": %q, "repeat": %d, "warmup": %v},`, suite, entry, repeat, warmup), 1)
	})
}

// night puts the runs of a suite's entry into a results folder: a warm-up, then the repeats.
func night(t *testing.T, results, from, date string, repeats int) {
	t.Helper()
	for i := range repeats + 1 {
		run := filepath.Join(results, fmt.Sprintf("%sT02%02d00Z-mlperf-x", date, i))
		if err := os.CopyFS(run, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		inSuite(t, run, date+"T020000Z-suite-nightly", "train", max(i, 1), i == 0)
	}
	if err := os.Mkdir(filepath.Join(results, date+"T020000Z-suite-nightly"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestSetsOfSuites: in a folder of many nights each night is a set, without its warm-up, and
// the runs beside them are none.
func TestSetsOfSuites(t *testing.T) {
	const train, plain, write = "testdata/runs/20261125T060238Z-mlperf-v1.0", "testdata/runs/20261125T060238Z-mlperf-posix", "testdata/runs/20261125T060058Z-write-write"
	dates := []string{"20260311", "20260312", "20260313"}
	results := t.TempDir()
	for _, date := range dates {
		night(t, results, train, date, 5)
	}
	for _, name := range []string{"20260310T090000Z-mlperf-mine", "20260314T090000Z-mlperf-mine"} {
		if err := os.CopyFS(filepath.Join(results, name), os.DirFS(train)); err != nil {
			t.Fatal(err)
		}
	}
	v := verifiedPath(t, results, Options{})
	if len(v.Sets) != len(dates) {
		t.Fatalf("%d sets: %+v", len(v.Sets), v.Sets)
	}
	for i, set := range v.Sets {
		if set.Of != "train of "+dates[i]+"T020000Z-suite-nightly" || set.Runs != 5 || set.Warmup != dates[i]+"T020000Z-mlperf-x" || set.Round != "v1.0" || set.Folder != "" {
			t.Errorf("set %d is %+v", i, set)
		}
		wantRule(t, set, "a result is of exactly 5 runs", "5 runs after the warm-up "+dates[i], true)
	}
	wantNote(t, v, "2 runs of no suite lie beside each other", true)

	results = t.TempDir()
	night(t, results, plain, "20260311", 3) // of no round: how often a suite repeats is its own affair
	night(t, results, write, "20260312", 3)
	v = verifiedPath(t, results, Options{})
	if len(v.Sets) != 2 || v.Sets[1].Runs != 3 || v.Sets[1].Warmup != "20260312T020000Z-mlperf-x" || v.Sets[1].Means["write_bytes_per_s"] == 0 {
		t.Fatalf("sets are %+v", v.Sets)
	}
	for _, r := range v.Sets[0].Rules {
		if strings.Contains(r.Rule, "exactly 5") {
			t.Errorf("the suite chose its repeats, and a rule says %+v", r)
		}
	}
	wantRule(t, v.Sets[0], "every host runs as many accelerators", "", true)
	wantRule(t, v.Sets[1], "all runs share the settings", "they do", true)
	wantNote(t, v, "of no suite", false)
}

func wantNote(t *testing.T, v result.Verification, text string, want bool) {
	t.Helper()
	if got := strings.Contains(strings.Join(v.Notes, "\n"), text); got != want {
		t.Errorf("%v, want %v, that the notes hold %q: %q", got, want, text, v.Notes)
	}
}

// below are the folders in a folder.
func below(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%q, %v", names, err)
	}
	return names
}

// TestSetsOfNoSuite: runs that no suite made are a set in a folder of just as many as a result
// is of, or where they are named; what differs between these breaks a rule.
func TestSetsOfNoSuite(t *testing.T) {
	ofThese := func(t *testing.T, names []string) result.Verification {
		t.Helper()
		v, err := Paths(names, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	dir := fiveOf(t, "20261125T060238Z-mlperf-posix")
	if v := verifiedPath(t, dir, Options{}); len(v.Sets) != 1 || v.Sets[0].Runs != 5 {
		t.Errorf("five alike are %+v", v.Sets)
	}
	if err := os.CopyFS(filepath.Join(dir, "sixth"), os.DirFS("testdata/runs/20261125T060238Z-mlperf-posix")); err != nil {
		t.Fatal(err)
	}
	v := verifiedPath(t, dir, Options{})
	if len(v.Sets) != 0 {
		t.Errorf("six are %+v", v.Sets)
	}
	wantNote(t, v, "6 runs of no suite lie beside each other", true)
	names := below(t, dir)
	v = ofThese(t, append(names[1:5:5], names[1]))
	if len(v.Sets) != 1 || len(v.Runs) != 4 {
		t.Fatalf("four that are named, one of them twice, are %+v of %q", v.Sets, v.Runs)
	}
	wantRule(t, v.Sets[0], "a result is of exactly 5 runs", "4 runs", false)
	wantRule(t, v.Sets[0], "all runs share", "they do", true)
	wantNote(t, v, "of no suite", false)

	change(t, names[2], result.RunFile, func(text string) string {
		return regexp.MustCompile(`("host": \{\s*"name": ")`).ReplaceAllString(text, "${1}another-")
	})
	change(t, names[2], "dlio/summary.json", func(text string) string {
		return strings.Replace(text, `"num_accelerators": 2`, `"num_accelerators": 3`, 1)
	})
	change(t, names[2], result.RunFile, func(text string) string {
		return strings.Replace(text, `"accelerators": 2,`, `"accelerators": 3,`, 1)
	})
	if err := os.RemoveAll(filepath.Join(dir, "sixth")); err != nil {
		t.Fatal(err)
	}
	if v := verifiedPath(t, dir, Options{}); len(v.Sets) != 0 {
		t.Errorf("with other accelerators the folder's sets are %+v", v.Sets)
	}
	set := ofThese(t, names[:5]).Sets[0]
	wantRule(t, set, "all runs share", "num_accelerators: 2 in ", false)
	wantRule(t, set, "all runs are of one host", "in "+filepath.Base(names[2]), false)
}

// TestTenMixedRuns: a folder of all sorts has no set; named one by one, those of a command and
// workload are one, without those that came to no end.
func TestTenMixedRuns(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for i, name := range []string{
		"060059Z-write-uring", "060059Z-write-uring", "060058Z-write-write", "060239Z-mlperf-interrupted", "060238Z-mlperf-posix",
		"060238Z-mlperf-posix", "060238Z-mlperf-v3.0", "060054Z-sustained-sustained", "060101Z-cold-read-fio", "060059Z-write-uring",
	} {
		names = append(names, filepath.Join(dir, fmt.Sprint(i)))
		if err := os.CopyFS(names[i], os.DirFS("testdata/runs/20261125T"+name)); err != nil {
			t.Fatal(err)
		}
	}
	v := verifiedPath(t, dir, Options{})
	if len(v.Sets) != 0 || len(v.Runs) != 10 {
		t.Errorf("%d runs, sets %+v", len(v.Runs), v.Sets)
	}
	wantNote(t, v, "10 runs of no suite", true)
	v, err := Paths(names, Options{})
	if err != nil || len(v.Sets) != 2 || v.Sets[0].Runs != 3 || v.Sets[1].Of != "write" || v.Sets[1].Runs != 4 {
		t.Fatalf("%v, sets %+v", err, v.Sets)
	}
	wantRule(t, v.Sets[0], "all runs share", " of v3.0", false)
	wantRule(t, v.Sets[1], "all runs share the settings", "engine: uring in 0, ", false)
	wantNote(t, v, "3: it is interrupted, and in no set", true)

	// One night named by a pattern is its entry's set, and what is of no suite beside it none.
	results := t.TempDir()
	night(t, results, filepath.Join(dir, "4"), "20260311", 2)
	v, err = Paths(append(below(t, results), names[0], t.TempDir()), Options{})
	if err != nil || len(v.Sets) != 1 || v.Sets[0].Runs != 2 || v.Sets[0].Of != "train of 20260311T020000Z-suite-nightly" {
		t.Errorf("%v, sets %+v", err, v.Sets)
	}
	wantNote(t, v, "-suite-nightly: passed over, it holds no run", true)
}

// TestPathsRefuses: what is not there is an error, whatever else was named.
func TestPathsRefuses(t *testing.T) {
	const run = "testdata/runs/20261125T060238Z-mlperf-posix"
	for _, test := range []struct{ name, want string }{
		{filepath.Join(run, "nowhere"), "nowhere"}, {filepath.Join(run, result.RunFile), "it is a file: want a run folder"},
	} {
		if _, err := Paths([]string{run, test.name}, Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := Paths([]string{t.TempDir(), t.TempDir()}, Options{}); err == nil || !strings.Contains(err.Error(), "it holds no run.json") {
		t.Errorf("of two empty folders: %v", err)
	}
}

// TestNamedDLIO: result folders of DLIO that are named are one set, whatever they are called.
func TestNamedDLIO(t *testing.T) {
	dir := dlioCopy(t, "v1.0-unet3d-set")
	var names []string
	for i, name := range []string{"run-1", "run-2", "run-4"} {
		to := filepath.Join(dir, fmt.Sprintf("night %d", i), outputFolder)
		if err := errors.Join(os.Mkdir(filepath.Dir(to), 0o755), os.Rename(filepath.Join(dir, name), to)); err != nil {
			t.Fatal(err)
		}
		names = append(names, to)
	}
	v, err := Paths(names, Options{})
	if err != nil || len(v.Sets) != 1 || v.Sets[0].Runs != 3 || v.Sets[0].Round != "v1.0" || v.Round != "v1.0" {
		t.Fatalf("%v, sets %+v", err, v.Sets)
	}
	wantRule(t, v.Sets[0], "a result is of exactly 5 runs", "3 runs", false)
	change(t, names[1], "configs/config.yaml", replace("read_threads: 8", "read_threads: 9"))
	v, _ = Paths(names, Options{})
	wantRule(t, v.Sets[0], "all runs share", "reader.read_threads: 8 in night 0, 9 in night 1", false)
}

// TestUnendedRunsAreNoSet: five runs that came to no end are each verified alone.
func TestUnendedRunsAreNoSet(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		if err := os.CopyFS(filepath.Join(dir, fmt.Sprintf("2026031%dT140200Z-mlperf-x", i)), os.DirFS("testdata/runs/20261125T060239Z-mlperf-interrupted")); err != nil {
			t.Fatal(err)
		}
	}
	if v := verifiedPath(t, dir, Options{}); len(v.Sets) != 0 || len(v.Runs) != 5 {
		t.Errorf("%d sets of %d runs: %+v", len(v.Sets), len(v.Runs), v.Sets)
	}
}

// TestARunCountsOnce: however often, and by whatever name, it is named.
func TestARunCountsOnce(t *testing.T) {
	dir := fiveOf(t, "20261125T060238Z-mlperf-v1.0")
	runs, _ := filepath.Glob(filepath.Join(dir, "*"))
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(runs[0], link); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{append([]string{link}, runs...), append([]string{dir}, runs...), append(runs, dir)} {
		v, err := Paths(names, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Runs) != 5 || len(v.Sets) != 1 || v.Sets[0].Runs != 5 {
			t.Errorf("%q: %d runs, sets %+v", names, len(v.Runs), v.Sets)
		}
	}
}
