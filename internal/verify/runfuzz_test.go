package verify

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// FuzzRun: no file of a run folder, whatever is in it, makes the verifier panic.
func FuzzRun(f *testing.F) {
	files := []string{result.RunFile, result.StepsFile, result.ReadingsFile, result.OpsFile, result.SumsFile, "dlio/summary.json", "dlio/dlio_config/config.yaml", "dlio/dlio_config/overrides.yaml"}
	runs := []string{"20261125T060238Z-mlperf-direct", "20261125T060242Z-compare-mounts-compare-mounts"}
	for run, name := range runs {
		for file := range files {
			text, err := os.ReadFile(filepath.Join("testdata/runs", name, filepath.FromSlash(files[file])))
			if err != nil {
				continue
			}
			for _, seed := range [][]byte{text, text[:len(text)/2], {}, []byte("null\n"), []byte("{}\n"), []byte("-1")} {
				f.Add(byte(run), byte(file), seed)
			}
		}
	}
	for _, plan := range []string{
		`{"schema":"lbench.run/1","plan":{"profile":"v3.0","accelerators":1,"files":1,"samples_per_file":1,"batch_size":1,"steps":1,"epochs":1,"record_bytes":1},"epochs":[{"epoch":1}]}`,
		`{"schema":"lbench.run/1","block":{"cells":[{"order":[-1],"values":[1]}],"per_job":[{}]},"status":"complete","checks":[{"rule":"x"}]}`,
		`{"schema":"lbench.run/1","block":{"cells":[{"settings":{"mount":"A"},"values":[0],"order":[0]}]},"status":"complete","limit":{}}`,
	} {
		f.Add(byte(0), byte(0), []byte(plan))
		f.Add(byte(1), byte(0), []byte(plan))
	}
	schema, err := ownRules()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, run, file byte, text []byte) {
		dir := copyOf(t, runs[int(run)%len(runs)])
		write(t, filepath.Join(dir, filepath.FromSlash(files[int(file)%len(files)])), string(text))
		v, err := verifyRun(dir, schema)
		if err == nil && v.OK != (len(v.Findings) == 0) {
			t.Errorf("OK is %v with %d findings", v.OK, len(v.Findings))
		}
	})
}
