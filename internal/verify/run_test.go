package verify

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// fixtures are run folders as lbench wrote them, of every command, engine and ending. They
// are never edited: a folder that was written once stays readable.
func fixtures(t testing.TB) []string {
	t.Helper()
	dirs, err := filepath.Glob("testdata/runs/*")
	if err != nil || len(dirs) < 15 {
		t.Fatalf("%d run folders in testdata, error %v", len(dirs), err)
	}
	return dirs
}

// copyOf is a copy of a fixture that may be changed.
func copyOf(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata/runs", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

var ownRules = sync.OnceValues(func() (*schemaRules, error) { return newSchema(nil) })

func verified(t testing.TB, dir string) result.Verification {
	t.Helper()
	schema, err := ownRules()
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifyRun(dir, schema)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// change rewrites a file of a folder and, as a forger would, its sum.
func change(t testing.TB, dir, name string, by func(string) string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := by(string(text))
	if changed == string(text) {
		t.Fatalf("%s was not changed", name)
	}
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	reseal(t, dir)
}

func reseal(t testing.TB, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, result.SumsFile)); err != nil {
		return // never closed
	}
	sums, err := result.Sums(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, result.SumsFile), sums, 0o644); err != nil {
		t.Fatal(err)
	}
}

func replace(old, by string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, by, 1) }
}

// TestRunsAsWritten: nothing is found in a folder as it was written, and much was checked.
func TestRunsAsWritten(t *testing.T) {
	for _, dir := range fixtures(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			v := verified(t, dir)
			for _, f := range v.Findings {
				t.Errorf("found %s %s: published %v, recomputed %v: %s", f.File, f.Figure, f.Published, f.Recomputed, f.Why)
			}
			if !v.OK {
				t.Error("it is not OK")
			}
			if v.Checked < 40 && !strings.HasSuffix(dir, oldSearch) {
				t.Errorf("%d figures were checked", v.Checked)
			}
		})
	}
}

// TestNotes: what can't be computed again is said.
func TestNotes(t *testing.T) {
	for _, test := range []struct{ run, want string }{
		{"demo-run", "metrics.ceiling_au_fraction was measured before the run"},
		{"demo-run", "batches_ready_mean"},
		{"20261125T060239Z-mlperf-killed", "there is no SHA256SUMS: the run was killed"},
		{"20261125T060239Z-mlperf-killed", "were lost when the run was killed"},
		{oldSearch, "went by the rules of an older lbench (method 0"},
		{"demo-cold", "block.cold says what this client's cache held"},
		{"demo-cold", "ceiling_read_bytes_per_s, cpu_ns_per_byte_mean"},
		{"20261125T060059Z-small-write-small-write", "block.grid rests on when each file was done"},
	} {
		notes := strings.Join(verified(t, filepath.Join("testdata/runs", test.run)).Notes, "\n")
		if !strings.Contains(notes, test.want) {
			t.Errorf("%s: the notes lack %q:\n%s", test.run, test.want, notes)
		}
	}
}

// named says whether a finding of a file names a figure, in its place or its reason.
func named(v result.Verification, file, figure string) bool {
	for _, f := range v.Findings {
		if f.File == file && (strings.Contains(f.Figure, figure) || strings.Contains(f.Why, figure)) {
			return true
		}
	}
	return false
}

func findings(v result.Verification) string {
	text, _ := json.MarshalIndent(v.Findings, "", " ")
	return string(text)
}

// TestFindings: each kind of change is named by its figure, though the sums were made anew.
func TestFindings(t *testing.T) {
	const warm, cold, matrix, sides = "20261125T060238Z-mlperf-warmup", "demo-cold", "20261125T060241Z-cold-read-matrix", "20261125T060242Z-compare-mounts-compare-mounts"
	for _, test := range []struct {
		name, run, file, old, by string
		wantFile, wantFigure     string
	}{
		{"a step is missing", warm, result.StepsFile, `{"epoch":1,"step":1,"rank":0`, `{"epoch":1,"step":2,"rank":0`, result.StepsFile, "line 4: step"},
		{"a rank twice", warm, result.StepsFile, `{"epoch":1,"step":0,"rank":1`, `{"epoch":1,"step":0,"rank":0`, result.StepsFile, "line 2: rank"},
		{"verdict", warm, result.RunFile, `"verdict": "pass"`, `"verdict": "fail"`, result.RunFile, "verdict"},
		{"complete for incomplete", warm, result.RunFile, `"status": "complete"`, `"status": "incomplete"`, result.RunFile, "status"},
		{"a metric that is negative", warm, result.RunFile, `"au_min_fraction": 0`, `"au_min_fraction": -0`, result.RunFile, "metrics.au_min_fraction"},
		{"where time was lost is left out", "20261128T225121Z-mlperf-cold", result.RunFile, `"lost": {`, `"notes": {`, result.RunFile, "lost"},
		{"causes by rules that are yet to come", "20261128T225121Z-mlperf-cold", result.RunFile, `"lost": {
    "method": 2`, `"lost": {
    "method": 3`, result.RunFile, "lost.method"},
		{"limit", warm, result.RunFile, `"name": "none"`, `"name": "storage"`, result.RunFile, "limit.name"},
		{"a rule", warm, result.RunFile, `au_mean_fraction >= 0.9`, `au_mean_fraction >= 0.8`, result.RunFile, "checks[0].rule"},
		{"meets", warm, result.RunFile, `"train_au_meet_expectation": "success"`, `"train_au_meet_expectation": "fail"`, result.RunFile, "dlio.v1.0.train_au_meet_expectation"},
		{"summary", warm, "dlio/summary.json", `"num_accelerators": 3`, `"num_accelerators": 4`, "dlio/summary.json", "num_accelerators"},
		{"override", warm, "dlio/dlio_config/overrides.yaml", "batch_size=8", "batch_size=9", "dlio/dlio_config/overrides.yaml", "reader.batch_size"},
		{"config", warm, "dlio/dlio_config/config.yaml", "read_threads: 2", "read_threads: 3", "dlio/dlio_config/config.yaml", "reader.read_threads"},
		{"a setting that was given", "demo-run", result.RunFile, `"from": "dataset"`, `"from": "default"`, "dlio/dlio_config/overrides.yaml", "dataset.num_files_train"},
		{"id", warm, result.RunFile, `"id": "20261125T06`, `"id": "20261125T16`, result.RunFile, "id"},
		{"host in DLIO's summary", warm, result.RunFile, `"cpus": 2`, `"cpus": 4`, "dlio/summary.json", "host_cpu_count"},
		{"cold", cold, result.RunFile, `"before_fraction": 0`, `"before_fraction": 0.5`, result.RunFile, "metrics.cached_fraction_before"},
		{"the rule cold", cold, result.RunFile, `"ok": true`, `"ok": false`, result.RunFile, "checks[0].ok"},
		{"bytes of the telemetry", cold, result.ReadingsFile, `"name":"read_bytes","value":64028672`, `"name":"read_bytes","value":64028673`, result.RunFile, "block.per_job[].bytes"},
		{"a latency within its bar", cold, result.RunFile, `"latency_p50_ns": 160767`, `"latency_p50_ns": 160766`, result.RunFile, "block.per_job[0].latency_p50_ns"},
		{"chosen", cold, result.RunFile, `"op_bytes": 262144,`, `"op_bytes": 262145,`, result.RunFile, "block.search[4]"},
		{"a tag", cold, result.OpsFile, "Tag=job-1", "Tag=job-7", result.RunFile, "block.per_job[1].ops"},
		{"an unknown turn", cold, result.OpsFile, "Tag=job-1", "Tag=x.job-1", result.OpsFile, "tag"},
		{"evidence", cold, result.RunFile, "jobs x depth = 2", "jobs x depth = 3", result.RunFile, "limit.evidence"},
		{"order", matrix, result.RunFile, "\"order\": [\n          ", "\"order\": [\n          1", result.RunFile, "order"},
		{"engine", warm, result.RunFile, `"value": "mem"`, `"value": "posix"`, result.RunFile, "settings.engine"},
		{"side", sides, result.RunFile, `"mount": "A"`, `"mount": "C"`, result.RunFile, "mount"},
		{"verdict of a difference", sides, result.RunFile, `"verdict": "too few repeats"`, `"verdict": "real"`, result.RunFile, "block.differences[0].verdict"},
		{"mode", "20261125T060059Z-write-uring", result.RunFile, `"direct": true`, `"direct": false`, result.RunFile, "settings.mode"},
		{"steady", "20261125T060054Z-sustained-sustained", result.RunFile, `"window_ns": 1`, `"window_ns": 2`, result.RunFile, "block.steady.window_ns"},
		{"verified", "20261125T060058Z-write-write", result.RunFile, `"verified_bytes": 4`, `"verified_bytes": 5`, result.RunFile, "metrics.verified_bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := copyOf(t, test.run)
			change(t, dir, test.file, replace(test.old, test.by))
			v := verified(t, dir)
			if v.OK || !named(v, test.wantFile, test.wantFigure) {
				t.Errorf("%s %s isn't named; OK is %v, findings:\n%s", test.wantFile, test.wantFigure, v.OK, findings(v))
			}
		})
	}
}
